//! Time as a value: what the clocks say, and what the next entry may bear (FORMAT section 2).

use std::time::{SystemTime, UNIX_EPOCH};

use crate::domain::Instant;

use super::Error;

/// Furthest the clock may be behind the last entry and be held at it, in microseconds.
const CLAMP_US: i64 = 2_000_000;
/// Furthest the clock may run ahead of the boot clock, in microseconds.
const JUMP_US: i64 = 3_600_000_000;

/// What tells the time.
pub trait Clock: Send + 'static {
    /// Wall clock.
    fn now(&self) -> Instant;
    /// Microseconds of a clock that never jumps.
    fn boot_us(&self) -> i64;
}

/// The machine's clocks.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    begun: std::time::Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { begun: std::time::Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Instant { micros: i64::try_from(since.as_micros()).unwrap_or(i64::MAX) }
    }
    fn boot_us(&self) -> i64 {
        i64::try_from(self.begun.elapsed().as_micros()).unwrap_or(i64::MAX)
    }
}

/// Both clocks when they last agreed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Agreed {
    wall: Instant,
    boot_us: i64,
}

impl Agreed {
    pub(super) fn now(clock: &dyn Clock) -> Self {
        Self { wall: clock.now(), boot_us: clock.boot_us() }
    }

    /// The instant the next entry bears, not before `last`.
    pub(super) fn next(
        &mut self,
        clock: &dyn Clock,
        last: Instant,
        confirmed: bool,
    ) -> Result<Instant, Error> {
        let found = Self::now(clock);
        let ahead = (found.wall.micros - self.wall.micros) - (found.boot_us - self.boot_us);
        if ahead > JUMP_US && !confirmed {
            return Err(Error::ClockJumped);
        }
        let behind = last.micros - found.wall.micros;
        if behind > CLAMP_US {
            return Err(Error::ClockBehind { wait_ms: u64::try_from(behind / 1_000).unwrap_or(u64::MAX) });
        }
        *self = found;
        Ok(found.wall.max(last))
    }
}

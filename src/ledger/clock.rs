//! Time as a value: what the clocks say, and what the next entry may bear (FORMAT section 2).

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::domain::Instant;

use super::Error;

/// Furthest the clock may be behind the last entry and be held at it, in microseconds.
const CLAMP_US: i64 = 2_000_000;
/// Furthest the clock may run ahead of the boot clock, in microseconds.
const JUMP_US: i64 = 3_600_000_000;
/// Keeps what the clocks agreed on over a restart of the process. Derived: without it a jump that
/// falls between two runs goes unnoticed, nothing else.
const FILE: &str = "clock";

/// What tells the time.
pub trait Clock: Send + Sync + std::fmt::Debug + 'static {
    /// The wall clock.
    fn now(&self) -> Instant;
    /// Microseconds since the machine was booted: a clock that never jumps.
    fn boot_us(&self) -> i64;
    /// Which boot that is.
    fn boot_id(&self) -> String;
}

/// The machine's clocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Instant { micros: i64::try_from(since.as_micros()).unwrap_or(i64::MAX) }
    }

    fn boot_us(&self) -> i64 {
        let since = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        since.tv_sec.saturating_mul(1_000_000).saturating_add(since.tv_nsec / 1_000)
    }

    fn boot_id(&self) -> String {
        let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        id.trim().to_owned()
    }
}

/// How far the wall clock stood before the boot clock when they were last agreed on. Owned by the
/// writer.
#[derive(Debug)]
pub(super) struct Agreed {
    path: PathBuf,
    boot_id: String,
    /// Wall less boot clock, in microseconds.
    apart_us: i64,
}

impl Agreed {
    /// What an earlier process of this boot agreed on, else what the clocks say now.
    pub(super) fn open(dir: &Path, clock: &dyn Clock) -> Self {
        let (path, boot_id) = (dir.join(FILE), clock.boot_id());
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let known = text.split_once(' ').filter(|(id, _)| *id == boot_id && !id.is_empty());
        let known = known.and_then(|(_, apart)| apart.trim_end().parse().ok());
        let agreed = Self { path, boot_id, apart_us: known.unwrap_or_else(|| apart(clock)) };
        if known.is_none() {
            agreed.keep();
        }
        agreed
    }

    /// The instant the next entry bears, not before `last`. `confirmed` is the operator's word that
    /// a jump is none; it is used up by one.
    pub(super) fn next(
        &mut self,
        clock: &dyn Clock,
        last: Instant,
        confirmed: &std::sync::atomic::AtomicBool,
    ) -> Result<Instant, Error> {
        let wall = clock.now();
        let behind = last.micros.saturating_sub(wall.micros);
        if behind > CLAMP_US {
            // Once it is back within what is clamped, writing goes on.
            let wait_us = u64::try_from(behind - CLAMP_US).unwrap_or(0);
            return Err(Error::ClockBehind { wait_ms: wait_us.div_ceil(1_000) });
        }
        let found = apart(clock);
        if found.saturating_sub(self.apart_us) > JUMP_US {
            if !confirmed.swap(false, std::sync::atomic::Ordering::SeqCst) {
                return Err(Error::ClockJumped);
            }
            tracing::warn!("the operator confirms that the clock jumped ahead");
            self.apart_us = found;
            self.keep();
        }
        Ok(wall.max(last))
    }

    fn keep(&self) {
        if let Err(error) = std::fs::write(&self.path, format!("{} {}\n", self.boot_id, self.apart_us)) {
            tracing::warn!(%error, "a jump of the clock before the next start would go unnoticed");
        }
    }
}

fn apart(clock: &dyn Clock) -> i64 {
    clock.now().micros.saturating_sub(clock.boot_us())
}

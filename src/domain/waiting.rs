//! What a handoff waits for on a day: whom on, since when, and from when on that is too long (DOMAIN section
//! 6, "Waiting"). The handoff's answer and the finding `stalled` both ask here.

use super::event::handoff::Regime;
use super::state::handoff::{Handoff, HandoffState, Standing, StepOn};
use super::{AgencyId, Date, Name};

/// What is waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum For {
    /// That the receiver accepts the proposal.
    Acceptance,
    /// That the receiver acknowledges what the law moves.
    Acknowledgement,
    /// A step.
    Step(Name),
    /// That the receiver lifts a reservation.
    Reservation(Name),
    /// That the receiver closes it.
    Closing,
}

/// One thing that a handoff waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// What.
    pub what: For,
    /// Who is to do it.
    pub on: AgencyId,
    /// Since when.
    pub since: Date,
    /// The first day that is too late; nothing of it is ever too late where there is none.
    pub too_late: Option<Date>,
}

/// The day from which a handoff's age counts: by law its `effective`, as far as it has been changed.
#[must_use]
pub fn start(handoff: &Handoff, on: &Standing) -> Date {
    match handoff.proposed.data.regime {
        Regime::ByAgreement => handoff.proposed_on(),
        Regime::ByLaw => on.effective,
        Regime::Observed => handoff.own_date(),
    }
}

/// Days from its start to its end, or to the day of the standing.
#[must_use]
pub fn age(handoff: &Handoff, on: &Standing, day: Date) -> i64 {
    let ends = [on.void, on.reversed, on.closed].into_iter().flatten().map(|(_, ended)| ended);
    ends.min().unwrap_or(day).days_since(start(handoff, on)).max(0)
}

/// All that it waits for on the day of its standing, what is too late first comes first. `limit` is the
/// policy's `stalled_days`.
#[must_use]
pub fn waits(handoff: &Handoff, on: &Standing, day: Date, limit: u64) -> Vec<Wait> {
    let waiting = Waiting { handoff, on, day, limit };
    let mut all: Vec<Wait> = waiting.answer().into_iter().chain(waiting.steps()).collect();
    if on.state == HandoffState::Effective && on.open_step().is_none() {
        all.extend(waiting.end());
    }
    // the sort is stable: answers stand before steps, and these in the order in which they appear
    all.sort_by_key(|wait| (wait.too_late.is_none(), wait.too_late));
    all
}

struct Waiting<'a> {
    handoff: &'a Handoff,
    on: &'a Standing,
    day: Date,
    limit: u64,
}

impl Waiting<'_> {
    fn by(&self) -> Regime {
        self.handoff.proposed.data.regime
    }

    fn to(&self) -> AgencyId {
        self.handoff.proposed.data.to.clone()
    }

    /// The first day after the policy's patience; none where it reaches beyond the calendar.
    fn old(&self, since: Date) -> Option<Date> {
        since.checked_plus_days(self.limit.saturating_add(1))
    }

    /// Whether it waits since a day, or by then only because a due has passed; answers since when.
    fn since(&self, since: Option<Date>, due: Option<Date>) -> Option<Date> {
        let passed = due.and_then(|due| due.checked_plus_days(1)).filter(|passed| *passed <= self.day);
        since.filter(|since| *since <= self.day).or(passed)
    }

    fn answer(&self) -> Option<Wait> {
        let (start, due) = (start(self.handoff, self.on), self.on.due);
        let what = match (self.by(), self.on.state, self.on.acknowledged) {
            (Regime::ByAgreement, HandoffState::Proposed, _) => For::Acceptance,
            (Regime::ByLaw, HandoffState::Proposed | HandoffState::Effective, None) => For::Acknowledgement,
            _ => return None,
        };
        let since = self.since(Some(start), due)?;
        let passed = due.and_then(|due| due.checked_plus_days(1));
        let too_late = passed.into_iter().chain(self.old(start)).min();
        Some(Wait { what, on: self.to(), since, too_late })
    }

    /// The day from which its steps are waited for; none where it is not under way.
    fn opened(&self) -> Option<Date> {
        match (self.by(), self.on.state) {
            (Regime::ByAgreement, HandoffState::Accepted | HandoffState::Effective) => {
                self.on.accepted.map(|(_, day)| day)
            }
            (Regime::ByLaw, HandoffState::Proposed | HandoffState::Effective) => Some(self.on.effective),
            _ => None,
        }
    }

    fn steps(&self) -> Vec<Wait> {
        let Some(opened) = self.opened() else { return Vec::new() };
        let open = self.on.steps.iter().filter(|step| step.confirmed.is_none() && step.dropped.is_none());
        let wait = |step: &StepOn| {
            let ready = self.ready(step).map(|ready| ready.max(opened));
            let since = self.since(ready, step.step.due)?;
            let too_late = match step.step.due {
                Some(due) => due.checked_plus_days(1),
                None => self.old(since),
            };
            let on = if step.done.is_some() { self.to() } else { step.step.by.clone() };
            Some(Wait { what: For::Step(step.step.step.clone()), on, since, too_late })
        };
        open.filter_map(wait).collect()
    }

    /// The day on which a step was there and every step before it done or dropped; none while one is not.
    fn ready(&self, step: &StepOn) -> Option<Date> {
        let mut ready = step.added.unwrap_or(Date::MIN);
        for before in self.on.steps.iter().filter(|other| step.step.after.contains(&other.step.step)) {
            // its being done may have been taken back, and its confirmation stand
            let (_, day) = before.done.or(before.confirmed).or(before.dropped)?;
            ready = ready.max(day);
        }
        Some(ready)
    }

    /// What is left once every step is over: reservations, and the closing after them.
    fn end(&self) -> Vec<Wait> {
        let over = self.on.steps.iter().flat_map(|step| [step.confirmed, step.dropped]).flatten();
        let moved = self.on.moves_on.unwrap_or(self.on.effective);
        let since = over.map(|(_, day)| day).fold(moved, Date::max);
        let open = self.on.reservations.iter().filter(|reserved| reserved.lifted.is_none());
        let wait = |what, since| Wait { what, on: self.to(), since, too_late: None };
        let open: Vec<_> = open
            .map(|reserved| {
                let name = reserved.reservation.reservation.clone();
                wait(For::Reservation(name), since.max(reserved.on))
            })
            .collect();
        if !open.is_empty() {
            return open;
        }
        let lifted = self.on.reservations.iter().filter_map(|reserved| reserved.lifted);
        vec![wait(For::Closing, lifted.map(|(_, day)| day).fold(since, Date::max))]
    }
}

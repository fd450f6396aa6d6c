//! Handoffs: when they move, and what they are on a day (DOMAIN sections 5 and 6).

use super::fold::Fold;
use super::said::{Day, Fact, Record, Words};

/// What a handoff is on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Now {
    Proposed,
    Accepted,
    Effective,
    Closed,
    Reversed,
    /// Declined, withdrawn or lapsed.
    Void,
}

/// Whether it needs both.
pub(super) fn agreed(w: &Words) -> bool {
    w.regime() == "by_agreement"
}

impl Record {
    pub(super) fn proposal(&self, handoff: &str) -> Option<&Fact> {
        self.step("handoff.proposed", handoff)
    }

    /// Its `effective`, as changed by what has an own date up to a day.
    pub(super) fn effective(&self, proposal: &Fact, day: Day) -> Day {
        let changes = self.of("handoff.changed").filter(|fact| fact.w.handoff() == proposal.w.handoff());
        let mut changes: Vec<&Fact> =
            changes.filter(|fact| fact.on() <= day && fact.w.effective.is_some()).collect();
        changes.sort_by_key(|fact| fact.place);
        changes.last().map_or(proposal.w.effective(), |fact| fact.w.effective())
    }

    /// The entry that set its due last, by a day.
    pub(super) fn due<'a>(&'a self, proposal: &'a Fact) -> Option<&'a Fact> {
        let changes = self.of("handoff.changed").filter(|fact| fact.w.handoff() == proposal.w.handoff());
        let mut changes: Vec<&Fact> = changes.filter(|fact| fact.w.due.is_some()).collect();
        changes.sort_by_key(|fact| fact.place);
        changes.last().copied().or(Some(proposal)).filter(|fact| fact.w.due.is_some())
    }

    /// Since when it is declined or withdrawn by a statement.
    pub(super) fn answered(&self, handoff: &str) -> Option<Day> {
        let answers = [self.step("handoff.declined", handoff), self.step("handoff.withdrawn", handoff)];
        answers.into_iter().flatten().map(Fact::on).min()
    }

    /// Since when the closing of its giver withdraws it.
    pub(super) fn giver_closed(&self, proposal: &Fact) -> Option<Day> {
        let handoff = proposal.w.handoff();
        if !agreed(&proposal.w) || self.step("handoff.accepted", handoff).is_some() {
            return None;
        }
        self.closing(proposal.w.from()).map(|closing| closing.w.effective())
    }

    /// The place in its day and the day of its move, lapses left out.
    pub(super) fn move_day(&self, proposal: &Fact, by: Day) -> Option<(usize, Day)> {
        let handoff = proposal.w.handoff();
        let effective = self.effective(proposal, by);
        if self.answered(handoff).is_some_and(|day| day <= by) {
            return None;
        }
        if !agreed(&proposal.w) {
            return Some((proposal.place, effective));
        }
        let accepted = self.step("handoff.accepted", handoff).filter(|fact| fact.on() <= by)?;
        Some((accepted.place, effective.max(accepted.on())))
    }

    /// Its own date: of a proposal.
    pub(super) fn own_date(proposal: &Fact) -> Day {
        if agreed(&proposal.w) { proposal.on() } else { proposal.w.effective().min(proposal.on()) }
    }

    /// What it is on a day.
    pub(super) fn now(&self, fold: &Fold, handoff: &str, day: Day) -> Option<Now> {
        let proposal = self.proposal(handoff)?;
        let void = [self.answered(handoff), self.giver_closed(proposal)];
        let lapsed = fold.lapsed.get(handoff).is_some_and(|(since, _)| *since <= day);
        if lapsed || void.into_iter().flatten().any(|since| since <= day) {
            return Some(Now::Void);
        }
        let moved = self.move_day(proposal, day).is_some_and(|(_, on)| on <= day);
        let reversed = self.step("handoff.reversed", handoff);
        if reversed.is_some_and(|fact| fact.w.effective() <= day) {
            return Some(Now::Reversed);
        }
        let closed = self.step("handoff.closed", handoff).is_some_and(|fact| fact.on() <= day);
        let accepted = self.step("handoff.accepted", handoff).is_some_and(|fact| fact.on() <= day);
        Some(match () {
            () if closed || proposal.w.regime() == "observed" => Now::Closed,
            () if moved => Now::Effective,
            () if accepted => Now::Accepted,
            () => Now::Proposed,
        })
    }

    /// When what `ends_when` names has come about.
    pub(super) fn step_over(&self, handoff: &str, step: &str) -> Option<Day> {
        let about = |fact: &&Fact| fact.w.handoff() == handoff;
        let confirmed = self.of("handoff.step_confirmed").filter(about);
        let confirmed = confirmed.filter(|fact| fact.w.step.as_deref() == Some(step));
        let dropped = self.of("handoff.changed").filter(about);
        let dropped = dropped.filter(|fact| fact.w.dropped.iter().any(|one| one == step));
        let giver = self.proposal(handoff).and_then(|proposal| self.giver_closed(proposal));
        let void = self.answered(handoff).or(giver);
        let seen = self.proposal(handoff).filter(|fact| fact.w.regime() == "observed");
        let closed = seen.or(self.step("handoff.closed", handoff)).map(Fact::on);
        let reversed = self.step("handoff.reversed", handoff).map(|fact| fact.w.effective());
        confirmed.chain(dropped).map(Fact::on).min().or(void).or(closed).or(reversed)
    }

    /// Steps of a handoff: of its proposal, and added.
    pub(super) fn steps(&self, handoff: &str) -> Vec<(String, String, Vec<String>)> {
        let first = self.proposal(handoff).into_iter().flat_map(|fact| fact.w.steps.clone());
        let first = first.map(|step| (step.step, step.by, step.after));
        let added = self.of("handoff.step_added").filter(|fact| fact.w.handoff() == handoff);
        let added = added.map(|fact| {
            (fact.w.step.clone().unwrap_or_default(), fact.w.by.clone().unwrap_or_default(), Vec::new())
        });
        first.chain(added).collect()
    }

    /// The day of a fact of a kind about a step.
    pub(super) fn step_day(&self, kind: &str, handoff: &str, step: &str) -> Option<Day> {
        let facts = self.of(kind).filter(|fact| fact.w.handoff() == handoff);
        facts.filter(|fact| fact.w.step.as_deref() == Some(step)).map(Fact::on).min()
    }

    pub(super) fn dropped(&self, handoff: &str, step: &str) -> bool {
        let changes = self.of("handoff.changed").filter(|fact| fact.w.handoff() == handoff);
        changes.into_iter().any(|fact| fact.w.dropped.iter().any(|one| one == step))
    }

    /// Reservations said and not lifted.
    pub(super) fn reserved(&self, handoff: &str) -> Vec<String> {
        let said = [self.step("handoff.accepted", handoff), self.step("handoff.acknowledged", handoff)];
        let said = said.into_iter().flatten().flat_map(|fact| fact.w.reservations.clone());
        let lifted: Vec<_> = self.of("handoff.reservation_lifted").collect();
        let lifted = |id: &str| {
            lifted.iter().any(|fact| fact.w.handoff() == handoff && fact.w.reservation.as_deref() == Some(id))
        };
        said.map(|one| one.reservation).filter(|id| !lifted(id)).collect()
    }
}

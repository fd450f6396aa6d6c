//! What must not be held beside each other: rule 2, and "Twice" (DOMAIN section 5). Asked of the statements
//! that make a holding, once they are folded in.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::event::Data;
use super::super::event::assignment::{HoldingRole, Mode};
use super::super::event::saying::Fresh;
use super::super::state::Evolved;
use super::super::state::claim::Claim;
use super::super::state::dated::Told as _;
use super::super::state::fold::{Fold, Holding};
use super::super::timeline::{self, Held};
use super::super::{AgencyId, AssignmentId, Code, Date, Event, ResponsibilityId, Seq, State, Subject};
use super::Refusal;

/// A statement that is folded in, to be asked which holdings it makes.
pub(super) struct Alone<'a> {
    /// What a correction is judged against.
    pub(super) base: Option<&'a State>,
    pub(super) evolved: &'a Evolved,
    pub(super) after: &'a State,
    /// Of what a correction or withdrawal takes the words.
    pub(super) place: Option<Seq>,
}

impl Alone<'_> {
    /// Refuses a statement because of the holdings that it makes.
    pub(super) fn check(&self, of: &Fresh, event: &Event) -> Result<(), Refusal> {
        let fresh = self.fresh(of);
        self.one_accountable(&fresh)?;
        self.none_twice(&fresh, event)
    }

    /// The holdings of a responsibility before the statement.
    fn before(&self, id: &ResponsibilityId) -> Arc<Fold> {
        self.base.map_or_else(|| self.evolved.fold_before(self.after, id), |base| base.fold(id))
    }

    /// The holdings that a statement makes, or moves to another day, among those of which it may be asked.
    fn fresh(&self, of: &Fresh) -> Vec<Made> {
        match of {
            Fresh::None => Vec::new(),
            Fresh::Named(named) => {
                let made = named.iter().filter(|(of, id)| self.before(of).get(id).is_none());
                let holding = |(of, id): &(ResponsibilityId, AssignmentId)| {
                    let there = self.after.fold(of).get(id).cloned();
                    (of.clone(), there.into_iter().collect())
                };
                made.map(holding).collect()
            }
            Fresh::Differing(of) => {
                let differing = |of: &ResponsibilityId| {
                    let (old, new) = (self.before(of), self.after.fold(of));
                    let differs = |holding: &&Arc<Holding>| {
                        old.get(&holding.assignment).is_none_or(|was| was.spans != holding.spans)
                    };
                    let holdings = new.holdings.iter().filter(differs).cloned().collect();
                    (of.clone(), holdings)
                };
                of.iter().map(differing).collect()
            }
        }
    }

    /// Rule 2: no day with two accountable agencies because of a new holding; by law and observed moves
    /// are never refused for it, nor is a correction for what was recorded after its place.
    fn one_accountable(&self, fresh: &[Made]) -> Result<(), Refusal> {
        let Self { after, place, .. } = *self;
        // a statement that makes a holding says nothing of claims: they are before it what they are after it
        let before = self.base.unwrap_or(after);
        for (id, made) in fresh {
            let fresh: Vec<_> = made.iter().filter(|one| one.role == HoldingRole::Accountable).collect();
            let new = after.fold(id);
            let Some(first) = fresh.iter().map(|holding| holding.from()).min() else { continue };
            let spans = new.beyond(first).flat_map(|holding| &holding.spans);
            let days: BTreeSet<Date> =
                spans.flat_map(|span| [span.from, span.until]).filter(|day| *day >= first).collect();
            for day in days {
                let Some(on) = timeline::on(after, id, day) else { continue };
                let own: Vec<_> = on.accountable.iter().filter(|held| held.via.is_none()).collect();
                let is_fresh =
                    |held: &&&Held| fresh.iter().any(|one| one.assignment == held.holding.assignment);
                for mine in own.iter().filter(is_fresh) {
                    let meets = |held: &&&Held| {
                        held.holding.agency != mine.holding.agency
                            && place.is_none_or(|place| held.holding.made < place)
                            && !delegates(&own, mine, held)
                            && !delegates(&own, held, mine)
                            && !disputed(before, id, [&mine.holding.agency, &held.holding.agency], place)
                    };
                    let Some(other) = own.iter().find(meets) else { continue };
                    let detail = format!(
                        "{} is accountable for {id} on {day} (holding {}); end, supersede or hand off that holding, delegate under it, or raise a claim",
                        other.holding.agency, other.holding.assignment
                    );
                    let refusal = Refusal::new(Code::AlreadyAccountable, detail);
                    return Err(refusal.seq(other.holding.made).field("data.responsibility"));
                }
            }
        }
        Ok(())
    }

    /// "Twice": no agency holds one responsibility twice in one role because of a new holding. Where it would, the
    /// fold has put the second in the place of the older, which nothing else does between holdings of one agency.
    fn none_twice(&self, fresh: &[Made], event: &Event) -> Result<(), Refusal> {
        let place = self.place;
        let superseded = if let Data::AssignmentMade(data) = &event.statement.data {
            data.supersedes.as_ref()
        } else {
            None
        };
        for (id, made) in fresh {
            let (old, new) = (self.before(id), self.after.fold(id));
            for mine in made {
                let counts = |other: &&Arc<Holding>| {
                    place.is_none_or(|place| other.made < place)
                        && superseded != Some(&other.assignment)
                        && !(displaces(&old, mine, other) || displaces(&old, other, mine))
                        && (displaces(&new, mine, other) || displaces(&new, other, mine))
                };
                let Some(other) = new.holdings.iter().find(counts) else { continue };
                let detail = format!(
                    "{} holds {id} in that role already (holding {}); end, supersede or hand off that holding",
                    other.agency, other.assignment
                );
                let code = match other.role {
                    HoldingRole::Accountable => Code::AlreadyAccountable,
                    HoldingRole::Executor | HoldingRole::Caretaker | HoldingRole::Supporter => {
                        Code::WrongState
                    }
                };
                return Err(Refusal::new(code, detail).seq(other.made).field("data.responsibility"));
            }
        }
        Ok(())
    }
}

/// Whether the second of two holdings of a day stands under the first by delegations.
fn delegates(all: &[&Held], above: &Held, below: &Held) -> bool {
    let mut at = Some(below);
    for _ in all {
        let Some(one) = at.filter(|one| one.holding.mode == Some(Mode::Delegation)) else { return false };
        if one.under.as_ref() == Some(&above.holding.assignment) {
            return true;
        }
        at = all.iter().copied().find(|held| Some(&held.holding.assignment) == one.under.as_ref());
    }
    false
}

/// Whether an open claim on a responsibility names both agencies: who raised it, or against whom.
/// A correction is judged by what was open at its place, too.
fn disputed(state: &State, id: &ResponsibilityId, both: [&AgencyId; 2], place: Option<Seq>) -> bool {
    let subject = Subject::responsibility(id);
    let claims = state.claims_on(&subject).filter_map(|claim| state.claims.get(claim));
    let open = |claim: &Claim| {
        let then = place.filter(|place| claim.raised.seq < *place).map(|place| claim.before(place));
        claim.ended().is_none() || then.is_some_and(|then| then.ended().is_none())
    };
    claims
        .filter(|claim| open(claim))
        .any(|claim| both.iter().all(|agency| claim.parties().any(|party| party == *agency)))
}

/// Whether a holding took the place of another one of its agency.
fn displaces(fold: &Fold, new: &Holding, old: &Holding) -> bool {
    let old = fold.get(&old.assignment).filter(|old| old.agency == new.agency);
    old.is_some_and(|old| old.heirs.iter().any(|heir| heir.assignment == new.assignment))
}

/// Holdings of a responsibility that a statement makes, or moves to another day.
type Made = (ResponsibilityId, Vec<Arc<Holding>>);

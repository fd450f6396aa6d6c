//! Whether the giver of a handoff by agreement has lost what it would move before the move's turn comes
//! (DOMAIN section 6, "Lapse").

use std::sync::Arc;

use super::super::super::event::handoff::Regime;
use super::super::super::{Date, Seq};
use super::super::handoff::{Handoff, Move};
use super::build::Build;
use super::{Fold, Holding};

/// Whether a holding is what a handoff would move.
fn is_given(handoff: &Handoff, holding: &Holding) -> bool {
    holding.agency == handoff.proposed.data.from && holding.role == handoff.role()
}

/// The first day, from the handoff's own date on, on which one of these holdings has ended and none of them
/// is held, and the entry that ended it.
fn first_lost(handoff: &Handoff, given: &[&Arc<Holding>], until: Date) -> Option<(Date, Seq)> {
    let days = handoff.own_date()..=until;
    let ends = given.iter().flat_map(|holding| &holding.spans);
    let ends = ends.filter_map(|span| Some((span.until, span.ended?.by)));
    let ends = ends.filter(|(day, _)| *day < Date::MAX && days.contains(day));
    ends.filter(|(day, _)| !given.iter().any(|holding| holding.is_alive_on(*day))).min()
}

impl Fold {
    /// The first day on which the giver of a handoff that makes no move has lost what it would have moved.
    pub(in super::super) fn lost(&self, handoff: &Handoff) -> Option<(Date, Seq)> {
        let since = handoff.own_date().plus_days(-1);
        let given: Vec<_> = self.beyond(since).filter(|holding| is_given(handoff, holding)).collect();
        first_lost(handoff, &given, Date::MAX)
    }
}

impl Build<'_, '_> {
    /// Whether a move is carried out, now that its turn has come; notes where it is overtaken. A handoff of
    /// several responsibilities is overtaken for all of them where it is for one, which is settled once all
    /// of their folds are there.
    pub(super) fn carries_out(&mut self, moved: &Move<'_>) -> bool {
        if moved.handoff.proposed.data.regime != Regime::ByAgreement {
            return true;
        }
        let overtaken = self.overtaken_by(moved);
        if let Some(found) = overtaken {
            self.overtaken.insert(moved.handoff.id().clone(), found);
        }
        if moved.handoff.is_of_several() { !moved.handoff.is_overtaken() } else { overtaken.is_none() }
    }

    /// Where the giver has lost what is moved: on a day before, or on this one by what came before in it.
    fn overtaken_by(&self, moved: &Move<'_>) -> Option<(Date, Seq)> {
        let (handoff, day) = (moved.handoff, moved.day);
        let given = |at: &usize| self.works.get(*at).filter(|holding| is_given(handoff, holding));
        let held: Vec<_> = self.lasting.iter().filter_map(given).filter(|one| one.lives(day)).collect();
        let lasts =
            |one: &&Arc<Holding>| one.spans.last().is_some_and(|span| span.from <= handoff.own_date());
        // nearly always the giver has held it ever since
        if held.iter().any(lasts) {
            return None;
        }
        let given: Vec<_> = self.works.iter().filter(|holding| is_given(handoff, holding)).collect();
        let holds = !self.taken(moved).is_empty();
        first_lost(handoff, &given, if holds { day.plus_days(-1) } else { day })
    }
}

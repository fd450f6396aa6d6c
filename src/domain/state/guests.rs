//! What stood under the holdings of a responsibility from others when its split came (DOMAIN section 5,
//! "Splits").

use std::collections::BTreeSet;
use std::sync::Arc;

use super::super::event::responsibility::ResponsibilitySplit;
use super::super::{AssignmentId, ResponsibilityId};
use super::State;
use super::fact::Fact;
use super::fold::{Ended, Fold, Holding, Look as _, Read, Span};

/// A holding of another responsibility that stood under one that a split passed on.
#[derive(Clone, Debug)]
pub(crate) struct Guest {
    /// What it is a holding of.
    pub(crate) of: ResponsibilityId,
    /// The holding.
    pub(crate) holding: Arc<Holding>,
    /// What it stood under.
    pub(crate) above: Arc<Holding>,
}

impl State {
    /// What stood under a split responsibility from others when the turn of the split came.
    pub(crate) fn guests(&self, split: &Fact<ResponsibilitySplit>) -> Vec<Guest> {
        let whole = &split.data.responsibility;
        let fold = self.fold(whole);
        let passed: BTreeSet<&AssignmentId> =
            fold.holdings.iter().filter(|old| old.passed_by(split.seq)).map(|old| &old.assignment).collect();
        let mut guests = Vec::new();
        // what stands under a holding of another responsibility has read its fold
        let below = self.readers_of(&Read::Fold(whole.clone())).filter(|of| *of != whole);
        for of in below {
            for holding in &self.fold(of).holdings {
                let Some(under) = &holding.under else { continue };
                if !holding.spans.iter().any(|span| self.is_held_at((of, holding), span, split)) {
                    continue;
                }
                let above = self.stood_under(&fold, &passed, (of, holding), under, split);
                guests.extend(above.map(|above| Guest {
                    of: of.clone(),
                    holding: Arc::clone(holding),
                    above,
                }));
            }
        }
        guests
    }

    /// Whether a holding is held when the turn of a split comes: splits are first of a day, but for what ends
    /// by itself, and stand among themselves in the order of their seq.
    fn is_held_at(
        &self,
        (of, holding): (&ResponsibilityId, &Holding),
        span: &Span,
        split: &Fact<ResponsibilitySplit>,
    ) -> bool {
        let day = split.data.effective;
        let inherited =
            holding.took().and_then(|old| self.responsibility_of(old)).is_some_and(|old| old != of);
        let begun = span.from < day || span.from == day && inherited && holding.made < split.seq;
        if !begun || span.until != day {
            return begun && span.until > day;
        }
        let Some(end) = span.ended else { return true };
        let said = || {
            let there = self.responsibilities.get(of);
            there.is_some_and(|there| there.ended.iter().any(|fact| fact.seq == end.by))
        };
        let divided = holding.heirs.iter().any(|heir| heir.from == day && heir.responsibility != *of);
        match end.reason {
            Ended::Expired => end.by == split.seq || said(),
            Ended::Transferred => !divided || end.by > split.seq,
            Ended::Revoked | Ended::Superseded | Ended::Annulled | Ended::AgencyClosed | Ended::Retired => {
                true
            }
        }
    }

    /// Which of the holdings that a split passes on something stood under.
    fn stood_under(
        mut self: &Self,
        fold: &Fold,
        passed: &BTreeSet<&AssignmentId>,
        (of, holding): (&ResponsibilityId, &Holding),
        under: &AssignmentId,
        split: &Fact<ResponsibilitySplit>,
    ) -> Option<Arc<Holding>> {
        let (mut at, mut seen) = (under.clone(), BTreeSet::new());
        while !passed.contains(&at) {
            let heir = self.heir(&at, split.data.effective, holding.below(of))?;
            if !seen.insert(std::mem::replace(&mut at, heir.assignment)) {
                return None;
            }
        }
        fold.get(&at).cloned()
    }
}

//! Which part of a split takes the place of what was split, for what stands under it: the part that the
//! other responsibility came out of, else the one that contains its scope on the day of the split, once for
//! all (DOMAIN section 5, "Splits").

use std::collections::BTreeSet;

use super::super::super::event::responsibility::{Remainder, ResponsibilitySplit};
use super::super::super::{Date, ResponsibilityId};
use super::super::State;
use super::{Heir, Read};

impl State {
    /// Which of the heirs of a holding of `whole` stands in its place on a day, for what stands under it in
    /// `of`. `met` is told what was read to find out.
    pub(crate) fn heir(
        &self,
        (whole, heirs): (&ResponsibilityId, &[Heir]),
        of: &ResponsibilityId,
        day: Date,
        met: &mut dyn FnMut(Read),
    ) -> Option<Heir> {
        let mut alive = heirs.iter().filter(|heir| heir.contains(day));
        let moved = alive.clone().find(|heir| heir.responsibility == *whole);
        if let Some(heir) = moved {
            return Some(heir.clone());
        }
        let first = alive.clone().next()?;
        if of == whole {
            // what stands there is divided with it; what is recorded there for a later day has no part of its own
            return Some(first.clone());
        }
        let split = self.responsibilities.get(whole).and_then(|whole| whole.split.as_ref())?;
        let part = self.part_for(&split.data, of, met)?;
        alive.find(|heir| heir.responsibility == *part).cloned()
    }

    /// The part of a split that takes what stands under it in another responsibility.
    fn part_for<'a>(
        &self,
        split: &'a ResponsibilitySplit,
        of: &ResponsibilityId,
        met: &mut dyn FnMut(Read),
    ) -> Option<&'a ResponsibilityId> {
        let origins = self.origins(of, met);
        if let Some(own) = split.parts().filter(|part| origins.contains(*part)).min() {
            return Some(own);
        }
        let rest = match &split.remainder {
            Remainder::Into(rest) => Some(rest),
            Remainder::None | Remainder::Unassigned => None,
        };
        let mut inside = |part: &&ResponsibilityId| self.contains_on(part, of, split.effective, met);
        let mut fit: Vec<_> = split.into.iter().collect();
        fit.retain(|part| inside(part));
        fit.into_iter().min().or_else(|| rest.filter(|rest| inside(rest)))
    }

    /// A responsibility, and those that it came out of by splits.
    pub(crate) fn origins(
        &self,
        of: &ResponsibilityId,
        met: &mut dyn FnMut(Read),
    ) -> BTreeSet<ResponsibilityId> {
        let (mut seen, mut waiting) = (BTreeSet::new(), vec![of.clone()]);
        while let Some(id) = waiting.pop() {
            met(Read::Parts(id.clone()));
            waiting.extend(self.split_from(&id).filter(|from| !seen.contains(*from)).cloned());
            seen.insert(id);
        }
        seen
    }

    /// Whether the scope of one responsibility contains that of another on a day: code and territory.
    pub(crate) fn contains_on(
        &self,
        outer: &ResponsibilityId,
        inner: &ResponsibilityId,
        day: Date,
        met: &mut dyn FnMut(Read),
    ) -> bool {
        met(Read::Scope(outer.clone()));
        met(Read::Scope(inner.clone()));
        let both = (self.responsibilities.get(outer), self.responsibilities.get(inner));
        let (Some(outer), Some(inner)) = both else { return false };
        let (outer, inner) = (outer.on(day), inner.on(day));
        let mut around = self.territories_around(inner.territory, day).inspect(|id| {
            met(Read::Territory((*id).clone()));
        });
        let within = outer.territory.is_none_or(|outer| around.any(|id| id == outer));
        outer.code.contains(inner.code) && within
    }
}

//! Whether one scope lies inside another on a day (DOMAIN section 2, "Inside"): the one place that decides it,
//! for definitions, children, delegations, splits and carve-outs.

use super::super::scope::{CarveOut, SchemeCode};
use super::super::{Date, ResponsibilityId, TerritoryId};
use super::State;
use super::fold::Read;
use super::responsibility::ResponsibilityOn;

impl State {
    /// Whether the scope of one responsibility lies inside that of another on a day. `met` is told what was
    /// read to find out.
    pub(crate) fn is_inside(
        &self,
        inner: &ResponsibilityId,
        outer: &ResponsibilityId,
        day: Date,
        met: &mut dyn FnMut(Read),
    ) -> bool {
        met(Read::Scope(outer.clone()));
        met(Read::Scope(inner.clone()));
        let both = (self.responsibilities.get(inner), self.responsibilities.get(outer));
        let (Some(inner), Some(outer)) = both else { return false };
        self.lies_inside(&inner.on(day), &outer.on(day), day, met)
    }

    /// The same of two scopes of that day.
    pub(crate) fn lies_inside(
        &self,
        inner: &ResponsibilityOn<'_>,
        outer: &ResponsibilityOn<'_>,
        day: Date,
        met: &mut dyn FnMut(Read),
    ) -> bool {
        if !outer.code.contains(inner.code) {
            return false;
        }
        let carved = outer.carve_outs.iter().any(|out| out.territory.is_some());
        if outer.territory.is_some() || carved {
            let around = self.territories_around(inner.territory, day);
            around.for_each(|id| met(Read::Territory(id.clone())));
        }
        self.territory_contains(outer.territory, inner.territory, day)
            && !self.leaves_out(outer.carve_outs, inner.code, inner.territory, day)
    }

    /// Whether one of these carve-outs contains a code in a territory on a day.
    pub(crate) fn leaves_out(
        &self,
        carve_outs: &[CarveOut],
        code: &SchemeCode,
        territory: Option<&TerritoryId>,
        day: Date,
    ) -> bool {
        carve_outs.iter().any(|out| {
            out.code.as_ref().is_none_or(|out| out.contains(code))
                && self.territory_contains(out.territory.as_ref(), territory, day)
        })
    }
}

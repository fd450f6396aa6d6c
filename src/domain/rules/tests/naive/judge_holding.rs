//! Decides what is said of responsibilities and assignments.

use super::judge::{Judge, Verdict, ensure};
use super::said::{OPEN, UNKNOWN};
use super::scope::parts;

impl Judge {
    /// Retired or split, unless the responsibility lives on.
    fn lives(&self) -> Verdict {
        let of = self.fact.w.responsibility();
        let split =
            self.record.split(of).is_some_and(|fact| fact.w.remainder.as_deref() != Some("unassigned"));
        ensure(self.record.retired(of).is_none() && !split, "wrong-state")
    }

    pub(super) fn defined(&mut self) -> Verdict {
        let w = self.fact.w.clone();
        let carved = w.carve_outs.iter().flatten().filter_map(|out| out.territory.as_ref());
        let known = w.territory.iter().chain(carved).all(|id| self.record.territory(id).is_some());
        ensure(known && w.parent.iter().all(|id| self.record.defined(id).is_some()), "not-found")?;
        self.registrar()?;
        if let Some(parent) = &w.parent {
            let first = w.valid().first();
            let day = if first == UNKNOWN { self.fact.day } else { first };
            let inner = self.then.defined(w.responsibility()).map(|_| w.responsibility().to_owned());
            let inside = inner.is_some_and(|id| self.then.lies_inside(&id, parent, day));
            ensure(inside, "exceeds-parent")?;
        }
        self.no_circle()?;
        self.is_taken("r", w.responsibility())
    }

    pub(super) fn changed(&mut self) -> Verdict {
        let w = self.fact.w.clone();
        let carved = w.carve_outs.iter().flatten().filter_map(|out| out.territory.as_ref());
        let known = w.territory.iter().chain(carved).all(|id| self.record.territory(id).is_some());
        let named = w.responsibility.iter().chain(&w.parent).chain(&w.into);
        ensure(known && named.clone().all(|id| self.record.defined(id).is_some()), "not-found")?;
        self.registrar()?;
        if self.fact.kind == "responsibility.retired" {
            ensure(!w.into.contains(&w.responsibility().to_owned()), "wrong-state")?;
            return self.lives();
        }
        self.basis()?;
        self.lives()?;
        self.no_circle()
    }

    pub(super) fn split(&mut self) -> Verdict {
        let w = self.fact.w.clone();
        let of = w.responsibility();
        let parts = parts(&self.fact);
        let known = |id: &String| self.record.defined(id).is_some();
        let carried = w.carries.values().flatten().all(|id| self.fold.get(id).is_some());
        ensure(w.responsibility.iter().chain(&parts).all(known) && carried, "not-found")?;
        self.registrar()?;
        let out_of = self.record.came_out_of(of);
        for (n, part) in parts.iter().enumerate() {
            let twice = parts[..n].contains(part);
            ensure(part != of && !twice && !out_of.contains(part), "wrong-state")?;
            ensure(self.record.lies_inside(part, of, w.effective()), "exceeds-parent")?;
        }
        self.basis()?;
        ensure(self.record.retired(of).is_none() && self.record.split(of).is_none(), "wrong-state")?;
        let alive = |id: &str| self.record.exists_on(id, w.effective());
        ensure(alive(of) && parts.iter().all(|part| alive(part)), "wrong-state")?;
        self.carries()
    }

    /// What stands under the holdings of a split responsibility finds one part.
    fn carries(&mut self) -> Verdict {
        let (w, day) = (self.fact.w.clone(), self.fact.w.effective());
        let place = self.fact.place;
        let is_guest = |id: &str| self.later.guests.iter().any(|(split, one)| *split == place && one == id);
        let guests: Vec<_> = self.later.all.iter().filter(|one| is_guest(&one.id)).collect();
        let named: Vec<&String> = w.carries.values().flatten().collect();
        let there = w.carries.keys().all(|part| parts(&self.fact).contains(part));
        ensure(there && named.iter().all(|id| is_guest(id)), "wrong-state")?;
        let once = |id: &&String| named.iter().filter(|other| *other == id).count() == 1;
        ensure(named.iter().all(once), "malformed")?;
        for (part, named) in &w.carries {
            for id in named {
                let guest = guests.iter().find(|one| one.id == *id).ok_or("wrong-state")?;
                let came = self.record.came_out_of(&guest.of);
                let fits =
                    guest.of == *part || came.contains(part) || self.record.lies_inside(&guest.of, part, day);
                ensure(fits, "exceeds-parent")?;
            }
        }
        let clear =
            |one: &&super::holding::Holding| self.record.part_for(&self.fact, &one.of, Some(&one.id)).is_ok();
        ensure(guests.iter().all(clear), "ambiguous")
    }

    pub(super) fn made(&mut self) -> Verdict {
        let w = self.fact.w.clone();
        let role = w.role();
        let needs = role == "executor" || w.mode.as_deref() == Some("delegation");
        let form = (w.mode.is_none() || role == "accountable")
            && (role != "caretaker" || !w.components.is_empty())
            && (!needs || w.under.is_some());
        ensure(form, "malformed")?;
        let (first, end) = (w.valid().first(), w.valid().end());
        ensure(first < end, "bad-date")?;
        let holdings = w.under.iter().chain(&w.supersedes).all(|id| self.fold.get(id).is_some());
        let step = w
            .ends_when
            .as_ref()
            .is_none_or(|when| self.record.steps(&when.handoff).iter().any(|(step, ..)| *step == when.step));
        let known =
            self.record.defined(w.responsibility()).is_some() && self.record.agency(w.agency()).is_some();
        ensure(known && holdings && step, "not-found")?;
        let own = self.fact.assignment();
        let below = (w.responsibility(), own.as_str());
        let above = w.under.as_ref().and_then(|id| self.fold.stand_in(&self.record, id, below, first));
        let above = above.cloned();
        let giver = above.as_ref().is_some_and(|above| above.agency == self.fact.by);
        let named = w.under.as_ref().and_then(|id| self.fold.get(id));
        let delegated = w.mode.as_deref() == Some("delegation");
        if delegated && above.as_ref().is_some_and(|above| !above.held(first)) {
            self.tags.insert("begins-before-under");
        }
        if named.zip(above.as_ref()).is_some_and(|(named, above)| {
            named.id != above.id && named.heirs.iter().any(|heir| heir.0 == first)
        }) {
            self.tags.insert("stand-in-same-day");
        }
        let serves = role == "supporter"
            && !self.fold.holders(w.responsibility(), &self.fact.by, "accountable", first).is_empty();
        ensure(self.registrar().is_ok() || giver || serves, "not-entitled")?;
        let day = match first {
            UNKNOWN => self.record.valid_agency(w.agency(), UNKNOWN).map_or(UNKNOWN, |valid| valid.first()),
            day => day,
        };
        ensure(self.record.active(w.agency(), day), "agency-not-active")?;
        self.alone().map_err(|code| match (code, role) {
            ("twice", "accountable") => "already-accountable",
            ("twice", _) => "wrong-state",
            (code, _) => code,
        })?;
        if let (Some(above), Some(under)) = (&above, &w.under) {
            self.sub_delegated(above, under, (first, end))?;
        }
        self.basis()?;
        let myself =
            w.mode.as_deref() == Some("delegation") && above.is_some_and(|above| above.agency == w.agency());
        ensure(!myself, "wrong-state")?;
        let same = |id: &String| self.fold.get(id).is_some_and(|one| one.of == w.responsibility());
        ensure(w.supersedes.iter().all(same), "wrong-state")?;
        let (from, to) = self.record.period(w.responsibility()).unwrap_or((UNKNOWN, OPEN));
        ensure(first < to && from < end, "wrong-state")?;
        w.assignment.as_ref().map_or(Ok(()), |id| self.is_taken("as", id))
    }

    fn sub_delegated(
        &self,
        above: &super::holding::Holding,
        under: &str,
        (first, end): (i32, i32),
    ) -> Verdict {
        let w = &self.fact.w;
        ensure(above.role != "executor", "not-sub-delegable")?;
        if w.mode.as_deref() == Some("delegation") && above.delegated {
            let higher = above.under_on(first).and_then(|id| self.fold.get(id));
            let once = !higher.is_some_and(|higher| higher.delegated);
            ensure(above.sub_delegable && once, "not-sub-delegable")?;
        }
        ensure(above.role == "accountable" && above.held(first), "exceeds-parent")?;
        ensure(self.record.descends(w.responsibility(), &above.of, first), "exceeds-parent")?;
        let own = self.fact.assignment();
        let ends = self.fold.end_of(&self.record, under, (w.responsibility(), &own), first);
        ensure(end <= ends, "exceeds-parent")
    }

    /// Another basis for a holding of the day.
    pub(super) fn rebased(&mut self) -> Verdict {
        let w = self.fact.w.clone();
        let one = w.assignment.as_ref().and_then(|id| self.fold.get(id)).ok_or("not-found")?;
        self.registrar()?;
        self.basis()?;
        ensure(one.held(w.effective()), "wrong-state")
    }

    pub(super) fn ended(&mut self) -> Verdict {
        let w = self.fact.w.clone();
        let day = w.effective();
        let triple = w.responsibility.is_some() && w.agency.is_some() && w.role.is_some();
        ensure(w.assignment.is_some() != triple, "malformed")?;
        let id = if let Some(id) = &w.assignment {
            id.clone()
        } else {
            let known =
                self.record.defined(w.responsibility()).is_some() && self.record.agency(w.agency()).is_some();
            ensure(known, "not-found")?;
            if let Some(meant) = &self.fact.meant {
                meant.clone()
            } else {
                let fit = self.fold.holders(w.responsibility(), w.agency(), w.role(), day);
                ensure(fit.len() < 2, "ambiguous")?;
                fit.first().ok_or("not-found")?.id.clone()
            }
        };
        let one = self.fold.get(&id).ok_or("not-found")?.clone();
        self.fact.meant = Some(id);
        let begins = one.spans.first().map_or(OPEN, |span| span.0);
        let named = one.trail.first().filter(|_| day < begins);
        let before = named.and_then(|above| self.fold.stand_in(&self.record, above, (&one.of, &one.id), day));
        let above = before.or(one.under_on(day).and_then(|id| self.fold.get(id)));
        let giver = above.is_some_and(|above| above.agency == self.fact.by);
        let serves = one.role == "supporter"
            && !self.fold.holders(&one.of, &self.fact.by, "accountable", day).is_empty();
        ensure(self.registrar().is_ok() || giver || serves, "not-entitled")?;
        ensure(self.fact.on() <= self.fact.day, "bad-date")?;
        self.basis()?;
        ensure(one.held(day), "wrong-state")
    }
}

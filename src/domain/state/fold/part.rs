//! Who stands in the place of a holding, and which part of a split does so for what stands under it: the one
//! that `carries` names, the part that the other responsibility is or came out of, else the one inside which
//! its scope lies on the day of the split, once for all (DOMAIN section 5, "Splits").

use std::collections::BTreeSet;

use super::super::super::event::responsibility::{Remainder, ResponsibilitySplit};
use super::super::super::{AssignmentId, Date, ResponsibilityId};
use super::super::State;
use super::super::broken::{self, Broken};
use super::super::fact::Fact;
use super::build::WALK_MAX;
use super::{Heir, Holding, Read};

/// What stands under a holding, or will: a holding and what it is of.
#[derive(Clone, Copy, Debug)]
pub struct Below<'a> {
    /// What it is a holding of.
    pub of: &'a ResponsibilityId,
    /// The holding; absent where it has no name yet.
    pub holding: Option<&'a AssignmentId>,
}

/// Which part of a split takes what stands under what was split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// This one.
    Part(ResponsibilityId),
    /// None fits.
    None,
    /// Several fit, and nothing says which.
    Several,
}

/// The holding that stood under another when the turn of a split came.
pub(crate) struct Stood {
    /// What it is a holding of.
    of: ResponsibilityId,
    /// Which; absent where it has no name yet.
    holding: Option<AssignmentId>,
    /// The split itself has put it into a part.
    by_split: bool,
}

/// Where holdings are looked up: in the folds that there are, or in one that is being made.
pub(crate) trait Look<'s> {
    /// The state.
    fn state(&self) -> &'s State;
    /// Reads a holding.
    fn look<T>(&mut self, id: &AssignmentId, read: impl FnOnce(&Holding) -> T) -> Option<T>;
    /// What a holding is of.
    fn responsibility(&self, id: &AssignmentId) -> Option<&'s ResponsibilityId>;
    /// Notes that something was read.
    fn met(&mut self, read: Read);
    /// Those that stand in the place of a holding on a day, each for some of what stands under it.
    fn heirs(&mut self, id: &AssignmentId, day: Date) -> Option<Vec<Heir>> {
        self.look(id, |holding| holding.heirs.iter().filter(|heir| heir.contains(day)).cloned().collect())
    }

    /// Who stands in the place of a holding on a day, and who in the place of that one, to the last; as what
    /// stands under it sees it.
    fn resolve(&mut self, id: &AssignmentId, day: Date, below: Below<'_>) -> AssignmentId {
        let mut at = id.clone();
        for _ in 0..WALK_MAX {
            match self.heir(&at, day, below) {
                Some(heir) => at = heir.assignment,
                None => break,
            }
        }
        at
    }

    /// Who stands in the place of a holding on a day, for what stands under it.
    fn heir(&mut self, id: &AssignmentId, day: Date, below: Below<'_>) -> Option<Heir> {
        let heirs = self.heirs(id, day).filter(|heirs| !heirs.is_empty())?;
        let whole = self.responsibility(id)?;
        if let Some(moved) = heirs.iter().find(|heir| heir.responsibility == *whole) {
            return Some(moved.clone());
        }
        let split = self.state().responsibilities.get(whole).and_then(|whole| whole.split.as_ref())?;
        let Choice::Part(part) = self.part(split, below) else { return None };
        heirs.into_iter().find(|heir| heir.responsibility == part)
    }

    /// The part of a split that takes what stands under a holding of what was split.
    fn part(&mut self, split: &Fact<ResponsibilitySplit>, below: Below<'_>) -> Choice {
        let stood = self.stood(split, below);
        if stood.by_split {
            return Choice::Part(stood.of);
        }
        let state = self.state();
        state.part_for(&split.data, &stood.of, stood.holding.as_ref(), &mut |read| self.met(read))
    }

    /// The holding that stood there when the turn of a split came: the choice of a part is made for that one,
    /// and passes on with it. Where none did, the first that came after.
    fn stood(&mut self, split: &Fact<ResponsibilitySplit>, below: Below<'_>) -> Stood {
        let mut at = Stood { of: below.of.clone(), holding: below.holding.cloned(), by_split: false };
        let day = split.data.effective;
        for _ in 0..WALK_MAX {
            let Some(id) = &at.holding else { break };
            let place = |holding: &Holding| (holding.from(), holding.made, holding.took.clone());
            let Some((from, made, Some(before))) = self.look(id, place) else { break };
            let Some(of) = self.responsibility(&before) else { break };
            let inherited = *of != at.of;
            if from < day || from == day && inherited && made <= split.seq {
                at.by_split = inherited && made == split.seq;
                break;
            }
            at = Stood { of: of.clone(), holding: Some(before), by_split: false };
        }
        // what was given back since stood there as what had taken its place
        while !at.by_split {
            let held_by = |holding: &Holding| {
                let then = holding.heirs.iter().find(|heir| heir.from < day && day <= heir.until);
                then.filter(|heir| heir.responsibility == at.of).map(|heir| heir.assignment.clone())
            };
            let taker = at.holding.as_ref().and_then(|id| self.look(id, held_by)).flatten();
            if taker.is_none() {
                break;
            }
            at.holding = taker;
        }
        at
    }
}

impl<'s> Look<'s> for &'s State {
    fn state(&self) -> &'s State {
        self
    }
    fn look<T>(&mut self, id: &AssignmentId, read: impl FnOnce(&Holding) -> T) -> Option<T> {
        let folded = self.folds.get(self.responsibility_of(id)?)?;
        folded.fold.get(id).map(|holding| read(holding))
    }
    fn responsibility(&self, id: &AssignmentId) -> Option<&'s ResponsibilityId> {
        self.responsibility_of(id)
    }
    fn met(&mut self, _: Read) {}
}

impl State {
    /// The part of a split that takes what stands under it in another responsibility; `holding` is what
    /// stands there, absent where the responsibility itself is asked for.
    pub(crate) fn part_for(
        &self,
        split: &ResponsibilitySplit,
        of: &ResponsibilityId,
        holding: Option<&AssignmentId>,
        met: &mut dyn FnMut(Read),
    ) -> Choice {
        let named = holding.and_then(|holding| split.carried(holding));
        if let Some(part) = named.filter(|part| self.fits(split, part, of, met)) {
            return Choice::Part(part.clone());
        }
        if let Some(own) = split.parts().find(|part| *part == of) {
            return Choice::Part(own.clone());
        }
        if broken::is(Broken::FirstPart) {
            return split.into.first().cloned().map_or(Choice::None, Choice::Part);
        }
        let origins = self.origins(of, met);
        let came_out_of: Vec<_> = split.parts().filter(|part| origins.contains(*part)).collect();
        let mut fit = came_out_of;
        if fit.is_empty() {
            fit = split.into.iter().collect();
            fit.retain(|part| self.is_inside(of, part, split.effective, met));
        }
        match fit.as_slice() {
            [part] => Choice::Part((*part).clone()),
            [] => match &split.remainder {
                Remainder::Into(rest) if self.is_inside(of, rest, split.effective, met) => {
                    Choice::Part(rest.clone())
                }
                Remainder::Into(_) | Remainder::None | Remainder::Unassigned => Choice::None,
            },
            _ => Choice::Several,
        }
    }

    /// Whether something of a responsibility may stand under what a part of a split has inherited: it is
    /// that part, came out of it, or lies inside it on the day of the split.
    pub(crate) fn fits(
        &self,
        split: &ResponsibilitySplit,
        part: &ResponsibilityId,
        of: &ResponsibilityId,
        met: &mut dyn FnMut(Read),
    ) -> bool {
        self.origins(of, met).contains(part) || self.is_inside(of, part, split.effective, met)
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
}

//! The folded holdings follow the objects: what the door let through says which of them are made anew, and
//! nothing else makes one.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;
use std::sync::Arc;

use imbl::ordset::DiffItem;

use super::super::{AssignmentId, Date, ResponsibilityId};
use super::broken::{self, Broken};
use super::door::Change;
use super::fact::Fact;
use super::fold::{self, Built, Folded, New, Path, Read};
use super::handoff::Handoff;
use super::kept::Object;
use super::lapse::Doubts;
use super::responsibility::{Passed, Responsibility};
use super::{Key, State};

/// Why a fold is made anew.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Reason {
    /// One thing is new, which may be applied to the fold that is there.
    Made,
    Ended,
    Moved(Key),
    /// Anything else.
    Whole,
}

/// Folds that are to be made anew.
#[derive(Default)]
struct Stale(BTreeMap<ResponsibilityId, Reason>);

impl Stale {
    /// A second reason makes the first one no better.
    fn add(&mut self, id: &ResponsibilityId, reason: Reason) {
        self.0.entry(id.clone()).and_modify(|known| *known = Reason::Whole).or_insert(reason);
    }
}

impl State {
    /// Brings everything that follows from the objects up to date with what the door let through: what the
    /// closing of an agency withdraws, the folds, what lapses, and then, once that is settled, the names of
    /// holdings that splits pass on.
    pub(super) fn settle(&mut self) {
        let listed = self.unsettled.len();
        let (mut doubts, mut unnamed) = (Doubts::default(), BTreeSet::new());
        loop {
            while !(self.unsettled.is_empty() && self.holdings_moved.is_empty()) {
                let (changes, moved) = (mem::take(&mut self.unsettled), mem::take(&mut self.holdings_moved));
                changes.iter().for_each(|change| self.regard_closing(change));
                let folded = self.refold(self.stale(&changes, &moved));
                doubts.add(self, &changes, &folded);
                unnamed.extend(folded.into_iter().map(|(id, _)| id));
                let unlisted =
                    |change: &Change| broken::is(Broken::ChangeUnlisted) && change.before.is_some();
                self.settled.extend(changes.into_iter().filter(|change| !unlisted(change)));
            }
            if self.settle_lapses(&mut doubts) {
                continue;
            }
            if unnamed.is_empty() {
                if broken::is(Broken::SettledUnlisted) {
                    self.settled.truncate(listed);
                }
                return;
            }
            mem::take(&mut unnamed).iter().for_each(|id| self.name_passed(id));
        }
    }

    /// Keeps what handoffs say of their giver's closing equal to what the giver's record says.
    fn regard_closing(&mut self, change: &Change) {
        let ids: Vec<_> = if let Key::Handoff(id) = &change.key {
            vec![id.clone()]
        } else if let Key::Agency(id) = &change.key
            && closings_differ(change)
            && !broken::is(Broken::GiverForgotten)
        {
            self.open_with(id).cloned().collect()
        } else {
            return;
        };
        for id in ids {
            let Some(handoff) = self.handoffs.get(&id) else { continue };
            let giver = self.agencies.get(&handoff.proposed.data.from).filter(|_| handoff.is_pending());
            let closed = giver.and_then(|giver| giver.closed.as_ref());
            let closing = closed.map(|fact| (fact.seq, fact.own_date()));
            if handoff.closing != closing {
                let handoff = Handoff { closing, ..Handoff::clone(handoff) };
                self.change(&id, Some(Arc::new(handoff)));
            }
        }
    }

    /// The folds that no longer say what the objects say.
    fn stale(&self, changes: &[Change], moved: &[AssignmentId]) -> Stale {
        let mut stale = Stale::default();
        let read = |stale: &mut Stale, read: Read| {
            let forgotten = match &read {
                Read::Agency(_) => broken::is(Broken::ClosingForgotten),
                Read::Fold(_)
                | Read::Handoff(_)
                | Read::Holding(_)
                | Read::Scope(_)
                | Read::Parts(_)
                | Read::Territory(_) => false,
            };
            if forgotten {
                return;
            }
            self.readers_of(&read).for_each(|id| stale.add(id, Reason::Whole));
        };
        for change in changes {
            match &change.key {
                Key::Responsibility(id) => {
                    of_responsibility(id, change, &mut stale);
                    if scopes_differ(change) {
                        read(&mut stale, Read::Scope(id.clone()));
                    }
                    for part in divided(change) {
                        read(&mut stale, Read::Parts(part));
                    }
                }
                Key::Territory(id) => read(&mut stale, Read::Territory(id.clone())),
                Key::Agency(id) if closings_differ(change) => read(&mut stale, Read::Agency(id.clone())),
                Key::Handoff(id) => {
                    of_handoff(change, &mut stale);
                    // what ends with a step is looked at again with every word about the handoff
                    read(&mut stale, Read::Handoff(id.clone()));
                }
                Key::Agency(_)
                | Key::Ledger(())
                | Key::Token(_)
                | Key::Witness(_)
                | Key::SigningKey(_)
                | Key::Instrument(_)
                | Key::Decision(_)
                | Key::Act(_)
                | Key::Claim(_)
                | Key::Forum(_)
                | Key::Commitment(_)
                | Key::Programme(_)
                | Key::Tolerated(_)
                | Key::Details(_)
                | Key::Withdrawn(_)
                | Key::Approval(_)
                | Key::Words(_) => {}
            }
        }
        for holding in moved {
            read(&mut stale, Read::Holding(holding.clone()));
        }
        stale
    }

    /// Responsibilities with a holding that ends with a step of this handoff.
    pub fn ended_by(
        &self,
        id: &super::super::HandoffId,
    ) -> impl Iterator<Item = &ResponsibilityId> + use<'_> {
        self.readers_of(&Read::Handoff(id.clone()))
    }

    /// Responsibilities in whose holdings an agency occurs.
    pub fn held_by(&self, id: &super::super::AgencyId) -> impl Iterator<Item = &ResponsibilityId> + use<'_> {
        self.readers_of(&Read::Agency(id.clone()))
    }

    /// Responsibilities whose folds have read something.
    pub(super) fn readers_of(&self, read: &Read) -> impl Iterator<Item = &ResponsibilityId> + use<'_> {
        self.readers.of(read)
    }

    /// Makes stale folds anew, and those that have read them; answers which, and of those that only got one
    /// change more its day.
    fn refold(&mut self, stale: Stale) -> Vec<(ResponsibilityId, Option<Date>)> {
        // What reads a stale fold is stale, too. A circle leads back to where it began.
        let mut reached: BTreeSet<ResponsibilityId> = BTreeSet::new();
        let mut waiting: Vec<_> = stale.0.keys().cloned().collect();
        if broken::is(Broken::DependentForgotten) {
            waiting.clear();
        }
        while let Some(id) = waiting.pop() {
            for reader in self.readers_of(&Read::Fold(id)) {
                if reached.insert(reader.clone()) {
                    waiting.push(reader.clone());
                }
            }
        }
        // Nor may what is applied to a fold rest on a stale one: the new change may read what none before it did,
        // and close a circle by that.
        let unsure: BTreeSet<_> = stale.0.keys().chain(&reached).cloned().collect();
        let rests = |folded: &Folded| folded.folds_read().any(|id| unsure.contains(id));
        let mut anew = Vec::new();
        for (id, reason) in stale.0 {
            let appended = self.appended(&id, &reason).filter(|folded| !rests(folded));
            match appended.filter(|_| !reached.contains(&id)) {
                Some(folded) => {
                    let day = folded.fold.last_day();
                    self.keep_fold(&id, Some(folded));
                    anew.push((id, day));
                }
                None => drop(reached.insert(id)),
            }
        }
        for id in &reached {
            if self.responsibilities.contains_key(id) {
                // emptied first: what is made anew must not rest on what is stale
                self.note_fold(id);
                if let Some(folded) = self.folds.get_mut(id) {
                    folded.whole = false;
                }
            } else {
                self.keep_fold(id, None);
            }
        }
        let mut made = BTreeSet::new();
        for id in &reached {
            self.make(id, &mut made);
        }
        anew.extend(reached.into_iter().map(|id| (id, None)));
        anew
    }

    /// The fold with what is new, where that can be applied to the one that is there.
    fn appended(&self, id: &ResponsibilityId, reason: &Reason) -> Option<Folded> {
        let there = self.responsibilities.get(id).filter(|there| there.split.is_none())?;
        let old = self.folds.get(id).filter(|old| old.whole)?;
        let new = match reason {
            Reason::Made => New::Made(there.made.last()?),
            Reason::Ended => New::Ended(there.ended.last()?),
            Reason::Moved(Key::Handoff(handoff)) => New::Moved(self.handoffs.get(handoff)?),
            Reason::Moved(_) | Reason::Whole => return None,
        };
        fold::append(self, id, old, new)
    }

    /// Makes the fold of a responsibility, and before it those that it needs. `made` are those that are new
    /// already. The same whatever was made before: what is in a circle is made for each of its members.
    fn make(&mut self, id: &ResponsibilityId, made: &mut BTreeSet<ResponsibilityId>) {
        let mut path = Path::default();
        let mut at = id.clone();
        while !made.contains(id) {
            let Some(of) = self.responsibilities.get(&at) else { return };
            match fold::fold(self, of, &path) {
                Built::Needs(needs) => path.above.push(mem::replace(&mut at, needs)),
                Built::Folded(folded) => {
                    let above = path.above.pop();
                    if folded.whole || above.is_none() {
                        self.keep_fold(&at, Some(folded));
                        made.insert(at.clone());
                    } else {
                        path.within.insert(at.clone(), folded);
                    }
                    at = above.unwrap_or(at);
                }
            }
        }
    }

    /// Puts a fold in the place of another, and notes what it has read.
    pub(super) fn keep_fold(&mut self, id: &ResponsibilityId, folded: Option<Folded>) {
        self.note_fold(id);
        let before = self.folds.get(id).map(|folded| folded.reads.clone()).unwrap_or_default();
        let after = folded.as_ref().map(|folded| folded.reads.clone()).unwrap_or_default();
        if !before.ptr_eq(&after) {
            for read in before.diff(&after) {
                match read {
                    DiffItem::Remove(read) => self.readers.take(read.clone(), id.clone()),
                    DiffItem::Add(read) => self.readers.add(read.clone(), id.clone()),
                }
            }
        }
        match folded {
            Some(folded) => drop(self.folds.insert(id.clone(), folded)),
            None => drop(self.folds.remove(id)),
        }
    }

    /// Notes what a fold was before the event that is folded in.
    fn note_fold(&mut self, id: &ResponsibilityId) {
        if !self.folds_before.contains_key(id) {
            self.folds_before.insert(id.clone(), self.folds.get(id).cloned());
        }
    }

    /// Names the holdings that a split of this responsibility passes on and that have no name yet: names
    /// once given stay (DOMAIN section 3).
    fn name_passed(&mut self, id: &ResponsibilityId) {
        let Some(there) = self.responsibilities.get(id) else { return };
        let Some(split) = &there.split else { return };
        let fold = self.fold(id);
        let passed = fold.holdings.iter().filter(|old| old.passed_by(split.seq));
        let mut old: Vec<_> = passed.map(|holding| &holding.assignment).collect();
        old.sort_unstable();
        let mut parts: Vec<_> = split.data.parts().collect();
        parts.sort_unstable();
        let pairs = parts.iter().flat_map(|part| old.iter().map(move |old| (*part, *old)));
        let given = there.passed.iter().filter(|name| name.split == split.seq);
        let given: BTreeSet<_> = given.map(|name| (&name.part, &name.old)).collect();
        let unnamed: Vec<_> = pairs.filter(|pair| !given.contains(pair)).collect();
        if unnamed.is_empty() {
            return;
        }
        let several = parts.len() * old.len() > 1;
        let mut new = Responsibility::clone(there);
        for (n, (part, old)) in (given.len() + 1..).zip(unnamed) {
            let number = if several || n > 1 { u32::try_from(n).ok() } else { None };
            let name = AssignmentId::derived(split.seq, number);
            new.passed.push(Passed { split: split.seq, part: part.clone(), old: old.clone(), new: name });
        }
        self.change(id, Some(Arc::new(new)));
    }
}

/// Whether an agency's closing differs before and after a change.
fn closings_differ(change: &Change) -> bool {
    let closed = |object: &Option<Object>| match object {
        Some(Object::Agency(agency)) => agency.closed.clone(),
        _ => None,
    };
    closed(&change.before) != closed(&change.after)
}

fn responsibility(object: Option<&Object>) -> Option<&Responsibility> {
    match object {
        Some(Object::Responsibility(there)) => Some(there),
        _ => None,
    }
}

/// Whether what a responsibility covers differs before and after a change.
fn scopes_differ(change: &Change) -> bool {
    let scope = |object: &Option<Object>| {
        let there = responsibility(object.as_ref())?;
        let changed: Vec<_> = there.changed.iter().map(|fact| (fact.seq, fact.by)).collect();
        Some((there.defined.seq, there.defined.by, changed))
    };
    scope(&change.before) != scope(&change.after)
}

/// The parts that a responsibility is split into before or after a change, where these differ.
fn divided(change: &Change) -> BTreeSet<ResponsibilityId> {
    let [before, after] = [&change.before, &change.after].map(|object| {
        let there = responsibility(object.as_ref()).into_iter();
        there.flat_map(Responsibility::parts).cloned().collect::<BTreeSet<_>>()
    });
    if before == after { BTreeSet::new() } else { &before | &after }
}

/// What a change of a responsibility makes stale: its own fold, and those of the parts of its split.
fn of_responsibility(id: &ResponsibilityId, change: &Change, stale: &mut Stale) {
    let both = [responsibility(change.before.as_ref()), responsibility(change.after.as_ref())];
    let [Some(before), Some(after)] = both else {
        stale.add(id, Reason::Whole);
        return both
            .into_iter()
            .flatten()
            .flat_map(Responsibility::parts)
            .for_each(|part| stale.add(part, Reason::Whole));
    };
    let (made, ended) = (is_same(&before.made, &after.made), is_same(&before.ended, &after.ended));
    let divided = before.split == after.split && before.passed == after.passed;
    if !divided {
        both.into_iter()
            .flatten()
            .flat_map(Responsibility::parts)
            .for_each(|part| stale.add(part, Reason::Whole));
    }
    let others = divided && before.retired == after.retired && is_same(&before.rebased, &after.rebased);
    match (made, ended, others) {
        (true, true, true) => {}
        (false, true, true) if is_longer(&before.made, &after.made) => stale.add(id, Reason::Made),
        (true, false, true) if is_longer(&before.ended, &after.ended) => stale.add(id, Reason::Ended),
        _ => stale.add(id, Reason::Whole),
    }
}

/// Whether a list is another with one more at its end.
fn is_longer<T>(before: &[Fact<T>], after: &[Fact<T>]) -> bool {
    after.split_last().is_some_and(|(_, rest)| is_same(before, rest))
}

fn is_same<T>(before: &[Fact<T>], after: &[Fact<T>]) -> bool {
    before.len() == after.len() && before.iter().zip(after).all(|(one, other)| one.is(other))
}

/// What a change of a handoff makes stale: the folds of the responsibilities it names, where its move is
/// another. What one of several responsibilities lapses by stands in no single fold.
fn of_handoff(change: &Change, stale: &mut Stale) {
    let [before, after] = [&change.before, &change.after].map(|object| match object {
        Some(Object::Handoff(there)) => Some(&**there),
        _ => None,
    });
    let [was_of, is_of] = [before, after]
        .map(|there| there.map(|there| there.proposed.data.responsibilities.as_slice()).unwrap_or_default());
    let [was_stopped, is_stopped] =
        [before, after].map(|there| there.is_some_and(|there| there.is_of_several() && there.is_overtaken()));
    let same = was_of == is_of && was_stopped == is_stopped;
    match (before.and_then(Handoff::planned), after.and_then(Handoff::planned)) {
        (None, None) => {}
        (Some(was), Some(is)) if was.is(&is) && same => {}
        (Some(_), None) if broken::is(Broken::MoveForgotten) => {}
        (None, Some(_)) => {
            is_of.iter().for_each(|id| stale.add(id, Reason::Moved(change.key.clone())));
        }
        _ => was_of.iter().chain(is_of).for_each(|id| stale.add(id, Reason::Whole)),
    }
}

#[cfg(test)]
impl State {
    /// What follows from the objects, here and in another state, is the same; the objects, too.
    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        let said = |what: &str, one: &dyn std::fmt::Debug, other: &dyn std::fmt::Debug| {
            Some(format!("{what}:\n  {one:?}\n  {other:?}"))
        };
        let keys: BTreeSet<_> = self.keys().into_iter().chain(other.keys()).collect();
        for key in keys {
            let (one, two) = (self.object(&key), other.object(&key));
            if one != two {
                return said(&key.text(), &one, &two);
            }
        }
        if self.indexes != other.indexes {
            return said("indexes", &self.indexes, &other.indexes);
        }
        for id in self.responsibilities.keys() {
            let (one, two) = (self.folds.get(id), other.folds.get(id));
            if one != two {
                return said(&format!("fold of {id}"), &one, &two);
            }
        }
        if self.folds.len() != other.folds.len() || self.readers != other.readers {
            return said("readers", &self.readers, &other.readers);
        }
        None
    }

    /// The state as it is when it is loaded from its objects.
    pub(crate) fn reloaded(&self) -> Self {
        let encoded = |key: Key| {
            let object = self.object(&key).and_then(|object| object.encode().ok());
            (key, object.unwrap_or_default())
        };
        Self::load(self.size, self.at, self.keys().into_iter().map(encoded)).unwrap_or_default()
    }
}

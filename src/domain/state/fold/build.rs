//! Applies the changes of a responsibility one after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use imbl::{OrdMap, Vector};

use super::super::super::event::assignment::{AssignmentEnded, AssignmentMade, EndReason, HoldingRole, Mode};
use super::super::super::{AssignmentId, Date, HandoffId, ResponsibilityId, Seq};
use super::super::State;
use super::super::agency::Agency;
use super::super::fact::Fact;
use super::super::responsibility::Responsibility;
use super::super::sure::{self, Sure as _};
use super::change::{Change, Changes, Place, Placed, changes, closing, unknown};
use super::{Below, End, Ended, Fold, Folded, Holding, Look, Point, Read, Rebased};

/// Longest walk from a holding to who stands in its place.
pub(super) const WALK_MAX: usize = 65_536;

/// What came of folding.
pub(crate) enum Built {
    /// The fold.
    Folded(Folded),
    /// The fold of this responsibility is needed first.
    Needs(ResponsibilityId),
}

/// Where folding one responsibility led to folding another.
#[derive(Default)]
pub(crate) struct Path {
    /// Responsibilities whose folding waits for this one; they are seen as empty.
    pub(crate) above: Vec<ResponsibilityId>,
    /// Folds of responsibilities in a circle with these, as seen from here.
    pub(crate) within: BTreeMap<ResponsibilityId, Folded>,
}

/// Folds the holdings of a responsibility from all that moves them.
pub(crate) fn fold(state: &State, of: &Responsibility, path: &Path) -> Built {
    let mut build = Build::on(Fold::default(), state, of, path);
    let mut met = BTreeSet::new();
    for parent in state.split_from(of.id()) {
        met.extend(build.other(parent).holdings.iter().map(|holding| holding.agency.clone()));
    }
    let mut last = None;
    let Changes { placed, agencies, beside } = changes(state, of, met);
    build.reads.extend(agencies.into_iter().map(Read::Agency));
    build.reads.extend(beside.into_iter().map(Read::Fold));
    for placed in placed {
        last = Some(placed.place);
        build.apply(placed);
    }
    build.done(last)
}

/// A fold with one change more that comes after all others; `None` when it refers to what could not
/// be folded.
pub(crate) fn append(state: &State, of: &Responsibility, old: &Folded, placed: Placed<'_>) -> Option<Folded> {
    let path = Path::default();
    let mut build = Build::on(Fold::clone(&old.fold), state, of, &path);
    build.reads = placed.agencies().cloned().map(Read::Agency).collect();
    let last = Some(placed.place);
    build.apply(placed);
    let Built::Folded(new) = build.done(last) else { return None };
    let mut reads = old.reads.clone();
    new.reads.into_iter().filter(|read| !old.reads.contains(read)).for_each(|read| drop(reads.insert(read)));
    (old.whole && new.whole).then_some(Folded { reads, ..new })
}

/// A fold being built.
pub(super) struct Build<'a, 'p> {
    pub(super) state: &'a State,
    pub(super) of: &'a Responsibility,
    path: &'p Path,
    /// In the order in which they began.
    pub(super) works: Vector<Arc<Holding>>,
    positions: OrdMap<AssignmentId, usize>,
    /// Positions of those that may live on the day of a change or later, or end on it, in order.
    pub(super) lasting: Vec<usize>,
    /// Handoffs that were overtaken here.
    pub(super) overtaken: OrdMap<HandoffId, (Date, Seq)>,
    others: BTreeMap<ResponsibilityId, Arc<Fold>>,
    reads: BTreeSet<Read>,
    whole: bool,
    needs: Option<ResponsibilityId>,
    /// When the change that is being applied happened that day.
    pub(super) at: Option<Point>,
}

impl<'a, 'p> Build<'a, 'p> {
    /// Goes on where a fold ends.
    fn on(from: Fold, state: &'a State, of: &'a Responsibility, path: &'p Path) -> Self {
        let Fold { holdings: works, positions, lasting, overtaken, last: _ } = from;
        Self {
            state,
            of,
            path,
            works,
            positions,
            lasting,
            overtaken,
            others: BTreeMap::new(),
            reads: BTreeSet::new(),
            whole: true,
            needs: None,
            at: None,
        }
    }
}

impl<'a> Look<'a> for Build<'a, '_> {
    fn state(&self) -> &'a State {
        self.state
    }
    fn look<T>(&mut self, id: &AssignmentId, read: impl FnOnce(&Holding) -> T) -> Option<T> {
        self.view(id, read)
    }
    fn responsibility(&self, id: &AssignmentId) -> Option<&'a ResponsibilityId> {
        self.state.responsibility_of(id).or(Some(self.of.id()))
    }
    fn met(&mut self, read: Read) {
        self.reads.insert(read);
    }
}

impl Build<'_, '_> {
    fn done(mut self, last: Option<Place>) -> Built {
        self.rebase();
        if let Some(needs) = self.needs {
            return Built::Needs(needs);
        }
        let (holdings, positions, lasting) = (self.works, self.positions, self.lasting);
        let fold = Fold { holdings, positions, lasting, overtaken: self.overtaken, last };
        let reads = self.reads.into_iter().collect();
        Built::Folded(Folded { fold: Arc::new(fold), reads, whole: self.whole })
    }

    /// Gives holdings the bases that were said of days on which they are held; such a word moves nothing.
    fn rebase(&mut self) {
        let mut said: Vec<_> = self.of.rebased.iter().collect();
        said.sort_by_key(|fact| (fact.data.effective, fact.seq));
        let mut given: BTreeMap<usize, Vec<Rebased>> = BTreeMap::new();
        for fact in said {
            let Some(at) = self.position(&fact.data.assignment) else { continue };
            let there = given.entry(at).or_default();
            let (from, basis) = (fact.data.effective, fact.data.basis.clone());
            if self.works.get(at).is_some_and(|holding| holding.is_alive_on(from)) {
                there.push(Rebased { from, basis, evidence: fact.evidence().collect() });
            }
        }
        for (at, rebased) in given {
            if self.works.get(at).is_some_and(|holding| holding.rebased != rebased) {
                self.change(at, |holding| holding.rebased = rebased);
            }
        }
    }

    fn apply(&mut self, placed: Placed<'_>) {
        let (day, sure) = (placed.place.day, placed.change.is_sure());
        self.at = placed.at;
        let before: BTreeMap<_, _> = self.lasting.iter().map(|at| (*at, self.course(*at))).collect();
        match placed.change {
            Change::Split(fact) => self.split(fact),
            Change::Inherited(parent, fact) => self.inherited(parent, fact),
            Change::Made(fact) => self.made(fact),
            Change::Ended(fact) => self.ended(day, fact),
            Change::Moved(moved) => {
                if self.carries_out(&moved) {
                    self.moved(&moved);
                }
            }
            Change::Reversed(moved) => self.reversed(&moved),
            Change::Closed(agency) => self.closed(day, agency, false),
            Change::WoundUp(agency) => self.closed(day, agency, true),
            Change::Retired(fact) => {
                let end = self.own_end(Ended::Retired, fact.seq);
                for at in self.alive(day) {
                    self.change(at, |holding| holding.end(day, end, fact.evidence()));
                }
            }
        }
        if self.at.is_none() {
            self.forget_times(day);
        }
        self.note_turns(&before, placed.place, sure);
        let works = &self.works;
        self.lasting.retain(|at| works.get(*at).is_some_and(|holding| holding.lasts(day)));
    }

    fn course(&self, at: usize) -> Option<(Date, Option<End>)> {
        self.works.get(at).and_then(|holding| holding.course())
    }

    /// Notes on what a change began or ended that day where in the day it stands.
    fn note_turns(
        &mut self,
        before: &BTreeMap<usize, Option<(Date, Option<End>)>>,
        place: Place,
        sure: bool,
    ) {
        for at in self.lasting.clone() {
            let (was, is) = (before.get(&at), self.course(at));
            let began = self.works.get(at).and_then(|h| h.spans.last()).is_some_and(|s| s.turn.is_none());
            let ended = was.is_some_and(|was| *was != is) && is.is_some_and(|(until, _)| until == place.day);
            if began || ended {
                self.change(at, |holding| holding.note_turn(place, sure));
            }
        }
    }

    /// An end that the change being applied brings.
    pub(super) fn own_end(&self, reason: Ended, by: Seq) -> End {
        End { at: self.at, ..End::by_day(reason, by) }
    }

    /// What ends on the day at a time, because something of another responsibility above it does, ends
    /// by day where a change of this one has no time.
    fn forget_times(&mut self, day: Date) {
        let timed = |at: &usize| self.works.get(*at).is_some_and(|holding| holding.ends_at_a_time_of(day));
        let timed: Vec<_> = self.lasting.iter().copied().filter(timed).collect();
        timed.into_iter().for_each(|at| self.change(at, Holding::end_by_day));
    }

    /// Changes the holding at a position.
    pub(super) fn change(&mut self, at: usize, change: impl FnOnce(&mut Holding)) {
        if let Some(holding) = self.works.get_mut(at) {
            change(Arc::make_mut(holding));
        }
    }

    /// Positions of what is alive on the day of a change.
    pub(super) fn alive(&self, day: Date) -> Vec<usize> {
        let lives = |at: &usize| self.works.get(*at).is_some_and(|holding| holding.lives(day));
        self.lasting.iter().copied().filter(lives).collect()
    }

    /// Notes that the holding at a position may live on.
    pub(super) fn lasts(&mut self, at: usize) {
        if let Err(place) = self.lasting.binary_search(&at) {
            self.lasting.insert(place, at);
        }
    }

    /// The fold of another responsibility; empty when it is one this fold is itself needed for.
    pub(super) fn other(&mut self, id: &ResponsibilityId) -> Arc<Fold> {
        if let Some(known) = self.others.get(id) {
            return Arc::clone(known);
        }
        self.reads.insert(Read::Fold(id.clone()));
        let fold = if id == self.of.id() || self.path.above.contains(id) {
            self.whole = false;
            Arc::default()
        } else if let Some(folded) = self.state.folds.get(id).filter(|folded| folded.whole) {
            Arc::clone(&folded.fold)
        } else if let Some(folded) = self.path.within.get(id) {
            self.whole = false;
            self.reads.extend(folded.reads.iter().cloned());
            Arc::clone(&folded.fold)
        } else {
            if self.state.responsibilities.contains_key(id) {
                self.needs.get_or_insert_with(|| id.clone());
            }
            Arc::default()
        };
        self.others.insert(id.clone(), Arc::clone(&fold));
        fold
    }

    pub(super) fn position(&self, id: &AssignmentId) -> Option<usize> {
        self.positions.get(id).copied()
    }

    /// The holding of that id as it stands now, here or elsewhere.
    pub(super) fn view<T>(&mut self, id: &AssignmentId, read: impl FnOnce(&Holding) -> T) -> Option<T> {
        let of = self.state.responsibility_of(id);
        if of != Some(self.of.id()) {
            self.reads.insert(Read::Holding(id.clone()));
        }
        let Some(of) = of.filter(|of| *of != self.of.id()) else {
            return self.position(id).and_then(|at| self.works.get(at)).map(|holding| read(holding));
        };
        let fold = self.other(of);
        fold.get(id).map(|holding| read(holding))
    }

    /// Ends a holding and what stands under it.
    pub(super) fn end(&mut self, at: usize, day: Date, end: End, evidence: &[Seq]) {
        let mut open = vec![(at, end)];
        while let Some((at, end)) = open.pop() {
            let Some(id) = self.works.get(at).map(|holding| holding.assignment.clone()) else { continue };
            let below = self.children(&id, day);
            open.extend(
                below
                    .into_iter()
                    .filter(|child| *child != at)
                    .map(|child| (child, End { cascade: true, ..end })),
            );
            if self.works.get(at).is_some_and(|holding| holding.lives(day)) {
                self.change(at, |holding| holding.end(day, end, evidence.iter().copied()));
            }
        }
    }

    /// Adds a holding from a day on; the entries are those that make it.
    pub(super) fn begin(&mut self, from: Date, holding: Holding, evidence: &[Seq]) {
        if self.position(&holding.assignment).is_none() {
            let by = holding.made;
            self.live(self.works.len(), holding, from, (by, evidence));
        }
    }

    /// The same for what keeps what another stood under: it ends with that, as seen from here.
    pub(super) fn begin_under(&mut self, from: Date, mut holding: Holding, evidence: &[Seq]) {
        let elsewhere = |under: &AssignmentId| self.responsibility(under) != Some(self.of.id());
        if !holding.under.as_ref().is_some_and(elsewhere) {
            return self.begin(from, holding, evidence);
        }
        holding.planned = holding.own;
        let id = holding.assignment.clone();
        self.begin(from, holding, evidence);
        let Some(at) = self.position(&id) else { return };
        let Some(there) = self.works.get(at).filter(|holding| holding.lives(from)) else { return };
        let under = there.under.clone();
        let below = Below { of: self.of.id(), holding: Some(&id) };
        let life = under.and_then(|under| self.life(&under, from, below));
        if life.is_some() {
            self.change(at, |holding| holding.plan(life));
            self.plan_children(&id, from);
        }
    }

    /// Puts a holding at its position, which is the next where it is new.
    pub(super) fn put(&mut self, at: usize, holding: Holding) {
        self.positions.insert(holding.assignment.clone(), at);
        if at < self.works.len() {
            self.works.set(at, Arc::new(holding));
        } else {
            self.works.push_back(Arc::new(holding));
        }
        self.lasts(at);
    }

    /// How a holding ends at once where its agency was closed before a day, and the entries that say so.
    pub(super) fn gone(&self, holding: &Holding, day: Date) -> Option<(End, Vec<Seq>)> {
        let agency = self.state.agencies.get(&holding.agency)?;
        let fact = agency.closed.as_ref().filter(|_| closing(agency, holding.role) < day)?;
        let end = End::by_day(Ended::AgencyClosed, fact.seq).unless(fact.data.is_sure());
        Some((end, fact.evidence().collect()))
    }

    fn made(&mut self, fact: &Fact<AssignmentMade>) {
        let data = &fact.data;
        let from = data.valid.start();
        if let Some(at) = data.supersedes.as_ref().and_then(|id| self.position(id))
            && self.works.get(at).is_some_and(|holding| holding.lives(from))
        {
            let evidence: Vec<_> = fact.evidence().collect();
            self.end(at, from, self.own_end(Ended::Superseded, fact.seq), &evidence);
        }
        let expired = |by| End::by_day(Ended::Expired, by);
        let sure = sure::ends(Some(&data.valid), &data.unverified);
        let mut ends = vec![(data.valid.end(), expired(fact.seq).unless(sure))];
        let mut evidence: Vec<_> = fact.evidence().collect();
        if let Some(when) = &data.ends_when {
            self.reads.insert(Read::Handoff(when.handoff.clone()));
            let handoff = self.state.handoffs.get(&when.handoff);
            if let Some((day, seq)) = handoff.and_then(|handoff| handoff.step_end(&when.step)) {
                ends.push((day, expired(seq)));
                evidence.push(seq);
            }
        }
        let id = data.assignment.clone().unwrap_or_else(|| AssignmentId::derived(fact.seq, None));
        let own = ends.into_iter().filter(|(day, _)| *day < Date::MAX).min_by_key(|(day, _)| *day);
        let below = Below { of: self.of.id(), holding: Some(&id) };
        let life = data.under.as_ref().and_then(|under| self.life(under, from, below));
        let planned = own.into_iter().chain(life).min_by_key(|(day, _)| *day);
        let (from_unknown, to_unknown) = unknown(&data.valid);
        let accountable = data.role == HoldingRole::Accountable;
        let holding = Holding {
            assignment: id,
            agency: data.agency.clone(),
            role: data.role,
            mode: accountable.then(|| data.mode.unwrap_or(Mode::Attribution)),
            under: data.under.clone(),
            took: None,
            components: data.components.clone(),
            sub_delegable: data.sub_delegable.unwrap_or(false),
            basis: data.basis.clone(),
            rebased: Vec::new(),
            unverified: data.unverified.clone(),
            from_unknown,
            to_unknown,
            made: fact.seq,
            evidence,
            spans: Vec::new(),
            heirs: Vec::new(),
            exercised_until: None,
            own,
            planned,
        };
        let evidence: Vec<_> = fact.evidence().collect();
        self.begin(from, holding, &evidence);
    }

    fn ended(&mut self, day: Date, fact: &Fact<AssignmentEnded>) {
        let data = &fact.data;
        let at = match &data.assignment {
            Some(id) => self.position(id),
            None => data.agency.as_ref().and_then(|agency| {
                let role = data.role.unwrap_or(HoldingRole::Accountable);
                let fits = |holding: &Arc<Holding>| holding.agency == *agency && holding.role == role;
                self.alive(day).into_iter().find(|at| self.works.get(*at).is_some_and(fits))
            }),
        };
        let Some(at) = at else { return };
        let Some(held) = self.works.get(at).filter(|holding| holding.lives(day)) else { return };
        let until = held.spans.last().map_or(fact.day, |span| span.until.min(fact.day));
        let reason = match data.reason {
            EndReason::Expired => Ended::Expired,
            EndReason::Revoked => Ended::Revoked,
            EndReason::Superseded => Ended::Superseded,
            EndReason::Annulled => Ended::Annulled,
        };
        if reason == Ended::Annulled && day < fact.day {
            self.change(at, |holding| holding.exercised_until = Some(until));
        }
        let evidence: Vec<_> = fact.evidence().collect();
        self.end(at, day, self.own_end(reason, fact.seq), &evidence);
    }

    /// Whether another accountable holding was delegated by this one and is alive.
    pub(super) fn dormant(&mut self, at: usize, day: Date) -> bool {
        let Some(id) = self.works.get(at).map(|holding| holding.assignment.clone()) else { return false };
        let children = self.children(&id, day);
        children
            .into_iter()
            .filter(|child| *child != at)
            .any(|child| self.works.get(child).is_some_and(|holding| holding.mode == Some(Mode::Delegation)))
    }

    fn closed(&mut self, day: Date, agency: &Agency, caretaker: bool) {
        let Some(fact) = &agency.closed else { return };
        let end = self.own_end(Ended::AgencyClosed, fact.seq);
        let evidence: Vec<_> = fact.evidence().collect();
        for at in self.alive(day) {
            let ends = self.works.get(at).is_some_and(|holding| {
                holding.agency == *agency.id()
                    && (holding.role == HoldingRole::Caretaker) == caretaker
                    // what stood under another may have ended with it
                    && holding.lives(day)
            });
            if ends {
                self.end(at, day, end, &evidence);
            }
        }
    }
}

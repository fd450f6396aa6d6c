//! The fold itself: one admitted event into the state, and a fact out of it again. How a fact is folded is
//! said by its type ([`Saying`]).
//! Total: what an event names and the state lacks is passed over, so that a state of a few subjects
//! can be folded from their entries alone.

use std::sync::Arc;

use super::super::event::Data;
use super::super::event::saying::{Correctable, Saying, Slot, Stands, Visit};
use super::super::{Date, Event, Seq, Speaker};
use super::door::Evolved;
use super::fact::Fact;
use super::index::Gives as _;
use super::kept::Kept;
use super::{Approval, Ledger, State};

impl State {
    /// Folds an admitted event in.
    pub fn evolve(&mut self, event: &Event) -> Evolved {
        let before = (self.size, self.at);
        self.take_in(event);
        self.evolved(before)
    }

    fn take_in(&mut self, event: &Event) {
        self.size = event.seq.0 + 1;
        self.at = event.at;
        for seq in event.statement.data.approvals() {
            if let Some(approval) = self.approvals.get(seq) {
                let used = Approval { used_by: Some(event.seq), ..Approval::clone(approval) };
                self.change(seq, Some(Arc::new(used)));
            }
        }
        event.statement.data.visit(Evolve { state: self, event });
        if let Some(corrects) = event.statement.corrects {
            self.replaced(corrects, event.seq);
        }
        if let Some((gone, seq)) = event.withdraws.as_ref().zip(event.takes_back()) {
            self.withdrew(&gone.statement.data, seq, event.seq);
        }
        if let Some(gone) = event.withdraws.as_ref().map(|gone| &gone.statement.data)
            && let Some(stands) = event.takes_back().and_then(|seq| self.standing(gone, seq))
        {
            gone.visit(TakeBack { state: self, place: stands.place, later: false });
        }
        let count: fn(&mut Ledger) -> &mut u64 = match &event.speaker {
            Speaker::Ledger(_) => |ledger| &mut ledger.own,
            Speaker::Signed { .. } => |ledger| &mut ledger.signed,
            Speaker::Token { .. } | Speaker::Import { .. } | Speaker::Nobody => return,
        };
        let mut ledger = Ledger::clone(&self.ledger);
        *count(&mut ledger) += 1;
        self.change(&(), Some(Arc::new(ledger)));
    }

    /// The fact of the object this data is about whose words are those of an entry; `None` when the
    /// object is not there, or those words do not stand (any more).
    pub(crate) fn standing(&self, data: &Data, seq: Seq) -> Option<Stands> {
        data.visit(Standing { state: self, seq })
    }

    /// When the object began that a statement continues, for what may be wound up (DOMAIN rule 10).
    pub(crate) fn began(&self, data: &Data) -> Option<Date> {
        data.visit(Began(self))
    }

    /// The state without the fact at a place of the object this data is about: what a correction is judged
    /// against (DOMAIN rule 8). Without the object, where the fact is what made it; without the later
    /// steps, where it is a step that others rest on.
    #[must_use]
    pub fn without(&self, data: &Data, place: Seq) -> Self {
        let mut state = self.clone();
        data.visit(TakeBack { state: &mut state, place, later: true });
        drop(state.evolved((state.size, state.at)));
        state
    }
}

/// Folds in what a type says.
struct Evolve<'a> {
    state: &'a mut State,
    event: &'a Event,
}

impl Visit for Evolve<'_> {
    type Out = ();

    fn visit<T: Saying>(self, data: &T) {
        let Self { state, event } = self;
        let Some(id) = data.about(state, event.seq) else { return };
        let fact = Fact::of(event, &state.zone(), data.stored(state, event));
        let there = T::Object::get(state, &id).cloned();
        let after = match (there, event.statement.corrects) {
            (Some(there), corrects) => {
                let mut object = T::Object::clone(&there);
                let begins = corrects.is_none() && matches!(T::slot(&mut object), Slot::First(_));
                if begins {
                    T::begin(fact, state, event)
                } else {
                    fold_in(data, &mut object, corrects, fact);
                    Some(object)
                }
            }
            (None, None) => T::begin(fact, state, event),
            (None, Some(_)) => None,
        };
        if let Some(after) = after {
            state.change(&id, Some(Arc::new(after)));
        }
    }
}

/// Puts a fact where its object keeps it: at its own place, or at that of the one whose words it corrects.
fn fold_in<T: Saying>(data: &T, object: &mut T::Object, corrects: Option<Seq>, new: Fact<T::Stored>) {
    let mut slot = T::slot(object);
    if let Some(corrects) = corrects {
        let keeps = data.correctable() == Correctable::KeepsSpeaker;
        for fact in slot.facts().iter_mut().filter(|fact| fact.by == corrects) {
            let agency = if keeps { fact.agency.clone() } else { new.agency.clone() };
            let (assurance, data) = (new.assurance, Arc::clone(&new.data));
            *fact = Fact { by: new.by, agency, assurance, data, ..fact.clone() };
        }
        return;
    }
    match slot {
        Slot::First(fact) => *fact = new,
        Slot::One(one) => *one = Some(new),
        Slot::List(list) | Slot::Steps(list) => list.push(new),
    }
}

/// Takes back what a type said at a place.
struct TakeBack<'a> {
    state: &'a mut State,
    place: Seq,
    /// Whether the later steps go with a step.
    later: bool,
}

impl Visit for TakeBack<'_> {
    type Out = ();

    fn visit<T: Saying>(self, data: &T) {
        let Self { state, place, later } = self;
        let Some(id) = data.about(state, place) else { return };
        let Some(there) = T::Object::get(state, &id).cloned() else { return };
        let mut object = T::Object::clone(&there);
        match T::slot(&mut object) {
            Slot::First(_) => return state.change::<T::Object>(&id, None),
            Slot::One(one) => drop(one.take_if(|fact| fact.seq == place)),
            Slot::List(list) => list.retain(|fact| fact.seq != place),
            Slot::Steps(list) => list.retain(|fact| fact.seq != place && !(later && fact.seq > place)),
        }
        let after = (!object.is_gone()).then(|| Arc::new(object));
        state.change(&id, after);
    }
}

/// Looks for the fact whose words are those of an entry.
struct Standing<'a> {
    state: &'a State,
    seq: Seq,
}

impl Visit for Standing<'_> {
    type Out = Option<Stands>;

    fn visit<T: Saying>(self, data: &T) -> Option<Stands> {
        let object = T::Object::get(self.state, &data.about(self.state, self.seq)?)?;
        let fact = T::facts(object).iter().find(|fact| fact.by == self.seq)?;
        Some(Stands { place: fact.seq, at: fact.at })
    }
}

/// When what a statement continues began.
struct Began<'a>(&'a State);

impl Visit for Began<'_> {
    type Out = Option<Date>;

    fn visit<T: Saying>(self, data: &T) -> Option<Date> {
        T::Object::get(self.0, &data.about(self.0, Seq(self.0.size))?)?.began()
    }
}

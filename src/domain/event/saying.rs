//! What every event type says of itself, in one table: the object it is about, how it is folded into it,
//! when it happened, whether it can be corrected, what it names, who may say it. Everything else in the
//! domain asks this trait; a type that lacks an answer does not compile.

use std::collections::BTreeSet;

use super::super::basis::{Basis, Reference};
use super::super::rules::{Case, Refusal};
use super::super::state::fact::Fact;
use super::super::state::{Kept, State};
use super::super::{AgencyId, AssignmentId, Date, Event, Instant, ResponsibilityId, Seq, Subject, Voice};

/// Data of one event type (DOMAIN section 4).
pub(crate) trait Saying: Clone + PartialEq {
    /// The object that it is folded into.
    type Object: Kept;
    /// What the object keeps of it.
    type Stored: Clone + PartialEq;

    /// The id of the object it is about; `None` where the state has nothing that it can mean.
    fn about(&self, state: &State, seq: Seq) -> Option<<Self::Object as Kept>::Id>;
    /// What the object keeps of it. A correction keeps the names that the corrected fact was given.
    fn stored(&self, state: &State, event: &Event) -> Self::Stored;
    /// The object that begins with the fact; `None` for what only continues one.
    fn begin(fact: Fact<Self::Stored>, state: &State, event: &Event) -> Option<Self::Object>;
    /// Where the object keeps such facts.
    fn slot(object: &mut Self::Object) -> Slot<'_, Self::Stored>;
    /// The facts it keeps there.
    fn facts(object: &Self::Object) -> &[Fact<Self::Stored>];
    /// The id that saying it takes for ever, as `kind:id`.
    fn makes(&self) -> Option<String>;
    /// The day that it names as the one on which it happened (DOMAIN section 3, "own date").
    fn dated(&self) -> Option<Date>;
    /// Whether it can be corrected and withdrawn (DOMAIN rule 8).
    fn correctable(&self) -> Correctable;
    /// Whether other data of this type is about the same object, by the ids that name it and by what else a
    /// correction keeps.
    fn same(&self, other: &Self) -> bool;
    /// By whom it is said.
    fn said_by(&self) -> SaidBy;
    /// Which holdings it may make, end or revive itself, as a state before it or with it has them.
    fn holdings(&self, state: &State, seq: Seq) -> Holdings;
    /// Adds the subjects that the object names which it continues (DOMAIN section 4).
    fn continues(&self, state: &State, seq: Seq, links: &mut BTreeSet<Subject>);
    /// Adds the subjects that it names (DOMAIN section 4), nothing looked up.
    fn names(&self, links: &mut BTreeSet<Subject>);
    /// The entry that it names by its seq.
    fn of_entry(&self) -> Option<Seq>;
    /// Adds the subjects that an answer needs besides the one in whose history the event stands (DOMAIN
    /// section 4): those of what it refers to.
    fn leads(&self, subject: &Subject, event: &Event, found: &mut Vec<Subject>);
    /// Decides whether it may be said.
    fn judge(&self, case: &Case<'_>) -> Result<(), Refusal>;
}

/// How an object keeps the facts of a type.
#[derive(Debug)]
pub(crate) enum Slot<'a, T> {
    /// The one that the object begins with; without it there is no object.
    First(&'a mut Fact<T>),
    /// One at a time.
    One(&'a mut Option<Fact<T>>),
    /// Several, by place.
    List(&'a mut Vec<Fact<T>>),
    /// Several, by place, each resting on those before it.
    Steps(&'a mut Vec<Fact<T>>),
}

/// Whether a statement can be corrected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Correctable {
    /// It stands for ever.
    No,
    /// Who corrects it is who says it then.
    Yes,
    /// Whoever corrects the words, who first said it stays the one who did.
    KeepsSpeaker,
}

/// By whom a statement is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SaidBy {
    /// By the ledger alone, in this voice.
    Ledger(Voice),
    /// By agencies.
    Agencies,
    /// By agencies; by the ledger at this place, when it is opened.
    Opening(Seq),
    /// By agencies, and by one that is closed while it winds up (DOMAIN rule 10).
    Winding,
}

/// Holdings that a statement may make, end or revive itself.
#[derive(Debug, Default)]
pub(crate) struct Holdings {
    /// The responsibilities that they are of.
    pub(crate) of: Vec<ResponsibilityId>,
    /// Whether its entry links them (DOMAIN section 4).
    pub(crate) linked: bool,
    /// Those that rule 2 and "Twice" are asked about.
    pub(crate) fresh: Fresh,
}

/// Holdings that must not meet others (DOMAIN rule 2, "Twice").
#[derive(Debug, Default)]
pub(crate) enum Fresh {
    /// None.
    #[default]
    None,
    /// These, where the statement has made them.
    Named(Vec<(ResponsibilityId, AssignmentId)>),
    /// Those of these responsibilities whose days the statement has changed.
    Differing(Vec<ResponsibilityId>),
}

impl Holdings {
    /// A statement that touches no holding.
    pub(crate) fn none<T>(_: &T, _: &State, _: Seq) -> Self {
        Self::default()
    }
}

/// A fact that a statement may correct.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stands {
    /// Its place in the order.
    pub(crate) place: Seq,
    /// Record instant of the place.
    pub(crate) at: Instant,
}

impl<T> Slot<'_, T> {
    /// The facts in it, to be changed one by one.
    pub(crate) fn facts(&mut self) -> &mut [Fact<T>] {
        match self {
            Self::First(fact) => std::slice::from_mut(fact),
            Self::One(slot) => slot.as_mut_slice(),
            Self::List(list) | Self::Steps(list) => list,
        }
    }
}

/// Does something with data whose type is known to the compiler only one type at a time.
pub(crate) trait Visit {
    /// What comes of it.
    type Out;
    /// Does it.
    fn visit<T: Saying>(self, data: &T) -> Self::Out;
}

/// What leads to nothing else.
pub(crate) fn nowhere<T>(_: &T, _: &Subject, _: &Event, _: &mut Vec<Subject>) {}

/// Adds what a legal basis refers to.
pub(crate) fn basis(links: &mut BTreeSet<Subject>, basis: Option<&Basis>) {
    for item in basis.map(Basis::items).unwrap_or_default() {
        links.insert(match &item.reference {
            Reference::Instrument(id) => Subject::instrument(id),
            Reference::Decision(id) => Subject::decision(id),
        });
    }
}

/// Adds agencies.
pub(crate) fn agencies<'a>(links: &mut BTreeSet<Subject>, ids: impl IntoIterator<Item = &'a AgencyId>) {
    links.extend(ids.into_iter().map(Subject::agency));
}

/// Writes a type's row of the table. The rows stand in the order of the trait; none may be left out.
macro_rules! saying {
    (
        $type:ident of $object:ident by $id:ident $(and $also:ident)* $(keeping $kept:ident)?
            $(, of entry $entry:ident)?;
        kept: $slot:ident $field:ident $(as $stored:ident::$variant:ident)? $(begins $begin:expr)?;
        dated: $dated:expr;
        corrected: $correctable:expr;
        said by: $said_by:expr;
        holdings: $holdings:expr;
        names: $names:expr;
        leads: $leads:expr;
        judged: $judge:expr;
    ) => {
        impl $crate::domain::event::saying::Saying for $type {
            type Object = $object;
            type Stored = $crate::domain::event::saying::stored!($type $($stored)?);

            fn about(
                &self,
                _: &$crate::domain::State,
                _: $crate::domain::Seq,
            ) -> Option<<$object as $crate::domain::state::Kept>::Id> {
                Some(self.$id.clone())
            }
            fn same(&self, other: &Self) -> bool {
                self.$id == other.$id $(&& self.$also == other.$also)* $(&& self.$kept() == other.$kept())?
            }
            fn of_entry(&self) -> Option<$crate::domain::Seq> {
                None $(.or(self.$entry))?
            }
            $crate::domain::event::saying::row! {
                $type $object; kept: $slot $field $(as $stored::$variant)? $(begins $begin)?; dated: $dated;
                corrected: $correctable; said by: $said_by; holdings: $holdings; names: $names; leads: $leads;
                judged: $judge; id: $id;
            }
        }
    };
    // what is about an object that it does not simply name
    (
        $type:ident of $object:ident at $about:expr $(, of entry $entry:ident)?;
        kept: $slot:ident $field:ident $(as $stored:ident::$variant:ident)? $(begins $begin:expr)?;
        dated: $dated:expr;
        corrected: $correctable:expr;
        said by: $said_by:expr;
        holdings: $holdings:expr;
        names: $names:expr;
        leads: $leads:expr;
        judged: $judge:expr;
    ) => {
        impl $crate::domain::event::saying::Saying for $type {
            type Object = $object;
            type Stored = $crate::domain::event::saying::stored!($type $($stored)?);

            fn about(
                &self,
                state: &$crate::domain::State,
                seq: $crate::domain::Seq,
            ) -> Option<<$object as $crate::domain::state::Kept>::Id> {
                let about: fn(&Self, &$crate::domain::State, $crate::domain::Seq) -> _ = $about;
                about(self, state, seq)
            }
            fn same(&self, _: &Self) -> bool {
                false
            }
            fn of_entry(&self) -> Option<$crate::domain::Seq> {
                None $(.or(Some(self.$entry)))?
            }
            $crate::domain::event::saying::row! {
                $type $object; kept: $slot $field $(as $stored::$variant)? $(begins $begin)?; dated: $dated;
                corrected: $correctable; said by: $said_by; holdings: $holdings; names: $names; leads: $leads;
                judged: $judge; id: none;
            }
        }
    };
}

/// The part of a row that does not depend on how the object is found.
macro_rules! row {
    (
        $type:ident $object:ident;
        kept: $slot:ident $field:ident $(as $stored:ident::$variant:ident)? $(begins $begin:expr)?;
        dated: $dated:expr; corrected: $correctable:expr; said by: $said_by:expr; holdings: $holdings:expr;
        names: $names:expr; leads: $leads:expr;
        judged: $judge:expr; id: $id:ident;
    ) => {
        fn stored(&self, _: &$crate::domain::State, _: &$crate::domain::Event) -> Self::Stored {
            $crate::domain::event::saying::wrap!(self.clone() $(, $stored::$variant)?)
        }
        $crate::domain::event::saying::begin!($object $($begin)?);
        $crate::domain::event::saying::slot!($slot $field $object $id);
        fn dated(&self) -> Option<$crate::domain::Date> {
            let dated: fn(&Self) -> Option<$crate::domain::Date> = $dated;
            dated(self)
        }
        fn correctable(&self) -> $crate::domain::event::saying::Correctable {
            use $crate::domain::event::saying::Correctable::*;
            let correctable: fn(&Self) -> $crate::domain::event::saying::Correctable = $correctable;
            correctable(self)
        }
        fn said_by(&self) -> $crate::domain::event::saying::SaidBy {
            use $crate::domain::event::saying::SaidBy::*;
            let said_by: fn(&Self) -> $crate::domain::event::saying::SaidBy = $said_by;
            said_by(self)
        }
        fn holdings(
            &self,
            state: &$crate::domain::State,
            seq: $crate::domain::Seq,
        ) -> $crate::domain::event::saying::Holdings {
            let holdings: fn(
                &Self,
                &$crate::domain::State,
                $crate::domain::Seq,
            ) -> $crate::domain::event::saying::Holdings = $holdings;
            holdings(self, state, seq)
        }
        fn continues(
            &self,
            state: &$crate::domain::State,
            seq: $crate::domain::Seq,
            links: &mut std::collections::BTreeSet<$crate::domain::Subject>,
        ) {
            use $crate::domain::state::{Gives as _, Kept as _};
            let there = self.about(state, seq);
            there.and_then(|id| $object::get(state, &id)).inspect(|there| there.continued(links));
        }
        fn names(&self, links: &mut std::collections::BTreeSet<$crate::domain::Subject>) {
            let names: fn(&Self, &mut std::collections::BTreeSet<$crate::domain::Subject>) = $names;
            names(self, links);
        }
        fn leads(
            &self,
            subject: &$crate::domain::Subject,
            event: &$crate::domain::Event,
            found: &mut Vec<$crate::domain::Subject>,
        ) {
            let leads: fn(
                &Self,
                &$crate::domain::Subject,
                &$crate::domain::Event,
                &mut Vec<$crate::domain::Subject>,
            ) = $leads;
            leads(self, subject, event, found);
        }
        fn judge(
            &self,
            case: &$crate::domain::rules::Case<'_>,
        ) -> Result<(), $crate::domain::rules::Refusal> {
            let judge: fn(
                &$crate::domain::rules::Case<'_>,
                &Self,
            ) -> Result<(), $crate::domain::rules::Refusal> = $judge;
            judge(case, self)
        }
    };
}

macro_rules! stored {
    ($type:ident) => {
        Self
    };
    ($type:ident $stored:ident) => {
        $stored
    };
}

macro_rules! wrap {
    ($data:expr) => {
        $data
    };
    ($data:expr, $stored:ident::$variant:ident) => {
        $stored::$variant($data)
    };
}

macro_rules! begin {
    ($object:ident) => {
        fn begin(
            _: $crate::domain::state::fact::Fact<Self::Stored>,
            _: &$crate::domain::State,
            _: &$crate::domain::Event,
        ) -> Option<$object> {
            None
        }
    };
    ($object:ident $begin:expr) => {
        fn begin(
            fact: $crate::domain::state::fact::Fact<Self::Stored>,
            state: &$crate::domain::State,
            event: &$crate::domain::Event,
        ) -> Option<$object> {
            let begin: fn(
                $crate::domain::state::fact::Fact<Self::Stored>,
                &$crate::domain::State,
                &$crate::domain::Event,
            ) -> $object = $begin;
            Some(begin(fact, state, event))
        }
    };
}

macro_rules! slot {
    (first $field:ident $object:ident none) => {
        fn slot(object: &mut $object) -> $crate::domain::event::saying::Slot<'_, Self::Stored> {
            $crate::domain::event::saying::Slot::First(&mut object.$field)
        }
        fn facts(object: &$object) -> &[$crate::domain::state::fact::Fact<Self::Stored>] {
            std::slice::from_ref(&object.$field)
        }
        fn makes(&self) -> Option<String> {
            None
        }
    };
    (first $field:ident $object:ident $id:ident) => {
        fn slot(object: &mut $object) -> $crate::domain::event::saying::Slot<'_, Self::Stored> {
            $crate::domain::event::saying::Slot::First(&mut object.$field)
        }
        fn facts(object: &$object) -> &[$crate::domain::state::fact::Fact<Self::Stored>] {
            std::slice::from_ref(&object.$field)
        }
        fn makes(&self) -> Option<String> {
            Some(<$object as $crate::domain::state::Kept>::key(self.$id.clone()).text())
        }
    };
    (one $field:ident $object:ident $id:ident) => {
        fn slot(object: &mut $object) -> $crate::domain::event::saying::Slot<'_, Self::Stored> {
            $crate::domain::event::saying::Slot::One(&mut object.$field)
        }
        fn facts(object: &$object) -> &[$crate::domain::state::fact::Fact<Self::Stored>] {
            object.$field.as_slice()
        }
        fn makes(&self) -> Option<String> {
            None
        }
    };
    (list $field:ident $object:ident $id:ident) => {
        fn slot(object: &mut $object) -> $crate::domain::event::saying::Slot<'_, Self::Stored> {
            $crate::domain::event::saying::Slot::List(&mut object.$field)
        }
        fn facts(object: &$object) -> &[$crate::domain::state::fact::Fact<Self::Stored>] {
            &object.$field
        }
        fn makes(&self) -> Option<String> {
            None
        }
    };
    (steps $field:ident $object:ident $id:ident) => {
        fn slot(object: &mut $object) -> $crate::domain::event::saying::Slot<'_, Self::Stored> {
            $crate::domain::event::saying::Slot::Steps(&mut object.$field)
        }
        fn facts(object: &$object) -> &[$crate::domain::state::fact::Fact<Self::Stored>] {
            &object.$field
        }
        fn makes(&self) -> Option<String> {
            None
        }
    };
}

pub(crate) use {begin, row, saying, slot, stored, wrap};

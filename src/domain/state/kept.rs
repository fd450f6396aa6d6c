//! The kinds of objects that the state keeps: one table, from which their keys, their places in the
//! state, their encoding and their loading follow. To keep another kind is a line in it.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::{
    ActId, AgencyId, ClaimId, CommitmentId, DecisionId, FindingKey, ForumId, HandoffId, Instant,
    InstrumentRef, Kid, ProgrammeId, ResponsibilityId, Seq, TerritoryId, TokenId, WitnessName,
};
use super::act::Act;
use super::agency::{Agency, SigningKey};
use super::claim::Claim;
use super::commitment::Commitment;
use super::decision::Decision;
use super::forum::Forum;
use super::handoff::Handoff;
use super::index::Gives;
use super::key::{KeyId, Unloadable};
use super::programme::Programme;
use super::record::{Details, Tolerated, Withdrawn};
use super::register::{Instrument, Territory};
use super::responsibility::Responsibility;
use super::witness::Witness;
use super::words::{Going, Words};
use super::{Approval, Ledger, State, Token};

/// An object that the state keeps under an id.
pub(crate) trait Kept: Gives + Going + Clone + PartialEq + Serialize + DeserializeOwned {
    /// What it is kept under.
    type Id: KeyId;
    /// Its key.
    fn key(id: Self::Id) -> Key;
    /// The object, if it is there.
    fn get<'a>(state: &'a State, id: &Self::Id) -> Option<&'a Arc<Self>>;
    /// Puts another in its place, or none. Only the door calls this.
    fn put(state: &mut State, id: &Self::Id, after: Option<Arc<Self>>);
    /// The object without its type.
    fn object(this: Arc<Self>) -> Object;
}

macro_rules! objects {
    ($($(#[$doc:meta])* $letter:literal => $kind:ident($id:ty) in $place:ident;)*) => {
        /// Where an object of the state is kept.
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Key { $($(#[$doc])* $kind($id),)* }

        /// An object of the state.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs)]
        pub enum Object { $($kind(Arc<$kind>),)* }

        impl Key {
            /// The key as bytes: the kind's letter, a colon, and the id.
            #[must_use]
            pub fn encode(&self) -> Vec<u8> {
                self.text().into_bytes()
            }

            /// The key as text.
            #[must_use]
            pub fn text(&self) -> String {
                match self { $(Self::$kind(id) => format!(concat!($letter, ":{}"), id.write()),)* }
            }

            /// The key of those bytes.
            #[must_use]
            pub fn decode(bytes: &[u8]) -> Option<Self> {
                let (letter, id) = std::str::from_utf8(bytes).ok()?.split_once(':')?;
                match letter {
                    $($letter => <$id>::read(id).map(Self::$kind),)*
                    _ => None,
                }
            }
        }

        impl Object {
            /// The object as JSON, the same bytes for equal objects.
            ///
            /// # Errors
            /// Those of the serializer.
            pub fn encode(&self) -> serde_json::Result<Vec<u8>> {
                match self { $(Self::$kind(object) => serde_json::to_vec(&**object),)* }
            }
        }

        impl State {
            /// The object under a key.
            #[must_use]
            pub fn object(&self, key: &Key) -> Option<Object> {
                match key { $(Key::$kind(id) => $kind::get(self, id).cloned().map(Object::$kind),)* }
            }

            /// Every key under which an object is kept, kind by kind.
            #[must_use]
            pub fn keys(&self) -> Vec<Key> {
                let mut keys = Vec::new();
                $(keys.extend(self.$place.keys().cloned().map(Key::$kind));)*
                keys
            }

            /// Reads an object and keeps it, as the door does.
            pub(super) fn keep(&mut self, key: &Key, bytes: &[u8]) -> Result<(), Unloadable> {
                match key { $(Key::$kind(id) => {
                    let object: $kind = serde_json::from_slice(bytes)
                        .map_err(|_| Unloadable { key: key.text() })?;
                    self.change(id, Some(Arc::new(object)));
                })* }
                Ok(())
            }

            /// Keeps what an object was before, as the door does.
            pub(super) fn put_back(&mut self, key: &Key, before: Option<Object>) {
                match key { $(Key::$kind(id) => {
                    let before = if let Some(Object::$kind(object)) = before { Some(object) } else { None };
                    self.change(id, before);
                })* }
            }
        }

        $(impl Kept for $kind {
            type Id = $id;
            fn key(id: Self::Id) -> Key {
                Key::$kind(id)
            }
            fn get<'a>(state: &'a State, id: &Self::Id) -> Option<&'a Arc<Self>> {
                state.$place.get(id)
            }
            fn put(state: &mut State, id: &Self::Id, after: Option<Arc<Self>>) {
                match after {
                    Some(after) => drop(state.$place.insert(id.clone(), after)),
                    None => drop(state.$place.remove(id)),
                }
            }
            fn object(this: Arc<Self>) -> Object {
                Object::$kind(this)
            }
        })*
    };
}

objects! {
    /// The ledger's own record.
    "l" => Ledger(()) in ledger;
    /// By name.
    "o" => Token(TokenId) in tokens;
    /// By name.
    "y" => Witness(WitnessName) in witnesses;
    /// By id.
    "a" => Agency(AgencyId) in agencies;
    /// By agency and thumbprint.
    "k" => SigningKey((AgencyId, Kid)) in keys;
    /// By id.
    "t" => Territory(TerritoryId) in territories;
    /// By reference.
    "i" => Instrument(InstrumentRef) in instruments;
    /// By id.
    "r" => Responsibility(ResponsibilityId) in responsibilities;
    /// By id.
    "h" => Handoff(HandoffId) in handoffs;
    /// By id.
    "d" => Decision(DecisionId) in decisions;
    /// By id.
    "x" => Act(ActId) in acts;
    /// By id.
    "c" => Claim(ClaimId) in claims;
    /// By id.
    "f" => Forum(ForumId) in forums;
    /// By id.
    "m" => Commitment(CommitmentId) in commitments;
    /// By id.
    "p" => Programme(ProgrammeId) in programmes;
    /// By the finding's key.
    "n" => Tolerated(FindingKey) in tolerated;
    /// By the entry they belong to.
    "s" => Details(Seq) in details;
    /// By the entry that was taken back.
    "w" => Withdrawn(Seq) in withdrawn;
    /// By the entry whose words they are.
    "e" => Words(Seq) in words;
    /// By the entry that gives it.
    "v" => Approval(Seq) in approvals;
}

impl State {
    /// The state of a position from all its objects; indexes and folds are derived from them, by the same
    /// door as ever.
    ///
    /// # Errors
    /// [`Unloadable`] names the object that is not what its key says.
    pub fn load(
        size: u64,
        at: Instant,
        objects: impl Iterator<Item = (Key, Vec<u8>)>,
    ) -> Result<Self, Unloadable> {
        let mut state = Self::default();
        for (key, bytes) in objects {
            state.keep(&key, &bytes)?;
        }
        (state.size, state.at) = (size, at);
        // what is loaded is no news
        drop(state.evolved((size, at)));
        Ok(state)
    }
}

//! Keys of the state's objects: a letter for the kind, a colon, and the id. The table in `kept.rs` says
//! which letter is whose; the objects are persisted, summed and loaded under these bytes.

use super::super::{
    ActId, AgencyId, ClaimId, CommitmentId, DecisionId, FindingKey, ForumId, HandoffId, InstrumentRef, Kid,
    ProgrammeId, ResponsibilityId, Seq, TerritoryId, TokenId, WitnessName,
};

/// The id in a key: written as text, and read back from it.
pub trait KeyId: Clone + Ord {
    /// The text behind the colon.
    fn write(&self) -> String;
    /// The id of that text; `None` where it is none.
    fn read(text: &str) -> Option<Self>;
}

macro_rules! by_text {
    ($($id:ident)*) => { $(
        impl KeyId for $id {
            fn write(&self) -> String {
                self.to_string()
            }
            fn read(text: &str) -> Option<Self> {
                Self::parse(text).ok()
            }
        }
    )* };
}

by_text! {
    ActId AgencyId ClaimId CommitmentId DecisionId FindingKey ForumId HandoffId InstrumentRef ProgrammeId
    ResponsibilityId TerritoryId TokenId WitnessName
}

impl KeyId for () {
    fn write(&self) -> String {
        String::new()
    }
    fn read(text: &str) -> Option<Self> {
        text.is_empty().then_some(())
    }
}

/// Twenty digits, so that the order of the bytes is that of the numbers.
impl KeyId for Seq {
    fn write(&self) -> String {
        format!("{:020}", self.0)
    }
    fn read(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

impl KeyId for (AgencyId, Kid) {
    fn write(&self) -> String {
        format!("{}/{}", self.0, self.1)
    }
    fn read(text: &str) -> Option<Self> {
        let (agency, kid) = text.split_once('/')?;
        Some((AgencyId::parse(agency).ok()?, Kid::parse(kid).ok()?))
    }
}

/// A stored object that is not what its key says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unloadable {
    /// The bytes of its key, as far as they are text.
    pub key: String,
}

impl std::fmt::Display for Unloadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the stored object {:?} cannot be read", self.key)
    }
}

impl std::error::Error for Unloadable {}

//! Keys of the state's objects, for whoever keeps them between runs.

use serde::de::DeserializeOwned;
use std::sync::Arc;

use super::super::{
    ActId, AgencyId, ClaimId, CommitmentId, DecisionId, FindingKey, ForumId, HandoffId, Instant,
    InstrumentRef, Kid, ProgrammeId, ResponsibilityId, Seq, TerritoryId, TokenId, WitnessName,
};
use super::State;

/// An object of the state.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Key {
    Ledger,
    Token(TokenId),
    Witness(WitnessName),
    Agency(AgencyId),
    AgencyKey(AgencyId, Kid),
    Territory(TerritoryId),
    Instrument(InstrumentRef),
    Responsibility(ResponsibilityId),
    Handoff(HandoffId),
    Decision(DecisionId),
    Act(ActId),
    Claim(ClaimId),
    Forum(ForumId),
    Commitment(CommitmentId),
    Programme(ProgrammeId),
    Tolerated(FindingKey),
    Details(Seq),
    Withdrawn(Seq),
    Approval(Seq),
}

/// A stored object that is not what its key says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unloadable {
    /// Its key, as far as it could be read.
    pub key: Key,
}

impl std::fmt::Display for Unloadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the stored object {:?} cannot be read", self.key)
    }
}

impl std::error::Error for Unloadable {}

impl Key {
    /// The key as bytes: `l`, or a kind, a colon and the id.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Ledger => "l:".to_owned(),
            Self::Token(id) => format!("o:{id}"),
            Self::Witness(name) => format!("y:{name}"),
            Self::Agency(id) => format!("a:{id}"),
            Self::AgencyKey(agency, kid) => format!("k:{agency}/{kid}"),
            Self::Territory(id) => format!("t:{id}"),
            Self::Instrument(id) => format!("i:{id}"),
            Self::Responsibility(id) => format!("r:{id}"),
            Self::Handoff(id) => format!("h:{id}"),
            Self::Decision(id) => format!("d:{id}"),
            Self::Act(id) => format!("x:{id}"),
            Self::Claim(id) => format!("c:{id}"),
            Self::Forum(id) => format!("f:{id}"),
            Self::Commitment(id) => format!("m:{id}"),
            Self::Programme(id) => format!("p:{id}"),
            Self::Tolerated(id) => format!("n:{id}"),
            Self::Details(seq) => format!("s:{:020}", seq.0),
            Self::Withdrawn(seq) => format!("w:{:020}", seq.0),
            Self::Approval(seq) => format!("v:{:020}", seq.0),
        }
        .into_bytes()
    }

    /// The key of those bytes.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (kind, id) = std::str::from_utf8(bytes).ok()?.split_once(':')?;
        Some(match kind {
            "l" => Self::Ledger,
            "o" => Self::Token(TokenId::parse(id).ok()?),
            "y" => Self::Witness(WitnessName::parse(id).ok()?),
            "a" => Self::Agency(AgencyId::parse(id).ok()?),
            "k" => {
                let (agency, kid) = id.split_once('/')?;
                Self::AgencyKey(AgencyId::parse(agency).ok()?, Kid::parse(kid).ok()?)
            }
            "t" => Self::Territory(TerritoryId::parse(id).ok()?),
            "i" => Self::Instrument(InstrumentRef::parse(id).ok()?),
            "r" => Self::Responsibility(ResponsibilityId::parse(id).ok()?),
            "h" => Self::Handoff(HandoffId::parse(id).ok()?),
            "d" => Self::Decision(DecisionId::parse(id).ok()?),
            "x" => Self::Act(ActId::parse(id).ok()?),
            "c" => Self::Claim(ClaimId::parse(id).ok()?),
            "f" => Self::Forum(ForumId::parse(id).ok()?),
            "m" => Self::Commitment(CommitmentId::parse(id).ok()?),
            "p" => Self::Programme(ProgrammeId::parse(id).ok()?),
            "n" => Self::Tolerated(FindingKey::parse(id).ok()?),
            "s" => Self::Details(Seq(id.parse().ok()?)),
            "w" => Self::Withdrawn(Seq(id.parse().ok()?)),
            "v" => Self::Approval(Seq(id.parse().ok()?)),
            _ => return None,
        })
    }
}

impl State {
    /// Takes the objects changed since the last call, some more than once.
    pub fn take_touched(&mut self) -> Vec<Key> {
        std::mem::take(&mut self.touched)
    }

    /// An object as JSON; `None` when the state has none under the key.
    #[must_use]
    pub fn object(&self, key: &Key) -> Option<Vec<u8>> {
        fn json<T: serde::Serialize>(object: Option<&Arc<T>>) -> Option<Vec<u8>> {
            object.and_then(|object| serde_json::to_vec(&**object).ok())
        }
        match key {
            Key::Ledger => json(Some(&self.ledger)),
            Key::Token(id) => json(self.tokens.get(id)),
            Key::Witness(name) => json(self.witnesses.get(name)),
            Key::Agency(id) => json(self.agencies.get(id)),
            Key::AgencyKey(agency, kid) => json(self.keys.get(&(agency.clone(), kid.clone()))),
            Key::Territory(id) => json(self.territories.get(id)),
            Key::Instrument(id) => json(self.instruments.get(id)),
            Key::Responsibility(id) => json(self.responsibilities.get(id)),
            Key::Handoff(id) => json(self.handoffs.get(id)),
            Key::Decision(id) => json(self.decisions.get(id)),
            Key::Act(id) => json(self.acts.get(id)),
            Key::Claim(id) => json(self.claims.get(id)),
            Key::Forum(id) => json(self.forums.get(id)),
            Key::Commitment(id) => json(self.commitments.get(id)),
            Key::Programme(id) => json(self.programmes.get(id)),
            Key::Tolerated(id) => json(self.tolerated.get(id)),
            Key::Details(seq) => json(self.details.get(seq)),
            Key::Withdrawn(seq) => json(self.withdrawn.get(seq)),
            Key::Approval(seq) => json(self.approvals.get(seq)),
        }
    }

    /// The state of a position from all its objects; indices are derived from them.
    ///
    /// # Errors
    /// [`Unloadable`] names the object that is not what its key says.
    pub fn load(
        size: u64,
        at: Instant,
        objects: impl Iterator<Item = (Key, Vec<u8>)>,
    ) -> Result<Self, Unloadable> {
        fn read<T: DeserializeOwned>(key: &Key, bytes: &[u8]) -> Result<Arc<T>, Unloadable> {
            serde_json::from_slice(bytes).map(Arc::new).map_err(|_| Unloadable { key: key.clone() })
        }
        let mut state = Self { size, at, ..Self::default() };
        for (key, bytes) in objects {
            match &key {
                Key::Ledger => state.ledger = read(&key, &bytes)?,
                Key::Token(id) => drop(state.tokens.insert(id.clone(), read(&key, &bytes)?)),
                Key::Witness(name) => drop(state.witnesses.insert(name.clone(), read(&key, &bytes)?)),
                Key::Agency(id) => drop(state.agencies.insert(id.clone(), read(&key, &bytes)?)),
                Key::AgencyKey(agency, kid) => {
                    drop(state.keys.insert((agency.clone(), kid.clone()), read(&key, &bytes)?));
                }
                Key::Territory(id) => drop(state.territories.insert(id.clone(), read(&key, &bytes)?)),
                Key::Instrument(id) => drop(state.instruments.insert(id.clone(), read(&key, &bytes)?)),
                Key::Responsibility(id) => {
                    drop(state.responsibilities.insert(id.clone(), read(&key, &bytes)?));
                }
                Key::Handoff(id) => drop(state.handoffs.insert(id.clone(), read(&key, &bytes)?)),
                Key::Decision(id) => drop(state.decisions.insert(id.clone(), read(&key, &bytes)?)),
                Key::Act(id) => drop(state.acts.insert(id.clone(), read(&key, &bytes)?)),
                Key::Claim(id) => drop(state.claims.insert(id.clone(), read(&key, &bytes)?)),
                Key::Forum(id) => drop(state.forums.insert(id.clone(), read(&key, &bytes)?)),
                Key::Commitment(id) => drop(state.commitments.insert(id.clone(), read(&key, &bytes)?)),
                Key::Programme(id) => drop(state.programmes.insert(id.clone(), read(&key, &bytes)?)),
                Key::Tolerated(id) => drop(state.tolerated.insert(id.clone(), read(&key, &bytes)?)),
                Key::Details(seq) => drop(state.details.insert(*seq, read(&key, &bytes)?)),
                Key::Withdrawn(seq) => drop(state.withdrawn.insert(*seq, read(&key, &bytes)?)),
                Key::Approval(seq) => drop(state.approvals.insert(*seq, read(&key, &bytes)?)),
            }
        }
        state.index_all();
        Ok(state)
    }
}

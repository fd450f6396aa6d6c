//! The ledger's own events, tokens, policy and approvals (DOMAIN section 4).

use serde::{Deserialize, Serialize};

use super::super::{AgencyId, Code, Digest, Name, TokenId, WitnessName, WitnessUrl, Zone, text::Text};
use super::data;
use super::saying::{Holdings, agencies, nowhere, saying};
use crate::domain::rules::{own, witness};
use crate::domain::state::witness::Witness;
use crate::domain::state::{Approval, Ledger, Token};
use crate::domain::{Subject, Voice};

/// The rule set that this program knows (DOMAIN section 5).
pub const RULES: u64 = 1;

data! {
    /// Entry 0: the ledger begins.
    LedgerOpened {
        /// Name of the log.
        origin: Text,
        /// Zone of the record day.
        zone: Zone,
        /// The ledger's verification key.
        vkey: Text,
        /// Policy from the start.
        policy: PolicyPatch,
        /// The rule set that its entries are judged by; absent = 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rules: Option<u64>,
        /// The log it goes on from, which cannot be written any more.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        continues: Option<Continued>,
    }
}

/// What is known of a log that another goes on from: its newest checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Continued {
    /// Its name.
    pub origin: Text,
    /// Entries in it.
    pub size: u64,
    /// RFC 6962 root over them, base64.
    pub root: Text,
}

data! {
    /// Every subject below an entry, with its count of entries and the last of them, has this root
    /// (FORMAT section 7).
    LedgerIndex {
        /// Entries it covers, at most its own seq.
        size: u64,
        /// RFC 6962 root over the lines of the subjects, base64.
        root: Text,
    }
}

data! {
    /// Another key signs the ledger's checkpoints from here on.
    LedgerKeyRotated {
        /// The new verification key.
        vkey: Text,
        /// Entries that were recorded under the keys before.
        size: u64,
        /// By the key before, over the rotation's text, base64.
        signature: Text,
    }
}

data! {
    /// An API token begins.
    TokenRegistered {
        /// Its name.
        token: TokenId,
        /// What it may do.
        role: Role,
        /// Whose it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agency: Option<AgencyId>,
    }
}

data! {
    /// An API token ends.
    TokenRevoked {
        /// Its name.
        token: TokenId,
    }
}

data! {
    /// An outsider that countersigns the log's checkpoints begins (FORMAT section 5).
    WitnessRegistered {
        /// Its name, for ever.
        name: WitnessName,
        /// Its verification key, of type 0x04 and under that name.
        vkey: Text,
        /// Where it is asked: what stands before `/add-checkpoint`.
        url: WitnessUrl,
    }
}

data! {
    /// A witness ends: it is not asked any more, and what it signs counts no longer.
    WitnessRetired {
        /// Its name.
        name: WitnessName,
    }
}

data! {
    /// Some policy keys change from here on.
    PolicyChanged {
        /// Oldest `iat` of a signed statement, seconds before the record instant.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        iat_past_s: Option<u64>,
        /// Newest, seconds after it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        iat_future_s: Option<u64>,
        /// Days after which an open step stalls.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stalled_days: Option<u64>,
        /// Days within which a return bounces.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bounce_days: Option<u64>,
        /// Days after which a record is late.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        late_days: Option<u64>,
        /// Days past due at which a proposal lapses.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lapse_days_after_due: Option<u64>,
        /// Days the median of a handoff path looks back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        median_window_days: Option<u64>,
        /// Who and what must be signed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        require_signed: Option<RequireSigned>,
        /// What anonymous readers see.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        public: Option<Public>,
        /// Entries between index roots.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        index_every: Option<u64>,
        /// Cosignatures a published checkpoint needs.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        witness_quorum: Option<u64>,
    }
}

/// The policy of `ledger.opened`: the same keys, as an object of their own.
pub type PolicyPatch = PolicyChanged;

data! {
    /// Somebody agrees to a statement that another will make.
    ApprovalGiven {
        /// Digest of the RFC 8785 form of {type, data without approvals, corrects?}.
        approves: Digest,
    }
}

/// Role of a token (API section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Writes for its agency.
    Recorder,
    /// Writes for its agency.
    Overseer,
    /// Reads everything, never writes.
    Auditor,
    /// Operates the server, never writes.
    Operator,
}

impl Role {
    /// Whether statements may be made under it.
    #[must_use]
    pub fn writes(self) -> bool {
        matches!(self, Self::Recorder | Self::Overseer)
    }

    /// The role of that name.
    ///
    /// # Errors
    /// The code `bad-parameter` when there is none.
    pub fn parse(text: &str) -> Result<Self, Code> {
        match text {
            "recorder" => Ok(Self::Recorder),
            "overseer" => Ok(Self::Overseer),
            "auditor" => Ok(Self::Auditor),
            "operator" => Ok(Self::Operator),
            _ => Err(Code::BadParameter),
        }
    }
}

/// Agencies and types whose statements must be signed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequireSigned {
    /// Agencies that sign everything.
    #[serde(default)]
    pub agencies: Vec<AgencyId>,
    /// Types that everybody signs.
    #[serde(default)]
    pub types: Vec<Name>,
}

/// What anonymous readers see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Public {
    /// Everything but details.
    #[default]
    Structure,
    /// Nothing.
    Nothing,
}

impl Default for PolicyChanged {
    /// Changes nothing.
    fn default() -> Self {
        Self {
            iat_past_s: None,
            iat_future_s: None,
            stalled_days: None,
            bounce_days: None,
            late_days: None,
            lapse_days_after_due: None,
            median_window_days: None,
            require_signed: None,
            public: None,
            index_every: None,
            witness_quorum: None,
            approvals: Vec::new(),
            source: None,
            unverified: Vec::new(),
        }
    }
}

saying! {
    LedgerOpened of Ledger at |_, _, _| Some(());
    kept: one opened begins |opened, _, event| Ledger::opened(&opened.data, event);
    dated: |_| None;
    corrected: |_| No;
    said by: |_| Ledger(Voice::Init);
    holdings: Holdings::none;
    names: |_, links| links.extend([Subject::ledger()]);
    leads: nowhere;
    judged: own::opened;
}

saying! {
    LedgerIndex of Ledger at |_, _, _| Some(());
    kept: one index begins |fact, _, _| Ledger { index: Some(fact), ..Ledger::default() };
    dated: |_| None;
    corrected: |_| No;
    said by: |_| Ledger(Voice::Index);
    holdings: Holdings::none;
    names: |_, links| links.extend([Subject::ledger()]);
    leads: nowhere;
    judged: own::index;
}

saying! {
    LedgerKeyRotated of Ledger at |_, _, _| Some(());
    kept: list rotated begins |fact, _, _| Ledger { rotated: vec![fact], ..Ledger::default() };
    dated: |_| None;
    corrected: |_| No;
    said by: |_| Ledger(Voice::Rotate);
    holdings: Holdings::none;
    names: |_, links| links.extend([Subject::ledger()]);
    leads: nowhere;
    judged: own::rotated;
}

saying! {
    PolicyChanged of Ledger at |_, _, _| Some(());
    kept: list policy begins |fact, _, _| Ledger { policy: vec![fact], ..Ledger::default() };
    dated: |_| None;
    corrected: |_| No;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |_, links| links.extend([Subject::ledger()]);
    leads: nowhere;
    judged: own::policy;
}

saying! {
    TokenRegistered of Token by token;
    kept: first registered begins |registered, _, _| Token { registered, revoked: None };
    dated: |_| None;
    corrected: |_| No;
    said by: |_| Ledger(Voice::Token);
    holdings: Holdings::none;
    names: |data, links| {
        links.insert(Subject::ledger());
        agencies(links, &data.agency);
    };
    leads: nowhere;
    judged: |_, _| Ok(());
}

saying! {
    TokenRevoked of Token by token;
    kept: one revoked;
    dated: |_| None;
    corrected: |_| No;
    said by: |_| Ledger(Voice::Token);
    holdings: Holdings::none;
    names: |_, links| links.extend([Subject::ledger()]);
    leads: nowhere;
    judged: own::token_revoked;
}

saying! {
    WitnessRegistered of Witness by name;
    kept: first registered begins |registered, _, _| Witness { registered, retired: None };
    dated: |_| None;
    corrected: |_| No;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |_, links| links.extend([Subject::ledger()]);
    leads: nowhere;
    judged: witness::registered;
}

saying! {
    WitnessRetired of Witness by name;
    kept: one retired;
    dated: |_| None;
    corrected: |_| No;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |_, links| links.extend([Subject::ledger()]);
    leads: nowhere;
    judged: witness::retired;
}

saying! {
    ApprovalGiven of Approval at |_, _, seq| Some(seq);
    kept: first given begins |given, _, _| Approval { given, used_by: None };
    dated: |_| None;
    corrected: |_| No;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |_, _| {};
    leads: nowhere;
    judged: |_, _| Ok(());
}

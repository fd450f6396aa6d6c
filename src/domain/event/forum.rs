//! Forums: standing coordination bodies, led by their convener (DOMAIN section 4).

use serde::{Deserialize, Serialize};

use super::super::{AgencyId, Date, ForumId, basis::Basis};
use super::data;
use super::saying::{Holdings, agencies, basis, nowhere, saying};
use crate::domain::Subject;
use crate::domain::rules::forum;
use crate::domain::state::forum::Forum;

data! {
    /// A forum begins.
    ForumFormed {
        /// Its id.
        forum: ForumId,
        /// Who leads it.
        convener: AgencyId,
        /// Who votes in it.
        members: Vec<AgencyId>,
        /// What carries a decision; consensus when not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<VotingRule>,
        /// Members that must vote (for, against, abstain); more than half when not said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quorum: Option<u64>,
        /// Legal basis.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Basis>,
    }
}

data! {
    /// Something about a forum changes.
    ForumChanged {
        /// The forum.
        forum: ForumId,
        /// New convener.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        convener: Option<AgencyId>,
        /// New members.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        members: Option<Vec<AgencyId>>,
        /// New rule.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<VotingRule>,
        /// New quorum.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        quorum: Option<u64>,
        /// Legal basis.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Basis>,
    }
}

data! {
    /// A forum met.
    ForumMet {
        /// The forum.
        forum: ForumId,
        /// When.
        held_on: Date,
        /// Who was there.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        present: Vec<AgencyId>,
    }
}

/// What carries a decision of a forum (DOMAIN rule 12).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VotingRule {
    /// No vote against.
    #[default]
    Consensus,
    /// More for than against.
    Majority,
    /// Three times the votes for are at least twice those for and against.
    TwoThirds,
}

saying! {
    ForumFormed of Forum by forum;
    kept: first formed begins |formed, _, _| Forum::new(formed);
    dated: |_| None;
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| {
        links.insert(Subject::forum(&data.forum));
        agencies(links, data.members.iter().chain([&data.convener]));
        basis(links, data.basis.as_ref());
    };
    leads: nowhere;
    judged: forum::formed;
}

saying! {
    ForumChanged of Forum by forum;
    kept: list changed;
    dated: |_| None;
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| {
        links.insert(Subject::forum(&data.forum));
        agencies(links, data.members.iter().flatten().chain(&data.convener));
        basis(links, data.basis.as_ref());
    };
    leads: nowhere;
    judged: forum::changed;
}

saying! {
    ForumMet of Forum by forum;
    kept: list met;
    dated: |data| Some(data.held_on);
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| {
        links.insert(Subject::forum(&data.forum));
        agencies(links, &data.present);
    };
    leads: nowhere;
    judged: forum::met;
}

//! Forums: who leads them, who votes, by which rule, and when they met.

use serde::Serialize;

use crate::domain::event::forum::VotingRule;
use crate::domain::state::dated::Told as _;
use crate::domain::state::forum::Forum;
use crate::domain::{AgencyId, Date, ForumId, Seq};

use super::super::Known;
use super::Items;
use super::holding::basis;

/// A forum on a day. Its forming has no date, so it is there on every day.
#[derive(Debug, Serialize)]
pub struct Answer {
    forum: ForumId,
    convener: AgencyId,
    members: Vec<AgencyId>,
    rule: VotingRule,
    /// As said, or more than half of the members.
    quorum: u64,
    basis: Vec<serde_json::Value>,
    /// A forum has no end.
    state: &'static str,
    meetings: Vec<Meeting>,
    evidence: Vec<Seq>,
}

#[derive(Debug, Serialize)]
struct Meeting {
    held_on: Date,
    present: Vec<AgencyId>,
    seq: Seq,
}

/// Forums after an id.
#[must_use]
pub fn page(known: &Known, day: Date, after: Option<&str>, limit: usize) -> Items<Answer> {
    let all = super::after(&known.state.forums, after);
    Items::take(limit, all.map(|(id, forum)| (id.to_string(), answer(forum, day))))
}

/// One.
#[must_use]
pub fn one(known: &Known, day: Date, id: &ForumId) -> Option<Answer> {
    Some(answer(known.state.forums.get(id)?, day))
}

fn answer(forum: &Forum, day: Date) -> Answer {
    let forum = forum.on(day);
    let mut meetings: Vec<_> = forum.met.iter().collect();
    meetings.sort_by_key(|fact| (fact.data.held_on, fact.seq));
    let meetings = meetings.into_iter().map(|fact| Meeting {
        held_on: fact.data.held_on,
        present: fact.data.present.clone(),
        seq: fact.by,
    });
    Answer {
        forum: forum.formed.data.forum.clone(),
        convener: forum.convener().clone(),
        members: forum.members().to_vec(),
        rule: forum.rule(),
        quorum: forum.quorum(),
        basis: basis(forum.basis()),
        state: "active",
        meetings: meetings.collect(),
        evidence: forum.evidence(),
    }
}

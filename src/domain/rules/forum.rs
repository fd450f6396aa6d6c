//! Rules of forums (DOMAIN section 4), and of what they decide (rule 12).

use std::collections::BTreeSet;

use super::super::event::agency::Power;
use super::super::event::decision::{DecisionRecorded, Vote, VoteValue};
use super::super::event::forum::{ForumChanged, ForumFormed, ForumMet, VotingRule};
use super::super::state::dated::Told as _;
use super::super::state::forum::Forum;
use super::super::{AgencyId, Code, Date, ForumId};
use super::require::{missing, wrong};
use super::{Case, Refusal};

/// A forum as the record stands.
pub(super) fn there(case: &Case<'_>, id: &ForumId, field: &'static str) -> Result<Forum, Refusal> {
    let there = case.state.forums.get(id).ok_or_else(|| missing("forum", id.as_str(), field))?;
    Ok(there.before(case.place()))
}

fn may(case: &Case<'_>, convener: &AgencyId) -> Result<(), Refusal> {
    let may = case.has(Power::Registrar) || case.has(Power::Overseer) || case.is(convener);
    case.party(may, "the registrar, an overseer or the convener")
}

pub(in crate::domain) fn formed(case: &Case<'_>, data: &ForumFormed) -> Result<(), Refusal> {
    form(&data.members, data.quorum)?;
    case.agency_known(&data.convener, "data.convener")?;
    data.members.iter().try_for_each(|id| case.agency_known(id, "data.members"))?;
    case.basis_known(data.basis.as_ref())?;
    may(case, &data.convener)?;
    case.after()?;
    case.free(case.state.forums.contains_key(&data.forum), data.forum.as_str(), "data.forum")
}

pub(in crate::domain) fn changed(case: &Case<'_>, data: &ForumChanged) -> Result<(), Refusal> {
    if let Some(members) = &data.members {
        form(members, data.quorum)?;
    }
    let there = there(case, &data.forum, "data.forum")?;
    data.convener.iter().try_for_each(|id| case.agency_known(id, "data.convener"))?;
    data.members.iter().flatten().try_for_each(|id| case.agency_known(id, "data.members"))?;
    case.basis_known(data.basis.as_ref())?;
    may(case, there.convener())?;
    case.after()?;
    let members = data.members.as_deref().unwrap_or(there.members()).len() as u64;
    let quorum = data.quorum.or(there.said_quorum());
    if quorum.is_none_or(|quorum| (1..=members).contains(&quorum)) {
        return Ok(());
    }
    let detail = format!("the quorum would not be 1 to {members}, the count of members; change both at once");
    Err(wrong(detail).field("data.quorum"))
}

/// Members, each once, and a quorum they can reach.
fn form(members: &[AgencyId], quorum: Option<u64>) -> Result<(), Refusal> {
    let unique: BTreeSet<_> = members.iter().collect();
    if members.is_empty() || unique.len() != members.len() {
        let detail = "a forum has at least one member, and names each once";
        return Err(Refusal::new(Code::Malformed, detail).field("data.members"));
    }
    if quorum.is_some_and(|quorum| quorum < 1 || quorum > members.len() as u64) {
        let detail = format!("the quorum is 1 to {}, the count of members", members.len());
        return Err(Refusal::new(Code::Malformed, detail).field("data.quorum"));
    }
    Ok(())
}

pub(in crate::domain) fn met(case: &Case<'_>, data: &ForumMet) -> Result<(), Refusal> {
    let there = there(case, &data.forum, "data.forum")?;
    data.present.iter().try_for_each(|id| case.agency_known(id, "data.present"))?;
    may(case, there.convener())?;
    case.after()?;
    case.on(Some(data.held_on), Date::MIN)
}

/// Each voter once.
pub(super) fn votes(votes: &[Vote]) -> Result<(), Refusal> {
    let unique: BTreeSet<_> = votes.iter().map(|vote| &vote.agency).collect();
    if unique.len() == votes.len() {
        return Ok(());
    }
    let detail = "an agency votes once; leave one of its votes out";
    Err(Refusal::new(Code::Malformed, detail).field("data.votes"))
}

/// Rule 12: a decision of a forum is carried by the recorded votes of its members, as the forum was
/// on the day of the decision.
pub(super) fn carried(forum: &Forum, data: &DecisionRecorded, day: Date) -> Result<(), Refusal> {
    let forum = forum.on(day);
    let stranger = data.votes.iter().find(|vote| !forum.members().contains(&vote.agency));
    if let Some(vote) = stranger {
        let detail = format!("{} was no member on {day}; only members vote", vote.agency);
        return Err(Refusal::new(Code::NotAMember, detail).field("data.votes"));
    }
    let count = |value| data.votes.iter().filter(|vote| vote.vote == value).count() as u64;
    let (ayes, noes, abstain) = (count(VoteValue::For), count(VoteValue::Against), count(VoteValue::Abstain));
    let (cast, quorum) = (ayes + noes + abstain, forum.quorum());
    let not = |detail: String| Err(Refusal::new(Code::NotCarried, detail).field("data.votes"));
    if cast < quorum {
        return not(format!("{cast} votes for, against or abstaining; the quorum is {quorum}"));
    }
    let (carried, needs) = match forum.rule() {
        VotingRule::Consensus => (noes == 0, "no vote against"),
        VotingRule::Majority => (ayes > noes, "more votes for than against"),
        VotingRule::TwoThirds => (3 * ayes >= 2 * (ayes + noes), "two thirds of the votes for"),
    };
    if carried { Ok(()) } else { not(format!("{ayes} for and {noes} against; the forum needs {needs}")) }
}

//! Who is party to a finding: the agencies of the objects that its key names.

use std::collections::BTreeSet;

use super::super::event::decision::Decider;
use super::super::state::State;
use super::super::state::dated::Told as _;
use super::super::{AgencyId, AssignmentId, Date, FindingKey, timeline};

/// Looks up an object by its id: its agencies, or nothing where there is no such object.
type Lookup = fn(&State, &str, Date) -> Option<BTreeSet<AgencyId>>;

/// Agencies party to a finding on a day; `None` where its key names no kind or no object there is.
#[must_use]
pub fn of(state: &State, key: &FindingKey, day: Date) -> Option<BTreeSet<AgencyId>> {
    let (kind, ids) = key.as_str().split_once(':')?;
    let (lookups, strict): (&[Lookup], bool) = match kind {
        "orphan" | "conflict" | "overlap" => (&[responsibility], true),
        "duplication" => (&[responsibility, programme], true),
        "stalled" | "bounced" => (&[handoff], true),
        "dispute" => (&[claim, decision], true),
        "broken-authority" => (&[decision, act, assignment, handoff], true),
        "unplaced" => (&[assignment], true),
        // kinds that are not reported yet may name anything
        "late-entry" | "overdue" | "unbased" | "single-handed" | "doubtful-signature" => {
            (&[responsibility, handoff, decision, act, assignment, claim, commitment, programme], false)
        }
        _ => return None,
    };
    let mut parties = BTreeSet::new();
    for id in ids.split(',') {
        // what stands behind a slash is what a responsibility leaves out
        let id = id.split_once('/').map_or(id, |(id, _)| id);
        let found: Vec<_> = lookups.iter().filter_map(|lookup| lookup(state, id, day)).collect();
        if strict && found.is_empty() {
            return None;
        }
        parties.extend(found.into_iter().flatten());
    }
    Some(parties)
}

fn responsibility(state: &State, id: &str, day: Date) -> Option<BTreeSet<AgencyId>> {
    let there = state.responsibilities.get(id)?;
    let on = timeline::on(state, there.id(), day)?;
    Some(on.accountable.iter().map(|held| held.holding.agency.clone()).collect())
}

fn programme(state: &State, id: &str, day: Date) -> Option<BTreeSet<AgencyId>> {
    let there = state.programmes.get(id)?;
    let there = there.on(day);
    Some(there.members().iter().chain([there.coordinator()]).cloned().collect())
}

fn handoff(state: &State, id: &str, _: Date) -> Option<BTreeSet<AgencyId>> {
    let data = &state.handoffs.get(id)?.proposed.data;
    Some(BTreeSet::from([data.from.clone(), data.to.clone()]))
}

fn claim(state: &State, id: &str, _: Date) -> Option<BTreeSet<AgencyId>> {
    Some(state.claims.get(id)?.parties().cloned().collect())
}

/// Who decided; for a forum's decision its convener, and everybody whose vote is recorded or said.
fn decision(state: &State, id: &str, _: Date) -> Option<BTreeSet<AgencyId>> {
    let there = state.decisions.get(id)?;
    let data = &there.recorded.data;
    let mut all: BTreeSet<AgencyId> = data.votes.iter().map(|vote| vote.agency.clone()).collect();
    all.extend(there.voted.iter().filter_map(|fact| fact.agency.clone()));
    all.extend(there.recorded.agency.iter().cloned());
    if let Decider::Agency(id) = &data.decided_by {
        all.insert(id.clone());
    }
    Some(all)
}

fn act(state: &State, id: &str, _: Date) -> Option<BTreeSet<AgencyId>> {
    state.acts.get(id).map(|there| BTreeSet::from([there.recorded.data.agency.clone()]))
}

fn assignment(state: &State, id: &str, _: Date) -> Option<BTreeSet<AgencyId>> {
    let (_, holding) = state.holding(&AssignmentId::parse(id).ok()?)?;
    Some(BTreeSet::from([holding.agency.clone()]))
}

fn commitment(state: &State, id: &str, _: Date) -> Option<BTreeSet<AgencyId>> {
    state.commitments.get(id).map(|there| BTreeSet::from([there.made.data.by.clone()]))
}

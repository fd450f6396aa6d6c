//! Handoffs that do not move on: what they wait for is too late (DOMAIN section 6, "Waiting").

use super::super::event::handoff::Regime;
use super::super::state::State;
use super::super::state::handoff::Handoff;
use super::super::waiting::{For, start, waits};
use super::super::{Date, Subject};
use super::{Finding, Kind, Severity};

/// Fewest samples a median is taken of.
const SAMPLES_MIN: usize = 5;

/// Stalled handoffs of a day: of each what has been too late for longest.
#[must_use]
pub fn findings(state: &State, day: Date) -> Vec<Finding> {
    let limit = state.policy().stalled_days;
    let mut all = Vec::new();
    for (id, handoff) in &state.handoffs {
        if handoff.own_date() > day || handoff.proposed.data.regime == Regime::Observed {
            continue;
        }
        let standing = handoff.standing(day);
        let Some(wait) = waits(handoff, &standing, day, limit).into_iter().next() else { continue };
        let Some(since) = wait.too_late.filter(|too_late| *too_late <= day) else { continue };
        let data = &handoff.proposed.data;
        let mut agencies = vec![data.from.clone(), data.to.clone()];
        agencies.sort_unstable();
        agencies.dedup();
        let step = matches!(wait.what, For::Step(_));
        all.push(Finding {
            kind: Kind::Stalled,
            key: format!("stalled:{id}"),
            about: vec![Subject::handoff(id)],
            agencies,
            since: Some(since),
            days: Some(day.days_since(since)),
            median_days: median(state, handoff, step, day),
            waiting_on: Some(wait.on),
            evidence: standing.evidence,
            severity: Severity::Medium,
        });
    }
    all
}

/// Lower median of the days that handoffs of the same path took: to the answer, or to the closing
/// when a step is what is waited for.
fn median(state: &State, of: &Handoff, step: bool, day: Date) -> Option<i64> {
    let window = i64::try_from(state.policy().median_window_days).unwrap_or(i64::MAX);
    let first = day.plus_days(window.saturating_neg());
    let mut samples: Vec<i64> = Vec::new();
    for other in state.handoffs.values() {
        let (a, b) = (&of.proposed.data, &other.proposed.data);
        if a.from != b.from || a.to != b.to || a.regime != b.regime || of.role() != other.role() {
            continue;
        }
        let on = other.standing(day);
        let reached = if step { on.closed } else { on.accepted.or(on.acknowledged) };
        let reached =
            reached.map(|(_, reached)| reached).filter(|reached| first <= *reached && *reached <= day);
        samples.extend(reached.map(|reached| reached.days_since(start(other, &on)).max(0)));
    }
    samples.sort_unstable();
    let lower = samples.len().saturating_sub(1) / 2;
    samples.get(lower).copied().filter(|_| samples.len() >= SAMPLES_MIN)
}

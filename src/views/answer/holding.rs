//! Holdings: an assignment alive on a day, with its mode, period, basis and evidence.

use std::sync::Arc;

use serde::Serialize;

use crate::domain::basis::Basis;
use crate::domain::event::assignment::{Component, HoldingRole, Mode};
use crate::domain::state::fold::{Ended, Holding, Span};
use crate::domain::timeline::Held;
use crate::domain::{AgencyId, AssignmentId, Date, Name, ResponsibilityId, Seq};

/// A holding as every answer shows it.
#[derive(Clone, Debug, Serialize)]
pub struct HoldingShape {
    assignment: AssignmentId,
    agency: AgencyId,
    role: HoldingRole,
    mode: Option<Mode>,
    components: Vec<Component>,
    since: String,
    until: Option<String>,
    ended: Option<Ended>,
    under: Option<AssignmentId>,
    via: Option<ResponsibilityId>,
    dormant: bool,
    exercised_until: Option<Date>,
    unverified: Vec<Name>,
    basis: Vec<serde_json::Value>,
    evidence: Vec<Seq>,
}

impl HoldingShape {
    /// A holding of a day.
    #[must_use]
    pub fn of(held: &Held, day: Date) -> Self {
        Self {
            via: held.via.clone(),
            dormant: held.dormant,
            ..Self::in_span(&held.holding, (&held.span, day), held.under.clone())
        }
    }

    /// A holding in one of its spans, alive on the day or not.
    #[must_use]
    pub fn in_span(holding: &Arc<Holding>, (span, day): (&Span, Date), under: Option<AssignmentId>) -> Self {
        let unknown = || "unknown".to_owned();
        // Who revives begins on a day that is known, whatever was known of the first.
        let first = holding.from() == span.from;
        Self {
            assignment: holding.assignment.clone(),
            agency: holding.agency.clone(),
            role: holding.role,
            mode: holding.mode,
            components: holding.components.clone(),
            since: if first && holding.from_unknown { unknown() } else { span.from.to_string() },
            until: match span.until {
                Date::MAX => holding.to_unknown.then(unknown),
                until => Some(until.to_string()),
            },
            ended: span.ended.map(|end| end.reason),
            under,
            via: None,
            dormant: false,
            exercised_until: holding.exercised_until,
            unverified: {
                let ends = holding.ends_unsure(span);
                let fields = [("since", span.unsure), ("until", ends)];
                unverified(
                    &holding.unverified,
                    fields.iter().filter(|(_, not)| *not).map(|(field, _)| *field),
                )
            },
            basis: basis(holding.basis_on(day).map(|(basis, _)| basis)),
            evidence: holding.evidence(),
        }
    }
}

/// Holdings of a day as answers show them.
pub(super) fn shapes(all: &[Held], day: Date) -> Vec<HoldingShape> {
    all.iter().map(|held| HoldingShape::of(held, day)).collect()
}

/// The fields that an entry does not vouch for, and those that rest on what is not sure, each once.
pub(super) fn unverified(said: &[Name], fields: impl IntoIterator<Item = &'static str>) -> Vec<Name> {
    let mut all = said.to_vec();
    for name in fields.into_iter().filter_map(|field| Name::parse(field).ok()) {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

/// A basis as an array; empty where none is said.
pub(super) fn basis(basis: Option<&Basis>) -> Vec<serde_json::Value> {
    match basis.map(serde_json::to_value) {
        Some(Ok(serde_json::Value::Array(items))) => items,
        _ => Vec::new(),
    }
}

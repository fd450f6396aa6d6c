//! Holdings: an assignment alive on a day, with its mode, period, basis and evidence.

use serde::Serialize;

use crate::domain::basis::Basis;
use crate::domain::event::assignment::{Component, HoldingRole, Mode};
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
    ended: Option<&'static str>,
    under: Option<AssignmentId>,
    via: Option<ResponsibilityId>,
    dormant: bool,
    exercised_until: Option<Date>,
    unverified: Vec<Name>,
    basis: Vec<serde_json::Value>,
    evidence: Vec<Seq>,
}

/// A basis as an array; empty where none is said.
pub(super) fn basis(basis: Option<&Basis>) -> Vec<serde_json::Value> {
    match basis.map(serde_json::to_value) {
        Some(Ok(serde_json::Value::Array(items))) => items,
        _ => Vec::new(),
    }
}

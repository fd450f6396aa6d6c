//! Refusals that need a history: delegations, steps, reservations, approvals, closings.

use serde_json::{Value, json};

use super::kit::Service;
use super::problems::{digest, refused};
use crate::domain::event::ledger::Role;

#[tokio::test]
async fn approvals_signatures_and_agencies_that_are_gone() {
    let mut service = Service::start().await;
    for id in ["a", "b", "gone"] {
        service.agency(id).await;
    }
    service.defined("roads").await;
    service.made("roads", "a").await;
    let basis = json!({"ref": "id/uu/2020/1"});
    let closed = json!({"agency": "gone", "how": "dissolved", "effective": "2021-01-01", "basis": basis});
    service.told("agency.closed", closed).await;
    let a = service.token(Role::Recorder, Some("a"));
    let size = service.size();
    let data = json!({"handoff": "h", "responsibilities": ["roads"], "from": "a", "to": "gone",
        "regime": "by_agreement", "effective": "2022-06-01", "basis": basis});
    let answer = service.say(&a, "handoff.proposed", data).await;
    refused(&service, size, &answer, 422, "agency-not-active").await;
    // While no overseer exists, what one would approve passes; afterwards it does not.
    let overseer = json!({"agency": "over", "name": {"en": "o"}, "kind": "k", "powers": ["overseer"]});
    service.told("agency.registered", overseer).await;
    let size = service.size();
    let answer = service.say(&service.registrar, "policy.changed", json!({"late_days": 3})).await;
    refused(&service, size, &answer, 403, "approval-missing").await;
    let mut other = Service::start().await;
    other.agency("a").await;
    let signed = json!({"require_signed": {"agencies": ["a"], "types": []}});
    other.told("policy.changed", signed).await;
    let a = other.token(Role::Recorder, Some("a"));
    let size = other.size();
    let answer = other.say(&a, "approval.given", json!({"approves": digest('5')})).await;
    refused(&other, size, &answer, 403, "signature-required").await;
}

fn unknown() -> Value {
    json!({"unknown": true})
}

fn handoff(id: &str, of: &str, from: &str, to: &str, more: Value) -> Value {
    let mut data = json!({"handoff": id, "responsibilities": [of], "from": from, "to": to,
        "regime": "by_law", "effective": "2020-06-01", "basis": {"ref": "id/uu/2020/1"}});
    data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    data
}

#[tokio::test]
async fn d5_d6_delegations_steps_reservations_and_capacities() {
    let mut service = Service::start().await;
    for id in ["a", "b", "c"] {
        service.agency(id).await;
    }
    for id in ["parks", "water", "roads", "forests"] {
        service.defined(id).await;
    }
    let token = |service: &mut Service, id| service.token(Role::Recorder, Some(id));
    let (a, b, c) = (token(&mut service, "a"), token(&mut service, "b"), token(&mut service, "c"));
    let parks = service.made("parks", "a").await;
    let delegated = json!({"responsibility": "parks", "agency": "b", "role": "accountable", "mode": "delegation",
        "under": format!("as-{parks}"), "valid": {"from": "2022-01-01", "to": "2023-01-01"}, "basis": unknown()});
    let given = service.told_by(&a, "assignment.made", delegated).await;
    for id in ["s-1", "s-2"] {
        let data = json!({"assignment": id, "responsibility": "roads", "agency": "c", "role": "supporter",
            "valid": {"from": "2021-01-01"}, "basis": unknown()});
        service.told("assignment.made", data).await;
    }
    let steps = json!({"steps": [{"step": "budget", "kind": "budget", "by": "c"}]});
    service.told("handoff.proposed", handoff("law", "water", "c", "b", steps)).await;
    service.told_by(&b, "handoff.acknowledged", json!({"handoff": "law"})).await;
    service.told("handoff.proposed", handoff("soft", "forests", "b", "c", json!({}))).await;
    let reserved = json!({"handoff": "soft", "reservations": [{"reservation": "r1"}]});
    service.told_by(&c, "handoff.acknowledged", reserved).await;
    let size = service.size();
    let registrar = service.registrar.clone();
    let further = json!({"responsibility": "parks", "agency": "c", "role": "accountable", "mode": "delegation",
        "under": format!("as-{given}"), "valid": {"from": "2022-02-01", "to": "2022-03-01"}, "basis": unknown()});
    let elsewhere = json!({"responsibility": "water", "agency": "c", "role": "executor",
        "under": format!("as-{parks}"), "valid": {"from": "2021-01-01"}, "basis": unknown()});
    let either = json!({"responsibility": "roads", "agency": "c", "role": "supporter",
        "effective": "2023-01-01", "reason": "revoked", "basis": unknown()});
    let mandate = json!({"decision": "d-1", "about": ["r:parks"], "decided_by": "b", "decided_on": "2022-06-01",
        "capacity": "mandate", "under": format!("as-{given}"), "on_behalf_of": "c", "basis": unknown(),
        "in_force": {"from": "2022-06-01"}});
    let cases = [
        (&b, "assignment.made", further, "not-sub-delegable"),
        (&a, "assignment.made", elsewhere, "exceeds-parent"),
        (&registrar, "assignment.ended", either, "ambiguous"),
        (&b, "handoff.closed", json!({"handoff": "law"}), "step-open"),
        (&c, "handoff.closed", json!({"handoff": "soft"}), "reservation-open"),
        (&b, "decision.recorded", mandate, "capacity-mismatch"),
    ];
    for (token, type_name, data, code) in cases {
        let answer = service.say(token, type_name, data).await;
        refused(&service, size, &answer, 422, code).await;
    }
}

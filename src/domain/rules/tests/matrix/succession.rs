//! Rows of objects of closed agencies (DOMAIN rule 10): winding up, successors, and the registrar
//! where there are none.

use serde_json::{Value, json};

use super::super::told::with;
use super::cast::OVERSEERS;
use super::row::{Row, Who, row};
use super::world::act;

pub(super) fn rows() -> Vec<Row> {
    let closed = said("closed").into_iter().map(|said| said.row("of the closed", &["heir"]));
    let gone = said("gone").into_iter().map(|said| {
        let row = said.row("of the gone", &["registrar"]);
        row.approved("registrar", OVERSEERS)
    });
    let winding = said("winding").into_iter().map(|said| {
        let may: Who = if said.winds_up { &["winding"] } else { &[] };
        said.row("of the winding", may)
    });
    closed.chain(gone).chain(winding).collect()
}

/// What the agency would say.
struct Said {
    kind: &'static str,
    data: Value,
    /// What everybody else is told.
    code: &'static str,
    /// Whether it may still say it while it winds up.
    winds_up: bool,
}

impl Said {
    /// An agency that winds up is heard on what began before, and is no party to what is another's.
    fn row(self, what: &str, may: Who) -> Row {
        let others = self.winds_up && !may.contains(&"winding");
        let row = row(self.kind, what, self.data, may, self.code);
        if others { row.but("winding", self.code) } else { row }
    }
}

fn said(id: &str) -> Vec<Said> {
    let named = |prefix: &str| format!("{prefix}-{id}");
    let (to, bare, promise) = (named("to"), named("bare"), json!({"commitment": named("promise")}));
    let step = |step: &str| json!({"handoff": to, "step": step});
    let winds = |kind, data| Said { kind, data, code: "not-a-party", winds_up: true };
    let rests = |kind, data| Said { kind, data, code: "not-a-party", winds_up: false };
    let delivered = |what: &str| json!({"decision": named(what), "to": "holder", "on": "2024-03-01"});
    let programme = |more| with(json!({"programme": named("programme")}), more);
    let reported = json!({"goal": "g", "value": "1", "on": "2024-05-01"});
    let voted = json!({"decision": named("resolution"), "vote": "for"});
    vec![
        winds("handoff.acknowledged", json!({"handoff": to})),
        winds("handoff.step_done", step("open")),
        winds("handoff.step_confirmed", step("done")),
        winds("handoff.reservation_lifted", json!({"handoff": bare, "reservation": "q"})),
        winds("handoff.closed", json!({"handoff": named("plain")})),
        winds("commitment.confirmed", promise.clone()),
        winds("commitment.fulfilled", promise.clone()),
        rests("commitment.changed", with(promise.clone(), json!({"due": "2026-01-01"}))),
        rests("commitment.dropped", promise),
        rests("act.recorded", act("another", id)),
        Said { code: "not-a-member", ..rests("decision.voted", voted) },
        rests("decision.delivered", delivered("ruling")),
        rests("decision.delivered", delivered("resolution")),
        rests("claim.answered", json!({"claim": named("claim")})),
        rests("claim.withdrawn", json!({"claim": named("claim")})),
        rests("programme.changed", programme(json!({"members": []}))),
        rests("programme.reported", programme(reported)),
        rests("programme.ended", programme(json!({"effective": "2024-07-01"}))),
    ]
}

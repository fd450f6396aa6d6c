//! Tells the real rules what the naive model has on its list: as lines of JSON.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::super::super::super::*;
use super::super::told::{Line, Told, agency, decided, defined, with};
use super::said::{
    AGENCIES, Basis, DUTIES, Day, Follow, GRACE, LATE, Made, OPEN, PAST, Proposed, Regime, Rest, Role, Said,
    What,
};

/// Every date that a story can name.
static DATES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let first = Date::parse("2024-01-01").unwrap();
    (i64::from(PAST)..100).map(|day| first.plus_days(day).to_string()).collect()
});

pub(super) fn text(day: Day) -> &'static str {
    &DATES[usize::try_from(day - PAST).unwrap()]
}

pub(super) fn date(day: Day) -> Date {
    Date::parse(text(day)).unwrap()
}

pub(super) fn day(date: Date) -> Day {
    Day::try_from(DATES.iter().position(|text| *text == date.to_string()).unwrap()).unwrap() + PAST
}

/// The ledger every story begins with: its agencies, its duties, a decision of a.
pub(super) fn ledger() -> Told {
    let mut told = Told::default();
    let policy = json!({"lapse_days_after_due": GRACE});
    let opened = json!({"origin": "test", "zone": "Asia/Jakarta", "vkey": "v", "policy": policy});
    told.own(Voice::Init, "ledger.opened", opened).unwrap();
    told.own(Voice::Init, "agency.registered", agency("reg", &["registrar"])).unwrap();
    let first = |kind, data| (text(0), "reg", kind, data);
    told.ok(first("agency.registered", agency("over", &["overseer"])));
    for id in AGENCIES {
        let more = match *id {
            "late" => json!({"valid": {"from": text(LATE)}}),
            "void" => json!({"kind": "unrecorded"}),
            _ => json!({}),
        };
        told.ok(first("agency.registered", with(agency(id, &[]), more)));
    }
    for (id, code, parent, from, to) in DUTIES {
        let mut more = json!({"code": {"scheme": "cofog", "value": code}, "parent": parent});
        if *to != OPEN {
            more["valid"] = json!({"from": text(*from), "to": text(*to)});
        }
        told.ok(first("responsibility.defined", defined(id, more)));
    }
    let why = json!({"decision": "why", "decided_on": text(0), "in_force": {"from": text(0)}});
    told.ok((text(0), "a", "decision.recorded", decided(why)));
    told
}

/// A statement as the line that is told.
pub(super) fn line(said: &Said) -> Line {
    let (kind, mut data) = match &said.what {
        What::Made(made) => ("assignment.made", made_data(made)),
        What::Ended { id, fit, effective, time } => ("assignment.ended", {
            let who = match id {
                Some(id) => json!({"assignment": id}),
                None => json!({"responsibility": fit.0, "agency": fit.1, "role": role(fit.2)}),
            };
            let more = json!({"effective": text(*effective), "reason": "revoked", "time": hour(*time)});
            with(who, more)
        }),
        What::Proposed(id, proposed) => ("handoff.proposed", proposed_data(id, proposed)),
        What::Follow(id, follow) => {
            let (kind, more) = follow_data(follow);
            (kind, with(json!({"handoff": id}), more))
        }
        What::Split { of, into, rest, effective } => ("responsibility.split", {
            let rest = match rest {
                Rest::None => "none",
                Rest::Unassigned => "unassigned",
                Rest::Into(id) => id,
            };
            json!({"responsibility": of, "into": into, "remainder": rest, "effective": text(*effective)})
        }),
        What::Retired { of, effective } => {
            ("responsibility.retired", json!({"responsibility": of, "effective": text(*effective)}))
        }
        What::Named { of, effective } => (
            "responsibility.changed",
            json!({"responsibility": of, "name": {"en": "new"}, "effective": text(*effective)}),
        ),
        What::Closed { agency, effective, until, successor } => ("agency.closed", {
            let successors: Vec<_> = successor.iter().collect();
            json!({"agency": agency, "how": "replaced", "successors": successors,
                "effective": text(*effective), "winding_up_until": until.map(text)})
        }),
        What::Approval => unreachable!("approvals are told with what they approve"),
    };
    data["on"] = json!(said.on.map(text));
    if has_basis(&said.what) {
        data["basis"] = match said.basis {
            Basis::Law => json!({"ref": "id/uu/1"}),
            Basis::Unknown => json!({"unknown": true}),
            Basis::Why => json!({"ref": "d:why"}),
            Basis::NoDecision => json!({"ref": "d:none"}),
            Basis::Absent => Value::Null,
        };
    }
    if !said.approved_by.is_empty() {
        data["approved_by"] = json!(said.approved_by);
    }
    (text(said.day), said.by, kind, data)
}

/// Whether the type has a basis at all.
pub(super) fn has_basis(what: &What) -> bool {
    match what {
        What::Follow(_, follow) => matches!(follow, Follow::Changed { .. } | Follow::StepAdded { .. }),
        What::Approval => false,
        _ => true,
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Accountable => "accountable",
        Role::Executor => "executor",
    }
}

/// All of one date: it is the instants that order.
fn hour(time: Option<u8>) -> Option<String> {
    time.map(|hour| format!("2024-01-01T{hour:02}:00:00+07:00"))
}

fn made_data(made: &Made) -> Value {
    let from = made.from.map_or("unknown", text);
    let mode = made.delegated.then_some("delegation");
    let ends_when = made.ends_when.as_ref().map(|(id, step)| json!({"handoff": id, "step": step}));
    json!({"assignment": made.id, "responsibility": made.of, "agency": made.agency, "role": role(made.role),
        "mode": mode, "under": made.under, "valid": period(from, made.to), "sub_delegable": made.sub,
        "supersedes": made.supersedes, "ends_when": ends_when, "time": hour(made.time)})
}

fn period(from: &str, to: Option<Day>) -> Value {
    match to {
        Some(to) => json!({"from": from, "to": text(to)}),
        None => json!({"from": from}),
    }
}

fn proposed_data(id: &str, proposed: &Proposed) -> Value {
    let regime = match proposed.regime {
        Regime::Agreed => "by_agreement",
        Regime::Law => "by_law",
        Regime::Observed => "observed",
    };
    let mut steps = Vec::new();
    if proposed.steps {
        steps.push(json!({"step": "one", "kind": "audit", "by": proposed.from}));
        steps.push(json!({"step": "two", "kind": "audit", "by": proposed.to, "after": ["one"]}));
    }
    json!({"handoff": id, "responsibilities": proposed.of, "from": proposed.from, "to": proposed.to,
        "role": role(proposed.role), "regime": regime, "effective": text(proposed.effective),
        "due": proposed.due.map(text), "steps": steps, "time": hour(proposed.time)})
}

fn follow_data(follow: &Follow) -> (&'static str, Value) {
    let keys = |reserved: bool| if reserved { json!([{"reservation": "keys"}]) } else { json!([]) };
    match follow {
        Follow::Accepted(reserved) => ("handoff.accepted", json!({"reservations": keys(*reserved)})),
        Follow::Acknowledged(reserved) => ("handoff.acknowledged", json!({"reservations": keys(*reserved)})),
        Follow::Declined => ("handoff.declined", json!({})),
        Follow::Withdrawn => ("handoff.withdrawn", json!({})),
        Follow::Changed { effective, due, dropped } => ("handoff.changed", {
            let dropped: Vec<_> = dropped.iter().collect();
            json!({"effective": effective.map(text), "due": due.map(text), "dropped": dropped})
        }),
        Follow::StepAdded { step, by } => {
            ("handoff.step_added", json!({"step": step, "kind": "audit", "by": by}))
        }
        Follow::StepDone(step) => ("handoff.step_done", json!({"step": step})),
        Follow::StepConfirmed(step) => ("handoff.step_confirmed", json!({"step": step})),
        Follow::Lifted => ("handoff.reservation_lifted", json!({"reservation": "keys"})),
        Follow::Closed => ("handoff.closed", json!({})),
        Follow::Reversed { effective } => {
            ("handoff.reversed", json!({"effective": text(*effective), "decision": "why"}))
        }
        Follow::Lapsed => ("handoff.lapsed", json!({"rule": "expired"})),
    }
}

//! What every story begins with: agencies, territories, duties, and a few who hold some of them.

use serde_json::{Value, json};

use super::super::line::{Line, date};

/// Days of grace of a proposal that is past its due.
const GRACE: u64 = 4;

fn agency(id: &str, more: Value) -> Value {
    let mut data = json!({"agency": id, "name": {"en": id}, "kind": "ministry"});
    data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    data
}

pub(super) fn defined(id: &str, code: &str, parent: Option<&str>) -> Value {
    let code = json!({"scheme": "cofog", "value": code});
    json!({"responsibility": id, "name": {"en": id}, "code": code, "parent": parent})
}

/// The first lines of every story.
pub(in super::super) fn opening() -> Vec<Line> {
    let reg = |kind, data| Line::new(0, "reg", kind, data);
    let opened = json!({"origin": "test", "zone": "Asia/Jakarta", "vkey": "v",
        "policy": {"lapse_days_after_due": GRACE}});
    let mut lines = vec![
        Line::new(0, "ledger:init", "ledger.opened", opened),
        Line::new(0, "ledger:init", "agency.registered", agency("reg", json!({"powers": ["registrar"]}))),
        reg("agency.registered", agency("reg2", json!({"powers": ["registrar"]}))),
        reg("agency.registered", agency("over", json!({"powers": ["overseer"]}))),
        reg("agency.registered", agency("over2", json!({"powers": ["overseer"]}))).approved(&["over"]),
        reg("agency.registered", agency("court", json!({"powers": ["court"]}))).approved(&["over"]),
    ];
    for (id, more) in [
        ("a", json!({})),
        ("b", json!({})),
        ("c", json!({})),
        ("d", json!({"parents": ["a"]})),
        ("e", json!({"parents": ["a"]})),
        ("f", json!({"parents": ["d"]})),
        ("g", json!({"valid": {"from": date(2)}})),
        ("void", json!({"kind": "unrecorded"})),
        ("post1", json!({"kind": "post"})),
    ] {
        lines.push(reg("agency.registered", agency(id, more)));
    }
    for (id, within) in [("t0", None), ("t1", Some("t0")), ("t2", Some("t0"))] {
        let data = json!({"territory": id, "name": {"en": id}, "within": within});
        lines.push(reg("territory.registered", data));
    }
    for (id, code, parent) in [
        ("w1", "06", None),
        ("w2", "06", None),
        ("p1", "06.1", None),
        ("p2", "06.1", None),
        ("p3", "06", None),
        ("p4", "06.1.1", Some("p1")),
        ("k1", "06.1", Some("w1")),
        ("k2", "06.1.1", Some("k1")),
        ("k3", "06.2", Some("w2")),
    ] {
        lines.push(reg("responsibility.defined", defined(id, code, parent)));
    }
    for (of, by) in [("w1", "a"), ("w2", "b"), ("p3", "c")] {
        let data = json!({"assignment": format!("x-{of}"), "responsibility": of, "agency": by,
            "role": "accountable", "valid": {"from": date(0)}, "sub_delegable": true,
            "basis": {"ref": "id/uu/1"}});
        lines.push(reg("assignment.made", data));
    }
    let decided = json!({"decision": "why", "decided_by": "a", "decided_on": date(0), "capacity": "own",
        "basis": {"ref": "id/uu/1"}, "in_force": {"from": date(0)}});
    lines.push(Line::new(0, "a", "decision.recorded", decided));
    let formed = json!({"forum": "fo", "convener": "c", "members": ["a", "b", "c"]});
    lines.push(reg("forum.formed", formed));
    lines
}

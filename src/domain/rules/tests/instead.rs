//! What a correction of a proposal keeps, and a proposal that stands in for a withdrawn one (DOMAIN rule 8).

use serde_json::{Value, json};

use super::super::super::*;
use super::told::{Line, Told, check, defined, line, proposed, with};

/// a proposed a handoff, at the entry that is given.
fn told() -> (Told, Seq) {
    let mut told = Told::held();
    told.ok(line("2024-01-01", "reg", "responsibility.defined", defined("other", json!({}))));
    let seq = told.ok(line("2024-02-01", "a", "handoff.proposed", proposed(json!({}))));
    (told, seq)
}

fn withdraws(seq: Seq) -> Line {
    line("2024-02-02", "a", "record.withdrawn", json!({"seq": seq}))
}

fn instead(id: &str, seq: Value, more: Value) -> Line {
    let new = with(json!({"handoff": id, "to": "c", "instead_of": seq}), more);
    line("2024-02-02", "a", "handoff.proposed", proposed(new))
}

#[test]
fn a_correction_keeps_who_what_as_what_and_by_what() {
    let (told, seq) = told();
    let correct = |more| {
        vec![line("2024-02-03", "a", "handoff.proposed", with(proposed(json!({"corrects": seq})), more))]
    };
    check("its days", &told, correct(json!({"effective": "2024-04-01", "due": "2024-03-01"})), "ok");
    check("its basis", &told, correct(json!({"basis": {"ref": "id/uu/2"}})), "ok");
    let steps = json!({"steps": [{"step": "one", "kind": "budget", "by": "c"}]});
    check("its steps", &told, correct(steps), "ok");
    check("the role said", &told, correct(json!({"role": "accountable"})), "ok");
    check("another role", &told, correct(json!({"role": "executor"})), "wrong-state");
    check("another receiver", &told, correct(json!({"to": "c"})), "wrong-state");
    check("another giver", &told, correct(json!({"from": "c"})), "wrong-state");
    check("another regime", &told, correct(json!({"regime": "by_law"})), "wrong-state");
    check("another thing", &told, correct(json!({"responsibilities": ["other"]})), "wrong-state");
    check("one more", &told, correct(json!({"responsibilities": ["housing", "other"]})), "wrong-state");
}

#[test]
fn the_right_proposal_stands_in_for_the_withdrawn_one() {
    let (mut told, seq) = told();
    check("not withdrawn", &told, vec![instead("h2", json!(seq), json!({}))], "handoff-open");
    let law = json!({"regime": "by_law"});
    let mut by_law = instead("h2", json!(seq), law);
    by_law.1 = "reg";
    check("not withdrawn, by law", &told, vec![by_law], "wrong-state");
    told.ok(withdraws(seq));
    let new = |seq: Value| vec![instead("h2", seq, json!({}))];
    check("of no entry", &told, new(json!(999)), "not-found");
    check("of another entry", &told, new(json!(seq.0 - 1)), "wrong-state");
    check("of the withdrawal", &told, new(json!(seq.0 + 1)), "wrong-state");
    check("under the old id", &told, vec![instead("ho", json!(seq), json!({}))], "id-taken");
    let by = told.ok(instead("h2", json!(seq), json!({})));
    assert_eq!(told.state.words(seq).corrected_by, Some(by), "both are shown as one correction");
    let links: Vec<_> = told.past_links(by).iter().map(ToString::to_string).collect();
    for link in ["a:b", "a:c", "h:h2", "h:ho", "r:housing"] {
        assert!(links.iter().any(|one| one == link), "{link}: {links:?}");
    }
    told.loads();
    let words = told.state.words(seq);
    assert_eq!((words.corrected_by, words.withdrawn_by), (Some(by), Some(Seq(seq.0 + 1))), "one correction");
    assert_eq!(told.state.instead_of(seq).map(|there| there.proposed.seq), Some(by));
    let mut again = instead("h3", json!(seq), json!({"regime": "by_law"}));
    again.1 = "reg";
    check("once", &told, vec![again.clone()], "wrong-state");
    check("again when that is gone", &told, vec![withdraws(by), again], "ok");
}

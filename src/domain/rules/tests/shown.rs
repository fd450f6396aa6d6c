//! Rule 8, "What is shown": what became of the words of every entry, and what withdrew an object.

use serde_json::json;

use super::super::super::*;
use super::told::{Told, decided, defined, line, made, proposed, with};

/// Which entry corrected, and which withdrew, an entry.
fn became(told: &Told, seq: Seq) -> (Option<Seq>, Option<Seq>) {
    told.loads();
    let words = told.state.words(seq);
    (words.corrected_by, words.withdrawn_by)
}

#[test]
fn d8_every_entry_of_a_chain_of_corrections_says_what_became_of_it() {
    let mut told = Told::held();
    let data = || defined("audit", json!({}));
    let first = told.ok(line("2024-01-02", "reg", "responsibility.defined", data()));
    assert_eq!(became(&told, first), (None, None));
    let correct = |told: &mut Told, seq: Seq| {
        let data = with(data(), json!({"corrects": seq, "name": {"en": format!("after {seq}")}}));
        told.ok(line("2024-01-03", "reg", "responsibility.defined", data))
    };
    let second = correct(&mut told, first);
    let third = correct(&mut told, second);
    assert_eq!(became(&told, first), (Some(second), None));
    assert_eq!(became(&told, second), (Some(third), None), "the place went on to the third");
    assert_eq!(became(&told, third), (None, None));
    let withdrawal = told.ok(line("2024-01-04", "reg", "record.withdrawn", json!({"seq": third})));
    assert_eq!(became(&told, first), (Some(second), Some(withdrawal)));
    assert_eq!(became(&told, second), (Some(third), Some(withdrawal)));
    assert_eq!(became(&told, third), (None, Some(withdrawal)));
    assert_eq!(became(&told, withdrawal), (None, None));
    assert_eq!(told.state.withdrawal_of("r:audit"), Some(withdrawal));
    assert_eq!(told.state.withdrawal_of("r:housing"), None);
    assert_eq!(told.state.withdrawal_of("r:never"), None);
}

#[test]
fn d8_what_goes_with_a_withdrawn_object_says_so() {
    let mut told = Told::held();
    let after = |told: &mut Told, seq: Seq| {
        told.ok(line(
            "2024-02-09",
            "reg",
            "record.withdrawn",
            json!({"seq": seq, "approved_by": ["a", "over"]}),
        ))
    };
    let define = told.ok(line("2024-01-02", "reg", "responsibility.defined", defined("audit", json!({}))));
    let unnamed = with(made("x", "audit", "b", json!({})), json!({"assignment": null}));
    let holds = told.ok(line("2024-01-03", "reg", "assignment.made", unnamed));
    let ends = json!({"assignment": format!("as-{holds}"), "effective": "2024-01-20", "reason": "revoked",
        "basis": {"ref": "id/uu/1"}});
    let ended = told.ok(line("2024-01-20", "reg", "assignment.ended", ends));
    let ho = told.ok(line("2024-02-01", "a", "handoff.proposed", proposed(json!({}))));
    let taken = told.ok(line("2024-02-02", "b", "handoff.accepted", json!({"handoff": "ho"})));
    let de = told.ok(line("2024-02-02", "a", "decision.recorded", decided(json!({}))));
    let to = json!({"decision": "de", "to": "b", "on": "2024-02-03"});
    let delivered = told.ok(line("2024-02-03", "a", "decision.delivered", to));

    let mut alone = told.clone();
    let by = after(&mut alone, holds);
    assert_eq!((became(&alone, holds).1, became(&alone, ended).1), (Some(by), Some(by)), "an assignment");
    assert_eq!(became(&alone, define), (None, None));
    assert_eq!(alone.state.withdrawal_of(&format!("as:as-{holds}")), Some(by));

    let by = after(&mut told, define);
    for seq in [define, holds, ended] {
        assert_eq!(became(&told, seq), (None, Some(by)), "{seq}: a responsibility");
    }
    assert_eq!(told.state.withdrawal_of(&format!("as:as-{holds}")), Some(by));
    let by = after(&mut told, de);
    assert_eq!((became(&told, de).1, became(&told, delivered).1), (Some(by), Some(by)), "a decision");
    // a step that was withdrawn by itself goes on to say so
    let step = after(&mut told, taken);
    let by = after(&mut told, ho);
    assert_eq!((became(&told, ho).1, became(&told, taken).1), (Some(by), Some(step)), "a handoff");
    assert_eq!(told.state.withdrawal_of("h:ho"), Some(by));
    assert_eq!(told.state.withdrawal_of(&format!("as:as-{taken}")), Some(step), "what it had moved");
}

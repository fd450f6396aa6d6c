//! What a ledger decides and answers follows from the log alone: faults that were seen, each as a story. It is
//! told in one go, by a process of its own for each statement, and with questions between the statements;
//! the verdicts, the links and the state are the same.

use serde_json::{Value, json};

use super::super::super::timeline;
use super::super::super::*;
use super::told::{Line, Told, defined, line, made, proposed, with};

/// Entries of [`Told::held`].
const BEGUN: usize = 10;

/// What a line came to: the subjects its entry links, or the code it was refused with.
fn heard(told: &mut Told, line: Line) -> Result<Vec<Subject>, &'static str> {
    told.tell(line).map(|seq| told.past_links(seq)).map_err(|refusal| refusal.code.as_str())
}

/// Asks everything of a state.
fn asks(state: &State) {
    for id in state.responsibilities.keys() {
        drop(timeline::on(state, id, Date::parse("2024-05-01").unwrap()));
        drop(timeline::periods(state, id));
    }
}

/// Tells lines in the three ways; answers what the last one came to.
fn told_alike(lines: &[Line]) -> (Told, Result<Vec<Subject>, &'static str>) {
    let (mut once, mut reopened, mut asked) = (Told::held(), Told::held(), Told::held());
    assert_eq!(once.events.len(), BEGUN);
    let mut last = Err("nothing was told");
    for line in lines {
        reopened.state = reopened.loaded();
        asks(&asked.state);
        last = heard(&mut once, line.clone());
        assert_eq!(heard(&mut reopened, line.clone()), last, "reopened: {line:?}");
        assert_eq!(heard(&mut asked, line.clone()), last, "asked in between: {line:?}");
        assert_eq!(once.state.difference(&reopened.state), None, "reopened: {line:?}");
        assert_eq!(once.state.difference(&asked.state), None, "asked in between: {line:?}");
    }
    (once, last)
}

/// `housing` and responsibilities in it, with codes.
fn duties(codes: &[(&str, &str)]) -> Vec<Line> {
    let code = |value: &str| json!({"code": {"scheme": "cofog", "value": value}});
    let define = |(id, value): &(&str, &str)| {
        line("2024-01-02", "reg", "responsibility.defined", defined(id, code(value)))
    };
    codes.iter().map(define).collect()
}

fn split(day: &'static str, into: &[&str], more: Value) -> Line {
    let data = json!({"responsibility": "housing", "into": into, "remainder": "none",
        "effective": "2024-03-01", "basis": {"unknown": true}});
    line(day, "reg", "responsibility.split", with(data, more))
}

fn by_law(id: &str, of: &str, from: &str, to: &str, more: Value) -> Value {
    let data = json!({"handoff": id, "responsibilities": [of], "from": from, "to": to, "regime": "by_law",
        "effective": "2024-04-01"});
    with(proposed(data), more)
}

#[test]
fn a_split_is_corrected_away_and_back_and_its_holdings_keep_their_names() {
    let mut lines = duties(&[("p1", "06.1.1"), ("p2", "06.1.2"), ("p3", "06.1.3")]);
    let first = BEGUN + 3;
    lines.push(split("2024-03-01", &["p1", "p2"], json!({})));
    lines.push(split("2024-03-02", &["p1", "p3"], json!({"corrects": first})));
    lines.push(split("2024-03-03", &["p1", "p2"], json!({"corrects": first + 1})));
    lines.push(line("2024-04-01", "reg", "handoff.proposed", by_law("law", "p2", "a", "b", json!({}))));
    let (told, last) = told_alike(&lines);
    let named = format!("as:as-{first}.2");
    assert!(last.unwrap().iter().any(|subject| subject.as_str() == named), "the holding of p2 moves");
    let p3 = ResponsibilityId::parse("p3").unwrap();
    assert!(told.state.fold(&p3).holdings.is_empty());
}

#[test]
fn what_readers_ask_never_reaches_what_the_writer_decides() {
    let mut lines = duties(&[("r1", "06.1"), ("r2", "06.1.1"), ("r3", "06.1")]);
    lines[1].3 = with(lines[1].3.clone(), json!({"parent": "r1"}));
    let law = BEGUN + 3;
    lines.push(line("2024-04-01", "reg", "handoff.proposed", by_law("law", "r1", "a", "b", json!({}))));
    let under = format!("as-{law}");
    let delegated = json!({"under": under, "mode": "delegation", "valid": {"from": "2024-04-02"}});
    lines.push(line("2024-04-02", "b", "assignment.made", made("as_c", "r2", "c", delegated)));
    let moved = by_law("law", "r3", "a", "b", json!({"corrects": law, "approved_by": ["b", "over"]}));
    lines.push(line("2024-04-03", "reg", "handoff.proposed", moved));
    let data = json!({"assignment": "as_c", "effective": "2024-04-10", "reason": "revoked",
        "basis": {"unknown": true}});
    lines.push(line("2024-04-10", "reg", "assignment.ended", data));
    let (_, last) = told_alike(&lines);
    assert!(last.is_ok(), "{last:?}");
}

#[test]
fn the_holding_of_a_withdrawn_handoff_cannot_be_named() {
    let law = BEGUN;
    let mut lines =
        vec![line("2024-04-01", "reg", "handoff.proposed", by_law("law", "housing", "a", "b", json!({})))];
    let claim = json!({"claim": "cl", "kind": "authority", "about": [format!("as:as-{law}")]});
    lines.push(line("2024-04-02", "reg", "record.withdrawn", json!({"seq": law, "approved_by": ["over"]})));
    lines.push(line("2024-04-03", "c", "claim.raised", claim));
    let (_, last) = told_alike(&lines);
    assert_eq!(last, Err("not-found"));
}

#[test]
fn a_split_that_is_said_again_gives_other_names() {
    let mut lines = duties(&[("p1", "06.1.1"), ("p2", "06.1.2")]);
    let (first, second) = (BEGUN + 2, BEGUN + 4);
    lines.push(split("2024-03-01", &["p1"], json!({})));
    lines.push(line("2024-03-02", "reg", "record.withdrawn", json!({"seq": first})));
    lines.push(split("2024-03-03", &["p1", "p2"], json!({})));
    let (told, _) = told_alike(&lines);
    for (part, n) in [("p1", 1), ("p2", 2)] {
        let fold = told.state.fold(&ResponsibilityId::parse(part).unwrap());
        let names: Vec<_> = fold.holdings.iter().map(|holding| holding.assignment.as_str()).collect();
        assert_eq!(names, [format!("as-{second}.{n}")], "{part}");
    }
}

#[test]
fn what_stands_under_a_split_holding_follows_the_part_that_contains_it() {
    let mut lines = duties(&[("p", "06.1.1"), ("q", "06.1.2"), ("k", "06.1.2.1"), ("far", "06.1.3")]);
    for child in [2, 3] {
        lines[child].3 = with(lines[child].3.clone(), json!({"parent": "housing"}));
    }
    let delegated = json!({"under": "as_a", "mode": "delegation", "valid": {"from": "2024-02-01"}});
    lines.push(line("2024-02-01", "a", "assignment.made", made("as_k", "k", "c", delegated.clone())));
    lines.push(line("2024-02-01", "a", "assignment.made", made("as_far", "far", "c", delegated)));
    lines.push(split("2024-03-01", &["p", "q"], json!({})));
    for (id, of, to) in [("lp", "p", "b"), ("lq", "q", "over")] {
        lines.push(line("2024-04-01", "reg", "handoff.proposed", by_law(id, of, "a", to, json!({}))));
    }
    let revoked = |by| {
        let data = json!({"assignment": "as_k", "effective": "2024-05-01", "reason": "revoked",
            "basis": {"unknown": true}});
        line("2024-05-01", by, "assignment.ended", data)
    };
    let mut by_p = lines.clone();
    by_p.push(revoked("b"));
    let (told, last) = told_alike(&by_p);
    assert_eq!(last, Err("not-entitled"), "who received p has nothing to do with what lies in q");
    let far = told.state.holding(&AssignmentId::parse("as_far").unwrap()).unwrap().1;
    assert_eq!(far.spans[0].until, Date::parse("2024-03-01").unwrap(), "no part takes it: it ends");
    lines.push(revoked("over"));
    assert!(told_alike(&lines).1.is_ok());
}

#[test]
fn responsibilities_that_depend_on_each_other_in_a_circle_are_folded_alike() {
    let mut lines = duties(&[("r3", "06.1.2")]);
    lines[0].3 = with(lines[0].3.clone(), json!({"parent": "housing"}));
    // recorded under a holding of the whole for after the split: whole and part read each other
    let late = json!({"role": "executor", "under": "as_a", "valid": {"from": "2024-03-17"}});
    lines.push(line("2024-01-05", "a", "assignment.made", made("late", "housing", "b", late)));
    lines.push(split("2024-02-08", &["r3"], json!({"effective": "2024-02-08"})));
    let closed = json!({"agency": "a", "how": "replaced", "successors": ["b"], "effective": "2024-03-16",
        "basis": {"unknown": true}});
    lines.push(line("2024-03-16", "reg", "agency.closed", closed));
    let handoff = json!({"handoff": "more", "responsibilities": ["r3"], "from": "b", "to": "c",
        "regime": "observed", "effective": "2024-03-20", "basis": {"unknown": true}});
    lines.push(line("2024-03-20", "reg", "handoff.proposed", handoff));
    assert!(told_alike(&lines).1.is_ok());
}

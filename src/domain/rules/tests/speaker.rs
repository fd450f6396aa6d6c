//! Rule 1, approvals, `after`, and the order in which reasons are named.

use serde_json::{Value, json};

use super::super::super::*;
use super::told::{Told, agency, check, defined, line, made, proposed, with};

fn by_token(told: &mut Told, who: &str, token: &str, data: Value) -> String {
    let speaker =
        Speaker::Token { agency: AgencyId::parse(who).unwrap(), token: TokenId::parse(token).unwrap() };
    let claims = json!({"jti": "j", "type": "responsibility.defined", "data": data});
    match told.say("2024-01-02", speaker, &claims) {
        Ok(_) => "ok".to_owned(),
        Err(refusal) => refusal.code.to_string(),
    }
}

#[test]
fn a_token_speaks_for_its_agency_while_it_is_registered() {
    let mut told = Told::new();
    for (token, role, agency) in
        [("t-rec", "recorder", "reg"), ("t-aud", "auditor", "reg"), ("t-a", "recorder", "a")]
    {
        told.own(Voice::Token, "token.registered", json!({"token": token, "role": role, "agency": agency}))
            .unwrap();
    }
    let table = [
        ("its own", "reg", "t-rec", "ok"),
        ("unknown", "reg", "t-none", "unauthenticated"),
        ("a role that reads", "reg", "t-aud", "not-entitled"),
        ("another's", "reg", "t-a", "not-entitled"),
        ("an agency without the power", "a", "t-a", "not-entitled"),
    ];
    for (name, who, token, then) in table {
        assert_eq!(by_token(&mut told, who, token, defined(token, json!({}))), then, "{name}");
    }
    told.own(Voice::Token, "token.revoked", json!({"token": "t-rec"})).unwrap();
    assert_eq!(by_token(&mut told, "reg", "t-rec", defined("more", json!({}))), "unauthenticated");
    let refused = told.own(Voice::Token, "token.revoked", json!({"token": "t-none"})).unwrap_err();
    assert_eq!(refused.code.as_str(), "not-found");
}

#[test]
fn the_ledger_says_only_what_its_voices_may() {
    let mut told = Told::new();
    let opened = json!({"origin": "test", "zone": "UTC", "vkey": "v", "policy": {}});
    let table = [
        (Voice::Init, "ledger.opened", opened.clone()),
        (Voice::Init, "agency.registered", agency("z", &["registrar"])),
        (Voice::Token, "agency.registered", agency("z", &[])),
        (Voice::Clock, "token.revoked", json!({"token": "t"})),
        (Voice::Clock, "responsibility.defined", defined("z", json!({}))),
    ];
    for (voice, kind, data) in table {
        let refused = told.own(voice, kind, data).unwrap_err();
        assert_eq!(refused.code.as_str(), "not-entitled", "{voice:?} {kind}");
    }
    let claims =
        json!({"jti": "token-1", "type": "token.registered", "data": {"token": "t", "role": "auditor"}});
    let refused = told.say("2024-01-01", Speaker::Ledger(Voice::Token), &claims).unwrap_err();
    assert_eq!(refused.code.as_str(), "not-entitled", "a jti that is not its number");
    for (rules, then) in
        [(json!(1), "ok"), (Value::Null, "ok"), (json!(2), "malformed"), (json!(0), "malformed")]
    {
        let claims = json!({"jti": "init-0", "type": "ledger.opened", "data": with(opened.clone(), json!({"rules": rules}))});
        let statement = Statement::read(&claims).unwrap();
        let context = Context { seq: Seq(0), at: Instant::default(), digest: None, past: &Nothing };
        let got = admit(&mut State::default(), &Speaker::Ledger(Voice::Init), &statement, &context);
        assert_eq!(got.map_or_else(|refusal| refusal.code.as_str(), |_| "ok"), then, "rule set {rules}");
    }
}

#[test]
fn who_speaks() {
    let (told, held) = (Told::new(), Told::held());
    let signed = |who: Value| json!({"require_signed": who});
    check(
        "an agency nobody registered",
        &told,
        vec![line("2024-01-02", "z", "approval.given", json!({"approves": format!("sha-256:{:064}", 0)}))],
        "not-found",
    );
    check(
        "an agency that was closed",
        &told,
        vec![line("2024-01-02", "old", "approval.given", json!({"approves": format!("sha-256:{:064}", 0)}))],
        "agency-not-active",
    );
    check(
        "what only the ledger says",
        &told,
        vec![line("2024-01-02", "reg", "token.revoked", json!({"token": "t"}))],
        "not-entitled",
    );
    check(
        "policy by another than the registrar",
        &told,
        vec![line("2024-01-02", "a", "policy.changed", json!({"late_days": 3}))],
        "not-entitled",
    );
    check(
        "policy while no overseer exists",
        &told,
        vec![line("2024-01-02", "reg", "policy.changed", json!({"late_days": 3}))],
        "ok",
    );
    check(
        "policy unapproved",
        &held,
        vec![line("2024-01-02", "reg", "policy.changed", json!({"late_days": 3}))],
        "approval-missing",
    );
    check(
        "policy approved by one without the power",
        &held,
        vec![line("2024-01-02", "reg", "policy.changed", json!({"late_days": 3, "approved_by": ["a"]}))],
        "approval-missing",
    );
    check(
        "policy approved",
        &held,
        vec![line("2024-01-02", "reg", "policy.changed", json!({"late_days": 3, "approved_by": ["over"]}))],
        "ok",
    );
    check(
        "policy demands the type signed",
        &told,
        vec![
            line("2024-01-02", "reg", "policy.changed", signed(json!({"types": ["responsibility.defined"]}))),
            line("2024-01-02", "reg", "responsibility.defined", defined("z", json!({}))),
        ],
        "signature-required",
    );
    check(
        "policy demands the agency signs",
        &held,
        vec![
            line(
                "2024-01-02",
                "reg",
                "policy.changed",
                json!({"require_signed": {"agencies": ["a"]}, "approved_by": ["over"]}),
            ),
            line("2024-01-02", "a", "handoff.proposed", proposed(json!({}))),
        ],
        "signature-required",
    );
}

#[test]
fn an_approval_is_of_one_statement_and_counts_once() {
    let mut told = Told::held();
    let used = told.ok(line(
        "2024-01-02",
        "reg",
        "policy.changed",
        json!({"late_days": 3, "approved_by": ["over"]}),
    ));
    let approval = told.events[usize::try_from(used.0).unwrap()].statement.data.approvals()[0];
    let table = [
        ("used before", json!({"late_days": 3, "approvals": [approval]})),
        ("of another statement", json!({"late_days": 4, "approvals": [approval]})),
        ("no approval", json!({"late_days": 3, "approvals": [0]})),
        ("not there", json!({"late_days": 3, "approvals": [999]})),
    ];
    for (name, data) in table {
        check(name, &told, vec![line("2024-01-03", "reg", "policy.changed", data)], "approval-missing");
    }
}

#[test]
fn reasons_are_named_in_the_documented_order() {
    let told = Told::held();
    let stale = json!({"r:housing": 99});
    let say = |who: &'static str, data: Value| vec![line("2024-01-02", who, "assignment.made", data)];
    let more = |more: Value| made("x", "housing", "b", more);
    check(
        "not-found before who may",
        &told,
        say("b", more(json!({"responsibility": "nothing", "after": stale}))),
        "not-found",
    );
    check(
        "a decision of the basis is looked up before who may",
        &told,
        say("b", more(json!({"basis": {"ref": "d:nothing"}}))),
        "not-found",
    );
    check("who may before conflict", &told, say("b", more(json!({"after": stale}))), "not-entitled");
    check(
        "conflict before the rules",
        &told,
        say("reg", more(json!({"after": stale, "agency": "old", "basis": null}))),
        "conflict",
    );
    check(
        "the ordinal it has",
        &told,
        say("reg", more(json!({"after": {"r:housing": 2}, "supersedes": "as_a"}))),
        "ok",
    );
    check(
        "rule 1 before rule 7",
        &told,
        say("reg", more(json!({"agency": "old", "basis": null, "valid": {"from": "2024-02-01"}}))),
        "agency-not-active",
    );
    let mut given = told.clone();
    let refused = given
        .tell(line(
            "2024-01-02",
            "reg",
            "responsibility.changed",
            json!({"responsibility": "housing",
            "effective": "2024-02-01", "basis": {"unknown": true}, "after": {"r:housing": 1}}),
        ))
        .unwrap_err();
    assert_eq!((refused.ordinal, refused.field), (Some(2), Some("after")));
}

#[test]
fn an_entry_links_at_most_256_subjects() {
    let told = Told::new();
    let repeals: Vec<String> = (0..300).map(|n| format!("id/uu/{n}")).collect();
    let data = json!({"ref": "id/uu/x", "status": "verified", "repeals": repeals});
    check("300 of them", &told, vec![line("2024-01-02", "reg", "instrument.recorded", data)], "too-large");
}

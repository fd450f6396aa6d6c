//! What is read: receipts and proofs, pages, twins, nouns, tags, health.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::kit::Service;
use crate::domain::event::ledger::Role;
use crate::log::tree::{leaf_hash, verify_consistency, verify_inclusion};
use crate::log::{Hash, Vkey, note};

fn hashes(list: &Value) -> Vec<Hash> {
    list.as_array().unwrap().iter().map(|text| Hash::parse(text.as_str().unwrap()).unwrap()).collect()
}

fn hash(text: &Value) -> Hash {
    Hash::parse(text.as_str().unwrap()).unwrap()
}

/// A receipt proves its entry under a checkpoint of the ledger's key.
fn check_receipt(service: &Service, receipt: &Value) {
    let entry = URL_SAFE_NO_PAD.decode(receipt["entry"].as_str().unwrap()).unwrap();
    assert_eq!(STANDARD.encode(leaf_hash(&entry).0), receipt["leaf"].as_str().unwrap());
    let vkey: Vkey = service.ledger.reader().vkey().unwrap().clone();
    let checkpoint = note::open(receipt["checkpoint"].as_str().unwrap(), &vkey).unwrap();
    let seq = receipt["seq"].as_u64().unwrap();
    let proof = hashes(&receipt["proof"]);
    verify_inclusion(seq, checkpoint.size, &leaf_hash(&entry), &proof, &checkpoint.root).unwrap();
}

#[tokio::test]
async fn receipts_and_proofs_hold() {
    let service = Service::start().await;
    let mut last = json!(null);
    for n in 0..9 {
        let data = json!({"agency": format!("a{n}"), "name": {"en": "a"}, "kind": "k"});
        last = service.say(&service.registrar, "agency.registered", data).await.json();
        check_receipt(&service, &last);
    }
    let size = service.size();
    for seq in 0..size {
        let receipt = service.get(&format!("/v1/events/{seq}/proof")).await.json();
        check_receipt(&service, &receipt);
        let event = service.get(&format!("/v1/events/{seq}")).await.json();
        assert_eq!((&event["entry"], &event["leaf"]), (&receipt["entry"], &receipt["leaf"]));
        let sized = service.get(&format!("/v1/events/{seq}/proof?size={}", seq + 1)).await.json();
        let leaf = hash(&sized["leaf"]);
        verify_inclusion(seq, seq + 1, &leaf, &hashes(&sized["proof"]), &hash(&sized["root"])).unwrap();
        let path = format!("/v1/audit/inclusion?seq={seq}&size={}", seq + 1);
        assert_eq!(service.get(&path).await.json()["proof"], sized["proof"]);
        let path = format!("/v1/audit/consistency?from={seq}");
        let found = service.get(&path).await.json();
        assert_eq!(found["to"], size);
        let (from_root, to_root) = (hash(&found["from_root"]), hash(&found["to_root"]));
        verify_consistency(seq, &from_root, size, &to_root, &hashes(&found["proof"])).unwrap();
    }
    assert_eq!(service.get(&format!("/v1/events/{}", last["seq"])).await.json()["entry"], last["entry"]);
    let checkpoint = service.get("/checkpoint").await;
    note::open(&checkpoint.body, service.ledger.reader().vkey().unwrap()).unwrap();
}

#[tokio::test]
async fn events_come_in_pages_and_in_streams() {
    let service = Service::start().await;
    for n in 0..25 {
        service.agency(&format!("a{n}")).await;
    }
    let size = service.size();
    let (mut path, mut seen) = ("/v1/events?limit=7&type=agency.registered".to_owned(), Vec::new());
    loop {
        let answer = service.get(&path).await;
        let page = answer.json();
        assert_eq!(page["position"]["size"], size);
        seen.extend(page["events"].as_array().unwrap().iter().map(|event| event["seq"].as_u64().unwrap()));
        let Some(link) = answer.header("link") else {
            assert!(page["next"].is_null());
            break;
        };
        let next = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\"")).unwrap();
        next.clone_into(&mut path);
    }
    // The founding registrar's and 25 more; the token's registration stands between.
    let mut wanted = vec![1];
    wanted.extend(size - 25..size);
    assert_eq!(seen, wanted);
    let lines = service.get("/v1/events.ndjson").await;
    let seqs: Vec<u64> = lines
        .body
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["seq"].as_u64().unwrap())
        .collect();
    assert_eq!(seqs, (0..size).collect::<Vec<_>>());
    let table = service.get("/v1/events.csv?type=agency.registered&bom=1&sep=%3B").await;
    assert!(table.body.starts_with("\u{feff}seq;at;type;"), "{}", &table.body[..40]);
    assert_eq!(table.body.lines().count(), 27);
    assert!(table.body.contains("\"{\"\"agency\"\":\"\"a3\"\""), "{}", table.body);
}

#[tokio::test]
async fn who_answers_for_what_before_and_after_a_handoff() {
    let mut service = Service::start().await;
    service.agency("pupr").await;
    service.agency("pkp").await;
    service.defined("housing").await;
    service.made("housing", "pupr").await;
    let (from, to) =
        (service.token(Role::Recorder, Some("pupr")), service.token(Role::Recorder, Some("pkp")));
    let before = service.size() - 1;
    let data = json!({"handoff": "ho-1", "responsibilities": ["housing"], "from": "pupr", "to": "pkp",
        "regime": "by_agreement", "effective": "2024-10-21", "on": "2024-10-20", "basis": {"ref": "id/perpres/2024/139"}});
    service.told_by(&from, "handoff.proposed", data).await;
    let accepted =
        service.told_by(&to, "handoff.accepted", json!({"handoff": "ho-1", "on": "2024-10-20"})).await;
    let who = async |query: &str| {
        let answer = service.get(&format!("/v1/responsibilities/housing?{query}")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    };
    assert_eq!(who("valid_at=2024-10-20").await["accountable"][0]["agency"], "pupr");
    let after = who("valid_at=2024-10-21").await;
    assert_eq!((&after["accountable"][0]["agency"], &after["status"]), (&"pkp".into(), &"held".into()));
    assert!(after["evidence"].as_array().unwrap().contains(&accepted.into()));
    let then = who(&format!("valid_at=2024-10-21&known_at={before}")).await;
    assert_eq!((&then["accountable"][0]["agency"], &then["final"]), (&"pupr".into(), &true.into()));
    assert_eq!(then["position"]["seq"], before);
    let both = who(&format!("valid_at=2024-10-21&compare={before}")).await;
    assert_eq!(both["a"]["answer"]["accountable"][0]["agency"], "pkp");
    assert_eq!(both["b"]["answer"]["accountable"][0]["agency"], "pupr");
    let changed: Vec<_> = both["changed_by"].as_array().unwrap().iter().map(|one| &one["type"]).collect();
    assert!(changed.contains(&&json!("handoff.accepted")), "{changed:?}");
    let timed = who("time=2024-10-21T10:00:00%2B07:00&valid_at=2024-10-21").await;
    assert_eq!((&timed["by"], &timed["valid_at"]), (&"day".into(), &"2024-10-21".into()));
    assert_eq!(
        (&timed["accountable"], &timed["time"]),
        (&after["accountable"], &"2024-10-21T10:00:00+07:00".into())
    );
    assert_eq!((&after["by"], &after["time"]), (&json!(null), &json!(null)));
    let timeline = service.get("/v1/responsibilities/housing/timeline").await.json();
    let first = &timeline["periods"][0];
    assert_eq!((&first["from"], &first["days"]), (&json!(null), &json!(null)));
    assert_eq!(timeline["periods"].as_array().unwrap().len(), 3, "{timeline}");
    assert_eq!(timeline["entries"].as_array().unwrap().len(), 4);
    let handoff = service.get("/v1/handoffs/ho-1").await.json();
    assert_eq!((&handoff["state"], &handoff["waiting_on"]), (&"effective".into(), &"pkp".into()));
    let agency = service.get("/v1/agencies/pkp").await.json();
    assert_eq!(agency["holds"][0]["responsibility"], "housing");
    assert_eq!(agency["handoffs"]["incoming"], json!(["ho-1"]));
}

#[tokio::test]
async fn one_final_answer_is_the_same_bytes_for_ever() {
    let service = Service::start().await;
    service.agency("a").await;
    service.defined("roads").await;
    let made = service.made("roads", "a").await;
    let path = format!("/v1/responsibilities/roads?known_at={made}&valid_at=2024-01-01");
    let list = format!("/v1/agencies?known_at={made}");
    let (one, all) = (service.get(&path).await.body, service.get(&list).await.body);
    for n in 0..30 {
        service.agency(&format!("x{n}")).await;
        service.defined(&format!("r{n}")).await;
    }
    assert_eq!(service.get(&path).await.body, one);
    assert_eq!(service.get(&list).await.body, all);
}

#[tokio::test]
async fn registers_are_listed_and_shown() {
    let service = Service::start().await;
    let instrument = json!({"ref": "id/perpres/2024/139", "status": "verified", "in_force": "2024-10-21"});
    service.told("instrument.recorded", instrument).await;
    service.told("territory.registered", json!({"territory": "north", "name": {"en": "North"}})).await;
    let one = service.get("/v1/instruments/id%2Fperpres%2F2024%2F139").await.json();
    assert_eq!((&one["ref"], &one["state"]), (&"id/perpres/2024/139".into(), &"in_force".into()));
    assert_eq!(service.get("/v1/instruments").await.json()["instruments"].as_array().unwrap().len(), 1);
    assert_eq!(service.get("/v1/territories/north").await.json()["name"], json!({"en": "North"}));
    let plurals = ["territories", "agencies", "responsibilities", "assignments", "handoffs", "decisions"];
    for plural in plurals.into_iter().chain(["claims", "forums", "commitments", "programmes"]) {
        let list = service.get(&format!("/v1/{plural}")).await.json();
        assert!(
            list[plural].is_array() && list["answer"] == 1 && list["position"]["root"].is_string(),
            "{list}"
        );
    }
    for id in ["a", "b", "c", "d", "e"] {
        service.agency(id).await;
    }
    let (mut path, mut ids) = ("/v1/agencies?limit=2".to_owned(), Vec::new());
    loop {
        let answer = service.get(&path).await;
        let page = answer.json();
        ids.extend(
            page["agencies"].as_array().unwrap().iter().map(|one| one["agency"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            None => break,
            Some(next) => path = format!("/v1/agencies?limit=2&cursor={next}"),
        }
    }
    assert_eq!(ids, ["a", "b", "c", "d", "e", "registrar"]);
}

#[tokio::test]
async fn claims_forums_commitments_and_programmes_are_listed_and_shown() {
    let mut service = Service::start().await;
    service.agency("a").await;
    service.agency("b").await;
    service.defined("housing").await;
    let (a, b) = (service.token(Role::Recorder, Some("a")), service.token(Role::Recorder, Some("b")));
    let forum = json!({"forum": "f-1", "convener": "a", "members": ["a", "b"]});
    service.told("forum.formed", forum).await;
    let claim =
        json!({"claim": "c-1", "kind": "gap", "about": ["r:housing"], "against": ["a"], "on": "2026-01-02"});
    let raised = service.told_by(&b, "claim.raised", claim).await;
    let made =
        json!({"commitment": "m-1", "by": "b", "under": "f:f-1", "due": "2026-01-31", "on": "2026-01-02"});
    service.told_by(&a, "commitment.made", made).await;
    let programme = json!({"programme": "p-1", "coordinator": "a", "responsibilities": ["housing"]});
    service.told_by(&a, "programme.started", programme).await;
    let withdrawn = json!({"claim": "c-1", "on": "2026-01-03"});
    let last = service.told_by(&b, "claim.withdrawn", withdrawn).await;
    for (plural, noun, id, state) in [
        ("claims", "claim", "c-1", "withdrawn"),
        ("forums", "forum", "f-1", "active"),
        ("commitments", "commitment", "m-1", "open"),
        ("programmes", "programme", "p-1", "running"),
    ] {
        let one = service.get(&format!("/v1/{plural}/{id}")).await.json();
        assert_eq!((&one[noun], &one["state"]), (&id.into(), &state.into()), "{one}");
        assert_eq!((&one["known_at"]["seq"], &one["answer"]), (&last.into(), &1.into()));
        let list = service.get(&format!("/v1/{plural}?limit=5")).await.json();
        assert_eq!((&list[plural][0][noun], &list["next"]), (&id.into(), &json!(null)), "{list}");
        let nothing = service.get(&format!("/v1/{plural}/nothing")).await;
        assert_eq!((nothing.status, nothing.json()["code"].as_str()), (404, Some("not-found")));
        assert_eq!(service.get(&format!("/v1/{plural}/A%20B")).await.status, 400);
    }
    let both = service.get(&format!("/v1/claims/c-1?compare={raised}&valid_at=2026-01-03")).await.json();
    let states = (&both["a"]["answer"]["state"], &both["b"]["answer"]["state"]);
    assert_eq!(states, (&"withdrawn".into(), &"raised".into()));
    assert_eq!(both["changed_by"].as_array().unwrap().len(), 1);
    assert_eq!(both["changed_by"][0]["seq"], last);
    let disputed = async |on: &str| {
        let one = service.get(&format!("/v1/responsibilities/housing?valid_at={on}")).await.json();
        (one["disputed"].clone(), one["claims"].clone())
    };
    assert_eq!(disputed("2026-01-02").await, (json!(true), json!(["c-1"])));
    assert_eq!(disputed("2026-01-03").await, (json!(false), json!([])));
    // nobody judges its own cause, and nobody else's promise is taken back
    let resolve = json!({"claim": "c-1", "outcome": "moot"});
    let refused = service.say(&b, "claim.resolved", resolve).await;
    assert_eq!((refused.status, refused.json()["code"].as_str()), (403, Some("not-a-party")));
    let dropped = service.say(&b, "commitment.dropped", json!({"commitment": "m-1"})).await;
    assert_eq!(dropped.status, 403, "{}", dropped.body);
}

#[tokio::test]
async fn tags_spare_an_answer_and_gzip_makes_it_small() {
    let service = Service::start().await;
    let answer = service.get("/v1/agencies").await;
    let tag = answer.header("etag").unwrap().to_owned();
    let again = service.ask("GET /v1/agencies", &[("if-none-match", &tag)], b"").await;
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    service.agency("a").await;
    assert_eq!(service.ask("GET /v1/agencies", &[("if-none-match", &tag)], b"").await.status, 200);
    let small = service.ask("GET /v1/agencies", &[("accept-encoding", "gzip")], b"").await;
    assert_eq!(small.header("content-encoding"), Some("gzip"));
    let id = service.ask("GET /healthz", &[("x-request-id", "mine-1")], b"").await;
    assert_eq!(id.header("x-request-id"), Some("mine-1"));
    let forged = service.ask("GET /healthz", &[("x-request-id", "a b{}")], b"").await;
    assert_ne!(forged.header("x-request-id"), Some("a b{}"));
}

#[tokio::test]
async fn the_state_of_the_house_is_told() {
    let service = Service::start().await;
    service.agency("a").await;
    assert_eq!(service.get("/readyz").await.json()["status"], "ready");
    let audit = service.get("/v1/audit").await.json();
    assert_eq!((&audit["origin"], &audit["mode"]), (&"ledger.example/http".into(), &"writable".into()));
    // One statement of an agency; the ledger said the others.
    assert_eq!((&audit["attested"], &audit["signed"]), (&1.into(), &0.into()));
    assert!(audit["disk_free_bytes"].as_u64().unwrap() > 0);
    let text = service.get("/metrics").await.body;
    for line in ["estafet_entries 4", "estafet_writable 1", "estafet_http_requests_total{", "# EOF"] {
        assert!(text.contains(line), "{line} in {text}");
    }
    let page = service.ask("GET /problems/already-accountable", &[("accept-language", "id")], b"").await;
    assert_eq!(page.status, 200);
    assert!(
        page.body.contains("<html lang=\"id\">") && page.body.contains("An agency is accountable already")
    );
    for code in crate::domain::Code::ALL {
        assert_eq!(service.get(&format!("/problems/{code}")).await.status, 200, "{code}");
    }
}

//! Details: kept apart, shown to whom they concern, and every reading on record.

use serde_json::{Value, json};

use super::kit::{Answer, Service};
use crate::domain::Seq;
use crate::domain::event::ledger::Role;
use crate::verify;

/// A ledger in which `pu` holds housing by an entry with details, and the readers of it.
struct House {
    service: Service,
    pu: String,
    other: String,
    auditor: String,
    operator: String,
    seq: u64,
    receipt: Value,
}

const TOLD: &str = "Rapat 12 Januari, hadir Ibu Siti";

impl House {
    async fn new() -> Self {
        let mut service = Service::start().await;
        let [pu, other] = ["pu", "other"].map(|id| (id, service.token(Role::Recorder, Some(id))));
        let [auditor, operator] = [Role::Auditor, Role::Operator].map(|role| service.token(role, None));
        for (id, _) in [&pu, &other] {
            service.agency(id).await;
        }
        service.defined("housing").await;
        let mut said = service.statement(
            "assignment.made",
            json!({"responsibility": "housing", "agency": "pu", "role": "accountable",
                "valid": {"from": "2020-01-01"}, "basis": {"ref": "id/uu/2020/1"}}),
        );
        said["details"] = json!({"minutes": TOLD, "people": ["Siti", {"nip": 7}]});
        let (registrar, text) = (service.registrar.clone(), said.to_string());
        let answer = service.post(&registrar, "application/json", text.as_bytes()).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let receipt = answer.json();
        let seq = receipt["seq"].as_u64().unwrap();
        let house = Self { service, pu: pu.1, other: other.1, auditor, operator, seq, receipt };
        house.repeats(&said).await;
        house
    }

    /// A repeat is one by what it says, under whatever salts.
    async fn repeats(&self, said: &Value) {
        let registrar = self.service.registrar.clone();
        let again = self.service.post(&registrar, "application/json", said.to_string().as_bytes()).await;
        assert_eq!(again.status, 200, "{again:?}");
        for part in ["seq", "at", "leaf", "entry", "disclosures"] {
            assert_eq!(again.json()[part], self.receipt[part], "{part}");
        }
        let mut other = said.clone();
        other["details"]["minutes"] = json!("another");
        let answer = self.service.post(&registrar, "application/json", other.to_string().as_bytes()).await;
        assert_eq!(answer.json()["code"], "jti-reused");
    }

    async fn get(&self, path: &str, token: &str, cause: Option<&str>) -> Answer {
        let bearer = format!("Bearer {token}");
        let mut headers = vec![("authorization", bearer.as_str())];
        headers.extend(cause.map(|cause| ("estafet-cause", cause)));
        if token.is_empty() {
            headers.remove(0);
        }
        self.service.ask(&format!("GET {path}"), &headers, b"").await
    }

    async fn details(&self, token: &str, cause: Option<&str>) -> Value {
        let answer = self.get(&format!("/v1/events/{}", self.seq), token, cause).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.header("etag").is_none() && answer.header("cache-control") == Some("no-store"));
        answer.json()["details"].clone()
    }

    async fn access(&self) -> Vec<Value> {
        let answer = self.get("/v1/access", &self.auditor, None).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["access"].as_array().unwrap().clone()
    }
}

fn hidden() -> Value {
    let hidden = json!({"state": "hidden", "by": null});
    json!({"minutes": hidden, "people": hidden})
}

fn told() -> Value {
    json!({"minutes": TOLD, "people": ["Siti", {"nip": 7}]})
}

#[tokio::test]
async fn a12_details_are_shown_to_whom_the_entry_names_and_to_auditors() {
    let house = House::new().await;
    for token in ["", &house.other, &house.operator] {
        assert_eq!(house.details(token, None).await, hidden());
    }
    for token in [&house.pu, &house.auditor, &house.service.registrar] {
        assert_eq!(house.details(token, None).await, told());
    }
    // pages and streams show the same
    for (token, expected) in [(&house.other, hidden()), (&house.pu, told())] {
        let page = house.get("/v1/events?type=assignment.made", token, None).await;
        assert_eq!(page.json()["events"][0]["details"], expected);
        let lines = house.get("/v1/events.ndjson?type=assignment.made", token, None).await;
        assert_eq!(serde_json::from_str::<Value>(&lines.body).unwrap()["details"], expected);
        assert_eq!(lines.header("cache-control"), Some("no-store"));
    }
    let csv = house.get("/v1/events.csv", &house.auditor, None).await;
    assert!(!csv.body.contains("Siti") && csv.body.contains("assignment.made"));
}

#[tokio::test]
async fn a12_restricted_details_need_a_cause_and_every_reading_is_on_record() {
    let house = House::new().await;
    assert_eq!(house.access().await, [json!(null); 0]);
    house.details("", None).await;
    house.details(&house.other, None).await;
    assert_eq!(house.access().await, [json!(null); 0], "nothing was shown");
    let data = json!({"seq": house.seq, "fields": ["minutes"], "basis": {"ref": "id/uu/2022/27"}});
    let by = house.service.told("details.restricted", data.clone()).await;
    let without = house.details(&house.pu, None).await;
    assert_eq!(without["minutes"], json!({"state": "restricted", "by": by}));
    assert_eq!(without["people"], told()["people"]);
    assert_eq!(house.details("", Some("curious")).await, hidden());
    assert_eq!(house.details(&house.auditor, Some("audit 2026/3")).await, told());
    let empty = house.get(&format!("/v1/events/{}", house.seq), &house.pu, Some(" ")).await;
    assert_eq!((empty.status, &empty.json()["field"]), (400, &json!("Estafet-Cause")));
    house.service.told("details.released", data).await;
    assert_eq!(house.details(&house.pu, None).await, told());

    let access = house.access().await;
    let told: Vec<_> = access
        .iter()
        .map(|line| (line["what"].as_str().unwrap(), line["agency"].clone(), line["details"].clone()))
        .collect();
    let fields = |fields: &[&str]| json!([{"seq": house.seq, "fields": fields}]);
    assert_eq!(
        told,
        [
            ("refused", json!("pu"), fields(&["minutes"])),
            ("read", json!("pu"), fields(&["people"])),
            ("read", json!(null), fields(&["minutes", "people"])),
            ("read", json!("pu"), fields(&["minutes", "people"])),
        ]
    );
    assert_eq!((&access[2]["cause"], &access[2]["role"]), (&json!("audit 2026/3"), &json!("auditor")));
    assert_eq!(access[3]["path"], format!("/v1/events/{}", house.seq));
    let paged = house.get("/v1/access?after=0&limit=2", &house.auditor, None).await.json();
    assert_eq!((&paged["access"][0]["n"], &paged["next"]), (&json!(1), &json!(2)));
}

#[tokio::test]
async fn the_access_log_is_for_auditors_and_names_who_was_refused() {
    let house = House::new().await;
    let code = |answer: Answer| (answer.status, answer.json()["code"].as_str().unwrap().to_owned());
    assert_eq!(code(house.get("/v1/access", "", None).await), (401, "unauthenticated".to_owned()));
    for token in [&house.pu, &house.operator] {
        assert_eq!(code(house.get("/v1/access", token, None).await), (403, "not-entitled".to_owned()));
    }
    let answer = house.service.say(
        &house.other,
        "agency.registered",
        json!({"agency": "x", "name": {"en": "x"}, "kind": "k"}),
    );
    assert_eq!(answer.await.status, 403);
    let data = json!({"agency": "y", "name": {"en": "y"}, "kind": "k"});
    let said = house.service.statement("agency.registered", data).to_string();
    let bearer = format!("Bearer {}", house.other);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/x-ndjson")];
    let piped = house.service.ask("POST /v1/events/pipe", &headers, said.as_bytes()).await;
    assert!(piped.body.contains("not-entitled"), "{piped:?}");
    let refused: Vec<_> = house
        .access()
        .await
        .into_iter()
        .map(|line| (line["path"].clone(), line["code"].clone(), line["agency"].clone()))
        .collect();
    let line = |path: &str, agency: Value| (json!(path), json!("not-entitled"), agency);
    assert_eq!(
        refused,
        [
            line("/v1/access", json!("pu")),
            line("/v1/access", json!(null)),
            line("/v1/events", json!("other")),
            line("/v1/events/pipe", json!("other")),
        ]
    );
}

#[tokio::test]
async fn details_stand_over_a_restart_and_are_verified() {
    let house = House::new().await;
    house.details(&house.pu, None).await;
    house.service.ledger.close().unwrap();
    let path = house.service.path();
    let report = verify::directory(&path, &verify::Options::default()).unwrap();
    assert!(report.is_intact(), "{report:?}");
    let detail = |name| report.check(name).unwrap().detail.clone();
    assert_eq!(detail(verify::CheckName::Details), "2 details");
    assert_eq!(detail(verify::CheckName::Access), "1 lines");
    // nothing that is not a detail's own place says what they say
    for file in walk(&path) {
        let bytes = std::fs::read(&file).unwrap();
        let found = |what: &[u8]| bytes.windows(what.len()).any(|window| window == what);
        assert!(!found(TOLD.as_bytes()) && !found(b"nip"), "{}", file.display());
    }
}

#[tokio::test]
async fn v9_v11_details_and_access_log_that_were_changed_are_found() {
    let house = House::new().await;
    house.details(&house.pu, None).await;
    house.details(&house.auditor, Some("a cause")).await;
    house.service.ledger.close().unwrap();
    let path = house.service.path();
    let found = || {
        let report = verify::directory(&path, &verify::Options::default()).unwrap();
        report.first_bad.map(|bad| (bad.check, bad.seq))
    };
    assert_eq!(found(), None);
    let details = Some((verify::CheckName::Details, Some(Seq(house.seq))));
    // the first two slots are used, and every byte of the records counts
    for (file, bytes) in [("details/records", usize::MAX), ("details/keys/0", 80)] {
        let file = path.join(file);
        let whole = std::fs::read(&file).unwrap();
        for at in 0..whole.len().min(bytes) {
            let mut changed = whole.clone();
            changed[at] ^= 1 << (at % 8);
            std::fs::write(&file, changed).unwrap();
            assert_eq!(found(), details, "{} byte {at}", file.display());
        }
        std::fs::remove_file(&file).unwrap();
        assert_eq!(found(), details, "{} gone", file.display());
        std::fs::write(&file, whole).unwrap();
    }
    let file = path.join("access/log");
    let whole = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, whole.replacen("\"pu\"", "\"other\"", 1)).unwrap();
    assert_eq!(found(), Some((verify::CheckName::Access, None)));
    std::fs::write(&file, whole).unwrap();
    assert_eq!(found(), None);
}

fn walk(path: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for found in std::fs::read_dir(path).unwrap() {
        let path = found.unwrap().path();
        if path.is_dir() { files.extend(walk(&path)) } else { files.push(path) }
    }
    files
}

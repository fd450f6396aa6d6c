//! Over HTTP, on the binary: one final (day, K) is one answer, byte for byte, for ever.

use std::fs;

use serde_json::{Value, json};

use super::kit::{Connection, Ledger, Server, beginning, text};

/// More of everything: agencies, duties and holdings beside the ones asked about, and some of them.
fn more(count: usize) -> Vec<Value> {
    let mut all = Vec::with_capacity(count);
    for n in 0..count / 4 {
        let (agency, duty) = (format!("agency-{n}"), format!("duty-{n}"));
        all.push(json!({"type": "agency.registered", "jti": format!("m-{n}-a"),
            "data": {"agency": agency, "name": {"en": agency}, "kind": "bureau"}}));
        all.push(json!({"type": "responsibility.defined", "jti": format!("m-{n}-r"), "data": {"responsibility": duty,
            "name": {"en": duty}, "code": {"scheme": "functions", "value": duty}}}));
        all.push(json!({"type": "assignment.made", "jti": format!("m-{n}-h"), "data": {"responsibility": duty,
            "agency": agency, "role": "accountable", "valid": {"from": "2021-01-01"}, "basis": {"unknown": true}}}));
        // Some continue the subject that is asked about.
        let of = if n % 25 == 0 { "housing" } else { duty.as_str() };
        all.push(json!({"type": "assignment.made", "jti": format!("m-{n}-s"), "data": {"responsibility": of,
            "agency": agency, "role": "supporter", "valid": {"from": "2022-01-01"}, "basis": {"unknown": true}}}));
    }
    all
}

/// Bodies of questions about a day as known at an entry.
fn answers(server: &Server, known_at: u64) -> Vec<(String, String)> {
    let at = format!("valid_at=2023-05-01&known_at={known_at}");
    let mut connection = Connection::open(&server.address).expect("a connection");
    [
        format!("/v1/responsibilities/housing?{at}"),
        format!("/v1/responsibilities/housing/timeline?known_at={known_at}"),
        format!("/v1/responsibilities?{at}"),
        format!("/v1/agencies?{at}"),
        format!("/v1/agencies/kemen-pu?{at}"),
        format!("/v1/assignments/housing-first?{at}"),
        format!("/v1/handoffs/ho-1?{at}"),
        format!("/v1/events/{known_at}"),
        format!("/v1/audit/inclusion?seq=0&size={}", known_at + 1),
    ]
    .into_iter()
    .map(|path| {
        let (status, body) = connection.request("GET", &path, None, None).expect("an answer");
        let body = String::from_utf8(body).expect("UTF-8");
        assert_eq!(status, 200, "{path}: {body}");
        (path, body)
    })
    .collect()
}

#[test]
fn one_final_answer_is_the_same_bytes_after_ten_thousand_events_a_restart_and_without_derived_files() {
    let ledger = Ledger::new();
    let mut statements = beginning();
    statements.push(json!({"type": "handoff.proposed", "jti": "move", "data": {"handoff": "ho-1",
        "responsibilities": ["housing"], "from": "kemen-pu", "to": "kemen-pkp", "regime": "by_law",
        "effective": "2023-01-01", "basis": {"ref": "id/perpres/2022/1"}}}));
    let count = u64::try_from(statements.len()).expect("few");
    assert_eq!(ledger.import(&statements).json()["admitted"], count);
    let dir = ledger.dir();
    let server = Server::start(&dir);
    let (_, audit) = server.request("GET", "/v1/audit", None, None);
    let newest = audit["size"].as_u64().expect("a size") - 1;
    // The state of now answers about the newest; later a walk and a replay must say the same.
    let told = answers(&server, newest);
    assert_eq!(server.stop(), Some(0));

    let many = more(10_000);
    assert_eq!(ledger.import(&many).json()["admitted"], many.len());
    let server = Server::start(&dir);
    assert_eq!(answers(&server, newest), told, "after more events and a restart");
    server.kill();

    for derived in ["views", "tree", "index", "offsets"] {
        let path = dir.join(derived);
        if path.is_dir() {
            fs::remove_dir_all(&path).expect("removed");
        } else if path.exists() {
            fs::remove_file(&path).expect("removed");
        }
    }
    let server = Server::start(&dir);
    assert_eq!(answers(&server, newest), told, "without derived files");
    // The command line folds along the links of the directory, beside the server.
    let command = ["who", "housing", "--data", text(&dir), "--valid-at", "2023-05-01", "--json"];
    let newest_text = newest.to_string();
    let done = super::kit::check(&[&command[..], &["--known-at", &newest_text]].concat(), 0);
    let over_http: Value = serde_json::from_str(&told[0].1).expect("JSON");
    assert_eq!(done.json(), over_http);
    assert_eq!(server.stop(), Some(0));
}

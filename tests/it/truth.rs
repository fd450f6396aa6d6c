//! What is admitted and answered follows from the log alone: faults that were seen on the binary, each told
//! as it was seen, by a process for each statement or over HTTP with questions in between; then `verify`
//! replays the rules and finds nothing.

use serde_json::{Value, json};

use super::kit::{Connection, Ledger, Server, beginning, check, text};

/// A responsibility within housing, with a code.
fn duty(id: &str, code: &str, more: &Value) -> Value {
    let mut data = json!({"responsibility": id, "name": {"en": id},
        "code": {"scheme": "functions", "value": format!("housing.{code}")}});
    for (name, value) in more.as_object().expect("an object") {
        data[name] = value.clone();
    }
    json!({"type": "responsibility.defined", "jti": format!("def {id}"), "data": data})
}

fn split(jti: &str, into: [&str; 2], corrects: Option<u64>) -> Value {
    let data = json!({"responsibility": "housing", "into": into, "remainder": "none",
        "effective": "2023-03-01", "basis": {"unknown": true}});
    correcting(json!({"type": "responsibility.split", "jti": jti, "data": data}), corrects)
}

/// A move by law, instead of a withdrawn one or not.
fn by_law(jti: &str, of: &str, instead_of: Option<u64>) -> Value {
    let mut data = json!({"handoff": jti, "responsibilities": [of], "from": "kemen-pu", "to": "kemen-pkp",
        "regime": "by_law", "effective": "2023-04-01", "basis": {"ref": "id/perpres/2022/1"}});
    if let Some(seq) = instead_of {
        data["instead_of"] = seq.into();
    }
    json!({"type": "handoff.proposed", "jti": jti, "data": data})
}

fn correcting(mut statement: Value, corrects: Option<u64>) -> Value {
    if let Some(seq) = corrects {
        statement["corrects"] = seq.into();
    }
    statement
}

/// The ledger of the beginning with duties, and the seq of what is said next.
fn begun(duties: &[Value]) -> (Ledger, u64) {
    let ledger = Ledger::new();
    let statements: Vec<Value> = beginning().into_iter().chain(duties.iter().cloned()).collect();
    assert_eq!(ledger.import(&statements).json()["admitted"], statements.len());
    let next = size(&ledger);
    (ledger, next)
}

/// Count of entries, by `verify`, which replays the rules over them.
fn size(ledger: &Ledger) -> u64 {
    let done = check(&["verify", text(&ledger.dir()), "--vkey", &ledger.vkey, "--json"], 0);
    done.json()["size"].as_u64().expect("a size")
}

/// Imports one statement by a process of its own.
fn alone(ledger: &Ledger, statement: &Value) {
    let done = ledger.import(std::slice::from_ref(statement));
    assert_eq!(done.json()["admitted"], 1, "{statement}\n{}{}", done.stdout, done.stderr);
}

#[test]
fn a_split_corrected_away_and_back_by_processes_of_their_own_verifies() {
    let duties = [("p1", "a"), ("p2", "b"), ("p3", "c")].map(|(id, code)| duty(id, code, &json!({})));
    let (ledger, first) = begun(&duties);
    alone(&ledger, &split("once", ["p1", "p2"], None));
    alone(&ledger, &split("away", ["p1", "p3"], Some(first)));
    alone(&ledger, &split("back", ["p1", "p2"], Some(first + 1)));
    alone(&ledger, &by_law("move", "p2", None));
    assert_eq!(size(&ledger), first + 4);
    let who = check(&["who", "p2", "--data", text(&ledger.dir()), "--valid-at", "2023-05-01", "--json"], 0);
    assert_eq!(who.json()["accountable"][0]["agency"], "kemen-pkp");
}

#[test]
fn an_anonymous_question_changes_nothing_that_the_writer_decides() {
    let child = duty("r2", "a.b", &json!({"parent": "r1"}));
    let (ledger, law) = begun(&[duty("r1", "a", &json!({})), child, duty("r3", "a", &json!({}))]);
    let token = ledger.token("recorder", Some("registrar"));
    // the token's registration is an entry of its own before the first statement under it
    let law = law + 1;
    let server = Server::start(&ledger.dir());
    let post = |statement: &Value| {
        let (status, body) = server.request("POST", "/v1/events", Some(&token), Some(&statement.to_string()));
        assert_eq!(status, 201, "{statement}: {body}");
        assert_eq!(server.request("GET", "/v1/responsibilities/r2?valid_at=2023-06-01", None, None).0, 200);
    };
    post(&by_law("move", "r1", None));
    let under = format!("as-{law}");
    post(&json!({"type": "assignment.made", "jti": "below", "data": {"assignment": "below",
        "responsibility": "r2", "agency": "kemen-pu", "role": "accountable", "mode": "delegation",
        "under": under, "valid": {"from": "2023-04-02"}, "basis": {"unknown": true}}}));
    post(&json!({"type": "record.withdrawn", "jti": "gone", "data": {"seq": law}}));
    post(&by_law("moved", "r3", Some(law)));
    post(&json!({"type": "assignment.ended", "jti": "ends", "data": {"assignment": "below",
        "effective": "2023-05-01", "reason": "revoked", "basis": {"unknown": true}}}));
    // the newest answer, and the one as known at that same entry
    let (_, audit) = server.request("GET", "/v1/audit", None, None);
    let newest = audit["size"].as_u64().expect("a size") - 1;
    for id in ["r1", "r2", "r3"] {
        let path = format!("/v1/responsibilities/{id}?valid_at=2023-06-01");
        let (_, now) = server.request("GET", &path, None, None);
        let (_, then) = server.request("GET", &format!("{path}&known_at={newest}"), None, None);
        assert_eq!(now["accountable"], then["accountable"], "{id}");
    }
    assert_eq!(server.stop(), Some(0));
    assert_eq!(size(&ledger), law + 5);
}

/// Bytes of a page of the views' database.
const PAGE: usize = 4096;

/// What a server says of some agencies, byte by byte.
fn answers(server: &Server) -> Vec<Vec<u8>> {
    let mut connection = Connection::open(&server.address).expect("a connection");
    let paths = [
        "/v1/agencies/many-0",
        "/v1/agencies/many-1999",
        "/v1/agencies?limit=50",
        "/v1/responsibilities/housing?valid_at=2023-06-01",
        "/v1/findings?valid_at=2023-06-01",
    ];
    paths
        .iter()
        .map(|path| connection.request("GET", path, None, None).expect("an answer"))
        .map(|(status, body)| {
            assert_eq!(status, 200);
            body
        })
        .collect()
}

#[test]
fn a_server_whose_views_are_zeroed_page_by_page_answers_the_same_bytes() {
    let (ledger, _) = begun(&[]);
    let many = (0..2000).map(|n| {
        json!({"type": "agency.registered", "jti": format!("many {n}"),
        "data": {"agency": format!("many-{n}"), "name": {"en": format!("Many {n}")}, "kind": "office"}})
    });
    assert_eq!(ledger.import(&many.collect::<Vec<_>>()).json()["admitted"], 2000);
    let server = Server::start(&ledger.dir());
    let want = answers(&server);
    assert_eq!(server.stop(), Some(0));
    let db = ledger.dir().join("views").join("db");
    let whole = std::fs::read(&db).expect("the database");
    let pages = whole.len().div_ceil(PAGE);
    assert!(pages > 64, "{pages} pages");
    for page in (0..pages).step_by(16) {
        let mut zeroed = std::fs::read(&db).expect("the database");
        let end = zeroed.len().min((page + 1) * PAGE);
        let Some(bytes) = zeroed.get_mut(page * PAGE..end) else { continue };
        bytes.fill(0);
        std::fs::write(&db, zeroed).expect("written");
        let server = Server::start(&ledger.dir());
        assert_eq!(answers(&server), want, "page {page} of {pages}");
        assert_eq!(server.stop(), Some(0));
    }
}

#[test]
fn a_holding_of_a_withdrawn_handoff_is_not_found_while_the_process_lives() {
    let (ledger, law) = begun(&[duty("r1", "a", &json!({}))]);
    let token = ledger.token("recorder", Some("registrar"));
    let law = law + 1;
    let server = Server::start(&ledger.dir());
    let post =
        |statement: Value| server.request("POST", "/v1/events", Some(&token), Some(&statement.to_string()));
    assert_eq!(post(by_law("move", "r1", None)).0, 201);
    let withdrawn = json!({"type": "record.withdrawn", "jti": "gone", "data": {"seq": law}});
    assert_eq!(post(withdrawn).0, 201);
    let claim = json!({"type": "claim.raised", "jti": "claim", "data": {"claim": "c", "kind": "authority",
        "about": [format!("as:as-{law}")]}});
    let (status, body) = post(claim.clone());
    assert_eq!((status, &body["code"]), (422, &json!("not-found")), "{body}");
    assert_eq!(server.stop(), Some(0));
    let server = Server::start(&ledger.dir());
    let (status, _) = server.request("POST", "/v1/events", Some(&token), Some(&claim.to_string()));
    assert_eq!(status, 422, "and after a restart");
    assert_eq!(server.stop(), Some(0));
}

//! A ledger with something of everything: attested and signed statements of both algorithms, details,
//! a batch, an access log, entries of the ledger itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use estafet::domain::AgencyId;
use estafet::seal::{self, Alg, KeyPair};
use serde_json::{Value, json};

use super::super::kit::{Connection, Ledger, ORIGIN, Server, beginning};

pub(super) struct World {
    pub(super) ledger: Ledger,
    /// Receipts that were kept: of one signed statement, and of a batch.
    pub(super) receipts: Vec<String>,
    /// A checkpoint that was kept.
    pub(super) checkpoint: String,
    /// A copy of the directory as it was before the batch.
    pub(super) earlier: PathBuf,
}

/// A key that is always the same.
pub(super) fn pair(alg: Alg) -> KeyPair {
    KeyPair::new(alg, &[7; 32]).expect("a key")
}

/// The key pair of an agency of this world.
pub(super) fn pair_of(agency: &str) -> KeyPair {
    pair(if agency == "kemen-pu" { Alg::Ed25519 } else { Alg::Es256 })
}

pub(super) fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    i64::try_from(now).expect("before 292 billion")
}

/// A signed statement as it travels.
pub(super) fn signed(agency: &str, statement: &Value) -> String {
    let iss = AgencyId::parse(agency).expect("an id");
    let said = seal::sign(&pair_of(agency), &iss, ORIGIN, now(), statement, estafet::ledger::random);
    let said = said.expect("signed");
    let disclosures: String = said.details.disclosures.iter().map(|one| format!("~{}", one.text)).collect();
    let end = if disclosures.is_empty() { "" } else { "~" };
    format!("{}{disclosures}{end}", said.canonical)
}

pub(super) fn claim(id: &str) -> Value {
    json!({"type": "claim.raised", "jti": format!("claim {id}"),
        "data": {"claim": id, "kind": "overlap", "about": ["r:housing"]}})
}

pub(super) fn post(server: &Server, media: &str, token: Option<&str>, body: &str) -> String {
    let mut connection = Connection::open(&server.address).expect("a connection");
    let (status, answer) = connection.post("/v1/events", media, token, body).expect("an answer");
    let answer = String::from_utf8(answer).expect("UTF-8");
    assert_eq!(status, 201, "{answer}");
    answer
}

impl World {
    pub(super) fn new() -> Self {
        let ledger = Ledger::new();
        let mut statements = beginning();
        for n in 0..4 {
            let mut said = json!({"type": "instrument.recorded", "jti": format!("law {n}"),
                "data": {"ref": format!("id/law/{n}"), "status": "unverified"}});
            if n % 2 == 0 {
                said["details"] =
                    json!({"título": format!("Peraturan é \u{1} {n}"), "note": {"pages": [1, 2, n]}});
            }
            statements.push(said);
        }
        let imported = ledger.import(&statements);
        assert_eq!(imported.exit, 0);
        // one of the details of law 0 is erased
        let seq = imported.json()["size"].as_u64().expect("a size") - 4;
        let erased = json!({"type": "details.erased", "jti": "erased",
            "data": {"seq": seq, "fields": ["note"], "basis": {"ref": "id/uu/2022/27"}}});
        assert_eq!(ledger.import(&[erased]).exit, 0);
        let tokens = ["kemen-pu", "kemen-pkp"].map(|agency| ledger.token("recorder", Some(agency)));
        let auditor = ledger.token("auditor", None);
        let mut receipts = Vec::new();
        let server = Server::start(&ledger.dir());
        for (agency, token) in ["kemen-pu", "kemen-pkp"].iter().zip(&tokens) {
            let pair = pair_of(agency);
            let key = json!({"type": "key.registered", "jti": "first key",
                "data": {"agency": agency, "kid": pair.kid(), "jwk": pair.jwk()}});
            post(&server, "application/json", Some(token), &key.to_string());
            for n in 0..4 {
                let mut said = claim(&format!("{agency}-{n}"));
                if n % 2 == 0 {
                    said["details"] = json!({"ground": "Keduanya membangun", "place": "RT 03"});
                }
                let receipt = post(&server, "application/jwt", None, &signed(agency, &said));
                if n == 1 {
                    receipts.push(receipt);
                }
            }
        }
        assert_eq!(server.stop(), Some(0));
        let earlier = ledger.beside("earlier");
        copy(&ledger.dir(), &earlier);
        let server = Server::start(&ledger.dir());
        let batch: Vec<_> = (0..5).map(|n| claim(&format!("batch-{n}")).to_string()).collect();
        receipts.push(post(
            &server,
            "application/x-ndjson",
            tokens.first().map(String::as_str),
            &batch.join("\n"),
        ));
        for _ in 0..4 {
            assert_eq!(server.request("GET", "/v1/events", Some(&auditor), None).0, 200);
        }
        let mut connection = Connection::open(&server.address).expect("a connection");
        let (_, checkpoint) = connection.request("GET", "/checkpoint", None, None).expect("an answer");
        let checkpoint = String::from_utf8(checkpoint).expect("UTF-8");
        assert_eq!(server.stop(), Some(0));
        Self { ledger, receipts, checkpoint, earlier }
    }
}

/// Copies what is verified, and the keys. What is reserved behind the last commit is left out.
pub(super) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for item in fs::read_dir(from).expect("a folder") {
        let item = item.expect("an item");
        let (path, name) = (item.path(), item.file_name());
        let derived = ["tree", "index", "offsets", "views"].iter().any(|derived| *derived == name);
        if derived {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to.join(name));
            continue;
        }
        let mut bytes = fs::read(&path).expect("read");
        if path.extension().is_some_and(|extension| extension == "seg") {
            let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            bytes.truncate(end.next_multiple_of(512) + 1024);
        }
        fs::write(to.join(name), bytes).expect("written");
    }
}

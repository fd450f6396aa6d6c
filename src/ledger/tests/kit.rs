//! A small ledger on files that fail on command and a clock that is told the time.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::super::{Clock, Config, Error, Founding, Ledger, OpenError, Outcome, Receipt, init};
use crate::domain::{AgencyId, Instant, Speaker, TokenId, Zone};
use crate::log::{FaultyFiles, Options, note};
use crate::seal::{self, Submission};
use crate::{verify, views};

/// 2026-01-05T02:00:00Z, a morning in Jakarta.
pub(super) const BEGIN_US: i64 = 1_767_578_400_000_000;
pub(super) const SECOND: i64 = 1_000_000;
pub(super) const DAY: i64 = 86_400 * SECOND;

/// A clock that stands until it is moved.
#[derive(Debug)]
pub(super) struct Told {
    wall: AtomicI64,
    boot: AtomicI64,
}

impl Told {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { wall: AtomicI64::new(BEGIN_US), boot: AtomicI64::new(DAY) })
    }

    /// Time passes.
    pub(super) fn pass(&self, micros: i64) {
        self.wall.fetch_add(micros, Ordering::SeqCst);
        self.boot.fetch_add(micros, Ordering::SeqCst);
    }

    /// Somebody sets the clock.
    pub(super) fn set(&self, by_micros: i64) {
        self.wall.fetch_add(by_micros, Ordering::SeqCst);
    }
}

impl Clock for Told {
    fn now(&self) -> Instant {
        Instant { micros: self.wall.load(Ordering::SeqCst) }
    }
    fn boot_us(&self) -> i64 {
        self.boot.load(Ordering::SeqCst)
    }
    fn boot_id(&self) -> String {
        "boot-1".to_owned()
    }
}

pub(super) struct Kit {
    pub(super) files: Arc<FaultyFiles>,
    pub(super) clock: Arc<Told>,
    pub(super) ledger: Ledger,
    pub(super) vkey: note::Vkey,
    jtis: AtomicU64,
    /// Last: removed when nothing is open in it any more.
    pub(super) dir: TempDir,
}

pub(super) const SMALL: Options = Options { segment_bytes: 64 << 10, reserve_bytes: 8 << 10 };

impl Kit {
    pub(super) fn new() -> Self {
        Self::founded(None)
    }

    /// A ledger that knows the registrar's key.
    pub(super) fn keyed(pair: &seal::KeyPair) -> Self {
        Self::founded(Some((pair.kid().clone(), pair.jwk().clone())))
    }

    fn founded(key: Option<(crate::domain::Kid, crate::domain::event::agency::Jwk)>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let founding = Founding {
            origin: "ledger.example/write",
            zone: Zone::parse("Asia/Jakarta").unwrap(),
            registrar: AgencyId::parse("registrar").unwrap(),
            key,
            seed: [7; 32],
            at: Instant { micros: BEGIN_US },
            continues: None,
        };
        let vkey = note::Vkey::parse(&init(&dir.path().join("data"), founding, SMALL).unwrap()).unwrap();
        let (files, clock) = (Arc::new(FaultyFiles::new()), Told::new());
        let ledger = open(&dir.path().join("data"), &files, &clock).unwrap();
        Self { dir, files, clock, ledger, vkey, jtis: AtomicU64::new(0) }
    }

    /// Two agencies, and a responsibility that `a` answers for.
    pub(super) fn peopled() -> Self {
        let kit = Self::new();
        for line in PEOPLE {
            let (agency, kind, data) = line;
            kit.must(agency, kind, serde_json::from_str(data).unwrap());
        }
        kit
    }

    pub(super) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub(super) fn jti(&self) -> String {
        format!("j{}", self.jtis.fetch_add(1, Ordering::SeqCst))
    }

    pub(super) fn say(&self, agency: &str, kind: &str, data: Value) -> Result<Receipt, Error> {
        let said = said(agency, kind, data, &self.jti());
        self.ledger.submit_blocking(vec![said]).map(one)
    }

    pub(super) fn must(&self, agency: &str, kind: &str, data: Value) -> Receipt {
        self.say(agency, kind, data.clone()).unwrap_or_else(|error| panic!("{agency} {kind} {data}: {error}"))
    }

    /// Closes and opens again, on files that do not fail.
    pub(super) fn reopen(&mut self) -> Result<(), OpenError> {
        drop(self.ledger.close());
        self.files = Arc::new(FaultyFiles::new());
        self.ledger = open(&self.data(), &self.files, &self.clock)?;
        Ok(())
    }

    /// Types of the entries from a seq on.
    pub(super) fn types(&self, from: u64) -> Vec<String> {
        let reader = self.ledger.reader();
        let entries = reader.entries(crate::domain::Seq(from), crate::domain::Seq(u64::MAX));
        entries
            .map(|read| {
                let (_, bytes) = read.unwrap();
                let entry = crate::log::Entry::decode(&bytes).unwrap();
                seal::event(&entry).unwrap().statement.data.type_name().to_owned()
            })
            .collect()
    }

    /// The whole directory, with receipts that were kept.
    pub(super) fn verify(&self, receipts: &[Receipt]) -> verify::Report {
        let options = verify::Options {
            vkeys: vec![self.vkey.clone()],
            receipts: receipts.iter().map(json_of).collect(),
            ..verify::Options::default()
        };
        verify::directory(&self.data(), &options).unwrap()
    }

    pub(super) fn must_verify(&self, receipts: &[Receipt]) {
        let report = self.verify(receipts);
        assert!(report.is_intact() && report.trusted, "{:?}", report.first_bad);
    }
}

impl Kit {
    /// Closes: what is kept of the views is what the log says.
    pub(super) fn must_keep_what_the_log_says(&self) {
        self.ledger.close().unwrap();
        let deep = views::deep(&self.data(), self.ledger.reader()).unwrap();
        assert!(matches!(deep, views::Deep::Equal { .. }), "{deep:?}");
    }
}

impl Drop for Kit {
    fn drop(&mut self) {
        // Before its directory goes.
        drop(self.ledger.close());
    }
}

const PEOPLE: [(&str, &str, &str); 4] = [
    ("registrar", "agency.registered", r#"{"agency":"a","name":{"en":"A"},"kind":"ministry"}"#),
    ("registrar", "agency.registered", r#"{"agency":"b","name":{"en":"B"},"kind":"ministry"}"#),
    (
        "registrar",
        "responsibility.defined",
        r#"{"responsibility":"r1","name":{"en":"R"},"code":{"scheme":"s","value":"x"}}"#,
    ),
    (
        "registrar",
        "assignment.made",
        r#"{"assignment":"as1","responsibility":"r1","agency":"a","role":"accountable","valid":{"from":"2020-01-01"},"basis":{"ref":"id/law/1"}}"#,
    ),
];

pub(super) fn open(
    dir: &std::path::Path,
    files: &Arc<FaultyFiles>,
    clock: &Arc<Told>,
) -> Result<Ledger, OpenError> {
    let config = Config { log: SMALL, ..Config::default() };
    let clock: Arc<dyn Clock> = Arc::<Told>::clone(clock);
    Ledger::open_on(Arc::clone(files), clock, dir, &config).map(|(ledger, _)| ledger)
}

pub(super) fn said(agency: &str, kind: &str, data: Value, jti: &str) -> Submission {
    by(Speaker::Import { agency: AgencyId::parse(agency).unwrap() }, kind, data, jti)
}

pub(super) fn under(token: &TokenId, agency: &str, kind: &str, data: Value, jti: &str) -> Submission {
    let agency = AgencyId::parse(agency).unwrap();
    by(Speaker::Token { agency, token: token.clone() }, kind, data, jti)
}

fn by(speaker: Speaker, kind: &str, data: Value, jti: &str) -> Submission {
    let text = json!({ "type": kind, "jti": jti, "data": data }).to_string();
    seal::attested(text.as_bytes(), speaker).unwrap_or_else(|why| panic!("{text}: {why}"))
}

/// An agency to register: the simplest thing there is to say.
pub(super) fn agency(id: &str) -> Value {
    json!({ "agency": id, "name": { "en": id }, "kind": "ministry" })
}

pub(super) fn handoff(id: &str) -> Value {
    json!({
        "handoff": id, "responsibilities": ["r1"], "from": "a", "to": "b", "regime": "by_agreement",
        "effective": "2026-02-01", "due": "2026-02-01", "basis": { "ref": "id/law/2" },
    })
}

pub(super) fn one(outcome: Outcome) -> Receipt {
    let [receipt] = <[Receipt; 1]>::try_from(outcome.receipts).unwrap();
    receipt
}

pub(super) fn json_of(receipt: &Receipt) -> String {
    use base64::Engine as _;
    let entry = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&receipt.entry);
    let proof: Vec<String> = receipt.proof.iter().map(ToString::to_string).collect();
    json!({
        "seq": receipt.seq, "at": receipt.at, "leaf": receipt.leaf.to_string(), "entry": entry,
        "proof": proof, "checkpoint": &*receipt.checkpoint,
    })
    .to_string()
}

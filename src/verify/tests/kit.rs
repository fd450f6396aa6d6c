//! A ledger written by hand, entry by entry, so that it can be written wrongly.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::super::{Options, Report, directory};
use crate::domain::{AgencyId, Context, Data, Instant, Nothing, Seq, Speaker, State, Subject, Voice, admit};
use crate::log::{self, Body, Entry, Log, RealFiles, Signer, Vkey};
use crate::seal::{self, Submission};

pub(super) const ORIGIN: &str = "ledger.example/verify";
pub(super) const BEGIN_US: i64 = 1_767_578_400_000_000;
const SMALL: log::Options = log::Options { segment_bytes: 16 << 10, reserve_bytes: 4 << 10 };

/// What an entry says and how it is linked; the rest follows.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) said: Submission,
    pub(super) subjects: Vec<Subject>,
    pub(super) at: Instant,
}

/// A directory, and what was written into it.
pub(super) struct Kit {
    pub(super) dir: TempDir,
    pub(super) written: Vec<Written>,
}

pub(super) fn signer() -> Signer {
    Signer::new(ORIGIN, &[9; 32])
}

pub(super) fn vkey() -> Vkey {
    signer().vkey()
}

/// The statements of a small world of `size` entries.
pub(super) fn world(size: u64) -> Vec<Written> {
    let mut state = State::default();
    let mut written: Vec<Written> = Vec::new();
    for seq in 0..size {
        grow(&mut state, &mut written, statement(seq));
    }
    written
}

/// Adds a statement that the rules admit.
pub(super) fn grow(state: &mut State, written: &mut Vec<Written>, said: Submission) {
    {
        let seq = written.len() as u64;
        let at = Instant { micros: BEGIN_US + i64::try_from(seq).unwrap() * 1_000 };
        let admitted = {
            let context = Context { seq: Seq(seq), at, digest: None, past: &Nothing };
            admit(state, &said.speaker, &said.statement, &context)
                .unwrap_or_else(|refusal| panic!("{seq} {}: {refusal}", said.canonical))
        };
        written.push(Written { said, subjects: admitted.subjects, at });
    }
}

pub(super) fn statement(seq: u64) -> Submission {
    let own = |kind: &str, data: Value| {
        let data = Data::read(kind, data).unwrap().unwrap();
        seal::own(Voice::Init, &data, Seq(seq)).unwrap()
    };
    let name = |id: &str| json!({ "en": id });
    match seq {
        0 => own(
            "ledger.opened",
            json!({ "origin": ORIGIN, "zone": "Asia/Jakarta", "vkey": vkey().to_string(), "policy": {} }),
        ),
        1 => own(
            "agency.registered",
            json!({ "agency": "registrar", "name": name("registrar"), "kind": "registrar", "powers": ["registrar"] }),
        ),
        2 | 3 => {
            let id = if seq == 2 { "a" } else { "b" };
            said(
                "registrar",
                "agency.registered",
                json!({ "agency": id, "name": name(id), "kind": "ministry" }),
                seq,
            )
        }
        _ => {
            let id = format!("r{}", seq / 4);
            let basis = json!({ "ref": "id/law/1" });
            match seq % 4 {
                0 => said(
                    "registrar",
                    "responsibility.defined",
                    json!({ "responsibility": id, "name": name(&id), "code": { "scheme": "s", "value": id } }),
                    seq,
                ),
                1 => said(
                    "registrar",
                    "assignment.made",
                    json!({ "assignment": format!("x{seq}"), "responsibility": id, "agency": "a",
                            "role": "accountable", "valid": { "from": "2020-01-01" }, "basis": basis }),
                    seq,
                ),
                2 => said(
                    "a",
                    "handoff.proposed",
                    json!({ "handoff": format!("h-{id}"), "responsibilities": [id], "from": "a", "to": "b",
                            "regime": "by_agreement", "effective": "2026-02-01", "due": "2026-02-01", "basis": basis }),
                    seq,
                ),
                _ => said("b", "handoff.accepted", json!({ "handoff": format!("h-{id}") }), seq),
            }
        }
    }
}

pub(super) fn said(agency: &str, kind: &str, data: Value, n: u64) -> Submission {
    let text = json!({ "type": kind, "jti": format!("j{n}"), "data": data }).to_string();
    let speaker = Speaker::Import { agency: AgencyId::parse(agency).unwrap() };
    seal::attested(text.as_bytes(), speaker).unwrap()
}

/// Writes entries as they are told, right or wrong, ten to a commit.
pub(super) fn write(dir: &Path, written: &[Written]) {
    let mut log = Log::create(Arc::new(RealFiles), dir, ORIGIN, "Asia/Jakarta", signer(), SMALL).unwrap();
    for (n, Written { said, subjects, at }) in (1..).zip(written) {
        let body = match &said.speaker {
            Speaker::Ledger(voice) => Body::Ledger { voice: voice.as_str(), statement: &said.canonical },
            Speaker::Signed { .. } => Body::Signed { jwt: &said.canonical },
            speaker => {
                let agency = speaker.agency().unwrap().as_str();
                Body::Attested { agency, via: "import", statement: &said.canonical }
            }
        };
        let jti = said.statement.jti.as_str();
        log.stage(*at, subjects, body, said.speaker.key(), jti, said.sha256).unwrap();
        if n % 10 == 0 {
            log.commit().unwrap();
        }
    }
    log.commit().unwrap();
    log.close().unwrap();
}

impl Kit {
    pub(super) fn new(size: u64) -> Self {
        Self::of(world(size))
    }

    pub(super) fn of(written: Vec<Written>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        write(&dir.path().join("data"), &written);
        Self { dir, written }
    }

    pub(super) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    pub(super) fn verify(&self) -> Report {
        let options = Options { vkeys: vec![vkey()], ..Options::default() };
        directory(&self.data(), &options).unwrap()
    }

    /// The receipt of an entry, from the ledger as it stands.
    pub(super) fn receipt(&self, seq: u64) -> String {
        let reader = log::Reader::open(&self.data()).unwrap();
        let bytes = reader.entry(Seq(seq)).unwrap();
        let proof = reader.tree().inclusion_proof(seq, reader.size()).unwrap();
        let proof: Vec<String> = proof.iter().map(ToString::to_string).collect();
        json!({
            "seq": seq, "at": Entry::decode(&bytes).unwrap().at,
            "leaf": log::tree::leaf_hash(&bytes).to_string(), "entry": URL_SAFE_NO_PAD.encode(&bytes),
            "proof": proof, "checkpoint": reader.checkpoint(),
        })
        .to_string()
    }

    pub(super) fn checkpoint(&self) -> String {
        log::Reader::open(&self.data()).unwrap().checkpoint()
    }

    pub(super) fn segments(&self) -> Vec<PathBuf> {
        let mut all: Vec<_> =
            std::fs::read_dir(self.data().join("log")).unwrap().map(|file| file.unwrap().path()).collect();
        all.sort();
        all
    }
}

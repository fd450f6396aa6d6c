//! Entries as the holder of the ledger's key can write them, right or wrong.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use estafet::domain::{Instant, Seq, Subject};
use estafet::log::{self, Body, Entry, Log, Reader, RealFiles, Signer};
use estafet::seal;
use serde_json::Value;

use super::super::kit::ORIGIN;
use super::world::copy;

/// An entry that will be written: all but its place.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) at: Instant,
    pub(super) subjects: Vec<Subject>,
    pub(super) speaker: Speaker,
    /// The JWT or the JSON object.
    pub(super) text: String,
}

/// Who said it.
#[derive(Clone, Debug)]
pub(super) enum Speaker {
    Signed,
    Attested(String, String),
    Ledger(String),
}

impl Told {
    /// The same entry with another text.
    pub(super) fn saying(&self, text: String) -> Self {
        Self { text, ..self.clone() }
    }

    /// The same entry about another object.
    pub(super) fn renamed(&self, from: &str, to: &str) -> Self {
        let renamed = |one: &Subject| Subject::parse(&one.as_str().replace(from, to)).expect("a subject");
        let mut subjects: Vec<_> = self.subjects.iter().map(renamed).collect();
        subjects.sort_unstable();
        Self { subjects, ..self.saying(self.text.replace(from, to)) }
    }

    /// An entry of the ledger itself, about itself, behind another.
    pub(super) fn of_the_ledger(voice: &str, behind: &Self, text: String) -> Self {
        let subjects = vec![Subject::parse("l:ledger").expect("a subject")];
        Self { at: behind.at, subjects, speaker: Speaker::Ledger(voice.to_owned()), text }
    }
}

/// A copy of a ledger with statements behind it that no rule was asked about, each with the subjects that
/// its entry links.
pub(super) fn unruled(from: &Path, to: &Path, further: &[Value]) {
    let mut entries = told(from);
    for one in further {
        let links = one["links"].as_array().expect("links").iter();
        let subjects = links.map(|link| Subject::parse(link.as_str().expect("text")).expect("a subject"));
        let at = entries.last().expect("one").at;
        let speaker = Speaker::Attested("registrar".to_owned(), "import".to_owned());
        let text = one["statement"].to_string();
        entries.push(Told { at, subjects: subjects.collect(), speaker, text });
    }
    write(from, to, &entries);
}

/// The entries of a ledger.
pub(super) fn told(dir: &Path) -> Vec<Told> {
    let reader = Reader::open(dir).expect("a ledger");
    let one = |seq: u64| {
        let bytes = reader.entry(Seq(seq)).expect("an entry");
        let entry = Entry::decode(&bytes).expect("an entry");
        let speaker = match entry.body {
            Body::Signed { .. } => Speaker::Signed,
            Body::Attested { agency, via, .. } => Speaker::Attested(agency.to_owned(), via.to_owned()),
            Body::Ledger { voice, .. } => Speaker::Ledger(voice.to_owned()),
        };
        let subjects = entry.links.iter().map(|(name, _)| Subject::parse(name).expect("a subject")).collect();
        Told { at: entry.at, subjects, speaker, text: entry.body.statement().to_owned() }
    };
    (0..reader.size()).map(one).collect()
}

/// Writes entries as they are told, right or wrong, under the key of the ledger they were taken from.
pub(super) fn write(from: &Path, to: &Path, told: &[Told]) {
    let seed = std::fs::read_to_string(from.join("keys/ledger")).expect("the key");
    let seed = STANDARD.decode(seed.trim_end()).expect("base64").try_into().expect("a seed");
    let options = log::Options { segment_bytes: 8 << 10, reserve_bytes: 1 << 10 };
    let signer = Signer::new(ORIGIN, &seed);
    let mut log =
        Log::create(Arc::new(RealFiles), to, ORIGIN, "Asia/Jakarta", signer, options).expect("a log");
    for (n, Told { at, subjects, speaker, text }) in told.iter().enumerate() {
        let body = match speaker {
            Speaker::Signed => Body::Signed { jwt: text },
            Speaker::Attested(agency, via) => Body::Attested { agency, via, statement: text },
            Speaker::Ledger(voice) => Body::Ledger { voice, statement: text },
        };
        // the writer's own memory of jtis is not asked
        let jti = n.to_string();
        log.stage(*at, subjects, body, "forged", &jti, seal::sha256(text.as_bytes())).expect("staged");
        if n % 4 == 3 {
            log.commit().expect("committed");
        }
    }
    log.commit().expect("committed");
    log.close().expect("closed");
    if from.join("details").is_dir() {
        copy(&from.join("details"), &to.join("details"));
    }
}

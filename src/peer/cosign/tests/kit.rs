//! A ledger that is asked to grow, and witnesses that answer as a test wants.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::domain::{AgencyId, Instant, Speaker, Zone};
use crate::ledger::{self, Founding, Ledger, random};
use crate::log::{Cosigner, CosignerVkey, Options, RealFiles, Vkey, note};
use crate::peer::cosign::Cosigning;
use crate::peer::witness::{Refusal, Witness};
use crate::seal;

/// A ledger with its registrar.
pub(super) struct Grown {
    pub(super) ledger: Ledger,
    jtis: AtomicU64,
    pub(super) dir: Arc<TempDir>,
}

impl Grown {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let founding = Founding {
            origin: "ledger.example/cosigned",
            zone: Zone::parse("UTC").unwrap(),
            registrar: AgencyId::parse("registrar").unwrap(),
            key: None,
            seed: [3; 32],
            at: Instant::parse("2026-01-01T00:00:00Z").unwrap(),
            continues: None,
        };
        ledger::init(&dir.path().join("data"), founding, Options::default()).unwrap();
        let (ledger, _) = Ledger::open(&dir.path().join("data"), &ledger::Config::default()).unwrap();
        Self { ledger, jtis: AtomicU64::new(0), dir: Arc::new(dir) }
    }

    /// The ledger in a directory, opened once more.
    pub(super) fn again(&self, data: &Path) -> Self {
        let (ledger, _) = Ledger::open(data, &ledger::Config::default()).unwrap();
        let jtis = AtomicU64::new(self.jtis.load(Ordering::Relaxed));
        Self { ledger, jtis, dir: Arc::clone(&self.dir) }
    }

    pub(super) fn data(&self) -> std::path::PathBuf {
        self.dir.path().join("data")
    }

    /// The registrar says it.
    pub(super) fn say(&self, kind: &str, data: Value) -> u64 {
        let jti = format!("t-{}", self.jtis.fetch_add(1, Ordering::Relaxed));
        let speaker = Speaker::Import { agency: AgencyId::parse("registrar").unwrap() };
        let said = seal::said(json!({"jti": jti, "type": kind, "data": data}), speaker, random).unwrap();
        self.ledger.submit_blocking(vec![said]).unwrap().receipts[0].seq.0
    }

    /// One entry more; the size then.
    pub(super) fn grow(&self) -> u64 {
        let id = format!("a-{}", self.jtis.load(Ordering::Relaxed));
        self.say("agency.registered", json!({"agency": id, "name": {"en": id}, "kind": "office"})) + 1
    }

    pub(super) fn register(&self, vkey: &CosignerVkey, url: &str) {
        self.say("witness.registered", json!({"name": vkey.name(), "vkey": vkey.to_string(), "url": url}));
    }

    pub(super) fn quorum(&self, quorum: u64) {
        self.say("policy.changed", json!({"witness_quorum": quorum}));
    }

    pub(super) fn vkey(&self) -> Vkey {
        self.ledger.reader().vkey().unwrap().clone()
    }
}

/// What came in: method and path, and the body.
pub(super) type Request<'a> = (&'a str, &'a [u8]);
/// Status and body; `None` hangs up without an answer.
pub(super) type Answer = Option<(u16, Vec<u8>)>;

/// A server on loopback, with a thread a connection. It stops answering when dropped.
pub(super) struct Server {
    pub(super) url: String,
    pub(super) asked: Arc<AtomicU64>,
    answer: Arc<Mutex<Option<Answering>>>,
}

type Answering = Arc<dyn Fn(Request<'_>) -> Answer + Send + Sync>;

impl Server {
    pub(super) fn start(answer: impl Fn(Request<'_>) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answer: Arc<Mutex<Option<Answering>>> = Arc::new(Mutex::new(Some(Arc::new(answer))));
        let (asked, answers) = (Arc::new(AtomicU64::new(0)), Arc::clone(&answer));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let Some(answer) = answers.lock().unwrap().clone() else { return };
                let count = Arc::clone(&count);
                std::thread::spawn(move || {
                    count.fetch_add(1, Ordering::SeqCst);
                    serve(stream, &*answer)
                });
            }
        });
        Self { url, asked, answer }
    }

    pub(super) fn asked(&self) -> u64 {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        *self.answer.lock().unwrap() = None;
    }
}

fn serve(mut stream: TcpStream, answer: &dyn Fn(Request<'_>) -> Answer) -> Option<()> {
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        let read = stream.read(&mut piece).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&piece[..read]);
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let length: usize = length.unwrap_or(0);
    while bytes.len() < end + 4 + length {
        let read = stream.read(&mut piece).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&piece[..read]);
    }
    let line = head.lines().next()?.rsplit_once(' ')?.0.to_owned();
    let (status, body) = answer((&line, &bytes[end + 4..]))?;
    let head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(&[head.as_bytes(), &body].concat()).ok()
}

/// A witness's key.
pub(super) fn cosigner(n: u8) -> Cosigner {
    Cosigner::new(&format!("witness.example/w{n}"), &[n; 32]).unwrap()
}

/// An honest witness of a log: ours, with the key of that number.
pub(super) fn honest(dir: &Path, n: u8, log: &Vkey) -> impl Fn(Request<'_>) -> Answer + use<> {
    let dir = dir.join(format!("w{n}"));
    let name = format!("witness.example/w{n}");
    let witness =
        Witness::open(Arc::new(RealFiles), &dir, Some(&name), &[n; 32], std::slice::from_ref(log)).unwrap();
    move |(line, body)| {
        if line == "POST /add-checkpoint" {
            return Some(match witness.add(body, 1_800_000_000) {
                Ok(line) => (200, line.into_bytes()),
                Err(Refusal::OldSize { last }) => (409, format!("{last}\n").into_bytes()),
                Err(other) => (other.status(), other.to_string().into_bytes()),
            });
        }
        let hash = line.strip_prefix("GET /")?.strip_suffix("/checkpoint")?;
        Some(witness.newest(hash).map_or((404, Vec::new()), |note| (200, note.as_bytes().to_vec())))
    }
}

/// Asks a ledger's witnesses while a test looks.
pub(super) struct Asking {
    pub(super) cosigning: Arc<Cosigning>,
    ledger: Ledger,
    _runtime: tokio::runtime::Runtime,
}

impl Asking {
    pub(super) fn start(grown: &Grown) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let cosigning = Cosigning::open(&grown.ledger);
        drop(runtime.spawn(Arc::clone(&cosigning).run()));
        Self { cosigning, ledger: grown.ledger.clone(), _runtime: runtime }
    }

    /// What outsiders are shown.
    pub(super) fn published(&self) -> super::super::Published {
        self.cosigning.published(&self.ledger.views().current())
    }

    /// Waits until the quorum has met at a size, or above.
    pub(super) fn met(&self, size: u64) -> String {
        for _ in 0..1_000 {
            let published = self.published();
            if published.met && published.size >= size {
                return published.note.to_string();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("no quorum at {size}: {:?}", self.published());
    }
}

/// Names of witnesses whose line stands under a note and verifies; the log's own must.
pub(super) fn signers(note: &str, log: &Vkey, of: &[u8]) -> Vec<u8> {
    note::open(note, log).unwrap();
    let there = |n: &&u8| note::cosigned(note, &cosigner(**n).vkey()).is_ok();
    let found: Vec<u8> = of.iter().filter(there).copied().collect();
    let lines = note::text(note).unwrap().1;
    assert_eq!(lines, found.len() + 1, "other lines in {note}");
    found
}

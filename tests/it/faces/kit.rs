//! A ledger with two faces: logs that agree up to an entry and are signed by one key, and a server that
//! shows whichever it is told to.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use estafet::domain::Instant;
use estafet::log::tile::root_of;
use estafet::log::tree::leaf_hash;
use estafet::log::{
    Body, Checkpoint, Entry, Hash, Link, Reader, Signer, TileKind, TilePath, Tree, TreeSnapshot, Vkey,
};
use serde_json::json;

use super::super::kit::{Ledger, ORIGIN, check, text};

/// What a tile holds.
const WIDTH: usize = 256;

/// One face: entries, and the key that signs every face.
pub struct Face {
    pub entries: Vec<Vec<u8>>,
    leaves: Vec<Hash>,
    tree: TreeSnapshot,
    signer: Signer,
}

impl Face {
    /// A real ledger of that many entries, one in ten of them with more to judge than an agency's name.
    pub fn first(size: u64) -> (Ledger, Arc<Self>) {
        let ledger = Ledger::new();
        let statements: Vec<_> = (2..size)
            .map(|n| match n % 10 {
                3 => json!({"type": "responsibility.defined", "jti": format!("n {n}"), "data": {
                    "responsibility": format!("r-{n}"), "name": {"en": "R"},
                    "code": {"scheme": "s", "value": format!("{n}")}}}),
                4 => json!({"type": "assignment.made", "jti": format!("n {n}"), "data": {
                    "assignment": format!("holds-{n}"), "responsibility": format!("r-{}", n - 1),
                    "agency": format!("a-{}", n - 2), "role": "accountable",
                    "valid": {"from": "2020-01-01"}, "basis": {"ref": "id/uu/2011/1"}}}),
                _ => json!({"type": "agency.registered", "jti": format!("n {n}"), "data": {
                    "agency": format!("a-{n}"), "name": {"en": "Agency"}, "kind": "office"}}),
            })
            .collect();
        assert_eq!(ledger.import(&statements).json()["admitted"], size - 2);
        let face = Self::read(&ledger);
        assert_eq!(face.size(), size);
        (ledger, face)
    }

    /// What a directory holds.
    pub fn read(ledger: &Ledger) -> Arc<Self> {
        let secret = fs::read_to_string(ledger.dir().join("keys/ledger")).expect("the key");
        let seed = STANDARD.decode(secret.trim()).expect("base64").try_into().expect("a seed");
        let reader = Reader::open(&ledger.dir()).expect("a reader");
        let seqs = (0..reader.size()).map(estafet::domain::Seq);
        let face = Self::of(
            seqs.map(|seq| reader.entry(seq).expect("an entry")).collect(),
            Signer::new(ORIGIN, &seed),
        );
        assert_eq!(face.note(face.size()), reader.checkpoint(), "the same key");
        Arc::new(face)
    }

    pub fn of(entries: Vec<Vec<u8>>, signer: Signer) -> Self {
        let leaves: Vec<_> = entries.iter().map(|entry| leaf_hash(entry)).collect();
        let mut tree = Tree::new(std::path::Path::new("/nowhere"));
        for leaf in &leaves {
            tree.append(*leaf).expect("a tree");
        }
        Self { leaves, tree: tree.snapshot(), entries, signer }
    }

    pub fn size(&self) -> u64 {
        self.entries.len() as u64
    }

    pub fn vkey(&self) -> Vkey {
        self.signer.vkey()
    }

    /// Another face, the same before entry `from`: its entries say the same a little later, or what
    /// `said` makes of a statement.
    pub fn other(&self, from: u64, said: &dyn Fn(u64, &str) -> Option<String>) -> Arc<Self> {
        let mut entries: Vec<_> = self.entries.iter().take(from as usize).cloned().collect();
        for bytes in self.entries.iter().skip(from as usize) {
            let entry = Entry::decode(bytes).expect("an entry");
            let prev = entries.last().map_or(Link::genesis(ORIGIN), |last| Link::of(last));
            let at = Instant { micros: entry.at.micros + 1 };
            let other = said(entry.seq.0, entry.body.statement());
            let statement = other.as_deref().unwrap_or(entry.body.statement());
            let body = match entry.body {
                Body::Signed { .. } => Body::Signed { jwt: statement },
                Body::Attested { agency, via, .. } => Body::Attested { agency, via, statement },
                Body::Ledger { voice, .. } => Body::Ledger { voice, statement },
            };
            let mut bytes = Vec::new();
            Entry { at, prev, body, ..entry }.encode(&mut bytes);
            entries.push(bytes);
        }
        Arc::new(Self::of(entries, self.signer.clone()))
    }

    pub fn checkpoint(&self, size: u64) -> Checkpoint {
        Checkpoint { origin: ORIGIN.to_owned(), size, root: self.tree.root_at(size).expect("a root") }
    }

    pub fn note(&self, size: u64) -> String {
        self.signer.sign(&self.checkpoint(size).encode())
    }

    pub fn proof(&self, old: u64, new: u64) -> Vec<Hash> {
        self.tree.consistency_proof(old, new).expect("a proof")
    }

    /// The receipt of an entry under the checkpoint of a size.
    pub fn receipt(&self, seq: u64, size: u64) -> String {
        let bytes = &self.entries[seq as usize];
        let entry = Entry::decode(bytes).expect("an entry");
        let proof = self.tree.inclusion_proof(seq, size).expect("a proof");
        let proof: Vec<_> = proof.iter().map(ToString::to_string).collect();
        json!({"seq": seq, "at": entry.at, "leaf": self.leaves[seq as usize].to_string(),
            "entry": URL_SAFE_NO_PAD.encode(bytes), "proof": proof, "checkpoint": self.note(size)})
        .to_string()
    }

    /// A tile of the first `size` entries, made without the code that serves tiles.
    fn tile(&self, path: &TilePath, size: u64) -> Option<Vec<u8>> {
        let from = usize::try_from(path.number()).ok()?.checked_mul(WIDTH)?;
        let places = from..from + usize::from(path.width());
        let size = usize::try_from(size).ok()?;
        match path.kind() {
            TileKind::Entries => {
                let entries = self.entries.get(..size)?.get(places)?;
                let framed = entries.iter().flat_map(|entry| {
                    let length = u16::try_from(entry.len()).expect("short").to_be_bytes();
                    length.into_iter().chain(entry.iter().copied())
                });
                Some(framed.collect())
            }
            TileKind::Hashes(0) => {
                Some(self.leaves.get(..size)?.get(places)?.iter().flat_map(|leaf| leaf.0).collect())
            }
            TileKind::Hashes(1) => {
                let full = self.leaves.get(..size)?.chunks_exact(WIDTH).map(root_of).collect::<Vec<_>>();
                Some(full.get(places)?.iter().flat_map(|hash| hash.0).collect())
            }
            TileKind::Hashes(_) => None,
        }
    }
}

/// What a server shows now.
pub struct Shown {
    pub face: Arc<Face>,
    pub size: u64,
    /// Answers that stand in place of its own, by path: status and bytes.
    pub instead: BTreeMap<String, (u16, Vec<u8>)>,
}

/// A server of two faces, or of whatever it is told.
pub struct Evil {
    shown: Arc<Mutex<Shown>>,
    pub url: String,
}

impl Evil {
    pub fn serve(face: &Arc<Face>, size: u64) -> Self {
        let shown = Shown { face: Arc::clone(face), size, instead: BTreeMap::new() };
        let shown = Arc::new(Mutex::new(shown));
        let listener = TcpListener::bind("127.0.0.1:0").expect("an address");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let serving = Arc::clone(&shown);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shown = Arc::clone(&serving);
                std::thread::spawn(move || drop(answer(stream, &shown)));
            }
        });
        Self { shown, url }
    }

    pub fn show(&self, face: &Arc<Face>, size: u64) {
        let mut shown = self.shown.lock().expect("unpoisoned");
        (shown.face, shown.size) = (Arc::clone(face), size);
        shown.instead.clear();
    }

    /// Shows more of the same, and what it answers otherwise it goes on to.
    pub fn grow(&self, size: u64) {
        self.shown.lock().expect("unpoisoned").size = size;
    }

    /// Answers a path otherwise, until another face is shown.
    pub fn instead(&self, path: &str, status: u16, bytes: &[u8]) {
        let mut shown = self.shown.lock().expect("unpoisoned");
        shown.instead.insert(path.to_owned(), (status, bytes.to_vec()));
    }
}

fn answer(stream: TcpStream, shown: &Mutex<Shown>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let path = line.split(' ').nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
        while line.trim_end() != "" {
            line.clear();
            stream.read_line(&mut line)?;
        }
        let (status, bytes) = shown.lock().expect("unpoisoned").answer(&path);
        let head = format!("HTTP/1.1 {status} x\r\nContent-Length: {}\r\n\r\n", bytes.len());
        stream.get_mut().write_all(&[head.as_bytes(), &bytes].concat())?;
    }
}

impl Shown {
    fn answer(&self, path: &str) -> (u16, Vec<u8>) {
        if let Some(instead) = self.instead.get(path) {
            return instead.clone();
        }
        if path == "checkpoint" {
            return (200, self.face.note(self.size).into_bytes());
        }
        let tile = TilePath::parse(path).ok().and_then(|path| self.face.tile(&path, self.size));
        tile.map_or((404, b"{\"detail\":\"no such tile\"}".to_vec()), |bytes| (200, bytes))
    }
}

/// Whether a file is evidence of a fork by the key: what the command says of it.
pub fn judged(file: &std::path::Path, vkey: &Vkey) -> bool {
    let report = check(&["verify", text(file), "--vkey", &vkey.to_string(), "--json"], 0).json();
    report["result"] == "intact" && report["trusted"] == true
}

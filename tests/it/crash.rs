//! kill -9 under 16 clients: no receipt that a client holds is ever lost, nothing is written twice,
//! no entry stands without its details and no details without their entry, and every restart needs
//! nobody. Clients keep their receipts outside the data directory.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use estafet::domain::Seq;
use estafet::log::{Entry, Hash, Reader, RealFiles, Vkey, details, note, tree};
use estafet::seal::{self, Disclosure};

use super::kit::{Connection, Ledger, Random, Server, check, text};

const CLIENTS: usize = 16;

fn rounds() -> u64 {
    std::env::var("ESTAFET_CRASH_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(30)
}

/// A client: says one thing after the other, and says again what it got no receipt for.
struct Client {
    number: usize,
    said: u64,
    /// Said, and not acknowledged.
    open: Option<Value>,
    receipts: File,
}

impl Client {
    fn new(number: usize, folder: &Path) -> Self {
        let path = folder.join(format!("{number}.jsonl"));
        let receipts = OpenOptions::new().append(true).create(true).open(path).expect("a file");
        Self { number, said: 0, open: None, receipts }
    }

    fn statement(&mut self) -> Value {
        self.said += 1;
        let name = format!("{}-{}", self.number, self.said);
        let mut statement = json!({"type": "instrument.recorded", "jti": name,
            "data": {"ref": format!("id/crash/{name}"), "status": "unverified"}});
        if !self.said.is_multiple_of(3) {
            statement["details"] =
                json!({"title": format!("title of {name}"), "note": "x".repeat(self.number * 20)});
        }
        statement
    }

    /// Until the server is gone.
    fn run(&mut self, address: &str, token: &str, stop: &AtomicBool) {
        let Ok(mut connection) = Connection::open(address) else { return };
        while !stop.load(Ordering::Relaxed) {
            let statement = self.open.take().unwrap_or_else(|| self.statement());
            let body = statement.to_string();
            self.open = Some(statement);
            let Ok((status, receipt)) = connection.request("POST", "/v1/events", Some(token), Some(&body))
            else {
                return;
            };
            assert!(status == 201 || status == 200, "{status} {}", String::from_utf8_lossy(&receipt));
            // the receipt is durable here before it counts
            self.receipts.write_all(&receipt).expect("written");
            self.receipts.write_all(b"\n").expect("written");
            self.receipts.sync_data().expect("synced");
            self.open = None;
        }
    }
}

/// The receipts of all clients.
fn receipts(folder: &Path) -> Vec<Value> {
    let mut found = Vec::new();
    for file in fs::read_dir(folder).expect("the folder").flatten() {
        for line in BufReader::new(File::open(file.path()).expect("a file")).lines() {
            found.push(serde_json::from_str(&line.expect("a line")).expect("a receipt"));
        }
    }
    found
}

/// Everything a receipt promises, held against the directory: the entry, and the details it commits to.
fn check_receipt(receipt: &Value, reader: &Reader, kept: &details::Reader, vkey: &Vkey) {
    let part = |name: &str| receipt[name].as_str().unwrap_or_else(|| panic!("{name} in {receipt}"));
    let seq = receipt["seq"].as_u64().expect("a seq");
    let entry = URL_SAFE_NO_PAD.decode(part("entry")).expect("base64url");
    assert_eq!(reader.entry(Seq(seq)).expect("the entry is there"), entry, "entry {seq}");
    let leaf = Hash::parse(part("leaf")).expect("a hash");
    assert_eq!(tree::leaf_hash(&entry), leaf);
    let proof: Vec<_> = receipt["proof"].as_array().expect("a proof").iter().map(hash).collect();
    let checkpoint = note::open(part("checkpoint"), vkey).expect("signed by the ledger");
    tree::verify_inclusion(seq, checkpoint.size, &leaf, &proof, &checkpoint.root).expect("included");
    let root = reader.tree().root_at(checkpoint.size).expect("the log has not shrunk");
    assert_eq!(root, checkpoint.root, "the log extends what the receipt saw");

    let disclosures = receipt["disclosures"].as_array().cloned().unwrap_or_default();
    let told = disclosures.iter().map(|text| Disclosure::parse(text.as_str().expect("text")).expect("one"));
    let told: Vec<_> = told.collect();
    let digests = seal::digests(&Entry::decode(&entry).expect("an entry")).expect("digests");
    assert_eq!(told.iter().map(|one| one.digest).collect::<Vec<_>>(), digests, "entry {seq}");
    for one in told {
        let found = seal::details::open(&kept.get(&one.digest).expect("read")).expect("opens");
        assert_eq!(found.as_ref(), Some(&one), "a detail of entry {seq}");
    }
}

/// Every detail that is kept is one that an entry commits to, and the other way round.
fn check_details(dir: &Path, reader: &Reader) -> usize {
    let entries = reader.entries(Seq(0), Seq(reader.size()));
    let digests = entries.flat_map(|entry| {
        let (_, bytes) = entry.expect("an entry");
        seal::digests(&Entry::decode(&bytes).expect("an entry")).expect("digests")
    });
    let digests: HashSet<[u8; 32]> = digests.collect();
    let mut unknown = 0;
    let found = details::Details::open(Arc::new(RealFiles), dir, |digest| {
        unknown += usize::from(!digests.contains(digest));
        true
    });
    let (_, found) = found.expect("opens");
    assert_eq!((found.kept, unknown), (digests.len(), 0));
    digests.len()
}

fn hash(value: &Value) -> Hash {
    value.as_str().and_then(Hash::parse).expect("a hash")
}

/// Each statement once; the entries with their seqs.
fn check_nothing_doubled(reader: &Reader) -> HashMap<String, u64> {
    let mut seen = HashMap::new();
    for item in reader.entries(Seq(0), Seq(reader.size())) {
        let (seq, bytes) = item.expect("an entry");
        let entry: Value = serde_json::from_slice(&bytes).expect("JSON");
        let speaker = entry["by"]["agency"].as_str().unwrap_or("ledger:");
        let key = format!("{speaker} {}", entry["statement"]["jti"].as_str().expect("a jti"));
        assert_eq!(seen.insert(key, seq.0), None, "entry {seq} repeats an earlier one");
    }
    seen
}

fn kill(id: u32) {
    assert!(Command::new("kill").args(["-KILL", &id.to_string()]).status().expect("kill").success());
}

/// One round: load, a kill at a random moment, an unattended restart, a clean end.
fn round(dir: &Path, clients: &mut [Client], token: &str, random: &mut Random) {
    let server = Server::start(dir);
    let stop = AtomicBool::new(false);
    let wait = Duration::from_millis(20 + random.next(300));
    thread::scope(|scope| {
        for client in clients.iter_mut() {
            let (address, stop) = (&server.address, &stop);
            scope.spawn(move || client.run(address, token, stop));
        }
        thread::sleep(wait);
        kill(server.id());
        stop.store(true, Ordering::Relaxed);
    });
    server.kill();
    assert_eq!(Server::start(dir).stop(), Some(0), "it opens again by itself, and ends cleanly");
}

fn verify(dir: &Path, ledger: &Ledger, all: &[Value]) {
    let mut kept: Vec<PathBuf> = Vec::new();
    let step = (all.len() / 8).max(1);
    for (n, receipt) in all.iter().step_by(step).enumerate() {
        let path = ledger.beside(&format!("kept-{n}.json"));
        fs::write(&path, receipt.to_string()).expect("written");
        kept.push(path);
    }
    let mut arguments = vec!["verify", text(dir), "--vkey", &ledger.vkey];
    arguments.extend(kept.iter().flat_map(|path| ["--receipt", text(path)]));
    check(&arguments, 0);
}

#[test]
fn no_receipt_or_detail_is_lost_when_the_server_is_killed() {
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").subsec_nanos();
    let seed = std::env::var("ESTAFET_CRASH_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(u64::from(seed));
    println!("ESTAFET_CRASH_SEED={seed}");
    let mut random = Random(seed | 1);
    let ledger = Ledger::new();
    let (dir, folder) = (ledger.dir(), ledger.beside("receipts"));
    fs::create_dir(&folder).expect("a folder");
    let token = ledger.token("recorder", Some("registrar"));
    let vkey = Vkey::parse(&ledger.vkey).expect("a vkey");
    let mut clients: Vec<_> = (0..CLIENTS).map(|number| Client::new(number, &folder)).collect();
    for number in 0..rounds() {
        round(&dir, &mut clients, &token, &mut random);
        let all = receipts(&folder);
        let reader = Reader::open(&dir).expect("opens");
        let kept = details::Reader::open(Arc::new(RealFiles), &dir).expect("opens");
        for receipt in &all {
            check_receipt(receipt, &reader, &kept, &vkey);
        }
        let details = check_details(&dir, &reader);
        println!("round {number}: {} receipts and {details} details hold", all.len());
    }
    let all = receipts(&folder);
    let reader = Reader::open(&dir).expect("opens");
    let seen = check_nothing_doubled(&reader);
    assert!(all.len() as u64 > rounds() * 10, "only {} receipts: the clients hardly spoke", all.len());
    assert!(seen.len() >= all.len());
    verify(&dir, &ledger, &all);
    println!("{} receipts over {} kills, {} entries", all.len(), rounds(), reader.size());
}

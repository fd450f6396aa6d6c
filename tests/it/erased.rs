//! Erasure from outside: what was erased stands in no file, no backup, no trace and no answer, and an
//! erasing server that is killed at any system call has done it or not begun it.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde_json::{Value, json};

use estafet::domain::Seq;
use estafet::ledger;
use estafet::log::details::{self, Kept};
use estafet::log::{RealFiles, Vkey};
use estafet::seal::Disclosure;
use estafet::verify;

use super::kit::{Connection, Ledger, Server, check, skipped, text};

/// Bytes that are looked for; by their first eight.
#[derive(Default)]
struct Needles(HashMap<[u8; 8], Vec<Vec<u8>>>);

impl Needles {
    fn add(&mut self, bytes: &[u8]) {
        let begin = bytes.first_chunk().expect("long enough");
        self.0.entry(*begin).or_default().push(bytes.to_vec());
    }

    fn count(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }

    /// How many of them stand in these bytes; one that stands there twice counts twice.
    fn found(&self, bytes: &[u8]) -> usize {
        // most bytes of a file that has its room reserved are zeros
        let places = bytes.windows(8).enumerate().filter(|(_, window)| window[0] != 0 || window[7] != 0);
        let begins = places.filter_map(|(at, window)| Some((at, self.0.get(window)?)));
        begins.map(|(at, all)| all.iter().filter(|needle| bytes[at..].starts_with(needle)).count()).sum()
    }

    /// How many stand in the files below a folder.
    fn below(&self, folder: &Path) -> usize {
        let mut found = 0;
        for entry in fs::read_dir(folder).expect("read").flatten() {
            let path = entry.path();
            found += if path.is_dir() {
                self.below(&path)
            } else {
                fs::read(&path).map_or(0, |bytes| self.found(&bytes))
            };
        }
        found
    }
}

const STATEMENTS: usize = 100;

fn canary(n: usize, name: &str) -> String {
    format!("canary-{n}-{name}-5d2f9c")
}

fn told(n: usize) -> String {
    json!({"type": "instrument.recorded", "jti": format!("c {n}"),
        "data": {"ref": format!("id/canary/{n}"), "status": "unverified"},
        "details": {"a": canary(n, "a"), "b": canary(n, "b"), "stays": "x"}})
    .to_string()
}

fn erasing(seq: &Value) -> String {
    json!({"type": "details.erased", "jti": format!("erase {seq}"),
        "data": {"seq": seq, "fields": ["a", "b"], "basis": {"ref": "id/uu/2022/27"}}})
    .to_string()
}

fn post(connection: &mut Connection, token: &str, body: &str) -> Value {
    let (status, body) =
        connection.request("POST", "/v1/events", Some(token), Some(body)).expect("an answer");
    assert_eq!(status, 201, "{}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).expect("a receipt")
}

/// Ciphertext and key of each detail of a receipt that is to be erased.
fn sealed(dir: &Path, receipts: &[Value]) -> Needles {
    let kept = details::Reader::open(Arc::new(RealFiles), dir).expect("the details");
    let mut needles = Needles::default();
    for text in receipts.iter().flat_map(|receipt| receipt["disclosures"].as_array().expect("disclosures")) {
        let known = Disclosure::parse(text.as_str().expect("text")).expect("a disclosure");
        if known.name == "stays" {
            continue;
        }
        let Kept::Present(sealed) = kept.get(&known.digest).expect("read") else { panic!("{}", known.name) };
        needles.add(&sealed.ciphertext);
        needles.add(&sealed.key);
    }
    needles
}

/// An answer as it comes: to HTTP/1.0 in one piece.
fn whole(server: &Server, path: &str, token: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(&server.address).expect("a connection");
    write!(stream, "GET {path} HTTP/1.0\r\nAuthorization: Bearer {token}\r\n\r\n").expect("asked");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    assert!(answer.starts_with(b"HTTP/1.0 200"), "{path} {}", String::from_utf8_lossy(&answer));
    answer
}

/// Every answer that could hold a detail, as an auditor gets it.
fn answers(server: &Server, auditor: &str, receipts: &[Value]) -> Vec<u8> {
    let mut paths: Vec<String> =
        ["/v1/events?limit=1000", "/v1/events.csv", "/v1/events.ndjson", "/v1/instruments"]
            .map(str::to_owned)
            .into();
    paths.extend(
        ["/v1/access?limit=1000", "/v1/audit/bundle?subject=l:ledger", "/metrics"].map(str::to_owned),
    );
    paths.extend(receipts.iter().flat_map(|receipt| {
        let seq = &receipt["seq"];
        [
            format!("/v1/events/{seq}"),
            format!("/v1/events/{seq}/proof"),
            format!("/v1/audit/bundle?seq={seq}"),
        ]
    }));
    paths.iter().flat_map(|path| whole(server, path, auditor)).collect()
}

#[test]
fn a14_two_hundred_erased_canaries_are_found_in_no_file_backup_trace_or_answer() {
    let ledger = Ledger::new();
    let (token, auditor) = (ledger.token("recorder", Some("registrar")), ledger.token("auditor", None));
    let (dir, traces) = (ledger.dir(), ledger.beside("traces"));
    let server = Server::logged(&dir, &["--trace", "debug"], &traces);
    let mut connection = Connection::open(&server.address).expect("a connection");
    let receipts: Vec<Value> = (0..STATEMENTS).map(|n| post(&mut connection, &token, &told(n))).collect();
    let mut plain = Needles::default();
    (0..STATEMENTS).for_each(|n| ["a", "b"].iter().for_each(|name| plain.add(canary(n, name).as_bytes())));
    let needles = sealed(&dir, &receipts);
    assert_eq!((needles.count(), plain.count()), (400, 200));
    // they are found where they are
    let before = ledger.beside("before");
    check(&["backup", "--data", text(&dir), text(&before)], 0);
    assert_eq!((needles.below(&dir), needles.below(&before)), (400, 400));
    assert!(plain.found(&answers(&server, &auditor, &receipts)) >= 200);

    let (erasing_on, backups) = (AtomicBool::new(true), AtomicU64::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // beside erasures: each is a copy that verifies
            while erasing_on.load(Ordering::Relaxed) {
                let out = ledger.beside(&format!("meanwhile-{}", backups.fetch_add(1, Ordering::Relaxed)));
                check(&["backup", "--data", text(&dir), text(&out)], 0);
            }
        });
        for receipt in &receipts {
            post(&mut connection, &token, &erasing(&receipt["seq"]));
        }
        erasing_on.store(false, Ordering::Relaxed);
    });
    println!("{} backups beside the erasures", backups.load(Ordering::Relaxed));
    let after = ledger.beside("after");
    check(&["backup", "--data", text(&dir), text(&after)], 0);
    assert_eq!((needles.below(&dir), needles.below(&after)), (0, 0));
    assert_eq!((plain.below(&dir), plain.below(&after)), (0, 0));
    assert_eq!(plain.found(&answers(&server, &auditor, &receipts)), 0);
    assert_eq!(server.stop(), Some(0));
    assert!(fs::metadata(&traces).expect("traces").len() > 0);
    assert_eq!(plain.found(&fs::read(&traces).expect("traces")), 0);
    assert_eq!((needles.below(&dir), needles.below(&before)), (0, 400), "a copy made before still has them");

    // every receipt made before still verifies, against the ledger, the backup, and what is restored of it
    let back = ledger.beside("back");
    check(&["restore", text(&after), text(&back)], 0);
    let files = receipts.iter().enumerate().map(|(n, receipt)| {
        let path = ledger.beside(&format!("receipt-{n}"));
        fs::write(&path, receipt.to_string()).expect("written");
        path
    });
    let files: Vec<PathBuf> = files.collect();
    for place in [&dir, &after, &back] {
        let mut arguments = vec!["verify", text(place), "--vkey", &ledger.vkey, "--json"];
        arguments.extend(files.iter().flat_map(|path| ["--receipt", text(path)]));
        let report = check(&arguments, 0).json();
        assert_eq!(report["erased"].as_array().map(Vec::len), Some(200));
    }
    assert_eq!(needles.below(&back), 0);
}

/// Calls that change a file or a name. What is killed at a call that only reads is in the state of the
/// next of these.
const CALLS: [&str; 8] = [
    "openat",
    "pwrite64",
    "fsync",
    "fdatasync",
    "rename",
    "linkat",
    "unlink",
    // what this program does not call, on the machines we know
    "write,pwritev,sync_file_range,renameat,renameat2,link,unlinkat,ftruncate,fallocate,mkdir,mkdirat",
];
/// What an erasure touches.
const TOUCHED: [&str; 14] = [
    "log",
    "log/00000000000000000000.seg",
    "head",
    "details",
    "details/records",
    "details/records.new",
    "details/records.old",
    "details/keys",
    "details/keys/0",
    "details/keys/0.new",
    "details/keys/0.old",
    "details/erased-through",
    "details/erased-through.new",
    "details/erased-through.old",
];

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("made");
    for file in fs::read_dir(from).expect("read").flatten() {
        let (from, to) = (file.path(), to.join(file.file_name()));
        if from.is_dir() { copy(&from, &to) } else { fs::copy(&from, &to).map(drop).expect("copied") }
    }
}

/// A strace on a server, which it kills when a thread enters its n-th call of that name that concerns an
/// erasure; `None` where it may not.
fn killing(dir: &Path, server: &Server, (call, nth): (&str, usize)) -> Option<std::process::Child> {
    let mut command = Command::new("strace");
    command.args(["-f", "-o", "/dev/null", "-p", &server.id().to_string()]);
    command.args(["-e", &format!("trace={call}"), "-e", &format!("inject={call}:signal=KILL:when={nth}")]);
    command.args(TOUCHED.iter().flat_map(|name| ["-P".to_owned(), text(&dir.join(name)).to_owned()]));
    let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().ok()?;
    let mut talk = BufReader::new(child.stderr.take()?);
    let mut line = String::new();
    while talk.read_line(&mut line).unwrap_or(0) > 0 {
        // paths that do not exist yet are said, too
        if line.contains("attached") {
            std::thread::spawn(move || std::io::copy(&mut talk, &mut std::io::sink()));
            return Some(child);
        }
        line.clear();
    }
    let _ = child.kill();
    let _ = child.wait();
    None
}

/// What a kill left, once the directory was opened again: whether the erasure is done.
fn settled(dir: &Path, vkey: &Vkey, receipts: &[Value], needles: &Needles, at: (&str, usize)) -> bool {
    let (opened, _) = ledger::Ledger::open(dir, &ledger::Config::default())
        .unwrap_or_else(|error| panic!("killed at {at:?}: {error}"));
    let state = opened.views().current();
    let done = state.state.details.contains_key(&Seq(receipts[0]["seq"].as_u64().expect("a seq")));
    opened.close().expect("closed");
    drop(opened);
    // the first receipt's two details are erased, the second's are not
    let expected = if done { 4 } else { 8 };
    assert_eq!(needles.below(dir), expected, "killed at {at:?}, {done}");
    let options = verify::Options {
        vkeys: vec![vkey.clone()],
        receipts: receipts.iter().map(Value::to_string).collect(),
        ..verify::Options::default()
    };
    let report = verify::directory(dir, &options).expect("looked at");
    assert!(report.is_intact(), "killed at {at:?}: {:?}", report.first_bad);
    assert_eq!(report.erased.len(), if done { 2 } else { 0 }, "killed at {at:?}");
    done
}

#[test]
fn an_erasing_server_that_is_killed_at_any_system_call_has_done_it_or_not_begun_it() {
    if Command::new("strace").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        return skipped("an erasure killed at every system call: strace is not installed");
    }
    let ledger = Ledger::new();
    let vkey = Vkey::parse(&ledger.vkey).expect("a vkey");
    let token = ledger.token("recorder", Some("registrar"));
    let receipts: Vec<Value> = {
        let server = Server::start(&ledger.dir());
        let mut connection = Connection::open(&server.address).expect("a connection");
        let receipts = (0..2).map(|n| post(&mut connection, &token, &told(n))).collect();
        assert_eq!(server.stop(), Some(0));
        receipts
    };
    let needles = sealed(&ledger.dir(), &receipts);
    assert_eq!(needles.below(&ledger.dir()), 8);
    let (mut done, mut not, mut calls) = (0, 0, Vec::new());
    for at in CALLS.iter().flat_map(|call| (1..100).map(|nth| (*call, nth))) {
        if calls.last().is_some_and(|(call, _)| *call == at.0) {
            continue;
        }
        let dir = ledger.beside("killed");
        copy(&ledger.dir(), &dir);
        let server = Server::start(&dir);
        let Some(mut strace) = killing(&dir, &server, at) else {
            return skipped("an erasure killed at every system call: strace may not trace here");
        };
        let mut connection = Connection::open(&server.address).expect("a connection");
        let body = erasing(&receipts[0]["seq"]);
        let answered = connection.request("POST", "/v1/events", Some(&token), Some(&body)).is_ok();
        server.kill();
        strace.wait().expect("gone");
        let is_done = settled(&dir, &vkey, &receipts, &needles, at);
        assert!(is_done || !answered, "killed at {at:?}: what was answered is done");
        fs::remove_dir_all(&dir).expect("removed");
        if answered {
            // there is no n-th
            calls.push((at.0, at.1 - 1));
        } else if is_done {
            done += 1;
        } else {
            not += 1;
        }
    }
    println!("killed at {calls:?}: {done} done, {not} not begun");
    assert_eq!(calls.len(), CALLS.len(), "an erasure has an end");
    assert!(not >= 2 && done >= 20, "{not} {done}");
}

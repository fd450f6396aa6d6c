//! A witness over HTTP, on the binary: every status, many at once, killed and restarted, and driven by
//! other people's code.

mod interop;
mod killed;
pub mod kit;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::thread;

use estafet::log::{CosignerVkey, Signer, note};
use serde_json::Value;

use super::kit::{Ledger, Server, beginning, check, run, text};
use kit::{Answer, NAME, ORIGIN, PATH, TestLog, Witness, request, send};

fn add(witness: &Witness, body: &str) -> Answer {
    witness.add(body.as_bytes())
}

/// Sizes of the two heads in a file of evidence, both signed by the log.
fn contradicting(file: &Path, log: &Signer) -> (u64, u64) {
    let shown: Value = serde_json::from_slice(&fs::read(file).expect("read")).expect("JSON");
    let heads = ["a", "b"].map(|side| note::open(shown[side].as_str().expect("a note"), &log.vkey()));
    let [Ok(a), Ok(b)] = heads else { panic!("{shown}") };
    assert_ne!(a.root, b.root);
    (a.size, b.size)
}

#[test]
fn every_status_of_the_protocol_is_told_over_http() {
    let (log, fork) = (TestLog::new(300, 300), TestLog::new(300, 50));
    let folder = tempfile::tempdir().expect("a folder");
    let witness = Witness::start(&folder.path().join("w"), &[&log]);
    let vkey = CosignerVkey::parse(&witness.vkey).expect("a witness's key");
    assert_eq!(vkey.name(), NAME);
    assert_eq!(witness.get(PATH).status, 404, "nothing was cosigned yet");

    let cosigned = add(&witness, &log.request(0, 100));
    assert_eq!((cosigned.status, cosigned.header("content-type")), (200, Some("text/plain; charset=utf-8")));
    let whole = format!("{}{}", log.note(100), cosigned.body);
    let (checkpoint, time_s) = note::cosigned(&whole, &vkey).expect("cosigned");
    assert_eq!(checkpoint, log.checkpoint(100));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock").as_secs();
    assert!(now.abs_diff(time_s) < 60, "{time_s} is not now");
    let newest = witness.get(PATH);
    assert_eq!((newest.status, &newest.body), (200, &whole));
    assert_eq!(newest.header("cache-control"), Some("no-cache"));

    let conflict = add(&witness, &log.request(0, 200));
    assert_eq!((conflict.status, conflict.body.as_str()), (409, "100\n"));
    assert_eq!(conflict.header("content-type"), Some("text/x.tlog.size"));
    let other = Signer::new("ledger.example/other", &[3; 32]);
    let unknown = other.sign(&log.checkpoint(200).encode().replace(ORIGIN, "ledger.example/other"));
    let forged = Signer::new(ORIGIN, &[3; 32]).sign(&log.checkpoint(200).encode());
    let refused = [
        (400, "old 100".to_owned()),
        (400, log.request(100, 200).replacen("old 100", "old 0100", 1)),
        (400, request(200, &[], &log.note(100))),
        (404, request(0, &[], &unknown)),
        (403, request(100, &log.proof(100, 200), &forged)),
        (403, log.request(100, 200).replacen("\n200\n", "\n201\n", 1)),
        (422, request(100, &[], &log.note(200))),
        (422, fork.request(100, 200)),
        (422, request(100, &[], &fork.note(100))),
    ];
    for (status, body) in refused {
        let answer = add(&witness, &body);
        assert_eq!(answer.status, status, "{body}\n{answer:?}");
        assert!(answer.body.ends_with('\n') && !answer.body.contains('\u{2014}'), "{answer:?}");
    }
    // what is not on the two routes, too long, or slow
    assert_eq!(witness.get("/add-checkpoint").status, 405);
    assert_eq!(witness.get("/nowhere").status, 404);
    assert_eq!(witness.get("/healthz").body, "ok\n");
    assert_eq!(send(&witness.address, "POST", PATH, b"").status, 405);
    assert_eq!(witness.add(&vec![b'x'; (256 << 10) + 1]).status, 413);
    assert_eq!(witness.get(PATH).body, whole, "nothing else was cosigned");
    // both forks are evidence that convinces with the log's key alone
    let files = fs::read_dir(folder.path().join("w/evidence")).expect("evidence").flatten();
    let forks = files.filter(|file| file.file_name().to_string_lossy().contains("-fork-"));
    let mut sizes: Vec<_> = forks.map(|file| contradicting(&file.path(), &log.signer)).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [(100, 100), (100, 200)]);

    assert_eq!(add(&witness, &log.request(100, 300)).status, 200);
    assert_eq!(witness.stop(), Some(0));
}

#[test]
fn twenty_at_once_for_one_old_size_are_cosigned_once_a_step() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = TestLog::new(400, 400);
    let faces: Vec<_> = (0..20).map(|n| TestLog::new(60 + n, 10)).collect();
    let witness = Witness::start(&folder.path().join("w"), &[&log]);
    assert_eq!(add(&witness, &log.request(0, 10)).status, 200);
    // twenty faces of a log ask for one step: one of them is cosigned
    let statuses = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for (n, face) in (0..).zip(&faces) {
            let (witness, statuses) = (&witness, &statuses);
            scope.spawn(move || {
                let status = add(witness, &face.request(10, 60 + n)).status;
                statuses.lock().expect("a list").push(status);
            });
        }
    });
    let mut statuses = statuses.into_inner().expect("a list");
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200, "{statuses:?}");
    assert!(statuses[1..].iter().all(|status| *status == 409), "{statuses:?}");
    assert_eq!(witness.stop(), Some(0));

    // and twenty clients of one honest log take every step once
    let witness = Witness::start(&folder.path().join("honest"), &[&log]);
    let won = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..20 {
            let (witness, won, log) = (&witness, &won, &log);
            scope.spawn(move || {
                for step in 0..8 {
                    let answer = add(witness, &log.request(step * 50, step * 50 + 50));
                    match answer.status {
                        200 => *won.lock().expect("a map").entry(step).or_insert(0) += 1,
                        409 => assert!(answer.body.trim_end().parse::<u64>().is_ok(), "{answer:?}"),
                        other => panic!("{other} {answer:?}"),
                    }
                }
            });
        }
    });
    let won = won.into_inner().expect("a map");
    assert_eq!(won.values().copied().collect::<Vec<_>>(), vec![1; 8], "{won:?}");
    assert_eq!(witness.size(), 400);
}

#[test]
fn a_ledger_that_is_served_is_witnessed_as_it_grows() {
    let ledger = Ledger::new();
    let folder = tempfile::tempdir().expect("a folder");
    let witness = Witness::start_for(&folder.path().join("w"), &[&ledger.vkey], Some(NAME));
    let vkey = CosignerVkey::parse(&witness.vkey).expect("a witness's key");
    let mut old = 0;
    for n in 0..3 {
        if n == 1 {
            assert_eq!(ledger.import(&beginning()).exit, 0);
        }
        let server = Server::start(&ledger.dir());
        let note = send(&server.address, "GET", "/checkpoint", b"").body;
        let size = note::peek(&note).expect("a checkpoint").size;
        let (_, shown) =
            server.request("GET", &format!("/v1/audit/consistency?from={old}&to={size}"), None, None);
        let proof = shown["proof"].as_array().map(Vec::as_slice).unwrap_or_default();
        let proof: String =
            proof.iter().map(|hash| format!("{}\n", hash.as_str().expect("a hash"))).collect();
        let answer = add(&witness, &format!("old {old}\n{proof}\n{note}"));
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(note::cosigned(&format!("{note}{}", answer.body), &vkey).expect("cosigned").0.size, size);
        old = size;
        assert_eq!(server.stop(), Some(0));
    }
    assert!(old > 2, "the ledger did not grow");
    // a witness's cosigned head is a checkpoint to hold the directory against
    let kept = ledger.beside("cosigned");
    let path = format!("/{}/checkpoint", estafet::peer::witness::origin_hash(super::kit::ORIGIN));
    fs::write(&kept, witness.get(&path).body).expect("written");
    check(&["verify", text(&ledger.dir()), "--vkey", &ledger.vkey, "--since", text(&kept)], 0);
}

#[test]
fn what_was_typed_wrong_is_told() {
    let log = TestLog::new(1, 1);
    let vkey = log.signer.vkey().to_string();
    let ledger = Ledger::new();
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().join("w");
    let serve = |dir: &str, rest: &[&str]| {
        run(&[&["witness", "serve", "--data", dir, "--listen", "127.0.0.1:0"], rest].concat())
    };
    for (dir, rest, said) in [
        (text(&dir), vec![], "--log"),
        (text(&dir), vec!["--log", "x"], "no verifier key"),
        (text(&dir), vec!["--log", &vkey, "--name", "a b"], "cannot have the name"),
        (text(&ledger.dir()), vec!["--log", &vkey], "a ledger is here"),
    ] {
        let done = serve(dir, &rest);
        assert_eq!(done.exit, 2, "{rest:?}: {}", done.stderr);
        assert!(done.stderr.contains(said) && done.stdout.is_empty(), "{rest:?}: {}", done.stderr);
    }
    let witness = Witness::start(&dir, &[&log]);
    assert_eq!(serve(text(&dir), &["--log", &vkey]).exit, 8, "in use");
    assert_eq!(add(&witness, &log.request(0, 1)).status, 200);
    assert_eq!(witness.stop(), Some(0));
    fs::write(dir.join("heads").join(PATH[1..].split('/').next().expect("a hash")), "x").expect("written");
    assert_eq!(serve(text(&dir), &["--log", &vkey]).exit, 7, "damaged");
    fs::remove_file(dir.join("keys/witness")).expect("removed");
    assert_eq!(serve(text(&dir), &["--log", &vkey]).exit, 10, "its key is gone");
}

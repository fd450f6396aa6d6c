//! Backup and restore from outside: beside a server that writes, damaged, cut short, and after erasure.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::kit::{Connection, Done, Ledger, Server, beginning, check, estafet, root, run, skipped, text};

fn instrument(n: u64) -> Value {
    json!({"type": "instrument.recorded", "jti": format!("i {n}"),
        "data": {"ref": format!("id/backup/{n}"), "status": "unverified"},
        "details": {"title": format!("title-{n}-canary")}})
}

fn says(done: &Done, parts: &[&str]) {
    for part in parts {
        assert!(done.stderr.contains(part), "{part:?} in {}", done.stderr);
    }
}

fn begun(instruments: u64) -> Ledger {
    let ledger = Ledger::new();
    assert_eq!(ledger.import(&beginning()).exit, 0);
    let all: Vec<_> = (0..instruments).map(instrument).collect();
    assert_eq!(ledger.import(&all).exit, 0);
    ledger
}

#[test]
fn l33_a_backup_beside_a_server_that_writes_verifies_each_time() {
    let ledger = begun(20);
    let (dir, token) = (ledger.dir(), ledger.token("recorder", Some("registrar")));
    let server = Server::start(&dir);
    let (stop, said) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut sizes = Vec::new();
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let (server, stop, said, token) = (&server, &stop, &said, &token);
            scope.spawn(move || {
                let mut connection = Connection::open(&server.address).expect("a connection");
                for n in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let body = instrument(1_000 + 4 * n + writer).to_string();
                    let answer = connection.request("POST", "/v1/events", Some(token), Some(&body));
                    assert_eq!(answer.expect("an answer").0, 201);
                    said.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for round in 0..20 {
            let out = ledger.beside(&format!("backup-{round}"));
            let made = check(&["backup", "--data", text(&dir), text(&out), "--json"], 0).json();
            sizes.push(made["size"].as_u64().expect("a size"));
            assert!(!out.join("keys").exists() && !out.join("details/keys").exists());
            // all of them together take longer than `head` does to follow
            std::thread::sleep(std::time::Duration::from_millis(120));
            if round % 5 == 0 {
                check(&["verify", text(&out), "--vkey", &ledger.vkey], 0);
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    println!("sizes {sizes:?}, {} said meanwhile", said.load(Ordering::Relaxed));
    assert!(sizes.is_sorted() && sizes[19] > sizes[0], "{sizes:?}");
    assert_eq!(server.stop(), Some(0));
    // the last one is restored, and answers as the ledger did at its size
    let (out, back) = (ledger.beside("backup-19"), ledger.beside("back"));
    let made = check(&["restore", text(&out), text(&back), "--json"], 0).json();
    assert_eq!(made["size"].as_u64(), Some(sizes[19]));
    check(&["verify", text(&back), "--vkey", &ledger.vkey], 0);
    let last = (sizes[19] - 1).to_string();
    for place in [["who", "housing"], ["show", &last]] {
        let ask = |dir: &Path| {
            let mut arguments = vec![place[0], place[1], "--data", text(dir), "--json"];
            if place[0] == "who" {
                arguments.extend(["--known-at", &last, "--valid-at", "2026-11-25"]);
            }
            let mut answer = check(&arguments, 0).json();
            // its proof is to the newest checkpoint, which differs
            answer.as_object_mut().map(|answer| answer.remove("receipt"));
            answer
        };
        assert_eq!(ask(&dir), ask(&back), "{place:?}");
    }
}

#[test]
fn l34_a_restored_ledger_writes_once_the_newest_checkpoint_is_shown_to_it() {
    let ledger = begun(5);
    let (dir, out, back) = (ledger.dir(), ledger.beside("out"), ledger.beside("back"));
    let older = ledger.beside("older.json");
    let receipt =
        |seq: &str| check(&["show", seq, "--data", text(&dir), "--json"], 0).json()["receipt"].to_string();
    fs::write(&older, receipt("8")).expect("written");
    ledger.import(&[instrument(100)]);
    let made = check(&["backup", "--data", text(&dir), text(&out), "--json"], 0).json();
    let newest = ledger.beside("newest");
    fs::write(&newest, made["checkpoint"].as_str().expect("a note")).expect("written");
    // a backup is no ledger: nothing is written to it, whoever puts keys into it
    says(
        &check(&["erase", "6", "--field", "title", "--basis", "id/x/1", "--data", text(&out)], 9),
        &["backup"],
    );
    says(&check(&["restore", text(&out), text(&back)], 0), &["keys/ledger", "--seen"]);
    assert!(back.join("restored").is_file() && !back.join("backup").exists());
    check(&["verify", text(&back), "--vkey", &ledger.vkey], 0);
    let token = ["token", "create", "--data", text(&back), "--role", "auditor"];
    let said = ledger.beside("statements.jsonl");
    let import = ["import", "jsonl", text(&said), "--data", text(&back)];
    says(&check(&token, 9), &["restored"]);
    // without its key it does not even come to that
    check(&import, 10);
    fs::create_dir(back.join("keys")).expect("made");
    fs::copy(dir.join("keys/ledger"), back.join("keys/ledger")).expect("copied");
    says(&check(&import, 9), &["restored", "newest checkpoint"]);
    let server = Server::start_with(&back, &["--seen", text(&older)]);
    let (status, audit) = server.request("GET", "/v1/audit", None, None);
    assert_eq!((status, &audit["mode"]), (200, &json!("read-only")));
    assert!(audit["why"].as_str().is_some_and(|why| why.contains("restored")), "{audit}");
    assert_eq!(server.stop(), Some(9));
    let server = Server::start_with(&back, &["--seen", text(&older), "--seen", text(&newest)]);
    assert_eq!(server.request("GET", "/readyz", None, None).0, 200);
    assert_eq!(server.stop(), Some(0));
    assert!(!back.join("restored").exists());
    check(&import, 0);
    check(&["verify", text(&back), "--vkey", &ledger.vkey, "--receipt", text(&older)], 0);

    // shown at once
    let at_once = ledger.beside("at-once");
    check(&["restore", text(&out), text(&at_once), "--seen", text(&newest)], 0);
    assert!(!at_once.join("restored").exists());
    // and one that is newer than the backup
    ledger.import(&[instrument(101)]);
    let newer = ledger.beside("newer.json");
    fs::write(&newer, receipt("11")).expect("written");
    let none = ledger.beside("none");
    let done = check(&["restore", text(&out), text(&none), "--seen", text(&newer)], 9);
    says(&done, &["rolled back", "holds 12 entries", "once signed 13"]);
    assert!(!none.exists() && !ledger.beside("none.part").exists());
}

#[test]
fn what_is_damaged_or_not_complete_is_no_backup_and_nothing_is_written_over() {
    let ledger = begun(30);
    let (dir, out) = (ledger.dir(), ledger.beside("out"));
    check(&["backup", "--data", text(&dir), text(&out)], 0);
    says(&check(&["backup", "--data", text(&dir), text(&out)], 2), &["exists already"]);
    says(&check(&["backup", "--data", text(&dir), text(&dir.join("inside"))], 2), &["inside"]);
    fs::create_dir(ledger.beside("empty")).expect("made");
    check(&["backup", "--data", text(&dir), text(&ledger.beside("empty"))], 0);
    says(&check(&["restore", text(&out), text(&dir)], 2), &["exists already"]);
    says(&check(&["restore", text(&dir), text(&ledger.beside("x"))], 2), &["no complete backup"]);

    let segment = fs::read_dir(out.join("log")).expect("read").flatten().next().expect("one").path();
    let files = [
        segment,
        out.join("head"),
        out.join("details/records"),
        out.join("ledger.toml"),
        out.join("details-keys"),
    ];
    for path in &files {
        let whole = fs::read(path).expect("read");
        for cut in [false, true] {
            let mut bytes = whole.clone();
            if cut {
                bytes.truncate(whole.len() / 2)
            } else {
                bytes[10] ^= 1
            }
            fs::write(path, &bytes).expect("written");
            let done = run(&["restore", text(&out), text(&ledger.beside("x"))]);
            // a slot of a torn head is taken for the other, but a backup has one only
            assert!(matches!(done.exit, 3 | 7), "{} {cut}: {} {}", path.display(), done.exit, done.stderr);
            let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
            let names: &[&str] = match name {
                // what lacks its key is named by the entry it belongs to
                "details-keys" | "records" => &["details"],
                name => &[name],
            };
            says(&done, &[]);
            assert!(names.iter().any(|name| done.stderr.contains(name)), "{name}: {}", done.stderr);
            assert!(!ledger.beside("x").exists() && !ledger.beside("x.part").exists());
        }
        fs::write(path, &whole).expect("written");
    }
    // a ledger that is damaged gives no backup
    let segment = fs::read_dir(dir.join("log")).expect("read").flatten().next().expect("one").path();
    let mut bytes = fs::read(&segment).expect("read");
    bytes[900] ^= 1;
    fs::write(&segment, bytes).expect("written");
    let done = run(&["backup", "--data", text(&dir), text(&ledger.beside("y"))]);
    assert!(matches!(done.exit, 3 | 7), "{} {}", done.exit, done.stderr);
    assert!(!ledger.beside("y").exists() && !ledger.beside("y.part").exists());
}

/// The report of ours, to whose exit code and first bad place the second verifier comes, too.
fn both(dir: &Path, vkey: &str, exit: i32) -> Value {
    let ours = check(&["verify", text(dir), "--vkey", vkey, "--json"], exit).json();
    let Ok(python) = std::env::var("ESTAFET_PYTHON") else {
        skipped("backups before the second verifier: ESTAFET_PYTHON is not set");
        return ours;
    };
    let mut command = Command::new(python);
    command.arg(root().join("docs/verify.py")).args([text(dir), "--vkey", vkey, "--json"]);
    let theirs: Done = command.output().expect("Python starts").into();
    assert_eq!(theirs.exit, exit, "{}{}", theirs.stdout, theirs.stderr);
    for place in ["/first_bad/seq", "/first_bad/check", "/size", "/root"] {
        assert_eq!(theirs.json().pointer(place), ours.pointer(place), "{place}");
    }
    ours
}

#[test]
fn a_backup_without_the_keys_of_its_details_is_restored_only_when_they_are_given_up() {
    let ledger = begun(3);
    let (dir, out, back) = (ledger.dir(), ledger.beside("out"), ledger.beside("back"));
    check(&["backup", "--data", text(&dir), text(&out)], 0);
    both(&out, &ledger.vkey, 0);
    fs::remove_file(out.join("details-keys")).expect("removed");
    both(&out, &ledger.vkey, 3);
    says(&check(&["restore", text(&out), text(&back)], 2), &["not their keys", "--lost-details"]);
    check(&["restore", text(&out), text(&back), "--lost-details"], 0);
    // what was lost is not called erased
    let report = both(&back, &ledger.vkey, 3);
    assert_eq!(report["first_bad"]["check"], "details", "{report}");
    let failed = |check: &&Value| check["result"] == "failed";
    assert_eq!(report["checks"].as_array().expect("checks").iter().filter(failed).count(), 1);
    check(&["who", "housing", "--data", text(&back)], 0);
    // what it has is copied and restored, and what it lost is said each time
    let (again, further) = (ledger.beside("again"), ledger.beside("further"));
    says(
        &check(&["backup", "--data", text(&back), text(&again)], 3),
        &["details are lost", "--lost-details"],
    );
    check(&["backup", "--data", text(&back), text(&again), "--lost-details"], 0);
    check(&["restore", text(&again), text(&further)], 3);
    check(&["restore", text(&again), text(&further), "--lost-details"], 0);
    both(&further, &ledger.vkey, 3);
}

#[test]
fn a_backup_that_is_killed_leaves_nothing_that_passes_for_one() {
    let ledger = begun(400);
    let dir = ledger.dir();
    let (mut cut, mut whole) = (0, 0);
    for wait in (0..40).map(|n| n * 3) {
        let out = ledger.beside(&format!("out-{wait}"));
        let mut command = estafet(&["backup", "--data", text(&dir), text(&out)]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("starts");
        std::thread::sleep(Duration::from_millis(wait));
        let _ = child.kill();
        child.wait().expect("gone");
        let back = ledger.beside(&format!("back-{wait}"));
        if out.exists() {
            whole += 1;
            check(&["restore", text(&out), text(&back)], 0);
        } else {
            cut += 1;
            let part = ledger.beside(&format!("out-{wait}.part"));
            for place in [&out, &part] {
                assert_eq!(run(&["restore", text(place), text(&back)]).exit, 2);
            }
            if part.exists() {
                says(&check(&["backup", "--data", text(&dir), text(&out)], 2), &["not completed"]);
            }
        }
    }
    println!("{cut} cut short, {whole} whole");
    assert!(cut > 0);
}

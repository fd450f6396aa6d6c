//! A witness killed at any moment: what it cosigned before and what it cosigns afterwards never
//! contradict each other, and nothing answered is forgotten.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use super::super::kit::{ESTAFET, end_traced, skipped, text};
use super::kit::{NAME, PATH, TestLog, Witness};

/// A restarted witness holds at least what was answered, and goes on with that log and no other.
fn holds(witness: &Witness, log: &TestLog, answered: u64) -> u64 {
    let held = witness.size();
    assert!(held >= answered, "{answered} was answered, {held} is held");
    for common in [0, held / 2, held.saturating_sub(1)] {
        // another log that is alike up to some entry before the head
        let fork = TestLog::new(held + 1, common);
        if held > 0 {
            let status = witness.add(fork.request(held, held + 1).as_bytes()).status;
            assert_eq!(status, 422, "a fork after {common} of {held}");
        }
    }
    let again = witness.add(log.request(held, held).as_bytes());
    assert_eq!(again.status, 200, "{again:?}");
    held
}

#[test]
fn a_witness_that_is_killed_under_load_never_goes_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let (dir, log) = (folder.path().join("w"), TestLog::new(2_000, 2_000));
    let (mut answered, mut rounds) = (0, 0);
    let mut vkey = None;
    // a slow machine gets longer rounds, until the client has spoken
    while rounds < 12 || (answered < 40 && rounds < 60) {
        let witness = Witness::start(&dir, &[&log]);
        assert_eq!(vkey.get_or_insert_with(|| witness.vkey.clone()), &witness.vkey, "the key is kept");
        let mut at = if rounds == 0 { 0 } else { holds(&witness, &log, answered) };
        let id = witness.id().to_string();
        let wait = Duration::from_millis(5 + 7 * rounds);
        let killer = thread::spawn(move || {
            thread::sleep(wait);
            Command::new("kill").args(["-KILL", &id]).status().expect("kill")
        });
        while at < 1_990 {
            let answer = witness.add(log.request(at, at + 1).as_bytes());
            match answer.status {
                200 => (at, answered) = (at + 1, at + 1),
                0 => break,
                other => panic!("{other} {answer:?}"),
            }
        }
        killer.join().expect("killed");
        rounds += 1;
    }
    let witness = Witness::start(&dir, &[&log]);
    let held = holds(&witness, &log, answered);
    println!("{held} heads over {rounds} kills");
    assert!(held > 20, "only {held} heads: the client hardly spoke");
    assert_eq!(witness.stop(), Some(0));
}

/// The witness under strace, killed when a thread of it enters its n-th call of that name, or its n-th
/// that concerns a path.
fn killed_at(dir: &Path, (call, path): (&str, Option<&str>), nth: u32, log: &TestLog) -> Option<Witness> {
    let mut command = Command::new("strace");
    let inject = format!("inject={call}:signal=KILL:when={nth}");
    command.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &inject]);
    command.args(path.iter().flat_map(|path| ["-P", path]));
    command.args([ESTAFET, "witness", "serve", "--data", text(dir), "--listen", "127.0.0.1:0"]);
    command.args(["--name", NAME, "--log", &log.signer.vkey().to_string()]);
    Witness::run(command).ok()
}

/// A witness is founded or takes three steps, is killed at the n-th call, and must hold what it
/// answered; `false` when no call was the n-th.
fn struck(call: &str, serving: bool, nth: u32, log: &TestLog) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let dir = folder.path().canonicalize().expect("a path").join("w");
    if serving {
        assert_eq!(Witness::start(&dir, &[log]).stop(), Some(0));
    }
    let hash = PATH.split('/').nth(1).expect("a hash");
    let head = dir.join("heads").join(format!("{hash}.part"));
    let witness = killed_at(&dir, (call, serving.then(|| text(&head))), nth, log);
    let mut answered = 0;
    if let Some(witness) = &witness {
        for size in 1..4 {
            match witness.add(log.request(size - 1, size).as_bytes()).status {
                200 => answered = size,
                0 => break,
                other => panic!("{other}"),
            }
        }
    }
    witness.iter().for_each(|strace| end_traced(strace.id()));
    drop(witness);
    let again = Witness::start(&dir, &[log]);
    let held = holds(&again, log, answered);
    assert_eq!(again.add(log.request(held, 8).as_bytes()).status, 200);
    assert_eq!(again.stop(), Some(0));
    answered < 3
}

#[test]
fn a_witness_killed_at_every_sync_and_rename_loses_nothing_it_answered() {
    if Command::new("strace").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        return skipped("a witness killed at every sync and rename: strace is not installed");
    }
    let log = TestLog::new(8, 8);
    let mut found = Vec::new();
    for (call, serving) in [("fsync", false), ("rename", false), ("fsync", true), ("rename", true)] {
        let count = (1..40).take_while(|nth| struck(call, serving, *nth, &log)).count();
        found.push((call, serving, count));
    }
    println!("killed at {found:?}");
    if found.iter().all(|(_, _, count)| *count == 0) {
        skipped("a witness killed at every sync and rename: strace may not trace here");
    } else {
        // strace counts for each thread, and which thread takes a step is not said: one strike is certain
        assert!(found.iter().all(|(.., count)| *count >= 1), "{found:?}");
    }
}

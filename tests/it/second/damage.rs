//! Damaged copies: bytes flipped, files cut, taken away and exchanged, entries altered under sound
//! checksums.

use std::fs;
use std::path::{Path, PathBuf};

use estafet::verify::Options;
use serde_json::Value;

use super::super::kit::{Ledger, check, root, text};
use super::world::{World, claim, copy};
use super::{Second, agree, ours, with};

/// A copy that is damaged and mended again, and both who look at it.
struct Patient<'a> {
    dir: &'a Path,
    second: Second,
    options: Options,
    /// What was looked at.
    cases: usize,
    /// What was found to be bad.
    failed: usize,
}

impl Patient<'_> {
    fn look(&mut self, what: &str) -> Value {
        let (ours, theirs) = (ours(self.dir, &self.options), self.second.ask(self.dir));
        agree(what, &ours, &theirs);
        self.cases += 1;
        self.failed += usize::from(ours["result"] == "failed");
        ours
    }

    /// Looks while a file has other bytes.
    fn changed(&mut self, file: &Path, bytes: &[u8], what: &str) -> Value {
        let sound = fs::read(file).expect("read");
        fs::write(file, bytes).expect("written");
        let report = self.look(&format!("{} {what}", file.display()));
        fs::write(file, sound).expect("written");
        report
    }

    fn flips(&mut self, file: &Path, step: usize) {
        let sound = fs::read(file).expect("read");
        let end = sound.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        // reserved zeros, too: behind the last commit and, in a key file, behind the last key
        let places = (0..(end + 600).min(sound.len())).step_by(step);
        for (n, place) in places.enumerate() {
            let mut bytes = sound.clone();
            bytes[place] ^= 1 << (n % 8);
            self.changed(file, &bytes, &format!("byte {place}"));
        }
    }

    fn cuts(&mut self, file: &Path) {
        let sound = fs::read(file).expect("read");
        let end = sound.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        for length in [0, 1, 130, end / 3, end / 2, end - 1, end] {
            self.changed(file, &sound[..length.min(sound.len())], &format!("cut to {length}"));
        }
        let mut longer = sound.clone();
        longer.extend_from_slice(b"x");
        self.changed(file, &longer, "longer");
        self.changed(file, &sound.repeat(2), "twice");
        fs::remove_file(file).expect("removed");
        self.look(&format!("{} is gone", file.display()));
        fs::write(file, sound).expect("written");
    }
}

fn segment(dir: &Path) -> PathBuf {
    dir.join("log/00000000000000000000.seg")
}

#[test]
fn the_second_verifier_agrees_on_every_damaged_copy() {
    let world = World::new();
    let Some(second) = Second::start(&["--vkey", &world.ledger.vkey]) else { return };
    let dir = world.ledger.beside("copy");
    copy(&world.ledger.dir(), &dir);
    let options = with(&world.ledger.vkey);
    let mut patient = Patient { dir: &dir, second, options, cases: 0, failed: 0 };
    let sound = patient.look("sound");
    assert_eq!((&sound["result"], &sound["trusted"]), (&Value::from("intact"), &Value::from(true)));
    assert_eq!(sound["checks"][8]["detail"], "11 details; 1 erased", "{sound}");
    let log = segment(&dir);
    for (file, step) in [
        (dir.join("ledger.toml"), 3),
        (dir.join("head"), 31),
        (log.clone(), 41),
        (dir.join("details/records"), 61),
        (dir.join("details/keys/0"), 17),
        (dir.join("access/log"), 23),
    ] {
        patient.flips(&file, step);
        patient.cuts(&file);
    }
    exchanged(&mut patient, &world);
    resealed(&mut patient, &log);
    patient.look("sound again");
    println!("{} cases, {} of them bad", patient.cases, patient.failed);
    assert!(patient.failed >= 400, "{} of {} cases", patient.failed, patient.cases);
}

/// Files of an earlier state and of another ledger, and files that do not belong there.
fn exchanged(patient: &mut Patient<'_>, world: &World) {
    let other = Ledger::new();
    for file in ["ledger.toml", "head", "log/00000000000000000000.seg", "details/records", "details/keys/0"] {
        for from in [&world.earlier, &other.dir()] {
            if let Ok(bytes) = fs::read(from.join(file)) {
                patient.changed(&patient.dir.join(file), &bytes, &format!("of {}", from.display()));
            }
        }
    }
    let head = patient.dir.join("head");
    let bytes = fs::read(&head).expect("read");
    let (first, last) = bytes.split_at(4096);
    patient.changed(&head, &[last, first].concat(), "slots exchanged");
    patient.changed(&head, &[first, first].concat(), "first slot twice");
    patient.changed(&head, &[&[0; 4096], last].concat(), "first slot empty");
    patient.changed(&head, &[first, &[0; 4096]].concat(), "last slot empty");
    for name in ["log/00000000000000000003.seg", "log/notes", "log/00000000000000000009.seg.tmp"] {
        fs::copy(segment(patient.dir), patient.dir.join(name)).expect("copied");
        patient.look(name);
        fs::remove_file(patient.dir.join(name)).expect("removed");
    }
}

/// Entries altered under checksums that are computed anew, and taken out of their commit.
fn resealed(patient: &mut Patient<'_>, log: &Path) {
    let sound = fs::read(log).expect("read");
    for commit in commits(&sound) {
        let length = field(&sound, commit + 16);
        for (n, place) in (0..length).step_by(37).enumerate() {
            let mut bytes = sound.clone();
            bytes[commit + HEADER + place] ^= [1, 2, 4, 16, 32][n % 5];
            reseal(&mut bytes, commit);
            let bad = patient.changed(log, &bytes, &format!("commit {commit} body {place}, sound checksums"));
            assert_eq!(bad["result"], "failed", "{commit} {place}");
        }
        let first = 4 + field(&sound, commit + HEADER);
        let mut bytes = sound.clone();
        bytes.copy_within(commit + HEADER + first..commit + HEADER + length, commit + HEADER);
        bytes[commit + HEADER + length - first..commit + HEADER + length].fill(0);
        for (at, value) in [(4, field(&sound, commit + 4) - 1), (16, length - first)] {
            let value = u32::try_from(value).expect("small").to_le_bytes();
            bytes[commit + at..commit + at + 4].copy_from_slice(&value);
        }
        reseal(&mut bytes, commit);
        patient.changed(log, &bytes, &format!("commit {commit} without its first entry"));
        let mut bytes = sound.clone();
        bytes[commit..commit + HEADER + length].fill(0);
        patient.changed(log, &bytes, &format!("commit {commit} zeroed"));
    }
}

/// Bytes of a commit header.
const HEADER: usize = 64;

fn field(bytes: &[u8], at: usize) -> usize {
    let field = u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
    usize::try_from(field).expect("a length")
}

fn commits(bytes: &[u8]) -> Vec<usize> {
    let magic = [0x45, 0x43, 0x00, 0xFF];
    (0..bytes.len()).step_by(512).filter(|at| bytes[*at..].starts_with(&magic)).collect()
}

fn reseal(bytes: &mut [u8], commit: usize) {
    let length = field(bytes, commit + 16);
    let crc = crc32c::crc32c(&bytes[commit + HEADER..commit + HEADER + length]).to_le_bytes();
    bytes[commit + 20..commit + 24].copy_from_slice(&crc);
    let crc = crc32c::crc32c(&bytes[commit..commit + HEADER - 4]).to_le_bytes();
    bytes[commit + HEADER - 4..commit + HEADER].copy_from_slice(&crc);
}

#[test]
fn both_verifiers_find_a_rewritten_tail_by_what_others_kept_and_by_nothing_else() {
    let world = World::new();
    let vkey = &world.ledger.vkey;
    let file = |name: &str, text: &str| {
        let path = world.ledger.beside(name);
        fs::write(&path, text).expect("written");
        path.to_str().expect("UTF-8").to_owned()
    };
    let kept = [file("one.json", &world.receipts[0]), file("batch.json", &world.receipts[2])];
    let since = file("checkpoint", &world.checkpoint);
    // the holder of the key goes back to an earlier state and writes something else
    let other = world.ledger.beside("rewritten");
    copy(&world.earlier, &other);
    let lines: Vec<_> = (0..9)
        .map(|n| {
            let mut said = claim(&format!("other-{n}"));
            said["agency"] = "kemen-pu".into();
            said.to_string()
        })
        .collect();
    let lines = file("other.jsonl", &lines.join("\n"));
    check(&["import", "jsonl", &lines, "--data", text(&other)], 0);

    let batch_altered = world.receipts[2].replacen("\"seq\":", "\"seq\":1", 1);
    let leaf_altered = world.receipts[0].replacen("\"leaf\":\"", "\"leaf\":\"A", 1);
    let altered =
        [file("altered.json", &batch_altered), file("leaf.json", &leaf_altered), file("none.json", "{}")];
    for (arguments, dir, failed) in [
        (vec![], &other, false),
        (vec![("--receipt", &kept[0])], &other, false),
        (vec![("--receipt", &kept[1])], &other, true),
        (vec![("--since", &since)], &other, true),
        (vec![("--receipt", &kept[0]), ("--receipt", &kept[1])], &other, true),
        (
            vec![("--receipt", &kept[0]), ("--receipt", &kept[1]), ("--since", &since)],
            &world.ledger.dir(),
            false,
        ),
        (vec![("--since", &since)], &world.earlier, true),
        (vec![("--receipt", &altered[0])], &world.ledger.dir(), true),
        (vec![("--receipt", &altered[1])], &world.ledger.dir(), true),
        (vec![("--receipt", &altered[2])], &world.ledger.dir(), true),
        (vec![("--since", &kept[0])], &world.ledger.dir(), true),
    ] {
        let mut options = with(vkey);
        let mut all = vec!["--vkey", vkey.as_str()];
        for (name, path) in &arguments {
            let said = fs::read_to_string(path).expect("read");
            all.extend([*name, path.as_str()]);
            if *name == "--since" { options.since = Some(said) } else { options.receipts.push(said) }
        }
        let Some(mut second) = Second::start(&all) else { return };
        let report = ours(dir, &options);
        assert_eq!(report["result"] == "failed", failed, "{arguments:?} {report}");
        agree(&format!("{arguments:?} of {}", dir.display()), &report, &second.ask(dir));
    }
}

#[test]
fn the_second_verifier_ends_with_the_exit_codes_it_promises() {
    let Ok(python) = std::env::var("ESTAFET_PYTHON") else { return };
    let ledger = Ledger::new();
    let run = |arguments: &[&str]| {
        let script = root().join("docs/verify.py");
        let done = std::process::Command::new(&python).arg(script).args(arguments).output().expect("it runs");
        (done.status.code(), String::from_utf8_lossy(&done.stdout).into_owned())
    };
    let dir = ledger.dir();
    let (code, said) = run(&[text(&dir), "--vkey", &ledger.vkey]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("signed by the key you gave; the domain rules were not replayed"), "{said}");
    let (code, said) = run(&[text(&dir)]);
    assert!(code == Some(0) && said.contains("self-consistent only"), "{said}");
    assert_eq!(run(&[text(&ledger.beside("nowhere"))]).0, Some(2));
    assert_eq!(run(&[text(&dir), "--vkey", "none"]).0, Some(2));
    assert_eq!(run(&[]).0, Some(2));
    fs::remove_file(dir.join("head")).expect("removed");
    assert_eq!(run(&[text(&dir), "--json"]).0, Some(3));
}

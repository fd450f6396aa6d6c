//! Every byte of truth, every file, and what stands in the log wrongly.

use std::fs;

use super::super::report::{CheckName, Outcome, Verdict};
use super::super::{Options, directory};
use super::kit::{Kit, Written, vkey, world};
use crate::domain::{Instant, Seq, Subject};

#[test]
fn an_intact_ledger_is_intact_and_says_what_was_checked() {
    let kit = Kit::new(200);
    assert!(kit.segments().len() > 3);
    for threads in [1, 2, 5] {
        let options = Options { vkeys: vec![vkey()], threads: Some(threads), ..Options::default() };
        let report = directory(&kit.data(), &options).unwrap();
        assert_eq!(report.first_bad, None);
        assert!(report.trusted && report.is_intact());
        assert_eq!((report.size, report.attested, report.signed, report.torn_bytes), (200, 198, 0, 0));
        let names: Vec<_> =
            report.checks.iter().map(|check| serde_json::to_value(check.check).unwrap()).collect();
        let want = [
            "entries",
            "chain",
            "tree",
            "checkpoint",
            "witnesses",
            "signatures",
            "links",
            "rules",
            "details",
            "index",
            "access",
        ];
        assert_eq!(names, want);
    }
    let alone = directory(&kit.data(), &Options::default()).unwrap();
    assert!(alone.is_intact() && !alone.trusted);
    let detail = &alone.check(CheckName::Checkpoint).unwrap().detail;
    assert!(detail.starts_with("self-consistent only"), "{detail}");
    let less = Options { no_rules: true, no_signatures: true, ..Options::default() };
    let less = directory(&kit.data(), &less).unwrap();
    assert_eq!(less.check(CheckName::Rules).unwrap().result, Verdict::Skipped);
    assert!(less.is_intact());
}

#[test]
fn v1_every_flipped_byte_is_found_and_its_place_named() {
    let kit = Kit::new(60);
    let mut files = vec![kit.data().join("ledger.toml"), kit.data().join("head")];
    files.extend(kit.segments());
    let options = Options { vkeys: vec![vkey()], no_rules: true, threads: Some(1), ..Options::default() };
    for file in files {
        let sound = fs::read(&file).unwrap();
        // To the end of the last commit: what is reserved behind it belongs to nobody.
        let end = sound.iter().rposition(|byte| *byte != 0).unwrap();
        // The log's own test flips every byte of a longer log; here each check's way to the report is
        // walked: all of the small files, the headers, and one in eleven of the rest.
        let wanted =
            |place: &usize| sound.len() <= 8192 && end < 8192 || *place < 700 || place.is_multiple_of(11);
        for place in (0..=end).filter(wanted) {
            let mut bytes = sound.clone();
            bytes[place] ^= 1 << (place % 8);
            fs::write(&file, &bytes).unwrap();
            let report = match directory(&kit.data(), &options) {
                Ok(report) => report,
                Err(error) => panic!("{} {place}: {error}", file.display()),
            };
            let bad = report.first_bad.unwrap_or_else(|| panic!("{} {place} is not found", file.display()));
            assert_eq!(report.result, Outcome::Failed);
            let name = file.strip_prefix(kit.data()).unwrap().display().to_string();
            assert_eq!(bad.file, name, "{place}: {bad:?}");
            assert_eq!(bad.seq.is_some(), name.starts_with("log"), "{bad:?}");
        }
        fs::write(&file, &sound).unwrap();
    }
    assert!(kit.verify().is_intact());
}

#[test]
fn v1_an_altered_entry_is_named_whatever_commit_it_stands_in() {
    let kit = Kit::new(60);
    let reader = crate::log::Reader::open(&kit.data()).unwrap();
    for file in kit.segments() {
        let sound = fs::read(&file).unwrap();
        for seq in (0..60).step_by(7) {
            let entry = reader.entry(crate::domain::Seq(seq)).unwrap();
            let Some(at) = sound.windows(entry.len()).position(|there| there == entry) else { continue };
            for place in [0, entry.len() / 2, entry.len() - 1] {
                let mut bytes = sound.clone();
                bytes[at + place] ^= 1;
                fs::write(&file, &bytes).unwrap();
                let bad = kit.verify().first_bad.unwrap();
                assert_eq!(bad.seq.map(|seq| seq.0), Some(seq), "{place}: {bad:?}");
            }
        }
        fs::write(&file, &sound).unwrap();
    }
}

#[test]
fn v1_files_that_are_gone_are_missed() {
    let kit = Kit::new(200);
    let segments = kit.segments();
    let files = [&kit.data().join("head"), &kit.data().join("ledger.toml")].map(Clone::clone);
    for file in segments.iter().chain(&files) {
        let sound = fs::read(file).unwrap();
        fs::remove_file(file).unwrap();
        let report = kit.verify();
        assert_eq!(report.result, Outcome::Failed, "{}", file.display());
        fs::write(file, sound).unwrap();
    }
    assert!(kit.verify().is_intact());
}

/// What the checks say of a ledger that its key's holder wrote wrongly: (check, seq).
fn found(written: Vec<Written>) -> (CheckName, u64, String) {
    let report = Kit::of(written).verify();
    let bad = report.first_bad.expect("must be found");
    (bad.check, bad.seq.unwrap().0, bad.detail)
}

#[test]
fn v8_entries_dropped_swapped_and_inserted_are_refused_by_the_rules() {
    // Whoever holds the key can chain and sign anything; the rules still say what may stand.
    let sound = world(40);
    let mut dropped = sound.clone();
    dropped.remove(9);
    let (check, seq, detail) = found(dropped);
    assert_eq!((check, seq), (CheckName::Rules, 9), "{detail}");

    let mut swapped = sound.clone();
    swapped.swap(8, 9);
    swapped[9].at = swapped[8].at;
    let (check, seq, detail) = found(swapped);
    assert_eq!((check, seq), (CheckName::Rules, 8), "{detail}");

    let mut inserted = sound.clone();
    inserted.insert(20, sound[15].clone());
    inserted[20].at = sound[19].at;
    let (check, seq, detail) = found(inserted);
    assert_eq!((check, seq), (CheckName::Rules, 20), "{detail}");
    assert!(detail.contains("jti"), "{detail}");
}

#[test]
fn v7_an_entry_linked_wrongly_is_found() {
    let mut less = world(20);
    less[9].subjects.retain(|subject| subject.as_str() != "r:r2");
    let (check, seq, detail) = found(less);
    assert_eq!((check, seq), (CheckName::Links, 9), "{detail}");
    let mut more = world(20);
    more[9].subjects.push(Subject::parse("r:other").unwrap());
    let (check, seq, _) = found(more);
    assert_eq!((check, seq), (CheckName::Links, 9));
}

#[test]
fn v8_a_lapse_that_was_due_is_demanded() {
    let mut late = world(11);
    // The proposal of entry 10 expires 30 days after its day; entry 11 accepts it in the year after.
    let accept = world(12).pop().unwrap();
    late.push(Written { at: Instant { micros: accept.at.micros + 400 * 86_400_000_000 }, ..accept });
    let (check, seq, detail) = found(late);
    assert_eq!((check, seq), (CheckName::Rules, 11), "{detail}");
    assert!(detail.contains("had lapsed"), "{detail}");
}

#[test]
fn entries_beyond_head_and_a_torn_tail_are_no_damage() {
    let kit = Kit::new(35);
    let options = Options { vkeys: vec![vkey()], ..Options::default() };
    let last = kit.segments().pop().unwrap();
    let sound = fs::read(&last).unwrap();
    let end = sound.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    // A commit that was begun: a header's first bytes on the next sector.
    let mut torn = sound.clone();
    let at = end.next_multiple_of(512);
    torn.resize(torn.len().max(at + 600), 0);
    torn[at..at + 4].copy_from_slice(&[0x45, 0x43, 0x00, 0xFF]);
    torn[at + 40] = 7;
    fs::write(&last, torn).unwrap();
    let report = directory(&kit.data(), &options).unwrap();
    assert_eq!((report.result, report.size), (Outcome::Intact, 35), "{:?}", report.first_bad);
    assert!(report.torn_bytes > 0);
}

#[test]
fn a_tail_that_nobody_signed_is_said_and_the_signed_part_judged_by_itself() {
    let (kit, shorter) = (Kit::new(35), Kit::new(20));
    let options = Options { vkeys: vec![vkey()], ..Options::default() };
    let judged = || directory(&kit.data(), &options).unwrap();
    let root = judged_root(&shorter);
    fs::copy(shorter.data().join("head"), kit.data().join("head")).unwrap();
    let report = judged();
    assert_eq!((report.result, report.trusted, report.size), (Outcome::UnsignedTail, true, 20));
    assert_eq!(report.root, root, "the root is the signed one");
    let tail = report.unsigned.unwrap();
    assert_eq!((tail.from, tail.count, tail.first_bad), (Seq(20), 15, None));
    // what is bad in the tail is said there
    let flipped = |jti: &str| {
        for file in kit.segments() {
            let sound = fs::read(&file).unwrap();
            let Some(place) = sound.windows(jti.len()).position(|bytes| bytes == jti.as_bytes()) else {
                continue;
            };
            let mut bytes = sound.clone();
            bytes[place + 7] ^= 1;
            fs::write(&file, bytes).unwrap();
            let report = judged();
            fs::write(&file, sound).unwrap();
            return report;
        }
        panic!("{jti} is not there")
    };
    let report = flipped("\"jti\":\"j30\"");
    assert_eq!((report.result, report.size, report.root), (Outcome::UnsignedTail, 20, root));
    // in one commit, which counts whole or not at all, or in one of its own
    let bad = report.unsigned.and_then(|tail| tail.first_bad);
    assert!(bad.is_some() || report.torn_bytes > 0, "{bad:?}");
    let report = flipped("\"jti\":\"j15\"");
    assert_eq!(report.result, Outcome::Failed);
    assert!(report.first_bad.is_some_and(|bad| bad.seq.is_some_and(|seq| seq.0 <= 15)));
}

fn judged_root(kit: &Kit) -> String {
    kit.verify().root
}

#[test]
fn a_directory_that_cannot_be_looked_at_is_an_error_not_damage() {
    let kit = Kit::new(12);
    let toml = kit.data().join("ledger.toml");
    let text = fs::read_to_string(&toml).unwrap().replace("format = 2", "format = 3");
    fs::write(&toml, text).unwrap();
    // The segments say 2: it is damage, not another version.
    assert!(!kit.verify().is_intact());
    let _ = Seq(0);
}

#[test]
fn v2_an_entry_changed_under_sound_checksums_breaks_the_chain() {
    let kit = Kit::new(60);
    let file = kit.segments().remove(0);
    let sound = fs::read(&file).unwrap();
    // The first commit: its header at 512, the entries behind it. Entry 4 gets another letter.
    let field = |at: usize| u32::from_le_bytes(sound[at..at + 4].try_into().unwrap());
    let (header, body) = (512, 512 + 64);
    let length = usize::try_from(field(header + 16)).unwrap();
    let text = b"\"jti\":\"j4\"";
    let place = sound.windows(text.len()).position(|bytes| bytes == text).unwrap();
    assert!((body..body + length).contains(&place));
    let mut bytes = sound.clone();
    bytes[place + 8] = b'9';
    let crc = crc32c::crc32c(&bytes[body..body + length]);
    bytes[header + 20..header + 24].copy_from_slice(&crc.to_le_bytes());
    let crc = crc32c::crc32c(&bytes[header..header + 60]);
    bytes[header + 60..header + 64].copy_from_slice(&crc.to_le_bytes());
    fs::write(&file, bytes).unwrap();
    let report = kit.verify();
    let bad = report.first_bad.unwrap();
    assert_eq!(bad.check, CheckName::Chain, "{bad:?}");
    assert!(bad.file.starts_with("log/"), "{bad:?}");
    assert_eq!(report.checks[1].result, Verdict::Failed);
}

//! Every status of tlog-witness, and that nothing near a valid request is cosigned.

use std::sync::Arc;

use super::kit::{House, NOW, ORIGIN, TestLog, cosigned, request, served};
use crate::log::{Cosigner, Hash, RealFiles, Signer};
use crate::peer::witness::{Refusal, Witness, origin_hash};

#[test]
fn a_log_that_grows_is_cosigned_step_by_step() {
    let (house, log) = (House::new(), TestLog::new(300));
    let witness = house.open();
    let mut old = 0;
    for size in [1, 2, 3, 3, 255, 256, 257, 300] {
        let line = witness.add(log.request(old, size).as_bytes(), NOW + size).unwrap();
        assert_eq!(cosigned(&log.note(size), &line), (log.checkpoint(size), NOW + size));
        old = size;
        let newest = witness.newest(&origin_hash(ORIGIN)).unwrap();
        assert_eq!(*newest, *format!("{}{line}", log.note(size)));
    }
}

#[test]
fn the_line_and_the_path_are_those_of_the_vectors() {
    let (house, log) = (House::new(), TestLog::new(300));
    let line = house.open().add(log.request(0, 300).as_bytes(), NOW).unwrap();
    let vector = "IDJKvgAAAABpUkfAenHYk2V/3yS82NqSxobIaWybzMBni8p1J7cGvvUfON7/InWnx0hqsVEQnKpR2Vx4WnWzBfdgCrZlFj07pSFPAQ==";
    assert_eq!(line, format!("\u{2014} witness.example/w1 {vector}\n"));
    assert_eq!(origin_hash(ORIGIN), "5be92bef3f42d5bcd9e2649883a59da25fe073e6e9f4e75607dd36f54d6f94d5");
}

#[test]
fn what_is_no_request_is_malformed() {
    let (house, log) = (House::new(), TestLog::new(4));
    let witness = house.open();
    let (good, note) = (log.request(0, 4), log.note(4));
    let hash = log.checkpoint(4).root.to_string();
    let lines = |count: usize| format!("old 3\n{}\n{note}", format!("{hash}\n").repeat(count));
    let (_, line) = note.split_once("\n\n").unwrap();
    let bad = [
        String::new(),
        "old 0\n".to_owned(),
        note.clone(),
        good.replacen("old 0", "old 00", 1),
        good.replacen("old 0", "old +0", 1),
        good.replacen("old 0", "old -1", 1),
        good.replacen("old 0", "old  0", 1),
        good.replacen("old 0", "old 18446744073709551616", 1),
        good.replacen("old 0", "Old 0", 1),
        good.replacen('\n', "\r\n", 1),
        good.replacen("\n\n", "\n", 1),
        good.trim_end().to_owned(),
        good.replacen("\n4\n", "\n04\n", 1),
        good.replacen("old 0\n", "old 0\nnot base64\n", 1),
        good.replacen("old 0\n", &format!("old 0\n{}\n", hash.trim_end_matches('=')), 1),
        good.replacen("old 0\n", "old 0\nAAAA\n", 1),
        format!("{good}{}", line.repeat(64)),
        lines(64),
        format!(" {good}"),
        good.replace('\u{2014}', "-"),
    ];
    for body in bad {
        let refused = witness.add(body.as_bytes(), NOW).unwrap_err();
        assert_eq!(refused.status(), 400, "{body:?}: {refused}");
    }
    let mut bytes = good.clone().into_bytes();
    bytes.push(0xff);
    assert_eq!(witness.add(&bytes, NOW).unwrap_err().status(), 400);
    // 63 lines are a proof, if not one that holds
    witness.add(log.request(0, 3).as_bytes(), NOW).unwrap();
    assert_eq!(witness.add(lines(63).as_bytes(), NOW).unwrap_err().status(), 422);
}

#[test]
fn strangers_and_forgeries_are_refused() {
    let (house, log) = (House::new(), TestLog::new(4));
    let witness = house.open();
    let text = log.checkpoint(4).encode();
    let other = Signer::new("ledger.example/log2", &[5; 32]);
    let unknown = other.sign(&text.replace("log1", "log2"));
    let add = |note: &str| witness.add(request(0, &[], note).as_bytes(), NOW);
    assert_eq!(add(&unknown), Err(Refusal::UnknownOrigin));
    // a known log's name, another's key
    let forger = Signer::new(ORIGIN, &[6; 32]);
    assert_eq!(add(&forger.sign(&text)).unwrap_err().status(), 403);
    assert_eq!(add(&other.sign(&text)).unwrap_err().status(), 403);
    // the log's own line over another text, alone and beside a stranger's line that holds
    let moved = log.note(4).replacen("\n4\n", "\n3\n", 1);
    assert_eq!(add(&moved).unwrap_err().status(), 403);
    let line = |note: &str| note.split_once("\n\n").unwrap().1.to_owned();
    let both = format!("{}{}", forger.sign(&text), line(&log.note(3)));
    assert_eq!(add(&both).unwrap_err().status(), 403);
    assert_eq!(served(&witness), 0);
    // a line by an unknown key beside the log's own does no harm, and is not handed on
    let beside = format!("{}{}", log.note(4), line(&forger.sign(&text)));
    let signed = add(&beside).unwrap();
    let newest = witness.newest(&origin_hash(ORIGIN)).unwrap();
    assert_eq!(*newest, *format!("{}{signed}", log.note(4)));
}

#[test]
fn of_two_keys_of_a_log_one_is_enough_and_none_may_fail() {
    let (house, log) = (House::new(), TestLog::new(4));
    let second = Signer::new(ORIGIN, &[8; 32]);
    let keys = [log.signer.vkey(), second.vkey()];
    let witness = Witness::open(Arc::new(RealFiles), &house.path(), None, &[1; 32], &keys).unwrap();
    assert!(witness.vkey().name().starts_with("witness/"), "{}", witness.vkey());
    let text = log.checkpoint(2).encode();
    witness.add(request(0, &[], &second.sign(&text)).as_bytes(), NOW).unwrap();
    let bad = format!("{}{}", log.note(2), second.sign("x\n").split_once("\n\n").unwrap().1);
    assert_eq!(witness.add(request(2, &[], &bad).as_bytes(), NOW).unwrap_err().status(), 403);
    witness.add(log.request(2, 4).as_bytes(), NOW).unwrap();
}

#[test]
fn sizes_that_do_not_follow_are_told_the_last_one() {
    let (house, log) = (House::new(), TestLog::new(300));
    let witness = house.open();
    let add = |old, new| witness.add(log.request(old, new).as_bytes(), NOW).map(drop);
    assert_eq!(add(3, 4), Err(Refusal::OldSize { last: 0 }));
    assert_eq!(add(0, 100), Ok(()));
    assert_eq!(add(0, 200), Err(Refusal::OldSize { last: 100 }));
    assert_eq!(add(99, 200), Err(Refusal::OldSize { last: 100 }));
    assert_eq!(add(150, 200), Err(Refusal::OldSize { last: 100 }));
    // the old size rolled back, and a checkpoint that was rolled back
    assert_eq!(add(50, 60), Err(Refusal::OldSize { last: 100 }));
    let above = request(100, &[], &log.note(60));
    assert_eq!(witness.add(above.as_bytes(), NOW), Err(Refusal::OldAbove { old: 100, new: 60 }));
    assert_eq!(add(100, 300), Ok(()));
    assert_eq!(served(&witness), 300);
}

#[test]
fn what_does_not_extend_the_last_head_is_refused() {
    let (house, log, other) = (House::new(), TestLog::new(300), TestLog::forked(300, 50));
    let witness = house.open();
    let status = |body: String| witness.add(body.as_bytes(), NOW).unwrap_err().status();
    let empty = log.signer.sign(&format!("{ORIGIN}\n0\n{}\n", Hash([7; 32])));
    assert_eq!(status(request(0, &[], &empty)), 422, "an empty log has one root");
    assert_eq!(status(request(0, &log.proof(3, 100), &log.note(100))), 422, "a proof from nothing");
    witness.add(log.request(0, 100).as_bytes(), NOW).unwrap();
    assert_eq!(status(request(100, &[], &log.note(200))), 422, "no proof");
    assert_eq!(status(request(100, &log.proof(99, 200), &log.note(200))), 422, "another proof");
    assert_eq!(status(request(100, &log.proof(100, 201), &log.note(200))), 422);
    assert_eq!(status(other.request(100, 200)), 422, "a fork");
    assert_eq!(status(request(100, &[], &other.note(100))), 422, "a fork at the same size");
    assert_eq!(status(request(100, &log.proof(3, 100), &log.note(100))), 422, "a proof that has no place");
    let mut long = log.proof(100, 200);
    long.push(Hash([0; 32]));
    assert_eq!(status(request(100, &long, &log.note(200))), 422);
    witness.add(log.request(100, 200).as_bytes(), NOW).unwrap();
}

#[test]
fn a_log_without_entries_is_cosigned_and_may_begin() {
    let (house, log) = (House::new(), TestLog::new(2));
    let witness = house.open();
    witness.add(log.request(0, 0).as_bytes(), NOW).unwrap();
    witness.add(log.request(0, 2).as_bytes(), NOW).unwrap();
    assert_eq!(served(&witness), 2);
}

#[test]
fn extension_lines_of_other_logs_are_cosigned_with_their_checkpoint() {
    let (house, log) = (House::new(), TestLog::new(4));
    let witness = house.open();
    let note = log.signer.sign(&format!("{}more of it\n", log.checkpoint(4).encode()));
    let line = witness.add(request(0, &[], &note).as_bytes(), NOW).unwrap();
    assert_eq!(cosigned(&note, &line).0, log.checkpoint(4));
    let long = log.signer.sign(&format!("{}{}\n", log.checkpoint(4).encode(), "x".repeat(4_096)));
    assert_eq!(witness.add(request(4, &[], &long).as_bytes(), NOW).unwrap_err().status(), 400);
}

#[test]
fn the_time_of_a_cosignature_never_goes_back() {
    let (house, log) = (House::new(), TestLog::new(9));
    let witness = house.open();
    let line = witness.add(log.request(0, 3).as_bytes(), NOW).unwrap();
    // the same once more within a second is the same line; later it says so
    assert_eq!(witness.add(log.request(3, 3).as_bytes(), NOW).unwrap(), line);
    let again = witness.add(log.request(3, 3).as_bytes(), NOW + 60).unwrap();
    assert_eq!(cosigned(&log.note(3), &again).1, NOW + 60);
    let held = witness.add(log.request(3, 5).as_bytes(), NOW + 40).unwrap();
    assert_eq!(cosigned(&log.note(5), &held).1, NOW + 60);
    assert_eq!(witness.add(log.request(5, 6).as_bytes(), NOW + 29), Err(Refusal::ClockBehind));
    drop(witness);
    let witness = house.open();
    assert_eq!(witness.add(log.request(5, 6).as_bytes(), NOW + 29), Err(Refusal::ClockBehind));
    witness.add(log.request(5, 6).as_bytes(), NOW + 31).unwrap();
}

/// A generator that says the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % end.max(1)
    }

    /// Changes bytes anywhere; what is left is seldom a request.
    fn bytes(&mut self, body: &mut Vec<u8>, other: &[u8]) {
        if body.is_empty() {
            return;
        }
        let (at, length) = (self.below(body.len()), 1 + self.below(40));
        let end = (at + length).min(body.len());
        match self.below(7) {
            0 => body[at] ^= 1 << self.below(8),
            1 => drop(body.drain(at..end)),
            2 => body.truncate(at),
            3 => {
                let some: Vec<u8> = (0..length).map(|_| u8::try_from(self.below(256)).unwrap()).collect();
                drop(body.splice(at..at, some));
            }
            4 => {
                let some = body[at..end].to_vec();
                drop(body.splice(at..at, some));
            }
            5 => body[at] = b"\n 0+=/\xe2A9"[self.below(9)],
            _ => {
                let from = self.below(other.len());
                let some = other[from..(from + length).min(other.len())].to_vec();
                drop(body.splice(at..end, some));
            }
        }
    }

    /// Changes a request to another one: its numbers, its hashes, the lines before its note, its parts.
    fn meaning(&mut self, body: &mut Vec<u8>, other: &[u8]) {
        let both = [std::str::from_utf8(body), std::str::from_utf8(other)];
        let [Ok(text), Ok(other)] = both else { return };
        let halves = [text.split_once("\n\n"), other.split_once("\n\n")];
        let [Some((head, note)), Some((other_head, other_note))] = halves else { return };
        let mut lines: Vec<String> = head.split('\n').map(str::to_owned).collect();
        let line = self.below(lines.len());
        let (mut note, mut whole) = (note.to_owned(), None);
        match self.below(8) {
            0 => lines[0] = format!("old {}", self.below(400)),
            1 => drop(lines.remove(line)),
            2 => lines.insert(line, lines[line].clone()),
            3 => lines.reverse(),
            4 => whole = Some(format!("{other_head}\n\n{note}")),
            5 => note = other_note.to_owned(),
            6 => note = note.replacen("\n100\n", &format!("\n{}\n", self.below(400)), 1),
            _ => {
                let mut bytes = text.as_bytes().to_vec();
                let place = self.below(bytes.len());
                if bytes[place].is_ascii_alphanumeric() {
                    bytes[place] = b"ABCDwxyz0189"[self.below(12)];
                }
                whole = String::from_utf8(bytes).ok();
            }
        }
        *body = whole.unwrap_or_else(|| format!("{}\n\n{note}", lines.join("\n"))).into_bytes();
    }
}

#[test]
fn five_thousand_mutations_of_valid_requests_are_refused() {
    let (house, log, fork) = (House::new(), TestLog::new(300), TestLog::forked(300, 60));
    let witness = house.open();
    witness.add(log.request(0, 100).as_bytes(), NOW).unwrap();
    let valid = [log.request(100, 300), log.request(100, 101), log.request(100, 128), log.request(100, 100)];
    let others = [log.request(0, 100), log.request(101, 300), fork.request(100, 300), log.request(99, 100)];
    let (mut random, mut seen) = (Random(0x1234_5678_9abc_def1), std::collections::BTreeMap::new());
    let mut tried = 0;
    while tried < 5_000 {
        let original = valid[random.below(valid.len())].clone().into_bytes();
        let other = others[random.below(others.len())].clone().into_bytes();
        let mut body = original.clone();
        if tried % 2 == 0 {
            random.bytes(&mut body, &other);
        } else {
            random.meaning(&mut body, &other);
        }
        if valid.iter().any(|valid| valid.as_bytes() == body) {
            continue;
        }
        tried += 1;
        let refused = witness.add(&body, NOW + 5).expect_err(&String::from_utf8_lossy(&body));
        *seen.entry(refused.status()).or_insert(0) += 1;
    }
    println!("{seen:?}");
    for status in [400, 403, 404, 409, 422] {
        assert!(seen.contains_key(&status), "no mutation was refused with {status}: {seen:?}");
    }
    assert_eq!(served(&witness), 100);
    // and what was mutated is still good
    witness.add(valid[0].as_bytes(), NOW + 5).unwrap();
}

#[test]
fn a_name_is_kept_and_a_bad_one_refused() {
    let (house, log) = (House::new(), TestLog::new(0));
    let open = |name| Witness::open(Arc::new(RealFiles), &house.path(), name, &[1; 32], &[log.signer.vkey()]);
    for bad in ["", "two words", "a+b"] {
        let said = open(Some(bad)).err().unwrap().to_string();
        assert!(said.contains("cannot have the name"), "{said}");
    }
    let vkey = open(Some("a.example")).unwrap().vkey();
    assert_eq!(vkey, Cosigner::new("a.example", &[1; 32]).unwrap().vkey());
    assert_eq!(open(None).unwrap().vkey(), vkey);
    assert!(open(Some("b.example")).err().unwrap().to_string().contains("is a.example, not b.example"));
}

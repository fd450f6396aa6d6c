//! What witnesses signed, in both verifiers: which lines count at which size, and which are damage.

use std::fs;

use estafet::log::{Checkpoint, Cosigner, CosignerVkey, Hash, Reader, cosigned};
use estafet::verify::Options;
use serde_json::json;

use super::super::kit::{Ledger, ORIGIN, beginning};
use super::{Second, agree, detail, ours, result, with};

fn witness(n: u8) -> Cosigner {
    Cosigner::new(&format!("witness.example/w{n}"), &[n; 32]).expect("a witness")
}

/// A ledger that asks for two of the witnesses 1 and 2; 3 is retired.
fn ledger() -> Ledger {
    let ledger = Ledger::new();
    let mut statements = beginning();
    for n in 1..=3 {
        let vkey = witness(n).vkey().to_string();
        statements.push(json!({"type": "witness.registered", "jti": format!("w{n}"),
            "data": {"name": witness(n).name(), "vkey": vkey, "url": "http://127.0.0.1:9"}}));
    }
    statements.push(json!({"type": "witness.retired", "jti": "r3", "data": {"name": witness(3).name()}}));
    statements.push(json!({"type": "policy.changed", "jti": "two", "data": {"witness_quorum": 2}}));
    statements.push(json!({"type": "agency.registered", "jti": "last",
        "data": {"agency": "last", "name": {"en": "Last"}, "kind": "office"}}));
    assert_eq!(ledger.import(&statements).exit, 0);
    ledger
}

/// A note as it is kept: a text, and lines of witnesses under it.
fn note(text: &str, by: &[u8]) -> String {
    let lines: String = by.iter().map(|n| witness(*n).cosign(text, 1_800_000_000)).collect();
    format!("{text}\n{lines}")
}

type Case = (&'static str, Vec<String>, &'static str);

fn cases(reader: &Reader) -> Vec<Case> {
    let at = |size: u64, root: Hash| Checkpoint { origin: ORIGIN.to_owned(), size, root }.encode();
    let size = reader.size();
    let whole = |size: u64| at(size, reader.tree().root_at(size).expect("a root"));
    let other = |size: u64| at(size, Hash([7; 32]));
    let failing = note(&whole(size), &[1]).replace(&whole(size), &whole(size - 1));
    vec![
        ("nothing", vec![], "skipped"),
        ("one of two", vec![note(&whole(size), &[1])], "skipped"),
        ("two files", vec![note(&whole(size), &[1]), note(&whole(size), &[2])], "ok"),
        ("one file", vec![note(&whole(size), &[1, 2])], "ok"),
        (
            "an older size, and one of two at the newest",
            vec![note(&whole(size - 1), &[2]), note(&whole(size), &[1])],
            "skipped",
        ),
        ("a retired one", vec![note(&whole(size), &[1, 3])], "skipped"),
        ("before they were registered", vec![note(&whole(4), &[1, 2])], "skipped"),
        ("at the first size that names both, with no quorum yet", vec![note(&whole(9), &[1, 2])], "ok"),
        ("an unknown one", vec![note(&whole(size), &[1, 9])], "skipped"),
        ("an unknown one over another root", vec![note(&other(size), &[9])], "skipped"),
        ("a retired one over another root", vec![note(&other(size), &[3])], "skipped"),
        ("a line that fails", vec![failing.clone()], "failed"),
        ("one that fails beside two that hold", vec![note(&whole(size), &[1, 2]), failing], "failed"),
        ("another root", vec![note(&other(size), &[1])], "failed"),
        ("more than the log holds", vec![note(&other(size + 1), &[1])], "failed"),
        ("another log", vec![note(&whole(size).replace("ledger", "other"), &[1])], "failed"),
        ("no note", vec!["x".to_owned()], "failed"),
        ("an empty file", vec![String::new()], "failed"),
        ("extension lines", vec![note(&format!("{}more\n", whole(size)), &[1, 2])], "failed"),
    ]
}

fn keep(ledger: &Ledger, notes: &[String]) {
    let folder = ledger.dir().join(cosigned::FOLDER);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir(&folder).expect("a folder");
    for (n, note) in notes.iter().enumerate() {
        fs::write(folder.join(format!("{n:064x}")), note).expect("written");
    }
    // what is not whole yet is no file of it
    fs::write(folder.join("published.part"), "x").expect("written");
}

#[test]
fn v5_both_judge_what_witnesses_signed_alike() {
    let ledger = ledger();
    let Some(mut second) = Second::start(&["--vkey", &ledger.vkey]) else { return };
    let reader = Reader::open(&ledger.dir()).expect("a reader");
    let options = with(&ledger.vkey);
    for (what, notes, expected) in cases(&reader) {
        keep(&ledger, &notes);
        let (first, theirs) = (ours(&ledger.dir(), &options), second.ask(&ledger.dir()));
        agree(what, &first, &theirs);
        assert_eq!(result(&first, "witnesses"), expected, "{what}: {}", detail(&first, "witnesses"));
        assert_eq!(first["result"] == "failed", expected == "failed", "{what}");
    }
    // one bit of a kept note changed
    let text = Checkpoint {
        origin: ORIGIN.to_owned(),
        size: reader.size(),
        root: reader.tree().root_at(reader.size()).expect("a root"),
    };
    let whole = note(&text.encode(), &[1, 2]);
    let mut failed = 0;
    for place in (0..whole.len()).step_by(5) {
        let mut bytes = whole.clone().into_bytes();
        bytes[place] ^= 1 << (place % 7);
        keep(&ledger, &[]);
        fs::write(ledger.dir().join(cosigned::FOLDER).join(cosigned::PUBLISHED), &bytes).expect("written");
        let (first, theirs) = (ours(&ledger.dir(), &options), second.ask(&ledger.dir()));
        agree(&format!("byte {place}"), &first, &theirs);
        assert_ne!(result(&first, "witnesses"), "ok", "byte {place}");
        failed += u32::from(result(&first, "witnesses") == "failed");
    }
    assert!(failed > 40, "{failed}");
}

#[test]
fn v5_a_witness_that_the_asker_trusts_must_have_signed() {
    let ledger = ledger();
    let trusted = witness(9).vkey().to_string();
    let Some(mut second) = Second::start(&["--vkey", &ledger.vkey, "--vkey", &trusted]) else { return };
    // the log names a witness of the same name, with a key of the operator's own
    let namesake = Cosigner::new(witness(9).name(), &[99; 32]).expect("a witness");
    let registered = json!({"type": "witness.registered", "jti": "w9", "data": {"name": namesake.name(),
        "vkey": namesake.vkey().to_string(), "url": "http://127.0.0.1:9"}});
    assert_eq!(ledger.import(&[registered]).exit, 0);
    let reader = Reader::open(&ledger.dir()).expect("a reader");
    let cosigners = vec![CosignerVkey::parse(&trusted).expect("a witness's key")];
    let options = Options { cosigners, ..with(&ledger.vkey) };
    let (size, root) = (reader.size(), reader.tree().root_at(reader.size()).expect("a root"));
    let text = Checkpoint { origin: ORIGIN.to_owned(), size, root }.encode();
    let other = Checkpoint { origin: ORIGIN.to_owned(), size, root: Hash([7; 32]) }.encode();
    let root = reader.tree().root_at(5).expect("a root");
    let old = Checkpoint { origin: ORIGIN.to_owned(), size: 5, root }.encode();
    let by_namesake = namesake.cosign(&text, 1_800_000_000);
    for (what, notes, expected) in [
        ("a namesake has", vec![format!("{text}\n{by_namesake}")], "failed"),
        ("it has, beside a namesake", vec![note(&text, &[9]) + &by_namesake], "ok"),
        ("long ago", vec![note(&old, &[9]), note(&text, &[1, 2])], "ok"),
        ("it has", vec![note(&text, &[9])], "ok"),
        ("beside a quorum", vec![note(&text, &[1, 2, 9])], "ok"),
        ("nobody has", vec![], "failed"),
        ("others have", vec![note(&text, &[1, 2])], "failed"),
        ("another root", vec![note(&other, &[9])], "failed"),
        ("its line fails", vec![note(&other, &[9]).replace(&other, &text)], "failed"),
    ] {
        keep(&ledger, &notes);
        let (first, theirs) = (ours(&ledger.dir(), &options), second.ask(&ledger.dir()));
        agree(what, &first, &theirs);
        assert_eq!(result(&first, "witnesses"), expected, "{what}: {}", detail(&first, "witnesses"));
        let at = if what == "long ago" {
            "size 5 is cosigned by every witness that was given, witness.example/w9;"
        } else {
            ""
        };
        assert!(detail(&first, "witnesses").starts_with(at), "{what}");
    }
}

//! What a server can answer wrongly: nothing of it is kept, and each wrong answer is told for what it is.

use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;

use estafet::ledger;
use estafet::log::Signer;
use serde_json::json;

use super::super::kit::{Done, Ledger, ORIGIN, check, run, text};
use super::kit::{Evil, Face};

fn mirrored(evil: &Evil, vkey: &str, dir: &Path) -> Done {
    run(&["mirror", &evil.url, "--vkey", vkey, "--data", text(dir), "--once", "--json"])
}

/// What is kept is sound: what the newest checkpoint here covers, and behind it at most so many entries that
/// were held to a signed root before the reading broke off.
fn keeps(dir: &Path, vkey: &str, sizes: RangeInclusive<u64>) {
    let done = run(&["verify", text(dir), "--vkey", vkey, "--json"]);
    let report = done.json();
    let (size, tail) = (report["size"].as_u64(), report["unsigned"]["count"].as_u64().unwrap_or(0));
    assert_eq!(size, Some(*sizes.start()), "{report}");
    assert!(sizes.contains(&(sizes.start() + tail)) && report["unsigned"]["first_bad"].is_null(), "{report}");
    assert_eq!(done.exit, if tail > 0 { 11 } else { 0 }, "{report}");
    assert_eq!(report["trusted"], true, "{report}");
}

#[test]
fn wrong_answers_are_told_and_nothing_of_them_is_kept() {
    let (ledger, face) = Face::first(300);
    let (evil, vkey) = (Evil::serve(&face, 200), face.vkey().to_string());
    let dir = ledger.beside("m");
    assert_eq!(mirrored(&evil, &vkey, &dir).exit, 0);

    let stranger = Signer::new(ORIGIN, &[9; 32]).sign(&face.checkpoint(300).encode());
    let other = Signer::new("ledger.example/other", &[9; 32]);
    let other = other.sign(&face.checkpoint(300).encode().replace(ORIGIN, "ledger.example/other"));
    let forged = face.note(300).replacen("\n300\n", "\n299\n", 1);
    let bundle: Vec<u8> = face.entries[256..300].iter().flat_map(|entry| framed(entry)).collect();
    let mut flipped = bundle.clone();
    flipped[400] ^= 1;
    let mut leaves = vec![7; 44 * 32];
    leaves[0] = 8;
    let long = vec![b'x'; 64 << 10];
    let cases: [Case<'_>; 17] = [
        ("checkpoint", 404, b"{\"detail\":\"nothing here\"}", 2, 2, "answered 404 (nothing here)"),
        ("checkpoint", 500, b"", 2, 2, "answered 500"),
        ("checkpoint", 302, b"", 2, 2, "answered 302"),
        ("checkpoint", 200, b"", 2, 2, "no signed checkpoint"),
        ("checkpoint", 200, b"<html>login</html>", 2, 2, "no signed checkpoint"),
        ("checkpoint", 200, b"\xff\xfe", 2, 2, "a checkpoint is text"),
        ("checkpoint", 200, &long, 2, 2, "more than 16384 bytes"),
        ("checkpoint", 200, stranger.as_bytes(), 3, 3, "not signed by"),
        ("checkpoint", 200, other.as_bytes(), 3, 3, "not signed by"),
        ("checkpoint", 200, forged.as_bytes(), 3, 3, "not signed by"),
        ("tile/entries/001.p/44", 500, b"", 2, 2, "answered 500"),
        ("tile/entries/001.p/44", 404, b"", 2, 2, "answered 404"),
        ("tile/entries/001.p/44", 200, &bundle[..bundle.len() - 1], 2, 2, "each behind its length"),
        ("tile/entries/001.p/44", 200, b"\0\x05hello", 2, 2, "each behind its length"),
        ("tile/entries/001.p/44", 200, &flipped, 3, 3, "entr"),
        ("tile/0/001.p/44", 200, &leaves, 0, 3, "do not give its root"),
        ("tile/0/001.p/44", 200, &leaves[32..], 0, 2, "32 bytes for each"),
    ];
    for (path, status, bytes, verify, mirror, said) in cases {
        evil.show(&face, 300);
        evil.instead(path, status, bytes);
        let found = run(&["verify", &evil.url, "--vkey", &vkey]);
        assert_eq!(found.exit, verify, "{path} {said}: {}{}", found.stdout, found.stderr);
        if verify > 0 {
            let talk = format!("{}{}", found.stdout, found.stderr);
            assert!(talk.contains(said), "{path} {said}: {talk}");
        }
        let found = mirrored(&evil, &vkey, &dir);
        assert_eq!(found.exit, mirror, "{path} {said}: {}", found.stderr);
        assert!(found.stderr.contains(said), "{path} {said}: {}", found.stderr);
        keeps(&dir, &vkey, 200..=256);
    }
    // nobody there
    assert_eq!(run(&["verify", "http://127.0.0.1:9", "--vkey", &vkey]).exit, 2);
    assert_eq!(run(&["verify", "http://user@127.0.0.1:9/"]).exit, 2);
    // and what is right is taken afterwards
    evil.show(&face, 300);
    assert_eq!(mirrored(&evil, &vkey, &dir).exit, 0);
    keeps(&dir, &vkey, 300..=300);
}

/// Path, status and bytes of an answer; exit codes of `verify URL` and `mirror`; what they say.
type Case<'a> = (&'a str, u16, &'a [u8], i32, i32, &'a str);

fn framed(entry: &[u8]) -> Vec<u8> {
    let length = u16::try_from(entry.len()).expect("short").to_be_bytes();
    length.iter().chain(entry).copied().collect()
}

#[test]
fn a_part_that_became_full_is_read_from_the_full_tile() {
    let (ledger, face) = Face::first(300);
    let (evil, vkey) = (Evil::serve(&face, 300), face.vkey().to_string());
    // the checkpoint is an older one, the tiles are those of today
    evil.instead("checkpoint", 200, face.note(200).as_bytes());
    for path in ["tile/entries/000.p/200", "tile/0/000.p/200"] {
        evil.instead(path, 404, b"");
    }
    check(&["verify", &evil.url, "--vkey", &vkey], 0);
    let dir = ledger.beside("m");
    assert_eq!(mirrored(&evil, &vkey, &dir).json()["size"], 200);
    keeps(&dir, &vkey, 200..=200);
}

#[test]
fn what_the_rules_refuse_is_found_under_a_signed_checkpoint_too() {
    let (ledger, face) = Face::first(300);
    let (evil, vkey) = (Evil::serve(&face, 200), face.vkey().to_string());
    let dir = ledger.beside("m");
    assert_eq!(mirrored(&evil, &vkey, &dir).exit, 0);
    // the same id once more; a jti that stands already; a kind that is no text
    for (from, to, found) in
        [("a-250", "a-20", "may not stand"), ("n 250", "n 20", "jti"), ("office", "", "may not")]
    {
        let said = |seq: u64, text: &str| (seq == 250).then(|| text.replace(from, to));
        let bad = face.other(250, &said);
        evil.show(&bad, 300);
        let refused = mirrored(&evil, &vkey, &dir);
        assert_eq!(refused.exit, 3, "{}", refused.stderr);
        assert!(refused.stderr.contains(found) && refused.stderr.contains("250"), "{}", refused.stderr);
        keeps(&dir, &vkey, 200..=250);
        let report = run(&["verify", &evil.url, "--vkey", &vkey, "--json"]);
        assert_eq!((report.exit, &report.json()["first_bad"]["seq"]), (3, &json!(250)), "{}", report.stdout);
        fs::remove_file(dir.join("seen")).expect("the other face is forgotten");
    }
}

#[test]
fn v10_an_index_that_lies_is_found_by_verify_and_by_the_mirror() {
    let ledger = Ledger::new();
    let agency = |n: u64| {
        json!({"type": "agency.registered", "jti": format!("n {n}"),
            "data": {"agency": format!("a-{n}"), "name": {"en": "Agency"}, "kind": "office"}})
    };
    ledger.import(&(0..40).map(agency).collect::<Vec<_>>());
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let (open, _) = ledger::Ledger::open(&ledger.dir(), &ledger::Config::default()).expect("opened");
    let root = runtime.block_on(open.index()).expect("an index root");
    open.close().expect("closed");
    drop(open);
    ledger.import(&(40..50).map(agency).collect::<Vec<_>>());
    let (face, by) = (Face::read(&ledger), root.by.0);
    let (evil, vkey) = (Evil::serve(&face, face.size()), face.vkey().to_string());
    let (dir, size) = (ledger.beside("m"), face.size());
    assert_eq!(mirrored(&evil, &vkey, &dir).json()["size"], size);
    let report = check(&["verify", &evil.url, "--vkey", &vkey, "--json"], 0).json();
    assert!(report.to_string().contains("1 index roots"), "{report}");
    let lie = |from: String, to: String| {
        face.other(by, &|seq, text| {
            (seq == by).then(|| {
                assert!(text.contains(&from), "{text}");
                text.replace(&from, &to)
            })
        })
    };
    let another = estafet::log::Hash([3; 32]).to_string();
    let lies = [
        lie(root.root.to_string(), another),
        lie(format!("\"size\":{}", root.size), format!("\"size\":{}", root.size - 1)),
    ];
    for (n, lie) in lies.iter().enumerate() {
        evil.show(lie, size);
        let dir = ledger.beside(&format!("m{n}"));
        let refused = mirrored(&evil, &vkey, &dir);
        assert_eq!(refused.exit, 3, "{}", refused.stderr);
        assert!(refused.stderr.contains("give another root"), "{}", refused.stderr);
        assert!(!dir.join("head").exists(), "nothing of it is a ledger here");
        let report = run(&["verify", &evil.url, "--vkey", &vkey, "--json"]);
        let report = (report.exit, report.json()["first_bad"].clone());
        assert_eq!(
            (report.0, &report.1["check"], &report.1["seq"]),
            (3, &json!("index"), &json!(by)),
            "{report:?}"
        );
    }
}

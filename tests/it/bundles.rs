//! Bundles about every subject and every entry of whole ledgers: none is a false alarm, and what the key's
//! holder wrote against the rules is found in a bundle as far as it carries what decides it.

use std::collections::BTreeSet;
use std::path::Path;

use estafet::domain::{Seq, Subject};
use estafet::log::{Entry, Reader, Vkey};
use estafet::verify::{self, CheckName, Options, Report, Verdict};
use estafet::views::Offline;
use estafet::views::bundle::{About, Bundle};
use serde_json::{Value, json};

use super::kit::{Ledger, beginning, check, root, text};

/// A bundle from a directory, as text.
fn bundle(dir: &Path, about: &About) -> Vec<u8> {
    let offline = Offline::open(dir).expect("a ledger");
    let mut bundle = Bundle::settle(offline.reader(), dir, about).expect("settled").expect("a bundle");
    let mut out = Vec::new();
    while bundle.piece(&offline.look(), &mut out).expect("a piece") {}
    out
}

fn judged(dir: &Path, about: &About, options: &Options) -> Report {
    verify::file(&bundle(dir, about), options).unwrap_or_else(|why| panic!("{about:?}: {why}"))
}

fn subjects(dir: &Path) -> BTreeSet<Subject> {
    let reader = Reader::open(dir).expect("a ledger");
    let mut found = BTreeSet::new();
    for entry in reader.entries(Seq(0), Seq(reader.size())) {
        let (_, bytes) = entry.expect("an entry");
        let links = Entry::decode(&bytes).expect("an entry").links;
        found.extend(links.iter().map(|(name, _)| Subject::parse(name).expect("a subject")));
    }
    found
}

/// Asks for every bundle there is; how many, and how many of those about responsibilities were admitted
/// again as a whole.
fn all(dir: &Path, options: &Options) -> (usize, usize) {
    let (mut count, mut whole) = (0, 0);
    let size = Reader::open(dir).expect("a ledger").size();
    let about = subjects(dir).into_iter().map(About::Subject);
    for about in about.chain((0..size).map(|seq| About::Entry(Seq(seq)))) {
        let report = judged(dir, &about, options);
        assert!(report.is_intact(), "{about:?}: {:?}", report.first_bad);
        let rules = report.check(CheckName::Rules).expect("rules");
        assert_eq!(rules.result, Verdict::Ok, "{about:?}");
        count += 1;
        let responsibility = matches!(&about, About::Subject(subject) if subject.as_str().starts_with("r:"));
        whole += usize::from(responsibility && !rules.detail.contains("rest on more"));
    }
    (count, whole)
}

fn with(vkey: &str) -> Options {
    Options { vkeys: vec![Vkey::parse(vkey).expect("a key")], ..Options::default() }
}

#[test]
fn no_bundle_of_a_sound_ledger_is_a_false_alarm() {
    let ledger = Ledger::new();
    let file = root().join("docs/cases/idn-cabinet-2024/statements.jsonl");
    check(&["import", "jsonl", text(&file), "--data", text(&ledger.dir())], 0);
    let (count, whole) = all(&ledger.dir(), &with(&ledger.vkey));
    assert!(count > 200 && whole > 20, "{count} {whole}");

    let story = ledger.beside("story");
    check(&["demo", "--once", "--data", text(&story)], 0);
    let (count, whole) = all(&story, &Options::default());
    assert!(count > 100 && whole > 3, "{count} {whole}");
}

/// The entries of a ledger whose rules were never asked, as its key's holder can write them.
fn unruled(name: &str, further: &[Value]) -> (Ledger, Vec<u8>) {
    let ledger = Ledger::new();
    assert_eq!(ledger.import(&beginning()).exit, 0, "{name}");
    let dir = super::second::unruled(&ledger, name, further);
    (ledger, bundle(&dir, &About::Subject(Subject::parse("r:housing").expect("a subject"))))
}

#[test]
fn a_bundle_shows_what_its_entries_decide() {
    let second = json!({"data": {"agency": "kemen-pkp", "assignment": "housing-second",
        "basis": {"ref": "id/uu/2011/1"}, "responsibility": "housing", "role": "accountable",
        "valid": {"from": "2021-01-01"}}, "jti": "second holder", "type": "assignment.made"});
    let links = ["a:kemen-pkp", "a:registrar", "as:housing-second", "i:id/uu/2011/1", "r:housing"];
    let again = json!({"data": {"code": {"scheme": "functions", "value": "housing"}, "name": {"en": "H", "id": "P"},
        "responsibility": "housing"}, "jti": "again", "type": "responsibility.defined"});
    let cases = [
        ("two who answer", second.clone(), &links[..], CheckName::Rules, "already-accountable"),
        ("an id twice", again, &["a:registrar", "r:housing"], CheckName::Rules, "id-taken"),
        (
            "not linked",
            second,
            &["a:registrar", "as:housing-second", "r:housing"],
            CheckName::Links,
            "must link",
        ),
    ];
    for (name, statement, links, check, said) in cases {
        let (ledger, bundle) = unruled(name, &[json!({"links": links, "statement": statement})]);
        let report = verify::file(&bundle, &with(&ledger.vkey)).expect("a bundle");
        let bad = report.first_bad.unwrap_or_else(|| panic!("{name}: nothing found"));
        assert!(bad.check == check && bad.detail.contains(said), "{name}: {bad:?}");
    }
}

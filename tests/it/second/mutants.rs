//! Twenty thousand mutated bundles, proofs, receipts and pieces of evidence before both verifiers: each is
//! refused by both, with the same verdict and the same first check.

mod change;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use estafet::domain::Seq;
use estafet::log::{Reader, proof};
use estafet::verify::Options;
use serde_json::{Value, json};

use super::super::kit::{Random, check, text};
use super::bundle::ours;
use super::whole::Replaced;
use super::written::{told, write};
use super::{Second, agree, with};
use change::{Act, Places, change};

/// Mutants of all kinds together.
const MUTANTS: u64 = 20_000;
/// Processes of the second verifier.
const WORKERS: u64 = 2;

/// What is mutated: a file that is asked about, or a receipt that is held against a sound bundle.
struct Kind {
    name: &'static str,
    /// Of a hundred mutants.
    share: u64,
    sound: Sound,
    /// The sound bundle, where the mutant is a receipt.
    bundle: Option<String>,
    /// What says the same as before, by its group of places.
    neutral: fn(&str, Act, &Value, &Value) -> bool,
}

enum Sound {
    Json(Box<(Value, Places)>),
    Text(String),
}

impl Sound {
    fn json(text: &str) -> Self {
        let value: Value = serde_json::from_str(text).expect("JSON");
        let places = Places::of(&value);
        Self::Json(Box::new((value, places)))
    }

    fn text(&self) -> String {
        match self {
            Self::Json(json) => json.0.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

/// A bundle of fewer subjects or details is another sound bundle, and of its subjects and details the order
/// says nothing; so is one without `since`. The ledger's own history and those of keys must be there.
fn of_a_bundle(group: &str, act: Act, before: &Value, after: &Value) -> bool {
    match (group, act) {
        ("", Act::Remove) => after.get("since").is_none() && before.get("since").is_some(),
        ("/subjects", Act::Swap) | ("/entries/*/disclosures", Act::Remove | Act::Swap) => true,
        ("/subjects", Act::Remove) => {
            let names = |of: &Value| -> Vec<String> {
                let all = of.as_array().expect("subjects").iter();
                all.map(|one| one["name"].as_str().expect("a name").to_owned()).collect()
            };
            let kept = names(after);
            let gone = names(before).into_iter().find(|name| !kept.contains(name));
            gone.is_none_or(|name| name != "l:ledger" && !name.starts_with("k:"))
        }
        // fewer of the same entry's details
        ("/entries/*/disclosures", Act::Retype | Act::Exchange) => after == &json!([]),
        _ => false,
    }
}

/// As of every bundle; and an entry that nothing carried speaks of may be left out of one about an entry.
fn of_an_entrys_bundle(group: &str, act: Act, before: &Value, after: &Value) -> bool {
    group == "/entries" && act == Act::Remove || of_a_bundle(group, act, before, after)
}

fn of_evidence(_: &str, _: Act, _: &Value, _: &Value) -> bool {
    false
}

/// Receipts may grow: what nobody knows is passed over, and details are for who sent them. A batch of
/// fewer receipts, or of the same in another order, is a sound one.
fn of_receipts(group: &str, act: Act, before: &Value, after: &Value) -> bool {
    let lost = |name: &str| before.get(name).is_some() && after.get(name).is_none();
    match group {
        "/disclosures" | "/disclosures/*" | "/receipts/*/disclosures" | "/receipts/*/disclosures/*" => true,
        _ if act == Act::Add => true,
        "" | "/receipts/*" if matches!(act, Act::Remove | Act::Rename) => lost("disclosures"),
        "/receipts" => matches!(act, Act::Remove | Act::Swap | Act::Repeat),
        "/receipts/*" => act == Act::Exchange,
        _ => false,
    }
}

fn export(of: &Replaced, about: &[&str]) -> String {
    let out = of.world.ledger.beside("exported.json");
    let dir = of.world.ledger.dir();
    check(&[&["export", "bundle", "--data", text(&dir), "--out", text(&out)], about].concat(), 0);
    fs::read_to_string(&out).expect("a bundle")
}

/// Two checkpoints of a fork: of one size, and of two sizes with the proof.
fn evidence(of: &Replaced) -> [String; 2] {
    let ledger = &of.world.ledger;
    let one = Reader::open(&ledger.dir()).expect("a ledger");
    let mut entries = told(&ledger.dir());
    let last = entries.pop().expect("one");
    let forked = last.renamed("behind-the-index", "forked");
    let other = |name: &str, entries: &[_]| {
        write(&ledger.dir(), &ledger.beside(name), entries);
        Reader::open(&ledger.beside(name)).expect("a ledger")
    };
    entries.push(forked.clone());
    let same = other("same", &entries);
    entries.extend((0..6).map(|n| forked.renamed("forked", &format!("more-{n}"))));
    let longer = other("longer", &entries);
    assert!(same.size() == one.size() && !one.size().is_power_of_two());
    let proof = longer.tree().consistency_proof(one.size(), longer.size()).expect("a proof");
    let format = "estafet-evidence/1";
    [
        json!({"format": format, "a": one.checkpoint(), "b": same.checkpoint()}),
        json!({"format": format, "a": longer.checkpoint(), "b": one.checkpoint(), "proof": proof}),
    ]
    .map(|evidence| evidence.to_string())
}

fn kinds(of: &Replaced) -> Vec<Kind> {
    let since = text(&of.since);
    let whole = export(of, &["--subject", "r:housing", "--since", since]);
    let small = export(of, &["--seq", "3", "--since", since]);
    let reader = Reader::open(&of.world.ledger.dir()).expect("a ledger");
    let seq = 3;
    let proved = reader.tree().inclusion_proof(seq, reader.size()).expect("a proof");
    let as_text = proof::text(Seq(seq), &proved, &reader.checkpoint());
    let [same, longer] = evidence(of);
    let receipts = &of.world.receipts;
    let json = |name, share, text: &str, neutral| {
        let (sound, bundle) = (Sound::json(text), None);
        Kind { name, share, sound, bundle, neutral }
    };
    let held = |kind: Kind| Kind { bundle: Some(small.clone()), ..kind };
    let proof =
        Kind { name: "proof", share: 13, sound: Sound::Text(as_text), bundle: None, neutral: of_evidence };
    vec![
        json("subject", 6, &whole, of_a_bundle),
        json("details", 4, &of.bundle.to_string(), of_a_bundle),
        json("entry", 42, &small, of_an_entrys_bundle),
        json("fork", 10, &same, of_evidence),
        json("longer fork", 10, &longer, of_evidence),
        held(json("receipt", 10, &receipts[0], of_receipts)),
        held(json("batch", 5, &receipts[1], of_receipts)),
        held(proof),
    ]
}

/// A changed proof as text: a character, or a line.
fn changed_text(sound: &str, random: &mut Random) -> (String, String) {
    let value = json!(sound.split('\n').collect::<Vec<_>>());
    let places = Places::of(&value);
    // a signature line twice says no more than once
    let signed = |lines: &Value| {
        let lines = lines.as_array().into_iter().flatten().filter_map(Value::as_str);
        lines.filter(|line| line.starts_with('\u{2014}')).count()
    };
    loop {
        let is_line = |_: &str, act: Act, _: &Value, after: &Value| {
            !matches!(act, Act::Alter | Act::Exchange | Act::Remove | Act::Repeat | Act::Swap)
                || (act == Act::Exchange && after.is_array())
                || (act == Act::Repeat && signed(after) > 1)
        };
        let (what, text) = change(&value, &places, random, &is_line);
        let Ok(lines) = serde_json::from_str::<Vec<String>>(&text) else { continue };
        let text = lines.join("\n");
        if text != sound {
            return (what, text);
        }
    }
}

struct Worker<'a> {
    second: Second,
    options: Options,
    kinds: &'a [Kind],
    random: Random,
    folder: PathBuf,
    number: u64,
    /// How many of each kind each check found first.
    found: BTreeMap<(&'static str, String), u64>,
}

impl Worker<'_> {
    fn run(mut self) -> BTreeMap<(&'static str, String), u64> {
        let file = self.folder.join(format!("mutant-{}", self.number));
        let base = self.folder.join(format!("base-{}", self.number));
        for kind in self.kinds {
            if let Some(bundle) = &kind.bundle {
                fs::write(&base, bundle).expect("written");
            }
            let (ours, theirs) = self.ask(kind, &kind.sound.text(), (&file, &base));
            agree(kind.name, &ours, &theirs);
            assert_eq!(ours["result"], "intact", "{}: {ours}", kind.name);
            for _ in 0..MUTANTS * kind.share / 100 / WORKERS {
                let (what, mutant) = match &kind.sound {
                    Sound::Json(json) => change(&json.0, &json.1, &mut self.random, &kind.neutral),
                    Sound::Text(text) => changed_text(text, &mut self.random),
                };
                let (ours, theirs) = self.ask(kind, &mutant, (&file, &base));
                let what = format!("{}, {what}", kind.name);
                assert_ne!(ours["result"], "intact", "{what}");
                agree(&what, &ours, &theirs);
                let first = ours["first_bad"]["check"].as_str().unwrap_or("error").to_owned();
                *self.found.entry((kind.name, first)).or_default() += 1;
            }
        }
        self.found
    }

    /// Both at the same time.
    fn ask(&mut self, kind: &Kind, mutant: &str, (file, base): (&Path, &Path)) -> (Value, Value) {
        fs::write(file, mutant).expect("written");
        match &kind.bundle {
            None => self.second.tell(&file.display().to_string()),
            Some(_) => self.second.tell(&format!("{}\t{}", base.display(), file.display())),
        }
        let ours = match &kind.bundle {
            None => ours(mutant, &self.options),
            Some(bundle) => {
                let options = Options { receipts: vec![mutant.to_owned()], ..self.options.clone() };
                ours(bundle, &options)
            }
        };
        (ours, self.second.hear())
    }
}

#[test]
fn twenty_thousand_mutants_are_refused_by_both_with_one_verdict() {
    let replaced = Replaced::new();
    let vkey = replaced.world.ledger.vkey.clone();
    let Some(_) = Second::start(&["--vkey", &vkey]) else { return };
    let kinds = kinds(&replaced);
    assert_eq!(kinds.iter().map(|kind| kind.share).sum::<u64>(), 100);
    let begun = std::time::Instant::now();
    let worker = |number: u64| {
        let second = Second::start(&["--vkey", &vkey]).expect("the second verifier");
        let (options, folder) = (with(&vkey), replaced.world.ledger.beside(""));
        let random = Random(0x2026_1124 + number);
        let worker =
            Worker { second, options, kinds: &kinds, random, folder, number, found: BTreeMap::new() };
        worker.run()
    };
    let found = thread::scope(|scope| {
        let worker = &worker;
        let all: Vec<_> = (0..WORKERS).map(|number| scope.spawn(move || worker(number))).collect();
        all.into_iter().map(|one| one.join().expect("a worker")).collect::<Vec<_>>()
    });
    let mut all: BTreeMap<(&str, String), u64> = BTreeMap::new();
    for (first, count) in found.into_iter().flatten() {
        *all.entry(first).or_default() += count;
    }
    println!("{} s, first found by: {all:#?}", begun.elapsed().as_secs());
    assert_eq!(all.values().sum::<u64>(), MUTANTS);
    // no check stands idle: each finds some of them first
    for check in
        ["error", "entries", "chain", "tree", "checkpoint", "signatures", "links", "details", "index"]
    {
        assert!(all.iter().any(|((_, first), _)| first == check), "{check} found none first: {all:#?}");
    }
}

//! Bundles and evidence of a fork (FORMAT section 7) before both verifiers; made here by hand from a
//! ledger, and then made wrong.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use estafet::domain::Seq;
use estafet::log::tree::{leaf_hash, node_hash};
use estafet::log::{Cosigner, Entry, Hash, Reader};
use estafet::verify;
use serde_json::{Value, json};

use super::super::kit::{ORIGIN, check, text};
use super::world::{World, pair_of};
use super::written::{Told, told, write};
use super::{Second, agree, result, with};

/// Root over hashes (RFC 6962 section 2.1).
fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            node_hash(&root(left), &root(right))
        }
    }
}

/// Proof that a leaf is under that root.
fn proof(leaves: &[Hash], at: usize) -> Vec<Hash> {
    if leaves.len() < 2 {
        return Vec::new();
    }
    let middle = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(middle);
    let (mut inside, other) =
        if at < middle { (proof(left, at), right) } else { (proof(right, at - middle), left) };
    inside.push(root(other));
    inside
}

/// Every subject below a size, with the seqs of its entries.
fn subjects(reader: &Reader, size: u64) -> BTreeMap<String, Vec<u64>> {
    let mut found: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for seq in 0..size {
        let bytes = reader.entry(Seq(seq)).expect("an entry");
        for (name, _) in Entry::decode(&bytes).expect("an entry").links {
            found.entry(name.to_owned()).or_default().push(seq);
        }
    }
    found
}

fn lines(subjects: &BTreeMap<String, Vec<u64>>) -> Vec<Hash> {
    let line = |(name, seqs): (&String, &Vec<u64>)| {
        leaf_hash(format!("{name}\n{}\n{}\n", seqs.len(), seqs.last().expect("one")).as_bytes())
    };
    subjects.iter().map(line).collect()
}

/// The ledger with an index root at its end and one entry behind it; answers the size it covers.
pub(super) fn indexed(world: &World, to: &Path) -> u64 {
    let from = world.ledger.dir();
    let mut entries = told(&from);
    let size = entries.len() as u64;
    let root = root(&lines(&subjects(&Reader::open(&from).expect("a ledger"), size)));
    let index =
        json!({"data": {"root": root, "size": size}, "jti": format!("index-{size}"), "type": "ledger.index"});
    let last = entries.last().expect("one").clone();
    entries.push(Told::of_the_ledger("index", &last, index.to_string()));
    entries.push(last.renamed("batch-4", "behind"));
    write(&from, to, &entries);
    size
}

/// The bundle about a responsibility, as FORMAT has it.
fn bundle(reader: &Reader, since: &str, complete_below: u64, names: &[&str]) -> Value {
    let all = subjects(reader, reader.size());
    let below = subjects(reader, complete_below);
    let (tree, leaves) = (reader.tree(), lines(&below));
    let mut seqs: Vec<u64> = names.iter().filter_map(|name| all.get(*name)).flatten().copied().collect();
    seqs.sort_unstable();
    seqs.dedup();
    let entry = |seq: &u64| {
        let bytes = reader.entry(Seq(*seq)).expect("an entry");
        json!({"seq": seq, "entry": URL_SAFE_NO_PAD.encode(bytes),
            "proof": tree.inclusion_proof(*seq, reader.size()).expect("a proof"), "disclosures": []})
    };
    let subject = |name: &&str| {
        let seqs = &below[*name];
        let at = below.keys().position(|one| one == name).expect("a subject");
        json!({"name": name, "count": seqs.len(), "last": seqs.last(), "index": {"seq": complete_below,
            "leaf_index": at, "leaf_count": leaves.len(), "proof": proof(&leaves, at)}})
    };
    let old: u64 = since.lines().nth(1).and_then(|size| size.parse().ok()).expect("a size");
    json!({
        "format": "estafet-bundle/1", "origin": ORIGIN, "checkpoint": reader.checkpoint(),
        "entries": seqs.iter().map(entry).collect::<Vec<_>>(),
        "subjects": names.iter().map(subject).collect::<Vec<_>>(),
        "complete_below": complete_below,
        "since": {"checkpoint": since, "proof": tree.consistency_proof(old, reader.size()).expect("a proof")},
    })
}

/// What ours says of a file.
pub(super) fn ours(text: &str, options: &verify::Options) -> Value {
    match verify::file(text.as_bytes(), options) {
        Ok(report) => serde_json::to_value(report).expect("JSON"),
        Err(why) => json!({"result": "error", "detail": why.to_string()}),
    }
}

/// The list of entries in a bundle.
fn entries(bundle: &mut Value) -> &mut Vec<Value> {
    bundle["entries"].as_array_mut().expect("entries")
}

/// One thing done to a bundle, and the check that must find it.
type Wrong = (&'static str, &'static str, fn(&mut Value));

const WRONG: &[Wrong] = &[
    ("an entry left out", "links", |it| drop(entries(it).remove(4))),
    ("the last entry below left out", "links", |it| {
        let at = entries(it).len() - 3;
        entries(it).remove(at);
    }),
    ("entries exchanged", "entries", |it| entries(it).swap(3, 4)),
    ("an entry twice", "entries", |it| {
        let twice = entries(it)[3].clone();
        entries(it).insert(3, twice);
    }),
    ("another seq", "entries", |it| it["entries"][3]["seq"] = 1.into()),
    ("bytes altered", "entries", |it| it["entries"][3]["entry"] = "e30".into()),
    ("a space behind", "entries", |it| {
        let entry = it["entries"][2]["entry"].as_str().and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        it["entries"][2]["entry"] =
            URL_SAFE_NO_PAD.encode([entry.expect("bytes"), vec![b' ']].concat()).into();
    }),
    ("another instant", "tree", |it| {
        let entry = it["entries"][2]["entry"].as_str().and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        let entry = String::from_utf8(entry.expect("bytes")).expect("UTF-8");
        let at = entry.find("Z\",\"prev\"").expect("an instant");
        let digit = if &entry[at - 1..at] == "0" { "1" } else { "0" };
        it["entries"][2]["entry"] =
            URL_SAFE_NO_PAD.encode(format!("{}{digit}{}", &entry[..at - 1], &entry[at..])).into();
    }),
    ("no proof", "tree", |it| it["entries"][3]["proof"] = json!([])),
    ("the proof of another", "tree", |it| it["entries"][3]["proof"] = it["entries"][4]["proof"].clone()),
    ("another origin", "checkpoint", |it| it["origin"] = "ledger.example/other".into()),
    ("another size", "tree", |it| {
        let note = it["checkpoint"].as_str().expect("a note").replacen("\n", "\n1", 1);
        it["checkpoint"] = note.into();
    }),
    ("a signature flipped", "checkpoint", |it| {
        let note = it["checkpoint"].as_str().expect("a note").to_owned();
        let (head, tail) = note.split_at(note.len() - 20);
        let other = if tail.starts_with('A') { "B" } else { "A" };
        it["checkpoint"] = format!("{head}{other}{}", &tail[1..]).into();
    }),
    ("a count too small", "links", |it| it["subjects"][0]["count"] = 1.into()),
    ("another last", "links", |it| it["subjects"][0]["last"] = 1.into()),
    ("a subject nobody knows", "links", |it| it["subjects"][0]["name"] = "r:nobody".into()),
    ("a subject twice", "links", |it| {
        let twice = it["subjects"][1].clone();
        it["subjects"].as_array_mut().expect("subjects").push(twice);
    }),
    ("a subject with more in it", "links", |it| it["subjects"][1]["more"] = 1.into()),
    ("an entry with more in it", "entries", |it| it["entries"][3]["more"] = 1.into()),
    ("an entry without disclosures", "entries", |it| {
        drop(it["entries"][3].as_object_mut().map(|one| one.remove("disclosures")))
    }),
    ("the ledger's own history left out", "links", |it| {
        drop(it["subjects"].as_array_mut().map(|all| all.remove(1)))
    }),
    ("the history of a key left out", "signatures", |it| {
        drop(it["subjects"].as_array_mut().map(|all| all.remove(2)))
    }),
    ("a count of lines", "index", |it| {
        it["subjects"][0]["index"]["leaf_count"] =
            (it["subjects"][0]["index"]["leaf_count"].as_u64().expect("a count") - 1).into()
    }),
    ("no completeness but its proofs", "index", |it| {
        it["complete_below"] = Value::Null;
    }),
    ("an index proof cut", "index", |it| {
        drop(it["subjects"][0]["index"]["proof"].as_array_mut().map(Vec::pop))
    }),
    ("another leaf of the index", "index", |it| it["subjects"][0]["index"]["leaf_index"] = 0.into()),
    ("the index of another entry", "index", |it| it["subjects"][0]["index"]["seq"] = 2.into()),
    ("no index", "index", |it| drop(it["subjects"][0].as_object_mut().map(|one| one.remove("index")))),
    ("complete below more", "index", |it| {
        it["complete_below"] = (it["complete_below"].as_u64().expect("a size") + 1).into()
    }),
    ("a consistency proof cut", "tree", |it| drop(it["since"]["proof"].as_array_mut().map(Vec::pop))),
    ("another checkpoint before", "checkpoint", |it| {
        it["since"]["checkpoint"] =
            it["since"]["checkpoint"].as_str().expect("a note").replacen("\n", "\n1", 1).into();
    }),
    ("a disclosure of nothing", "details", |it| {
        it["entries"][3]["disclosures"] =
            json!([URL_SAFE_NO_PAD.encode(r#"["1234567890123456789012","a","b"]"#)]);
    }),
    ("a disclosure that is none", "details", |it| it["entries"][3]["disclosures"] = json!(["x"])),
];

/// One thing done to a bundle after which it is none.
type Ruin = (&'static str, fn(&mut Value));

const NONE: &[Ruin] = &[
    ("no object", |it| *it = json!([it.take()])),
    ("another format", |it| it["format"] = "estafet-bundle/2".into()),
    ("a member more", |it| it["more"] = Value::Null),
    ("no origin", |it| drop(it.as_object_mut().map(|it| it.remove("origin")))),
    ("no checkpoint", |it| it["checkpoint"] = "ledger.example/it\n3\n".into()),
    ("a control character in a note", |it| {
        let note = it["checkpoint"].as_str().expect("a note").replacen("\u{2014} ", "\u{2014} \u{1}", 1);
        it["checkpoint"] = note.into();
    }),
    ("entries that are no list", |it| it["entries"] = json!({})),
    ("subjects that are no list", |it| it["subjects"] = Value::Null),
    ("complete below nothing", |it| it["complete_below"] = 0.into()),
    ("complete below everything", |it| it["complete_below"] = 1_000_000.into()),
    ("complete below a truth", |it| it["complete_below"] = false.into()),
];

#[test]
fn both_verifiers_check_bundles() {
    let world = World::new();
    let Some(mut second) = Second::start(&["--vkey", &world.ledger.vkey]) else { return };
    let dir = world.ledger.beside("indexed");
    let size = indexed(&world, &dir);
    let report = second.ask(&dir);
    assert_eq!((&report["result"], result(&report, "index").as_str()), (&json!("intact"), "ok"), "{report}");

    let reader = Reader::open(&dir).expect("a ledger");
    let since = Reader::open(&world.earlier).expect("a ledger").checkpoint();
    let signers = ["kemen-pu", "kemen-pkp"].map(|agency| format!("k:{agency}/{}", pair_of(agency).kid()));
    let names = ["r:housing", "l:ledger", &*signers[0], &*signers[1]];
    let sound = bundle(&reader, &since, size, &names);
    let file = world.ledger.beside("bundle.json");
    let options = with(&world.ledger.vkey);
    let mut ask = |bundle: &Value| {
        let text = bundle.to_string();
        fs::write(&file, &text).expect("written");
        let (ours, theirs) = (ours(&text, &options), second.ask(&file));
        agree("a bundle", &ours, &theirs);
        assert_eq!(ours["complete_below"], theirs["complete_below"], "{ours}\n{theirs}");
        assert_eq!(ours["erased"], theirs["erased"], "{ours}\n{theirs}");
        ours
    };
    let report = ask(&sound);
    assert_eq!((&report["result"], &report["trusted"]), (&json!("intact"), &json!(true)), "{report}");
    assert_eq!(
        (result(&report, "index"), &report["complete_below"]),
        ("ok".to_owned(), &json!(size)),
        "{report}"
    );
    assert!(report["signed"].as_u64() > Some(6), "{report}");

    let mut open = sound.clone();
    open["complete_below"] = Value::Null;
    for subject in open["subjects"].as_array_mut().expect("subjects") {
        let seqs = &subjects(&reader, reader.size())[subject["name"].as_str().expect("a name")];
        *subject = json!({"name": subject["name"], "count": seqs.len(), "last": seqs.last()});
    }
    let report = ask(&open);
    assert_eq!(
        (&report["result"], result(&report, "index").as_str()),
        (&json!("intact"), "skipped"),
        "{report}"
    );
    assert!(report.to_string().contains("cannot be excluded"), "{report}");

    for (what, check, wrong) in WRONG {
        let mut bundle = sound.clone();
        wrong(&mut bundle);
        let report = ask(&bundle);
        assert_eq!(report["result"], "failed", "{what}: {report}");
        assert_eq!(result(&report, check), "failed", "{what}: {report}");
    }
    for (what, wrong) in NONE {
        let mut bundle = sound.clone();
        wrong(&mut bundle);
        let text = bundle.to_string();
        fs::write(&file, &text).expect("written");
        let (ours, theirs) = (ours(&text, &options), second.ask(&file));
        assert_eq!(
            (&ours["result"], &theirs["result"]),
            (&json!("error"), &json!("error")),
            "{what}: {ours}"
        );
    }
}

#[test]
fn v5_both_verifiers_find_who_cosigned_a_bundle() {
    let world = World::new();
    let (dir, vkey) = (world.ledger.dir(), &world.ledger.vkey);
    let [named, given] = [8_u8, 9]
        .map(|seed| Cosigner::new(&format!("witness.example/w{seed}"), &[seed; 32]).expect("a witness"));
    let registered = json!({"type": "witness.registered", "jti": "witness", "data": {"name": named.name(),
        "vkey": named.vkey().to_string(), "url": "http://127.0.0.1:9"}});
    assert_eq!(world.ledger.import(&[registered]).exit, 0);
    let file = world.ledger.beside("bundle.json");
    let about = ["export", "bundle", "--subject", "r:housing", "--data", text(&dir), "--out", text(&file)];
    check(&about, 0);
    let plain = fs::read_to_string(&file).expect("a bundle");
    let mut asked = |note: &dyn Fn(&str) -> String, trusted: &[&Cosigner]| {
        let mut bundle: Value = serde_json::from_str(&plain).expect("JSON");
        bundle["checkpoint"] = note(bundle["checkpoint"].as_str().expect("a note")).into();
        fs::write(&file, bundle.to_string()).expect("written");
        let keys: Vec<_> = trusted.iter().map(|one| one.vkey().to_string()).collect();
        let arguments = keys.iter().flat_map(|key| ["--vkey", key]);
        let arguments: Vec<_> = ["--vkey", vkey.as_str()].into_iter().chain(arguments).collect();
        let mut second = Second::start(&arguments)?;
        let cosigners = trusted.iter().map(|one| one.vkey()).collect();
        let (ours, theirs) =
            (ours(&bundle.to_string(), &verify::Options { cosigners, ..with(vkey) }), second.ask(&file));
        agree("a cosigned bundle", &ours, &theirs);
        Some((ours["result"].clone(), result(&ours, "witnesses")))
    };
    let line = |by: &Cosigner, note: &str| {
        let (text, _) = estafet::log::note::text(note).expect("a note");
        format!("{note}{}", by.cosign(text, 1_767_000_000))
    };
    let Some(unsigned) = asked(&str::to_owned, &[]) else { return };
    let found = |result: &str, check: &str| (json!(result), check.to_owned());
    assert_eq!(unsigned, found("intact", "skipped"));
    assert_eq!(asked(&|note| line(&named, note), &[]), Some(found("intact", "ok")));
    assert_eq!(asked(&|note| line(&given, note), &[]), Some(found("intact", "skipped")));
    assert_eq!(asked(&|note| line(&given, note), &[&given]), Some(found("intact", "ok")));
    assert_eq!(asked(&|note| line(&named, note), &[&named, &given]), Some(found("failed", "failed")));
    assert_eq!(asked(&str::to_owned, &[&given]), Some(found("failed", "failed")));
    let other = |note: &str| {
        let lines = line(&named, &note.replacen('\n', "\n1", 1));
        format!("{note}{}\n", lines.trim_end().rsplit('\n').next().expect("a line"))
    };
    assert_eq!(asked(&other, &[]), Some(found("failed", "failed")), "of another checkpoint");
}

#[test]
fn both_verifiers_judge_evidence_of_a_fork() {
    let world = World::new();
    let Some(mut second) = Second::start(&["--vkey", &world.ledger.vkey]) else { return };
    let (one, other) = (world.ledger.dir(), world.ledger.beside("forked"));
    let mut entries = told(&one);
    let last = entries.pop().expect("one");
    let forked = last.saying(last.text.replace("batch-4", "forked"));
    entries.push(forked.clone());
    write(&one, &other, &entries);
    let (a, b) = (Reader::open(&one).expect("a ledger"), Reader::open(&other).expect("a ledger"));
    assert_eq!(a.size(), b.size());
    let longer = world.ledger.beside("longer");
    for n in 0..3 {
        entries.push(forked.saying(forked.text.replace("forked", &format!("more-{n}"))));
    }
    write(&one, &longer, &entries);
    let longer = Reader::open(&longer).expect("a ledger");
    let proof = longer.tree().consistency_proof(a.size(), longer.size()).expect("a proof");
    assert!(!a.size().is_power_of_two());
    let file = world.ledger.beside("evidence.json");
    let options = with(&world.ledger.vkey);
    let mut ask = |a: &str, b: &str, proof: Value| {
        let evidence = json!({"format": "estafet-evidence/1", "a": a, "b": b, "proof": proof});
        let text = evidence.to_string();
        fs::write(&file, &text).expect("written");
        let (ours, theirs) = (ours(&text, &options), second.ask(&file));
        agree("evidence", &ours, &theirs);
        ours
    };
    let (a, b, longer) = (a.checkpoint(), b.checkpoint(), longer.checkpoint());
    assert_eq!(ask(&a, &b, json!([]))["result"], "intact");
    assert_eq!(ask(&longer, &a, json!(proof))["result"], "intact");
    assert_eq!(ask(&a, &a, json!([]))["first_bad"]["check"], "tree");
    assert_eq!(ask(&b, &longer, json!(proof))["first_bad"]["check"], "tree");
    assert_eq!(ask(&a, &longer, json!([]))["first_bad"]["check"], "tree");
    assert_eq!(
        ask(&a, &b.replace("\u{2014} ledger", "\u{2014} other"), json!([]))["first_bad"]["check"],
        "checkpoint"
    );
}

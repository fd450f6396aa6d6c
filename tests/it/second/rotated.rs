//! What the ledger says of itself, its keys and its index roots, before both verifiers: a bundle and a
//! directory trust the keys that follow the one that was given, and a lie of the key's holder is found.

use std::fs;

use serde_json::{Value, json};

use super::super::kit::{check, text};
use super::bundle::{indexed, ours as ours_of};
use super::world::{World, claim};
use super::written::{Told, told, write};
use super::{Second, agree, ours, with};

/// Both about a ledger's directory.
fn both(second: &mut Second, vkey: &str, dir: &std::path::Path, what: &str) -> Value {
    let report = ours(dir, &with(vkey));
    agree(what, &report, &second.ask(dir));
    report
}

#[test]
fn v4_both_follow_the_keys_of_a_ledger() {
    let world = World::new();
    let (dir, first) = (world.ledger.dir(), world.ledger.vkey.clone());
    let Some(mut by_first) = Second::start(&["--vkey", &first]) else { return };
    let rotated = check(&["key", "rotate", "--data", text(&dir)], 0).stdout.trim().to_owned();
    let said = |id: &str| {
        let mut said = claim(id);
        said["agency"] = "kemen-pu".into();
        assert_eq!(world.ledger.import(&[said]).exit, 0);
    };
    said("signed-by-both");
    fs::rename(dir.join("keys/ledger"), world.ledger.beside("the first key")).expect("moved");
    said("signed-by-the-second");
    let mut by_second = Second::start(&["--vkey", &rotated]).expect("the second verifier");
    let stranger = super::super::kit::Ledger::new().vkey;
    let mut by_stranger = Second::start(&["--vkey", &stranger]).expect("the second verifier");
    let bundle = world.ledger.beside("bundle.json");
    check(&["export", "bundle", "--subject", "r:housing", "--data", text(&dir), "--out", text(&bundle)], 0);
    let carried = fs::read_to_string(&bundle).expect("a bundle");
    let receipt = world.ledger.beside("receipt.json");
    fs::write(&receipt, &world.receipts[0]).expect("written");
    for (second, vkey, intact) in [
        (&mut by_first, &first, true),
        (&mut by_second, &rotated, true),
        (&mut by_stranger, &stranger, false),
    ] {
        let result = if intact { "intact" } else { "failed" };
        assert_eq!(both(second, vkey, &dir, "a directory")["result"], result);
        let report = ours_of(&carried, &with(vkey));
        agree("a bundle", &report, &second.ask(&bundle));
        assert_eq!(report["result"], result, "{report}");
        // a receipt from before the rotation is for those who trust the first key
        second.tell(&format!("{}\t{}", bundle.display(), receipt.display()));
        let options = estafet::verify::Options { receipts: vec![world.receipts[0].clone()], ..with(vkey) };
        let report = ours_of(&carried, &options);
        agree("a receipt from before", &report, &second.hear());
        assert_eq!(report["result"] == "intact", *vkey == first, "{report}");
    }

    // a key that the one before does not vouch for
    fs::rename(world.ledger.beside("the first key"), dir.join("keys/ledger")).expect("moved");
    let mut entries = told(&dir);
    let at = entries.iter().position(|one| one.text.contains("ledger.key_rotated")).expect("a rotation");
    let other = entries[at].text.replacen("\"signature\":\"", "\"signature\":\"AAAA", 1);
    entries[at] = entries[at].saying(other);
    let forged = world.ledger.beside("forged");
    write(&dir, &forged, &entries);
    let report = both(&mut by_first, &first, &forged, "another signature");
    assert_eq!(report["first_bad"]["check"], "checkpoint", "{report}");
    assert_eq!(report["first_bad"]["seq"], at, "{report}");
}

#[test]
fn v10_both_find_an_index_that_lies() {
    let world = World::new();
    let Some(mut second) = Second::start(&["--vkey", &world.ledger.vkey]) else { return };
    let (dir, vkey) = (world.ledger.beside("indexed"), world.ledger.vkey.clone());
    let size = indexed(&world, &dir);
    assert_eq!(both(&mut second, &vkey, &dir, "as it is")["result"], "intact");
    let sound = told(&dir);
    let at = usize::try_from(size).expect("a place");
    let lies: [fn(&mut Value); 4] = [
        |data| data["size"] = (data["size"].as_u64().expect("a size") - 1).into(),
        |data| data["root"] = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".into(),
        |data| data["root"] = "no root".into(),
        |data| data["size"] = 1.into(),
    ];
    for (n, lie) in lies.iter().enumerate() {
        let mut said: Value = serde_json::from_str(&sound[at].text).expect("JSON");
        lie(&mut said["data"]);
        let mut entries: Vec<Told> = sound.clone();
        entries[at] = sound[at].saying(json!(said).to_string());
        let lying = world.ledger.beside(&format!("lying-{n}"));
        // the details were copied with the index
        write(&world.ledger.dir(), &lying, &entries);
        let report = both(&mut second, &vkey, &lying, "a lie");
        assert_eq!(
            (&report["first_bad"]["check"], &report["first_bad"]["seq"]),
            (&json!("index"), &json!(at))
        );
        // nor does the command line make a bundle of it
        let out = world.ledger.beside("lie.json");
        let export =
            ["export", "bundle", "--subject", "r:housing", "--data", text(&lying), "--out", text(&out)];
        assert_ne!(super::super::kit::run(&export).exit, 0, "{n}");
    }
}

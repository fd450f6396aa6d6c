//! What a bundle holds, and that none is begun or ended that nobody would take.

use serde_json::{Value, json};

use super::super::Error;
use super::super::bundle::{About, Bundle};
use super::kit::Kit;
use crate::domain::{Seq, Subject};
use crate::log::note;

fn kit() -> Kit {
    let mut kit = Kit::new();
    for id in ["reg", "pu", "pkp"] {
        kit.say("agency.registered", json!({"agency": id, "name": {"en": id, "id": id}, "kind": "ministry"}));
    }
    for (id, parent) in [("settlement", Value::Null), ("housing", "settlement".into())] {
        let mut data = json!({"responsibility": id, "name": {"en": id, "id": id},
            "code": {"scheme": "functions", "value": id}});
        if !parent.is_null() {
            data["parent"] = parent;
        }
        kit.say("responsibility.defined", data);
    }
    kit
}

fn about(subject: &str) -> About {
    About::Subject(Subject::parse(subject).unwrap())
}

fn written(kit: &Kit, mut bundle: Bundle) -> Value {
    let mut out = Vec::new();
    while bundle.piece(&kit.look(), &mut out).unwrap() {}
    serde_json::from_slice(&out).unwrap()
}

fn names(bundle: &Value) -> Vec<&str> {
    bundle["subjects"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect()
}

#[test]
fn holds_what_an_answer_is_folded_from_and_what_an_entry_rests_on() {
    let kit = kit();
    let settle = |about: &About| Bundle::settle(&kit.reader(), kit.dir.path(), about).unwrap();
    let bundle = written(&kit, settle(&about("r:housing")).unwrap());
    let names_of = names(&bundle);
    assert_eq!(names_of[0], "r:housing", "what was asked about is the first");
    for name in ["r:settlement", "g:reg", "l:ledger"] {
        assert!(names_of.contains(&name), "{name}: {names_of:?}");
    }
    assert!(!names_of.contains(&"g:pu"), "an agency that was not met: {names_of:?}");
    assert_eq!((&bundle["complete_below"], bundle.get("since")), (&Value::Null, None));
    let bundle = written(&kit, settle(&about("g:pu")).unwrap());
    assert_eq!(names(&bundle), ["g:pu", "l:ledger"]);
    let bundle = written(&kit, settle(&About::Entry(Seq(4))).unwrap());
    assert_eq!(names(&bundle), ["g:reg", "l:ledger"], "who spoke, and the ledger");
    let seqs: Vec<_> = bundle["entries"].as_array().unwrap().iter().map(|one| one["seq"].clone()).collect();
    assert_eq!(seqs, [0, 1, 4].map(Value::from));
    assert!(settle(&about("r:nobody")).is_none());
}

#[test]
fn is_refused_before_it_begins_or_broken_off_when_it_is_too_large() {
    let kit = kit();
    let within = |limit: u64| Bundle::within(&kit.reader(), kit.dir.path(), &about("r:housing"), limit);
    let Err(Error::TooLarge { bytes }) = within(2_000) else { panic!("taken") };
    assert!(bytes > 2_000);
    let whole = serde_json::to_vec(&written(&kit, within(1 << 20).unwrap().unwrap())).unwrap().len() as u64;
    // what comes beside the entries is counted as it is written
    let limit = (1..whole).find(|limit| within(*limit).is_ok()).unwrap();
    let mut bundle = within(limit).unwrap().unwrap();
    let mut out = Vec::new();
    let end = loop {
        match bundle.piece(&kit.look(), &mut out) {
            Ok(true) => {}
            end => break end,
        }
    };
    assert!(matches!(end, Err(Error::TooLarge { .. })), "{end:?} {limit} {whole}");
}

#[test]
fn takes_the_lines_of_witnesses_under_its_own_checkpoint_only() {
    let mut kit = kit();
    let mut bundle = Bundle::settle(&kit.reader(), kit.dir.path(), &about("g:pu")).unwrap().unwrap();
    let own = kit.reader().checkpoint();
    let more = format!("{own}\u{2014} witness.example/w1 AAAAAAAA\n");
    kit.say("agency.registered", json!({"agency": "late", "name": {"en": "x", "id": "x"}, "kind": "office"}));
    let later = kit.reader().checkpoint();
    assert!(note::text(&own).unwrap().0 != note::text(&later).unwrap().0);
    bundle.cosigned(&later);
    bundle.cosigned("no note");
    bundle.cosigned(&more);
    assert_eq!(written(&kit, bundle)["checkpoint"], more.as_str());
}

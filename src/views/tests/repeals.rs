//! Instruments that repeal one another (DOMAIN section 6, "Repeals").

use serde_json::{Value, json};

use super::kit::Kit;
use crate::domain::{Date, InstrumentRef};
use crate::views::answer::instrument;
use crate::views::{KnownAt, Offline, Scope};

fn on(kit: &mut Kit, reference: &str, day: &str) -> Value {
    kit.log.write_head().unwrap();
    let offline = Offline::open(kit.dir.path()).unwrap();
    let known = offline.known(&KnownAt::Newest, Scope::All, kit.now).unwrap();
    let id = InstrumentRef::parse(reference).unwrap();
    serde_json::to_value(instrument::one(&known, Date::parse(day).unwrap(), &id)).unwrap()
}

fn recorded(kit: &mut Kit, reference: &str, more: Value) {
    let mut data = json!({"ref": reference, "status": "verified"});
    for (key, value) in more.as_object().unwrap() {
        data[key] = value.clone();
    }
    kit.say("instrument.recorded", data);
}

#[test]
fn an_instrument_says_what_repealed_it_and_since_when() {
    let mut kit = Kit::district();
    recorded(&mut kit, "law/1", json!({"in_force": "2020-01-01"}));
    assert_eq!(on(&mut kit, "law/1", "2024-01-01")["repealed_by"], json!([]));
    // in parts, and without a day: shown, and it stays in force
    let part = json!({"ref": "law/1", "articles": ["3", "4(2)"]});
    recorded(&mut kit, "law/2", json!({"repeals": [part], "in_force": "2021-01-01"}));
    recorded(
        &mut kit,
        "law/3",
        json!({"repeals": [{"ref": "law/1", "saves": ["9"]}], "signed": "2021-02-01"}),
    );
    recorded(&mut kit, "law/4", json!({"repeals": [{"ref": "law/1"}]}));
    let told = on(&mut kit, "law/1", "2024-01-01");
    assert_eq!(told["state"], "in_force");
    let shown = |reference: &str, articles: Value, saves: Value, from: Value| json!({"ref": reference, "articles": articles, "saves": saves, "from": from});
    let all = json!([
        shown("law/2", json!(["3", "4(2)"]), json!([]), "2021-01-01".into()),
        shown("law/3", json!([]), json!(["9"]), "2021-02-01".into()),
        shown("law/4", json!([]), json!([]), Value::Null),
    ]);
    assert_eq!(told["repealed_by"], all);
    assert_eq!(
        on(&mut kit, "law/2", "2024-01-01")["repeals"],
        json!([{"ref": "law/1", "articles": ["3", "4(2)"], "saves": []}])
    );

    // as a whole: from the day in force, else promulgated, else signed; the earliest of several
    let dates = json!({"repeals": ["law/1"], "signed": "2022-01-01", "promulgated": "2022-03-01"});
    recorded(&mut kit, "law/5", dates);
    recorded(&mut kit, "law/6", json!({"repeals": ["law/1"], "in_force": "2022-05-01"}));
    for (day, state) in [("2022-02-28", "in_force"), ("2022-03-01", "repealed"), ("2024-01-01", "repealed")] {
        assert_eq!(on(&mut kit, "law/1", day)["state"], state, "{day}");
    }
    // what is repealed itself does not bring it back
    recorded(&mut kit, "law/7", json!({"repeals": ["law/5", "law/6"], "in_force": "2023-01-01"}));
    assert_eq!(on(&mut kit, "law/1", "2024-01-01")["state"], "repealed");
    assert_eq!(on(&mut kit, "law/5", "2024-01-01")["state"], "repealed");
    // the latest record counts
    recorded(&mut kit, "law/5", json!({"signed": "2022-01-01"}));
    recorded(&mut kit, "law/6", json!({"repeals": [{"ref": "law/1", "saves": ["1"]}]}));
    assert_eq!(on(&mut kit, "law/1", "2024-01-01")["state"], "in_force");
}

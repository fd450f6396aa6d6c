//! Pages of events: filters, order, ends.

use super::kit::Kit;
use crate::domain::{AgencyId, Instant, Seq, Subject};
use crate::views::answer::event::{Filter, page};

/// All seqs a filter gives, page by page; every page is in order and joins the one before.
fn all(kit: &Kit, filter: &Filter, limit: usize) -> Vec<u64> {
    let (reader, mut after, mut found) = (kit.reader(), None, Vec::new());
    let state = kit.state();
    let tree = (&state, reader.tree().root());
    for _ in 0..1000 {
        let page = page(&reader, filter, after, limit, tree, &kit.look()).unwrap();
        assert!(page.events.len() <= limit);
        for event in &page.events {
            let value: serde_json::Value = serde_json::from_str(event.get()).unwrap();
            found.push(value["seq"].as_u64().unwrap());
        }
        match page.next {
            None => return found,
            next => after = next,
        }
    }
    panic!("pages without end");
}

/// The same, by looking at every entry.
fn naive(kit: &Kit, wanted: impl Fn(&crate::log::Entry<'_>, &serde_json::Value) -> bool) -> Vec<u64> {
    let mut found = Vec::new();
    for read in kit.reader().entries(Seq(0), Seq(u64::MAX)) {
        let (seq, bytes) = read.unwrap();
        let entry = crate::log::Entry::decode(&bytes).unwrap();
        let statement = serde_json::from_str(entry.body.statement()).unwrap();
        if wanted(&entry, &statement) {
            found.push(seq.0);
        }
    }
    found
}

#[test]
fn pages_give_what_a_look_at_every_entry_gives() {
    let mut kit = Kit::district();
    for n in 0..300 {
        kit.agency(&format!("n{n}"));
        if n % 7 == 0 {
            kit.says(
                "a",
                "approval.given",
                serde_json::json!({"approves": format!("sha-256:{}", "0".repeat(64))}),
                None,
            );
        }
    }
    let subject = |text: &str| Some(Subject::parse(text).unwrap());
    let says = |entry: &crate::log::Entry<'_>, wanted: &str| matches!(entry.body, crate::log::Body::Attested { agency, .. } if agency == wanted);
    for limit in [1, 7, 100, 1000] {
        let everything = Filter::default();
        assert_eq!(all(&kit, &everything, limit), naive(&kit, |_, _| true));
        let of_type = Filter { type_name: Some("approval.given".to_owned()), ..Filter::default() };
        assert_eq!(all(&kit, &of_type, limit), naive(&kit, |_, value| value["type"] == "approval.given"));
        for id in ["a", "reg", "nobody-at-all"] {
            let by = Filter { agency: Some(AgencyId::parse(id).unwrap()), ..Filter::default() };
            assert_eq!(all(&kit, &by, limit), naive(&kit, |entry, _| says(entry, id)), "{id}");
        }
        for name in ["a:reg", "r:waste", "h:h-waste", "l:ledger", "d:none"] {
            let linked = Filter { subject: subject(name), ..Filter::default() };
            assert_eq!(
                all(&kit, &linked, limit),
                naive(&kit, |entry, _| entry.link(name).is_some()),
                "{name}"
            );
        }
    }
}

#[test]
fn from_is_included_and_to_is_not() {
    let kit = Kit::district();
    let reader = kit.reader();
    let at = |seq| reader.at(Seq(seq)).unwrap();
    let between = |from, to| Filter { from, to, ..Filter::default() };
    assert_eq!(all(&kit, &between(Some(at(5)), Some(at(9))), 2), [5, 6, 7, 8]);
    assert_eq!(all(&kit, &between(None, Some(at(2))), 9), [0, 1]);
    assert_eq!(all(&kit, &between(Some(at(9)), Some(at(5))), 9), [0_u64; 0]);
    let next = Instant { micros: at(reader.size() - 1).micros + 1 };
    assert_eq!(all(&kit, &between(Some(next), None), 9), [0_u64; 0]);
    let linked =
        Filter { subject: Some(Subject::parse("a:reg").unwrap()), ..between(Some(at(5)), Some(at(9))) };
    assert_eq!(all(&kit, &linked, 3), [5, 6, 7, 8]);
}

#[test]
fn an_event_shows_what_was_said() {
    let kit = Kit::district();
    let bytes = kit.reader().entry(Seq(0)).unwrap();
    let json =
        crate::views::answer::event::json((Seq(0), Default::default()), &bytes, true, &kit.look()).unwrap();
    let value: serde_json::Value = serde_json::from_str(json.get()).unwrap();
    assert_eq!((&value["agency"], &value["assurance"]), (&serde_json::Value::Null, &"ledger".into()));
    assert_eq!(
        (&value["type"], &value["links"]["l:ledger"]),
        (&"ledger.opened".into(), &serde_json::json!([1, -1, -1]))
    );
    assert_eq!(
        (&value["kid"], &value["iat"], &value["details"]),
        (&().into(), &().into(), &serde_json::json!({}))
    );
    assert!(value.get("after").is_none() && value.get("corrects").is_none() && value["entry"].is_string());
}

//! Which entries changed what is said of a day.

use serde_json::{Value, json};

use super::kit::Kit;
use crate::domain::{Date, ResponsibilityId, Seq};
use crate::views::answer::compare::{self, Compared};
use crate::views::answer::responsibility;
use crate::views::{KnownAt, Scope, Views};

#[test]
fn a_comparison_names_the_entries_that_changed_the_answer() {
    let mut kit = Kit::district();
    let before = kit.reader().size() - 1;
    // One that says nothing about the day, one that does, late, and one about something else.
    kit.made("schools", "d", "2026-01-01", json!({"role": "supporter", "valid": {"from": "2026-05-01"}}));
    let changed = kit.made("schools", "b", "2025-12-01", json!({}));
    kit.made("roads", "d", "2025-12-01", json!({"role": "supporter"}));
    let after = kit.reader().size() - 1;
    let (views, _) = Views::open(kit.dir.path(), kit.reader(), [7; 32]).unwrap();
    let id = ResponsibilityId::parse("schools").unwrap();
    let day = Date::parse("2026-01-02").unwrap();
    let ask = |at: &KnownAt, scope: Scope<'_>| views.known(at, scope, kit.now);
    let both = (&KnownAt::Seq(Seq(after)), &KnownAt::Seq(Seq(before)));
    let object = |known: &_, day| responsibility::one(known, day, &id);
    let compared = Compared::Responsibility(id.clone());
    let found = compare::answer(&kit.reader(), &ask, both, Some(day), &compared, &object).unwrap().unwrap();
    let value: Value = serde_json::to_value(&found).unwrap();
    assert_eq!(value["a"]["answer"]["status"], "held");
    assert_eq!(value["b"]["answer"]["status"], "orphan");
    assert_eq!(
        (&value["a"]["known_at"]["seq"], &value["b"]["known_at"]["seq"]),
        (&after.into(), &before.into())
    );
    let late_days = value["changed_by"][0]["late_days"].as_i64().unwrap();
    assert!((36..40).contains(&late_days), "{late_days}");
    let want = json!([{"seq": changed, "agency": "reg", "type": "assignment.made", "late_days": late_days}]);
    assert_eq!(value["changed_by"], want);
}

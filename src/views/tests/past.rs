//! The same (D, K) is the same bytes, whichever way the state was come by.

use serde::Serialize;
use serde_json::{Value, json};

use super::kit::Kit;
use crate::domain::{Date, Instant, Seq};
use crate::views::answer::{Single, agency, assignment, decision, handoff, responsibility};
use crate::views::{Known, KnownAt, Offline, Scope, Snapshot, Views};

const DAYS: [&str; 7] =
    ["2019-06-01", "2024-06-01", "2026-01-05", "2026-01-06", "2026-01-07", "2026-01-10", "2027-01-01"];

fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

/// Everything that is said of one responsibility on all days.
fn told(known: &Known, id: &str) -> Vec<String> {
    let id = crate::domain::ResponsibilityId::parse(id).unwrap();
    let mut all = vec![text(&responsibility::timeline(known, &id))];
    for day in DAYS {
        let day = Date::parse(day).unwrap();
        all.push(text(&responsibility::one(known, day, &id).map(|one| Single::new(one, known, day))));
    }
    all
}

fn at(kit: &Kit, views: &Views, seq: u64, scope: Scope<'_>) -> Known {
    let known = views.known(&KnownAt::Seq(Seq(seq)), scope, kit.now).unwrap();
    assert_eq!(known.seq, Seq(seq));
    known
}

#[test]
fn a_walk_a_replay_and_the_state_of_then_answer_alike() {
    let mut kit = Kit::district();
    kit.log.write_head().unwrap();
    let (views, state) = Views::open(kit.dir.path(), kit.reader(), [7; 32]).unwrap();
    let offline = Offline::open(kit.dir.path()).unwrap();
    let ids: Vec<String> = state.responsibilities.keys().map(ToString::to_string).collect();
    let mut told_something = 0;
    for (seq, then) in (0..).zip(&kit.states) {
        let replayed = at(&kit, &views, seq, Scope::All);
        let of_then = Known { state: then.clone(), ..replayed.clone() };
        for id in &ids {
            let parsed = crate::domain::ResponsibilityId::parse(id).unwrap();
            let walked = at(&kit, &views, seq, Scope::Responsibility(&parsed));
            let want = told(&of_then, id);
            assert_eq!(told(&walked, id), want, "walk of {id} at {seq}");
            assert_eq!(told(&replayed, id), want, "replay of {id} at {seq}");
            let afar =
                offline.known(&KnownAt::Seq(Seq(seq)), Scope::Responsibility(&parsed), kit.now).unwrap();
            assert_eq!(told(&afar, id), want, "offline {id} at {seq}");
            told_something += want.iter().filter(|text| text.contains("\"status\":\"held\"")).count();
        }
    }
    assert!(told_something > 100, "{told_something}");
}

#[test]
fn a_replay_backwards_in_time_starts_again() {
    let kit = Kit::district();
    let (views, _) = Views::open(kit.dir.path(), kit.reader(), [7; 32]).unwrap();
    for seq in [30, 12, 29, 0] {
        let known = at(&kit, &views, seq, Scope::All);
        let want = &kit.states[usize::try_from(seq).unwrap()];
        assert_eq!(known.state.size, seq + 1);
        assert_eq!(known.state.responsibilities.len(), want.responsibilities.len());
        assert_eq!(known.state.at, want.at);
    }
}

#[test]
fn answers_stay_the_same_while_the_log_grows() {
    let mut kit = Kit::district();
    let (views, _) = Views::open(kit.dir.path(), kit.reader(), [7; 32]).unwrap();
    let before = told(&at(&kit, &views, 33, Scope::All), "waste");
    let size = kit.reader().size();
    for n in 0..20 {
        kit.agency(&format!("new-{n}"));
        kit.made("waste", &format!("new-{n}"), "2026-02-01", json!({"role": "supporter"}));
        let committed = kit.reader().committed();
        views.publish(Snapshot::new(kit.state(), &committed).into(), Vec::new());
    }
    assert_eq!(views.current().size, size + 40);
    assert_eq!(told(&at(&kit, &views, 33, Scope::All), "waste"), before);
    let id = crate::domain::ResponsibilityId::parse("waste").unwrap();
    assert_eq!(told(&at(&kit, &views, 33, Scope::Responsibility(&id)), "waste"), before);
}

#[test]
fn shapes_have_exactly_their_fields() {
    let kit = Kit::district();
    let (views, _) = Views::open(kit.dir.path(), kit.reader(), [7; 32]).unwrap();
    let known = views.known(&KnownAt::Newest, Scope::All, kit.now).unwrap();
    let day = Date::parse("2026-01-12").unwrap();
    let fields =
        |value: serde_json::Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    fn sorted(names: &str) -> Vec<String> {
        let mut names: Vec<_> = names.split_whitespace().map(str::to_owned).collect();
        names.sort();
        names
    }
    const TAIL: &str = "valid_at known_at final evidence position answer";
    let waste = crate::domain::ResponsibilityId::parse("waste").unwrap();
    let one = responsibility::one(&known, day, &waste).unwrap();
    let value = serde_json::to_value(Single::new(one, &known, day)).unwrap();
    let holding = value["accountable"][0].clone();
    assert_eq!(holding["agency"], "c");
    assert_eq!(
        fields(holding),
        sorted(
            "assignment agency role mode components since until ended under via dormant exercised_until unverified basis evidence"
        )
    );
    let names = "responsibility name code territory nature status disputed accountable executors others handoffs claims unverified";
    assert_eq!(fields(value.clone()), sorted(&format!("{names} {TAIL}")));
    assert_eq!((&value["status"], &value["handoffs"]), (&"held".into(), &json!(["h-waste"])));

    let id = crate::domain::HandoffId::parse("h-waste").unwrap();
    let value = serde_json::to_value(handoff::one(&known, day, &id).unwrap()).unwrap();
    let names = "handoff responsibilities from to role regime state unverified acknowledged effective due instead_of steps reservations waits waiting_on age_days basis evidence";
    assert_eq!(fields(value.clone()), sorted(names));
    assert_eq!((&value["state"], &value["waiting_on"]), (&"effective".into(), &"c".into()));
    assert_eq!(fields(value["steps"][0].clone()), sorted("step kind by due done confirmed"));

    let id = crate::domain::AgencyId::parse("old").unwrap();
    let value = serde_json::to_value(agency::one(&known, day, &id).unwrap()).unwrap();
    let names = "agency name kind parents territory powers state successors unverified holds handoffs left_behind evidence";
    assert_eq!(fields(value.clone()), sorted(names));
    assert_eq!((&value["state"], &value["successors"]), (&"closed".into(), &json!(["b"])));
    assert_eq!(value["left_behind"], json!(["r:water-supply", "h:h-water"]));

    let id = crate::domain::DecisionId::parse("d-1").unwrap();
    let value = serde_json::to_value(decision::one(&known, day, &id).unwrap()).unwrap();
    let names = "decision number decided_by decided_on unverified capacity on_behalf_of under authority basis evidence_digests votes in_force state relations still_running evidence";
    assert_eq!(fields(value.clone()), sorted(names));
    assert_eq!((&value["authority"], &value["state"]), (&"alive".into(), &"in_force".into()));

    let id = crate::domain::AssignmentId::parse("waste-b").unwrap();
    let value = serde_json::to_value(assignment::one(&known, day, &id).unwrap()).unwrap();
    assert_eq!((&value["state"], &value["ended"]), (&"ended".into(), &"transferred".into()));
}

#[test]
fn a_day_given_as_known_at_is_the_day_asked_about() {
    let kit = Kit::district();
    let (views, _) = Views::open(kit.dir.path(), kit.reader(), [7; 32]).unwrap();
    let day = Date::parse("2026-01-05").unwrap();
    let known = views.known(&KnownAt::Date(day), Scope::All, kit.now).unwrap();
    assert_eq!((known.day, known.final_), (day, true));
    let newest = views.known(&KnownAt::Instant(kit.now), Scope::All, kit.now).unwrap();
    assert!(!newest.final_);
    let later = Instant { micros: kit.now.micros + 1 };
    assert!(views.known(&KnownAt::Instant(later), Scope::All, kit.now).is_err());
}

/// A number below `n` from a small generator: the seed is printed by whoever fails.
fn below(seed: &mut u64, n: usize) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*seed >> 33).unwrap() % n
}

/// Moves of every kind between a few agencies and responsibilities; those the rules refuse are not
/// recorded.
fn stir(kit: &mut Kit, seed: &mut u64, steps: usize) {
    const AGENCIES: [&str; 5] = ["a", "b", "c", "d", "old"];
    const OF: [&str; 7] =
        ["roads", "roads-rural", "water", "waste", "schools", "water-supply", "water-quality"];
    let mut recorded = 0;
    for n in 0..steps {
        let (agency, other) = (AGENCIES[below(seed, 5)], AGENCIES[below(seed, 5)]);
        let (of, also) = (OF[below(seed, 7)], OF[below(seed, 7)]);
        let day = format!("2026-{:02}-{:02}", 1 + below(seed, 3), 1 + below(seed, 28));
        let holdings: Vec<String> = kit.state().holdings_after(None).map(ToString::to_string).collect();
        let holding = holdings[below(seed, holdings.len())].clone();
        let handoffs: Vec<String> = kit.state().handoffs.keys().map(ToString::to_string).collect();
        let handoff = handoffs[below(seed, handoffs.len())].clone();
        let basis = json!({"unknown": true});
        let made = |more: Value| {
            let mut data = json!({"responsibility": of, "agency": agency, "role": "accountable",
                "valid": {"from": day}, "basis": basis});
            data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            ("reg", "assignment.made", data)
        };
        let regime = ["by_law", "observed", "by_agreement"][below(seed, 3)];
        let id = format!("x-{n}");
        let (speaker, type_name, data) = match below(seed, 10) {
            0 => made(json!({})),
            1 => made(json!({"mode": "delegation", "under": holding, "sub_delegable": true})),
            2 => made(json!({"role": "executor", "under": holding})),
            3 => made(json!({"supersedes": holding})),
            4 => made(json!({"role": "caretaker", "components": ["asset"],
                "ends_when": {"handoff": "h-waste", "step": "audit"}})),
            5 => {
                let data =
                    json!({"assignment": holding, "effective": day, "reason": "revoked", "basis": basis});
                ("reg", "assignment.ended", data)
            }
            6 if n > steps / 2 => {
                let data = json!({"responsibility": of, "into": ["part-1"], "remainder": "part-2", "effective": day});
                ("reg", "responsibility.split", data)
            }
            7 => (other, "handoff.accepted", json!({"handoff": handoff})),
            8 => {
                ("reg", "handoff.reversed", json!({"handoff": handoff, "effective": day, "decision": "d-1"}))
            }
            _ => {
                let data = json!({"handoff": id, "responsibilities": [of, also], "from": agency, "to": other,
                    "regime": regime, "effective": day, "basis": basis});
                (if regime == "by_agreement" { agency } else { "reg" }, "handoff.proposed", data)
            }
        };
        recorded += usize::from(kit.tries(speaker, type_name, data));
    }
    assert!(recorded > steps / 10, "only {recorded} of {steps} were recorded");
}

#[test]
fn walks_and_replays_agree_on_records_told_at_random() {
    let mut seed: u64 = std::env::var("ESTAFET_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
    for _ in 0..6 {
        let first = seed;
        let mut kit = Kit::district();
        kit.defined("part-1", json!({}));
        kit.defined("part-2", json!({}));
        stir(&mut kit, &mut seed, 150);
        let (views, state) = Views::open(kit.dir.path(), kit.reader(), [7; 32]).unwrap();
        let ids: Vec<String> = state.responsibilities.keys().map(ToString::to_string).collect();
        for (seq, then) in (0..).zip(&kit.states).skip(35).step_by(5) {
            let replayed = at(&kit, &views, seq, Scope::All);
            let of_then = Known { state: then.clone(), ..replayed.clone() };
            for id in &ids {
                let parsed = crate::domain::ResponsibilityId::parse(id).unwrap();
                let walked = at(&kit, &views, seq, Scope::Responsibility(&parsed));
                let want = told(&of_then, id);
                for (found, way) in [(told(&walked, id), "walk"), (told(&replayed, id), "replay")] {
                    for (found, want) in found.iter().zip(&want) {
                        assert_eq!(found, want, "{way} of {id} at {seq}; seed {first}");
                    }
                }
            }
        }
    }
}

#[test]
fn what_was_persisted_answers_as_what_was_folded() {
    let mut seed = 77;
    let mut kit = Kit::district();
    stir(&mut kit, &mut seed, 200);
    let (views, _) = Views::open(kit.dir.path(), kit.reader(), [7; 32]).unwrap();
    let folded = views.known(&KnownAt::Newest, Scope::All, kit.now).unwrap();
    views.close().unwrap();
    drop(views);
    let (views, _) = Views::open(kit.dir.path(), kit.reader(), [7; 32]).unwrap();
    let loaded = views.known(&KnownAt::Newest, Scope::All, kit.now).unwrap();
    for id in folded.state.responsibilities.keys() {
        assert_eq!(told(&loaded, id.as_str()), told(&folded, id.as_str()), "{id}");
    }
    let day = Date::parse("2026-03-01").unwrap();
    for id in folded.state.agencies.keys() {
        assert_eq!(text(&agency::one(&loaded, day, id)), text(&agency::one(&folded, day, id)), "{id}");
    }
    for id in folded.state.holdings_after(None) {
        assert_eq!(
            text(&assignment::one(&loaded, day, id)),
            text(&assignment::one(&folded, day, id)),
            "{id}"
        );
    }
    assert_eq!(folded.state.holdings_after(None).count(), loaded.state.holdings_after(None).count());
}

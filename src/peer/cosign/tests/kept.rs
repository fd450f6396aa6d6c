//! Which checkpoint is asked for, and which has met the quorum, in every order of answers.

use serde_json::json;

use super::super::kept::{Head, Kept};
use super::super::published;
use super::kit::{Grown, cosigner};
use crate::domain::{Instant, Seq, State, WitnessName};

fn head(size: u64) -> Head {
    Head { size, note: format!("text {size}\n\nown\n").into() }
}

fn name(n: u8) -> WitnessName {
    WitnessName::parse(cosigner(n).name()).unwrap()
}

fn line(n: u8) -> (String, u64) {
    (format!("line of {n}\n"), 7)
}

/// A state with witnesses 1 to 3, the last of them retired, and a quorum.
fn state(quorum: u64) -> (State, u64) {
    let grown = Grown::new();
    for n in 1..=3 {
        grown.register(&cosigner(n).vkey(), "http://127.0.0.1:9");
    }
    grown.say("witness.retired", json!({"name": cosigner(3).name()}));
    grown.quorum(quorum);
    let state = grown.ledger.views().current().state.clone();
    let size = state.size;
    (state, size)
}

#[test]
fn a_quorum_is_met_by_witnesses_that_count_at_that_size() {
    let (state, size) = state(2);
    let mut kept = Kept::default();
    let met = |kept: &Kept| kept.met(&state).map(|there| there.head.size);
    kept.put(&head(size), &name(1), line(1));
    assert_eq!(met(&kept), None);
    kept.put(&head(size), &name(1), line(1));
    assert_eq!(met(&kept), None, "twice the same");
    kept.put(&head(size), &name(3), line(3));
    kept.put(&head(size), &name(9), line(9));
    assert_eq!(met(&kept), None, "retired and unknown ones do not count");
    kept.put(&head(2), &name(2), line(2));
    kept.put(&head(2), &name(1), line(1));
    assert_eq!(met(&kept), None, "before they were registered");
    kept.put(&head(size), &name(2), line(2));
    assert_eq!(met(&kept), Some(size));
    assert_eq!(
        kept.met(&state).unwrap().whole(&state),
        format!("text {size}\n\nown\nline of 1\nline of 2\n")
    );
    kept.put(&head(size + 5), &name(1), line(1));
    kept.settle(&state);
    assert_eq!(met(&kept), Some(size), "an unmet newer one takes nothing away");
    assert_eq!(kept.of(2).map(|there| there.head.size), None, "older ones are forgotten");
    // a size with all lines that is newer takes its place
    kept.put(&head(size + 5), &name(2), line(2));
    assert_eq!(met(&kept), Some(size + 5));
}

#[test]
fn no_quorum_is_met_where_none_is_asked_for() {
    let (state, size) = state(0);
    let mut kept = Kept::default();
    kept.put(&head(size), &name(1), line(1));
    assert!(kept.met(&state).is_none());
}

#[test]
fn all_are_asked_for_one_checkpoint_until_the_quorum_has_it() {
    let (state, size) = state(2);
    let mut kept = Kept::default();
    kept.beat(&head(size), &state);
    // the log grows while the first answers and the second is slow
    kept.put(&head(size), &name(1), line(1));
    kept.beat(&head(size + 3), &state);
    let wanted = |kept: &Kept, n: u8, stands: u64| {
        kept.wanted(&name(n), &head(size + 3), stands).map(|head| head.size)
    };
    assert_eq!(wanted(&kept, 2, 0), Some(size), "the round's");
    assert_eq!(wanted(&kept, 1, size), Some(size + 3), "who has signed it goes on");
    assert_eq!(wanted(&kept, 2, size + 1), Some(size + 3), "and who stands beyond it");
    kept.put(&head(size), &name(2), line(2));
    kept.beat(&head(size + 3), &state);
    assert_eq!(wanted(&kept, 2, size), Some(size + 3), "the next round");
    kept.put(&head(size + 3), &name(2), line(2));
    assert_eq!(wanted(&kept, 2, size + 3), None, "nothing more to ask");
    // with the first away the round ends with patience
    for _ in 0..60 {
        kept.beat(&head(size + 9), &state);
    }
    assert_eq!(kept.wanted(&name(1), &head(size + 9), size).map(|head| head.size), Some(size + 9));
}

#[test]
fn what_is_held_is_bounded_while_nobody_meets_the_quorum() {
    let (state, size) = state(2);
    let mut kept = Kept::default();
    for more in 0..1_000 {
        kept.put(&head(size + more), &name(1), line(1));
        kept.settle(&state);
    }
    assert!(kept.of(size + 900).is_none());
    assert!(kept.of(size + 999).is_some());
    assert_eq!(kept.last(&name(1)).map(|last| last.size), Some(size + 999));
}

#[test]
fn what_met_the_quorum_stays_while_one_witness_goes_on_alone() {
    let (state, size) = state(2);
    let mut kept = Kept::default();
    kept.put(&head(size), &name(1), line(1));
    kept.put(&head(size), &name(2), line(2));
    for more in 1..200 {
        kept.put(&head(size + more), &name(1), line(1));
        kept.settle(&state);
        assert_eq!(kept.met(&state).map(|there| there.head.size), Some(size), "{more}");
    }
}

#[test]
fn what_no_quorum_signed_for_a_minute_is_published_and_said() {
    let grown = Grown::new();
    let (mut kept, reader) = (Kept::default(), grown.ledger.reader().clone());
    let shown = |kept: &Kept, later_s: i64| {
        let snapshot = grown.ledger.views().current();
        let newest = Head { size: snapshot.size, note: snapshot.checkpoint.clone() };
        let now = Instant { micros: snapshot.at.micros + later_s * 1_000_000 };
        let shown = published(kept, &snapshot.state, &reader, &newest, now);
        (shown.size, shown.met, shown.unwitnessed_since)
    };
    let newest = || grown.ledger.views().current().size;
    assert_eq!(shown(&kept, 3_600), (newest(), false, None), "nobody asks for a quorum");
    grown.register(&cosigner(1).vkey(), "http://127.0.0.1:9");
    grown.quorum(1);
    // before the first quorum the newest, and nothing was ever signed
    let first = reader.at(Seq(0)).unwrap();
    assert_eq!(shown(&kept, 0), (newest(), false, Some(first)));
    let met = newest();
    kept.put(&head(met), &name(1), line(1));
    assert_eq!(shown(&kept, 86_400), (met, true, None), "a log that does not grow is not behind");
    grown.grow();
    let since = reader.at(Seq(met)).unwrap();
    assert_eq!(shown(&kept, 0), (met, true, None));
    assert_eq!(shown(&kept, 61), (met + 1, false, Some(since)));
    kept.put(&head(met + 1), &name(1), line(1));
    assert_eq!(shown(&kept, 61), (met + 1, true, None));
    // a higher quorum is not met by what was
    grown.quorum(2);
    assert!(!shown(&kept, 0).1);
}

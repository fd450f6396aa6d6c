//! Honest witnesses: a log that grows is cosigned, whoever of them is away meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::domain::Seq;
use crate::log::cosigned;
use crate::log::note;
use crate::peer::cosign::newest_heads;

use super::kit::{Asking, Grown, Server, cosigner, honest, signers};

#[test]
fn a_growing_log_is_cosigned_and_published_with_the_lines() {
    let grown = Grown::new();
    let witness = Server::start(honest(grown.dir.path(), 1, &grown.vkey()));
    let asking = Asking::start(&grown);
    assert!(!asking.published().met && asking.published().size == grown.ledger.views().current().size);
    grown.register(&cosigner(1).vkey(), &witness.url);
    grown.quorum(1);
    for _ in 0..5 {
        let size = grown.grow();
        let note = asking.met(size);
        assert_eq!(signers(&note, &grown.vkey(), &[1, 2]), [1]);
        assert_eq!(note::peek(&note).unwrap().size, size);
        let (covers, covering) =
            asking.cosigning.covering(&grown.ledger.views().current(), Seq(size - 1)).unwrap();
        assert_eq!((covers, &*covering), (size, note.as_str()));
    }
    let standings = asking.cosigning.standings(&grown.ledger.views().current().state);
    assert_eq!(standings.len(), 1);
    assert_eq!(standings[0].last.unwrap().size, grown.ledger.views().current().size);
}

#[test]
fn what_was_kept_is_taken_up_and_what_is_damaged_is_asked_for_again() {
    let grown = Grown::new();
    let witness = Server::start(honest(grown.dir.path(), 1, &grown.vkey()));
    grown.register(&cosigner(1).vkey(), &witness.url);
    grown.quorum(1);
    let size = grown.grow();
    let note = Asking::start(&grown).met(size);
    let files = cosigned::notes(&grown.data()).unwrap();
    assert_eq!(files.len(), 2, "{files:?}");
    assert!(files.iter().all(|(_, text)| *text == note));
    // at once, with nobody to ask
    let asked = witness.asked();
    let again = Asking::start(&grown);
    assert_eq!(&*again.published().note, note);
    drop(again);
    assert_eq!(witness.asked(), asked, "nothing is new");
    // damaged in every way: not believed, and asked for again
    for (n, damage) in
        [note.replace("ledger.example", "ledger.exbmple"), String::new(), "\u{2014}\n\n".into()]
            .iter()
            .enumerate()
    {
        for (file, _) in &files {
            std::fs::write(grown.data().join(file), damage).unwrap();
        }
        let again = Asking::start(&grown);
        assert_eq!(signers(&again.met(size), &grown.vkey(), &[1]), [1], "{n}");
        assert!(witness.asked() > asked, "{n}");
    }
    // a heads' reader finds it in the folder and at the witness
    let heads = newest_heads(&grown.data(), grown.ledger.reader()).unwrap();
    assert_eq!(heads.len(), 3, "{heads:?}");
    assert!(heads.iter().all(|head| note::peek(&head.note).unwrap().size == size));
    std::fs::remove_dir_all(grown.data().join(cosigned::FOLDER)).unwrap();
    assert_eq!(newest_heads(&grown.data(), grown.ledger.reader()).unwrap().len(), 1);
}

#[test]
fn a_quorum_of_two_of_three_holds_with_one_away_and_writing_waits_for_nobody() {
    let grown = Grown::new();
    let away = Arc::new(AtomicBool::new(false));
    let servers: Vec<_> = (1..=3)
        .map(|n| {
            let (answer, away) = (honest(grown.dir.path(), n, &grown.vkey()), Arc::clone(&away));
            Server::start(move |request| match n {
                2 if away.load(Ordering::SeqCst) => None,
                3 => {
                    std::thread::sleep(Duration::from_millis(700));
                    answer(request)
                }
                _ => answer(request),
            })
        })
        .collect();
    let asking = Asking::start(&grown);
    for (n, server) in (1..).zip(&servers) {
        grown.register(&cosigner(n).vkey(), &server.url);
    }
    grown.quorum(2);
    let size = grown.grow();
    assert!(signers(&asking.met(size), &grown.vkey(), &[1, 2, 3]).len() >= 2);
    // one away and one slow, on a log that grows all the time
    away.store(true, Ordering::SeqCst);
    let begun = std::time::Instant::now();
    let (mut size, mut slowest) = (0, Duration::ZERO);
    while begun.elapsed() < Duration::from_secs(3) {
        let before = std::time::Instant::now();
        size = grown.grow();
        slowest = slowest.max(before.elapsed());
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    let reached = asking.published();
    // behind by what the slow one needs, on a machine that does other things too
    assert!(reached.met && reached.size > size / 8, "{} of {size}", reached.size);
    let note = asking.met(size);
    assert_eq!(signers(&note, &grown.vkey(), &[1, 2, 3]), [1, 3]);
    // and with nobody there it is what was met, then asked for again
    away.store(false, Ordering::SeqCst);
    let size = grown.grow();
    asking.met(size);
}

#[test]
fn a_ledger_that_meets_its_own_newer_checkpoint_at_a_witness_stops_writing() {
    found_out(1);
}

#[test]
fn a_ledger_that_has_grown_past_the_checkpoint_it_contradicts_stops_writing() {
    found_out(7);
}

/// A copy that has grown by so much before it asks.
fn found_out(by: u64) {
    let grown = Grown::new();
    let witness = Server::start(honest(grown.dir.path(), 1, &grown.vkey()));
    grown.register(&cosigner(1).vkey(), &witness.url);
    grown.quorum(1);
    grown.ledger.close().unwrap();
    let copy = grown.dir.path().join("copy");
    let done = std::process::Command::new("cp").arg("-a").arg(grown.data()).arg(&copy).status();
    assert!(done.unwrap().success());
    let (first, second) = (grown.again(&grown.data()), grown.again(&copy));
    let size = first.grow();
    Asking::start(&first).met(first.grow());
    // the copy knows nothing of it, and its first word to the witness is its last
    for _ in 0..by {
        second.grow();
    }
    let asking = Asking::start(&second);
    for _ in 0..500 {
        if second.ledger.status().why.is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let why = second.ledger.status().why.unwrap();
    assert!(why.contains("witness.example/w1"), "{why}");
    assert!(!asking.published().met && asking.published().size == size + by - 1);
    assert!(first.ledger.status().why.is_none());
}

//! Witnesses that lie, stall or say nothing of use: nothing that is published changes by them, and an
//! honest one beside them is not held up.

use std::time::Duration;

use crate::log::{Checkpoint, Hash, Signer, note};

use super::kit::{Answer, Asking, Grown, Request, Server, cosigner, honest, signers};

/// The checkpoint's text in a question.
fn asked_for(body: &[u8]) -> String {
    let body = String::from_utf8(body.to_vec()).unwrap();
    let (_, note) = body.split_once("\n\n").unwrap();
    note::text(note).unwrap().0.to_owned()
}

type Lie = (&'static str, fn(Request<'_>) -> Answer);

/// What a lying witness with the key of 2 answers to a question, by its name.
fn lies() -> Vec<Lie> {
    fn over(text: &str) -> Answer {
        Some((200, cosigner(2).cosign(text, 1_800_000_000).into_bytes()))
    }
    vec![
        ("another key", |(_, body)| Some((200, cosigner(7).cosign(&asked_for(body), 1).into_bytes()))),
        ("another key under its name", |(_, body)| {
            let stranger = crate::log::Cosigner::new(cosigner(2).name(), &[9; 32]).unwrap();
            Some((200, stranger.cosign(&asked_for(body), 1).into_bytes()))
        }),
        ("another origin", |(_, body)| over(&asked_for(body).replacen("ledger", "other", 1))),
        ("an older size", |(_, body)| {
            let text = asked_for(body);
            let Checkpoint { origin, root, .. } = Checkpoint::parse(&text).unwrap();
            over(&Checkpoint { origin, size: 1, root }.encode())
        }),
        ("another root", |(_, body)| {
            let text = asked_for(body);
            let checkpoint = Checkpoint::parse(&text).unwrap();
            over(&Checkpoint { root: Hash([1; 32]), ..checkpoint }.encode())
        }),
        ("a longer text", |(_, body)| {
            let text = asked_for(body);
            let whole = format!("{text}\n\u{2014} x AAAAAAAA\n");
            let line = cosigner(2).cosign(&whole, 1);
            Some((200, format!("\u{2014} x AAAAAAAA\n\n{line}").into_bytes()))
        }),
        ("a line that fails beside one that holds", |(_, body)| {
            let text = asked_for(body);
            let (good, bad) = (cosigner(2).cosign(&text, 5), cosigner(2).cosign("other\n1\nx\n", 6));
            Some((200, format!("{good}{bad}").into_bytes()))
        }),
        ("the log's own line", |(_, body)| {
            Some((200, Signer::new("ledger.example/cosigned", &[3; 32]).sign(&asked_for(body)).into_bytes()))
        }),
        ("nothing", |_| Some((200, Vec::new()))),
        ("garbage", |_| Some((200, vec![0xff; 900]))),
        ("a huge body", |_| Some((200, vec![b'x'; 4 << 20]))),
        ("hanging up", |_| None),
        ("a conflict without a size", |_| Some((409, b"x\n".to_vec()))),
        ("a conflict about nothing", |_| Some((409, b"0\n".to_vec()))),
        ("a conflict far ahead", |_| Some((409, b"18446744073709551615\n".to_vec()))),
        ("a conflict and a false head", |(line, _)| {
            if line.starts_with("GET") {
                let text =
                    Checkpoint { origin: "ledger.example/cosigned".into(), size: 999, root: Hash([7; 32]) };
                let stranger = Signer::new("ledger.example/cosigned", &[8; 32]);
                return Some((200, stranger.sign(&text.encode()).into_bytes()));
            }
            Some((409, b"999\n".to_vec()))
        }),
        ("a redirect", |_| Some((307, Vec::new()))),
        ("an unknown log", |_| Some((404, Vec::new()))),
        ("inconsistent", |_| Some((422, b"no\n".to_vec()))),
        ("stalling", |_| {
            std::thread::sleep(Duration::from_secs(3));
            None
        }),
    ]
}

#[test]
fn no_answer_of_a_witness_changes_what_is_published_but_its_own_line() {
    std::thread::scope(|scope| {
        for (name, lie) in lies() {
            scope.spawn(move || {
                let grown = Grown::new();
                let liar = Server::start(lie);
                let fair = Server::start(honest(grown.dir.path(), 1, &grown.vkey()));
                grown.register(&cosigner(1).vkey(), &fair.url);
                grown.register(&cosigner(2).vkey(), &liar.url);
                grown.quorum(1);
                let asking = Asking::start(&grown);
                for _ in 0..3 {
                    let size = grown.grow();
                    assert_eq!(signers(&asking.met(size), &grown.vkey(), &[1, 2, 7]), [1], "{name}");
                }
                assert!(liar.asked() > 0, "{name}");
                let standings = asking.cosigning.standings(&grown.ledger.views().current().state);
                assert_eq!(standings[1].last, None, "{name}");
                // a quorum of both is never met by its lies
                grown.quorum(2);
                std::thread::sleep(Duration::from_millis(1_500));
                assert!(!asking.published().met, "{name}");
            });
        }
    });
}

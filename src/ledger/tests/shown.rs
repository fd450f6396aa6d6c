//! A checkpoint of its own that comes back from outside.

use super::super::Error;
use super::kit::{Kit, agency};
use crate::log::{Checkpoint, Hash, Seen, Signer};

fn checkpoint(seed: u8, origin: &str, size: u64, root: Hash) -> Seen {
    let text = Checkpoint { origin: origin.to_owned(), size, root }.encode();
    Seen { note: Signer::new(origin, &[seed; 32]).sign(&text), from: "w1".to_owned() }
}

#[test]
fn a_server_that_is_shown_what_it_does_not_extend_writes_no_more() {
    let own = "ledger.example/write";
    for (size, other_root, stops) in
        [(100, true, true), (4, true, true), (4, false, false), (6, false, false)]
    {
        let kit = Kit::peopled();
        let root = if other_root { Hash([7; 32]) } else { kit.ledger.reader().tree().root_at(size).unwrap() };
        // others' words change nothing
        kit.ledger.shown(&checkpoint(8, own, size, root));
        kit.ledger.shown(&checkpoint(7, "ledger.example/other", size, root));
        kit.ledger.shown(&Seen { note: "no checkpoint".to_owned(), from: "w1".to_owned() });
        kit.must("registrar", "agency.registered", agency("c"));
        kit.ledger.shown(&checkpoint(7, own, size, root));
        let then = kit.say("registrar", "agency.registered", agency("d"));
        assert_eq!(matches!(then, Err(Error::ReadOnly)), stops, "{size} {then:?}");
        let why = kit.ledger.status().why;
        assert_eq!(why.is_some_and(|why| why.contains("rolled back")), stops);
    }
}

//! Vectors of FORMAT section 5.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::{Checkpoint, NoteError, Signer, Vkey, open, peek};
use crate::log::tests::kit::signer;
use crate::log::tree::Hash;

const VKEY: &str = "ledger.example/log1+7d41893d+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
const NOTE: &str = "ledger.example/log1\n300\nG6q9MvIh86seCVhu76uGtC/csMNY/P+UeOoWkNv8tKc=\n\n\u{2014} ledger.example/log1 fUGJPaiJUucLMPIysPjjZQt+wuY22S8bGXxTnoq5D7S8Ywl6EAFZtmWKKjidtxg4JZQHDNuVAHg4Xovgs7V9NPIVhgk=\n";

fn checkpoint() -> Checkpoint {
    let root = Hash::parse("G6q9MvIh86seCVhu76uGtC/csMNY/P+UeOoWkNv8tKc=").unwrap();
    Checkpoint { origin: "ledger.example/log1".to_owned(), size: 300, root }
}

#[test]
fn a_checkpoint_is_signed_as_the_vectors_say() {
    assert_eq!(signer().vkey().to_string(), VKEY);
    assert_eq!(signer().sign(&checkpoint().encode()), NOTE);
    assert_eq!(open(NOTE, &Vkey::parse(VKEY).unwrap()), Ok(checkpoint()));
}

#[test]
fn unknown_keys_are_ignored_and_a_known_key_that_fails_refuses() {
    let vkey = Vkey::parse(VKEY).unwrap();
    let other = Signer::new("other.example", &[9; 32]);
    let both = format!("{NOTE}{}", other.sign(&checkpoint().encode()).split_once("\n\n").unwrap().1);
    assert_eq!(open(&both, &vkey), Ok(checkpoint()));
    assert_eq!(open(&both, &other.vkey()), Ok(checkpoint()));
    assert_eq!(open(NOTE, &other.vkey()), Err(NoteError::Unsigned));
    let changed = NOTE.replace("300", "301");
    assert_eq!(open(&changed, &vkey), Err(NoteError::BadSignature));
    assert_eq!(peek(&changed).unwrap().size, 301);
}

#[test]
fn any_changed_byte_of_a_note_is_refused() {
    let vkey = Vkey::parse(VKEY).unwrap();
    for place in 0..NOTE.len() {
        let mut bytes = NOTE.as_bytes().to_vec();
        bytes[place] ^= 1;
        if let Ok(text) = std::str::from_utf8(&bytes) {
            assert!(open(text, &vkey).is_err(), "byte {place}");
        }
    }
    for cut in 0..NOTE.len() {
        assert!(NOTE.get(..cut).is_none_or(|text| open(text, &vkey).is_err()));
    }
}

#[test]
fn keys_of_another_form_are_refused() {
    for (from, to) in [("7d41893d", "7d41893e"), ("+AQ", "+AA"), ("log1+", "log2+"), ("7d41893d", "7D41893D")]
    {
        assert_eq!(Vkey::parse(&VKEY.replacen(from, to, 1)), Err(NoteError::BadKey));
    }
    for text in ["", "a+b", "a b+7d41893d+AQ=="] {
        assert_eq!(Vkey::parse(text), Err(NoteError::BadKey));
    }
}

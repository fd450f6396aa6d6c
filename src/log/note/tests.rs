//! Vectors of FORMAT section 5.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::{Checkpoint, Cosigner, CosignerVkey, NoteError, Signer, Vkey, cosigned, open, peek, signed_by};
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

const WITNESS: &str = "witness.example/w1+20324abe+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X";
const LINE: &str = "\u{2014} witness.example/w1 IDJKvgAAAABpUkfAenHYk2V/3yS82NqSxobIaWybzMBni8p1J7cGvvUfON7/InWnx0hqsVEQnKpR2Vx4WnWzBfdgCrZlFj07pSFPAQ==\n";
const TIME: u64 = 1_767_000_000;

fn witness() -> Cosigner {
    let seed: Vec<u8> = (0x20..0x40).collect();
    Cosigner::new("witness.example/w1", &seed.try_into().unwrap()).unwrap()
}

#[test]
fn a_checkpoint_is_cosigned_as_the_vectors_say() {
    let vkey = witness().vkey();
    assert_eq!(vkey.to_string(), WITNESS);
    assert_eq!(CosignerVkey::parse(WITNESS), Ok(vkey.clone()));
    assert_eq!(witness().cosign(&checkpoint().encode(), TIME), LINE);
    assert_eq!(cosigned(&format!("{NOTE}{LINE}"), &vkey), Ok((checkpoint(), TIME)));
    // the log's own line verifies beside the witness's
    assert_eq!(open(&format!("{NOTE}{LINE}"), &Vkey::parse(VKEY).unwrap()), Ok(checkpoint()));
}

#[test]
fn a_cosignature_of_an_unknown_key_is_ignored_and_a_known_one_that_fails_refuses_the_note() {
    let vkey = witness().vkey();
    let stranger = Cosigner::new("witness.example/w1", &[7; 32]).unwrap();
    let strange = stranger.cosign(&checkpoint().encode(), TIME);
    assert_eq!(cosigned(&format!("{NOTE}{strange}"), &vkey), Err(NoteError::Unsigned));
    assert_eq!(cosigned(&format!("{NOTE}{strange}{LINE}"), &vkey), Ok((checkpoint(), TIME)));
    assert_eq!(cosigned(NOTE, &vkey), Err(NoteError::Unsigned));
    // of two lines the later; one that fails beside one that holds refuses
    let later = witness().cosign(&checkpoint().encode(), TIME + 9);
    assert_eq!(cosigned(&format!("{NOTE}{later}{LINE}"), &vkey), Ok((checkpoint(), TIME + 9)));
    let elsewhere = witness().cosign("ledger.example/log1\n1\nx\n", TIME);
    assert_eq!(cosigned(&format!("{NOTE}{LINE}{elsewhere}"), &vkey), Err(NoteError::BadSignature));
}

#[test]
fn any_changed_byte_of_a_cosigned_note_is_refused() {
    let (vkey, note) = (witness().vkey(), format!("{}\n{LINE}", checkpoint().encode()));
    for place in 0..note.len() {
        for bit in [1, 0x20, 0x80] {
            let mut bytes = note.as_bytes().to_vec();
            bytes[place] ^= bit;
            if let Ok(text) = std::str::from_utf8(&bytes) {
                assert!(cosigned(text, &vkey).is_err(), "byte {place}");
            }
        }
    }
}

#[test]
fn a_witness_key_is_read_as_it_was_written_and_no_other_way() {
    let secret = witness().secret();
    assert!(secret.starts_with("PRIVATE+KEY+witness.example/w1+20324abe+BC"), "{secret}");
    assert_eq!(Cosigner::from_secret(&secret).unwrap().vkey(), witness().vkey());
    for (from, to) in [("w1", "w2"), ("20324abe", "20324abf"), ("+BC", "+AC"), ("\n", ""), ("KEY", "key")] {
        assert!(Cosigner::from_secret(&secret.replacen(from, to, 1)).is_none(), "{from} -> {to}");
    }
    // a ledger's key is no witness's, nor the other way round
    assert_eq!(CosignerVkey::parse(VKEY), Err(NoteError::BadKey));
    assert_eq!(Vkey::parse(WITNESS), Err(NoteError::BadKey));
    for name in ["", "a b", "a+b", "a\u{7}", "a\u{a0}b", &"x".repeat(256)] {
        assert!(Cosigner::new(name, &[1; 32]).is_err(), "{name:?}");
    }
}

#[test]
fn lines_by_trusted_keys_are_told_once_and_one_that_fails_refuses() {
    let (first, second) = (signer(), Signer::new("ledger.example/log1", &[9; 32]));
    let line = |signer: &Signer, text: &str| signer.sign(text).split_once("\n\n").unwrap().1.to_owned();
    let text = checkpoint().encode();
    let (one, two) = (line(&first, &text), line(&second, &text));
    let trusted = [first.vkey(), second.vkey()];
    let note = format!("{text}\n{one}{LINE}{two}{one}");
    assert_eq!(signed_by(&note, &trusted), Ok(vec![one.clone(), two.clone()]));
    assert_eq!(signed_by(&note, &trusted[..1]), Ok(vec![one.clone()]));
    assert_eq!(signed_by(&format!("{text}\n{LINE}"), &trusted), Err(NoteError::Unsigned));
    let forged = line(&second, "another\n0\nx\n");
    assert_eq!(signed_by(&format!("{text}\n{one}{forged}"), &trusted), Err(NoteError::BadSignature));
    assert_eq!(signed_by(&format!("{text}\n{one}{forged}"), &trusted[..1]), Ok(vec![one]));
    assert_eq!(super::text(&note), Ok((text.as_str(), 4)));
}

#[test]
fn extension_lines_are_taken_only_where_they_are_asked_for() {
    let plain = checkpoint().encode();
    let extended = format!("{plain}one more line\nand another\n");
    assert_eq!(Checkpoint::parse_extended(&extended), Ok(checkpoint()));
    assert_eq!(Checkpoint::parse_extended(&plain), Ok(checkpoint()));
    assert_eq!(Checkpoint::parse(&extended), Err(NoteError::Malformed));
    for bad in
        [format!("{plain}\n"), format!("{plain}a\n\nb\n"), format!("{plain}a"), plain.replace("300", "0300")]
    {
        assert_eq!(Checkpoint::parse_extended(&bad), Err(NoteError::Malformed), "{bad:?}");
    }
    let control = NOTE.replace("300\n", "300\r\n");
    assert_eq!(open(&control, &signer().vkey()), Err(NoteError::Malformed));
}

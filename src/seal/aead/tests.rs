//! The vector of the draft, and what does not open.

use serde_json::json;

use super::*;

#[test]
fn the_cipher_is_that_of_the_draft() {
    // draft-irtf-cfrg-xchacha-03, A.3.1
    let from = |first: u8| move |n: usize| first + u8::try_from(n).unwrap();
    let key: [u8; 32] = std::array::from_fn(from(0x80));
    let nonce: [u8; 24] = std::array::from_fn(from(0x40));
    let aad = [0x50, 0x51, 0x52, 0x53, 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6, 0xc7];
    let msg = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
    let payload = Payload { msg, aad: &aad };
    let made = cipher(&key).encrypt(&XNonce::from(nonce), payload).unwrap();
    assert_eq!(super::super::hex(&made[..8]), "bd6d179d3e83d43b");
    assert_eq!(super::super::hex(&made[made.len() - 16..]), "c0875924c1c7987947deafd8780acf49");
}

#[test]
fn a_detail_opens_with_its_own_parts_only() {
    let disclosure = Disclosure::make(&[3; 16], "nama", &json!("Siti")).unwrap();
    let sealed = encrypt(&disclosure, [1; 32], [2; 24]).unwrap();
    assert_eq!(decrypt(&sealed), Ok(disclosure.clone()));
    let mut others = vec![
        Sealed { digest: [0; 32], ..sealed.clone() },
        Sealed { key: [0; 32], ..sealed.clone() },
        Sealed { nonce: [0; 24], ..sealed.clone() },
        Sealed { ciphertext: Vec::new(), ..sealed.clone() },
        Sealed { ciphertext: sealed.ciphertext[1..].to_vec(), ..sealed.clone() },
    ];
    for n in 0..sealed.ciphertext.len() {
        let mut other = sealed.clone();
        other.ciphertext[n] ^= 1;
        others.push(other);
    }
    for other in &others {
        assert_eq!(decrypt(other), Err(Closed), "{other:?}");
    }
    assert!(!format!("{sealed:?}").contains("key"));
    // whoever has the key cannot pass another text for the detail
    let lie = Disclosure { digest: [9; 32], ..disclosure };
    assert_eq!(decrypt(&encrypt(&lie, [1; 32], [2; 24]).unwrap()), Err(Closed));
}

#[test]
fn the_largest_detail_can_be_kept() {
    let value = "x".repeat(super::super::disclosure::DETAIL_BYTES_MAX - 40);
    let disclosure = Disclosure::make(&[3; 16], "n", &json!(value)).unwrap();
    let sealed = encrypt(&disclosure, [1; 32], [2; 24]).unwrap();
    assert!(sealed.ciphertext.len() <= crate::log::details::CIPHERTEXT_BYTES_MAX);
}

//! The example of RFC 9901, and what is refused.

use super::*;

const SALT: &str = "0123456789abcdefghijkl";

fn encode(json: &str) -> String {
    URL_SAFE_NO_PAD.encode(json)
}

/// The code and words that refuse a disclosure of this JSON.
fn refused(json: &str) -> (Code, String) {
    let why = Disclosure::parse(&encode(json)).unwrap_err();
    assert_eq!(why.field.as_deref(), Some("details"));
    (why.code, why.detail)
}

fn made(n: u8) -> Disclosure {
    Disclosure::make(&[n; 16], &format!("name{n}"), &json!(n)).unwrap()
}

fn sd(digests: &[[u8; 32]]) -> Value {
    json!({ "_sd": digests.iter().map(|digest| URL_SAFE_NO_PAD.encode(digest)).collect::<Vec<_>>() })
}

#[test]
fn the_disclosure_of_rfc_9901_has_its_digest() {
    let text = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0";
    let read = Disclosure::parse(text).unwrap();
    assert_eq!(URL_SAFE_NO_PAD.encode(read.digest), "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0");
    assert_eq!((&*read.text, &*read.name, &read.value), (text, "family_name", &json!("Möbius")));
}

#[test]
fn what_is_made_is_read_again() {
    let value =
        json!({ "nama": ["Müller", 1, -9_007_199_254_740_991_i64, null], "alamat": { "kota": "📍" } });
    let made = Disclosure::make(&[7; 16], "contact", &value).unwrap();
    assert_eq!(Disclosure::parse(&made.text).unwrap(), made);
    assert_eq!((&*made.name, &made.value), ("contact", &value));
    let other = Disclosure::make(&[8; 16], "contact", &value).unwrap();
    assert_ne!(made.digest, other.digest);
    assert!(!format!("{made:?}").contains("Müller") && !format!("{made:?}").contains("contact"));
}

#[test]
fn a_disclosure_is_salt_name_value_and_nothing_else() {
    for json in [
        "".to_owned(),
        "{".to_owned(),
        "\"x\"".to_owned(),
        format!("{{\"salt\":\"{SALT}\"}}"),
        "[]".to_owned(),
        format!("[\"{SALT}\",\"v\"]"),
        format!("[\"{SALT}\",\"n\",\"v\",1]"),
        format!("[\"{SALT}\",\"n\",\"v\"] x"),
        format!("[\"{}\",\"n\",\"v\"]", &SALT[1..]),
        "[1234567890123456789012,\"n\",\"v\"]".to_owned(),
        format!("[[\"{SALT}\"],\"n\",\"v\"]"),
        "[null,\"n\",\"v\"]".to_owned(),
        format!("[\"{SALT}\",\"\",\"v\"]"),
        format!("[\"{SALT}\",1,\"v\"]"),
        format!("[\"{SALT}\",null,\"v\"]"),
        format!("[\"{SALT}\",\"_sd\",\"v\"]"),
        format!("[\"{SALT}\",\"...\",\"v\"]"),
        format!("[\"{SALT}\",\"n\",{{\"_sd\":[]}}]"),
        format!("[\"{SALT}\",\"n\",[{{\"a\":{{\"...\":1}}}}]]"),
        format!("[\"{SALT}\",\"n\",{{\"_\\u0073d\":1}}]"),
        format!("[\"{SALT}\",\"n\",1.0]"),
        format!("[\"{SALT}\",\"n\",1e3]"),
        format!("[\"{SALT}\",\"n\",-0]"),
        format!("[\"{SALT}\",\"n\",9007199254740992]"),
        format!("[\"{SALT}\",\"n\",{{\"a\":1,\"a\":1}}]"),
        format!("[\"{SALT}\",\"n\",{}{}]", "[".repeat(32), "]".repeat(32)),
        format!("[\"{SALT}\",\"n\",\"\\ud800\"]"),
    ] {
        assert_eq!(refused(&json).0, Code::Malformed, "{json}");
    }
    let deep = format!("[\"{SALT}\",\"n\",{}{}]", "[".repeat(31), "]".repeat(31));
    Disclosure::parse(&encode(&deep)).unwrap();
    // an umlaut counts once
    assert!(Disclosure::parse(&encode(&format!("[\"{}\",\"n\",1]", "ä".repeat(21)))).is_err());
    Disclosure::parse(&encode(&format!("[\"{}\",\"n\",1]", "ä".repeat(22)))).unwrap();
    let (_, words) = refused(&format!("[\"{SALT}\",\"n\",{{\"rahasia\":1,\"rahasia\":1}}]"));
    assert!(!words.contains("rahasia"));
    assert!(Disclosure::make(&[1; 15], "n", &json!(1)).is_err());
    assert!(Disclosure::make(&[1; 16], "n", &json!(1.5)).is_err());
}

#[test]
fn a_disclosure_has_one_spelling() {
    let good = encode(&format!("[\"{SALT}\",\"n\",123]"));
    Disclosure::parse(&good).unwrap();
    assert_eq!(good.len() % 4, 2, "this one has spare bits");
    let spare = URL_SAFE_NO_PAD.encode([0x5d]).replace('Q', "R");
    assert_eq!(spare, "XR");
    let last = format!("{}{spare}", &good[..good.len() - 2]);
    for text in [
        last,
        format!("{good}=="),
        format!("{good}="),
        format!("{good} "),
        format!("\n{good}"),
        format!("{good}~"),
        good.replacen('W', "+", 1),
        good.replacen('W', "é", 1),
        "A".to_owned(),
        String::new(),
    ] {
        assert_eq!(Disclosure::parse(&text).unwrap_err().code, Code::Malformed, "{text:?}");
    }
    let latin = URL_SAFE_NO_PAD.encode([b"[\"", SALT.as_bytes(), b"\",\"n\",\"\xe9\"]"].concat());
    assert_eq!(Disclosure::parse(&latin).unwrap_err().code, Code::Malformed);
}

#[test]
fn a_detail_has_at_most_8_kib() {
    let of = |bytes: usize| {
        let frame = format!("[\"{SALT}\",\"n\",\"\"]").len();
        encode(&format!("[\"{SALT}\",\"n\",\"{}\"]", "x".repeat(bytes - frame)))
    };
    Disclosure::parse(&of(DETAIL_BYTES_MAX)).unwrap();
    for bytes in [DETAIL_BYTES_MAX + 1, DETAIL_BYTES_MAX + 2, 3 * DETAIL_BYTES_MAX] {
        assert_eq!(Disclosure::parse(&of(bytes)).unwrap_err().code, Code::TooLarge, "{bytes}");
    }
    let value = "x".repeat(DETAIL_BYTES_MAX);
    assert_eq!(Disclosure::make(&[1; 16], "n", &json!(value)).unwrap_err().code, Code::TooLarge);
}

#[test]
fn digests_stand_in_sd_alone() {
    let some = [[1; 32], [2; 32]];
    assert_eq!(digests(&sd(&some)).unwrap(), some);
    alg(&json!("sha-256")).unwrap();
    for named in [json!("sha-512"), json!("SHA-256"), json!(null), json!(256), json!(["sha-256"])] {
        let why = super::alg(&named).unwrap_err();
        assert_eq!((why.code, why.field.as_deref()), (Code::Malformed, Some("_sd_alg")));
    }
    let text = URL_SAFE_NO_PAD.encode([1; 32]);
    for details in [
        json!(null),
        json!([]),
        json!({}),
        json!({ "_sd": [] }),
        json!({ "_sd": text }),
        json!({ "_sd": [text], "name": 1 }),
        json!({ "_sd": [text], "_sd_alg": "sha-256" }),
        json!({ "sd": [text] }),
        json!({ "_sd": [[text]] }),
        json!({ "_sd": [1] }),
        json!({ "_sd": [null] }),
        json!({ "_sd": [text, text] }),
        json!({ "_sd": [""] }),
        json!({ "_sd": [&text[1..]] }),
        json!({ "_sd": [format!("{text}=")] }),
        json!({ "_sd": [format!("{text}A")] }),
        // 32 bytes leave two spare bits
        json!({ "_sd": [format!("{}F", &text[..42])] }),
        json!({ "_sd": [{ "...": text }] }),
    ] {
        assert_eq!(digests(&details).unwrap_err().code, Code::Malformed, "{details}");
    }
    let many: Vec<[u8; 32]> = (0..65).map(|n| [n; 32]).collect();
    assert_eq!(digests(&sd(&many[..64])).unwrap().len(), 64);
    assert_eq!(digests(&sd(&many)).unwrap_err().code, Code::TooLarge);
}

#[test]
fn each_digest_has_its_one_disclosure() {
    let all: Vec<_> = (0..3).map(made).collect();
    let digests: Vec<_> = all.iter().map(|one| one.digest).collect();
    check(&digests, &all).unwrap();
    check(&digests, &[all[2].clone(), all[0].clone(), all[1].clone()]).unwrap();
    check(&[], &[]).unwrap();
    let words = |digests: &[[u8; 32]], of: &[Disclosure]| check(digests, of).unwrap_err().detail;
    assert!(words(&digests, &all[..2]).contains("no disclosure"));
    assert!(words(&digests[..2], &all).contains("no digest"));
    let twice = [all.clone(), vec![all[1].clone()]].concat();
    assert!(words(&digests, &twice).contains("twice"));
    let namesake = Disclosure::make(&[9; 16], "name0", &json!(0)).unwrap();
    let both = [all[0].clone(), namesake.clone()];
    assert!(words(&[all[0].digest, namesake.digest], &both).contains("name of one before"));
    let many: Vec<_> = (0..65).map(made).collect();
    assert_eq!(check(&[], &many).unwrap_err().code, Code::TooLarge);
}

#[test]
fn attested_details_become_digests_that_say_nothing() {
    let details = json!({ "a": 1, "b": { "c": [] }, "d": "e" });
    let details = details.as_object().unwrap();
    let salts = [[1; 16], [2; 16], [3; 16], [4; 16]];
    let (stored, disclosures) = attested(details, &salts).unwrap();
    let digests = digests(&stored).unwrap();
    check(&digests, &disclosures).unwrap();
    assert!(digests.iter().eq(disclosures.iter().map(|one| &one.digest)));
    let texts: Vec<_> = stored["_sd"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    assert!(texts.is_sorted());
    let again: Map<_, _> = disclosures.iter().map(|one| (one.name.clone(), one.value.clone())).collect();
    assert_eq!(again, *details);

    let code =
        |details: Value, salts: &[[u8; 16]]| attested(details.as_object().unwrap(), salts).unwrap_err().code;
    assert_eq!(code(json!({}), &salts), Code::Malformed);
    assert_eq!(code(json!({ "a": 1, "b": 2 }), &salts[..1]), Code::Malformed);
    assert_eq!(code(json!({ "_sd": [] }), &salts), Code::Malformed);
    assert_eq!(code(json!({ "a": { "...": 1 } }), &salts), Code::Malformed);
    assert_eq!(code(json!({ "": 1 }), &salts), Code::Malformed);
    let many: Map<_, _> = (0..65).map(|n| (format!("n{n}"), json!(n))).collect();
    assert_eq!(code(many.into(), &[[0; 16]; 65]), Code::TooLarge);
}

proptest::proptest! {
    #[test]
    fn no_text_panics(text in "\\PC{0,40}", bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..60)) {
        let _ = Disclosure::parse(&text);
        let _ = Disclosure::parse(&URL_SAFE_NO_PAD.encode(&bytes));
        let _ = digests(&json!({ "_sd": [text] }));
    }
}

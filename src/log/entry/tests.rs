//! Entries: what encodes decodes, and nothing else does.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;

use super::{Body, Entry};
use crate::domain::{Instant, Seq};
use crate::log::link::Link;

const SIGNED: &str = r#"{"seq":17,"at":"2026-11-24T03:28:02.123456Z","prev":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","links":{"a:kemen-pu":[12,16,11],"r:housing":[4,16,-1]},"jwt":"aa.bb.c-_"}"#;

fn again(text: &str) -> Option<String> {
    let mut out = Vec::new();
    Entry::decode(text.as_bytes()).ok()?.encode(&mut out);
    Some(String::from_utf8(out).unwrap())
}

#[test]
fn the_three_forms_decode_to_the_same_bytes() {
    let attested = SIGNED.replace(
        r#""jwt":"aa.bb.c-_""#,
        r#""by":{"agency":"kemen-pu","via":"token:k7f2"},"statement":{"a":{"b":[1,"}\"]"]},"t":"é"}"#,
    );
    let own = SIGNED.replace(r#""jwt":"aa.bb.c-_""#, r#""by":{"ledger":"clock"},"statement":{}"#);
    for text in [SIGNED, &attested, &own] {
        assert_eq!(again(text).as_deref(), Some(text));
    }
    let entry = Entry::decode(SIGNED.as_bytes()).unwrap();
    assert_eq!(entry.at, Instant::parse("2026-11-24T03:28:02.123456Z").unwrap());
    assert_eq!((entry.link("r:housing"), entry.link("r:x")), (Some([4, 16, -1]), None));
}

#[test]
fn other_spellings_are_refused() {
    let swaps = [
        ("\"seq\":17", "\"seq\":017"),
        ("\"seq\":17", "\"seq\": 17"),
        ("\"seq\":17", "\"seq\":18446744073709551616"),
        ("02-", "2-"),
        ("123456Z", "12345Z"),
        ("123456Z", "123456z"),
        ("2026-11-24", "2026-02-30"),
        ("2026-11-24", "2026-13-24"),
        ("T03", "T24"),
        ("AAA\"", "AAB\""),
        ("AAA\"", "AA=\""),
        ("[12,16,11]", "[12,16]"),
        ("[12,16,11]", "[0,16,11]"),
        ("[12,16,11]", "[12,-2,11]"),
        ("a:kemen-pu", "s:kemen-pu"),
        ("a:kemen-pu", "a:kemen\\u002dpu"),
        ("aa.bb.c-_", "aa.bb"),
        ("aa.bb.c-_", "aa.bb.c="),
        ("\"}", "\"} "),
        ("\"jwt\":\"aa.bb.c-_\"", "\"by\":{\"ledger\":\"clock\"},\"statement\":{\"a\":1},\"x\":{}"),
        ("\"jwt\":\"aa.bb.c-_\"", "\"by\":{\"ledger\":\"clock\"},\"statement\":{\"a\": 1}"),
        ("\"jwt\":\"aa.bb.c-_\"", "\"by\":{\"ledger\":\"clock\"},\"statement\":[1}"),
        ("\"jwt\":\"aa.bb.c-_\"", "\"by\":{\"ledger\":\"clock\"},\"statement\":{\"a}"),
    ];
    for (from, to) in swaps {
        let text = SIGNED.replacen(from, to, 1);
        if text != SIGNED {
            assert_eq!(again(&text), None, "{from} -> {to}");
        }
    }
}

proptest! {
    #[test]
    fn whatever_decodes_is_exactly_what_encodes(place in 0..SIGNED.len(), byte in 0x20_u8..0x7f, drop in any::<bool>()) {
        let mut bytes = SIGNED.as_bytes().to_vec();
        if drop { bytes.remove(place); } else { bytes[place] = byte; }
        if let Ok(entry) = Entry::decode(&bytes) {
            let mut out = Vec::new();
            entry.encode(&mut out);
            prop_assert_eq!(out, bytes);
        }
    }

    #[test]
    fn instants_and_links_come_back(micros in -62_167_219_200_000_000_i64..253_402_300_800_000_000, seq: u64, prev: [u8; 32], triple in (1_i64.., -1_i64.., -1_i64..)) {
        let links = vec![("r:x", [triple.0, triple.1, triple.2])];
        let body = Body::Ledger { voice: "clock", statement: "{\"a\":\"\\\\\"}" };
        let entry = Entry { seq: Seq(seq), at: Instant { micros }, prev: Link(prev), links, body };
        let mut out = Vec::new();
        entry.encode(&mut out);
        prop_assert_eq!(Entry::decode(&out).unwrap(), entry);
    }
}

//! Vectors of RFC 8949 appendix A, and the lengths where a head grows.

use super::Cbor;

fn hex(written: Cbor) -> String {
    written.into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn integers_are_written_in_their_shortest_form() {
    for (value, expected) in [
        (0, "00"),
        (1, "01"),
        (10, "0a"),
        (23, "17"),
        (24, "1818"),
        (25, "1819"),
        (100, "1864"),
        (255, "18ff"),
        (256, "190100"),
        (1_000, "1903e8"),
        (65_535, "19ffff"),
        (65_536, "1a00010000"),
        (1_000_000, "1a000f4240"),
        (u64::from(u32::MAX), "1affffffff"),
        (1 << 32, "1b0000000100000000"),
        (1_000_000_000_000, "1b000000e8d4a51000"),
        (u64::MAX, "1bffffffffffffffff"),
    ] {
        assert_eq!(hex(Cbor::new().uint(value)), expected);
    }
    for (value, expected) in [(0, "20"), (9, "29"), (99, "3863"), (999, "3903e7")] {
        assert_eq!(hex(Cbor::new().negative(value)), expected);
    }
}

#[test]
fn strings_arrays_maps_and_tags_are_written_as_the_rfc_has_them() {
    assert_eq!(hex(Cbor::new().bytes(&[])), "40");
    assert_eq!(hex(Cbor::new().bytes(&[1, 2, 3, 4])), "4401020304");
    assert_eq!(hex(Cbor::new().text("")), "60");
    assert_eq!(hex(Cbor::new().text("IETF")), "6449455446");
    assert_eq!(hex(Cbor::new().text("\u{fc}")), "62c3bc");
    assert_eq!(hex(Cbor::new().array(0)), "80");
    assert_eq!(hex(Cbor::new().array(3).uint(1).uint(2).uint(3)), "83010203");
    assert_eq!(hex(Cbor::new().map(0)), "a0");
    assert_eq!(hex(Cbor::new().map(2).uint(1).uint(2).uint(3).uint(4)), "a201020304");
    assert_eq!(hex(Cbor::new().tag(1).uint(1_363_896_240)), "c11a514b67b0");
    assert_eq!(hex(Cbor::new().null()), "f6");
    for (length, head) in [(23, "57"), (24, "5818"), (255, "58ff"), (256, "590100"), (65_536, "5a00010000")] {
        assert_eq!(hex(Cbor::new().bytes(&vec![7; length])), head.to_owned() + &"07".repeat(length));
    }
}

//! Paths that parse back and paths that are none; tiles that make up the tree.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;

use super::super::Reader;
use super::super::tests::kit::filled;
use super::super::tree::leaf_hash;
use super::{TileKind, TilePath};
use crate::domain::Seq;

/// As the C2SP pages and Go's client write it.
fn written(kind: TileKind, number: u64, width: u16) -> String {
    let mut groups = vec![format!("{:03}", number % 1000)];
    let mut above = number;
    while above >= 1000 {
        above /= 1000;
        groups.insert(0, format!("x{:03}", above % 1000));
    }
    let first = match kind {
        TileKind::Hashes(level) => level.to_string(),
        TileKind::Entries => "entries".to_owned(),
    };
    let end = if width == 256 { String::new() } else { format!(".p/{width}") };
    format!("tile/{first}/{}{end}", groups.join("/"))
}

fn kinds() -> impl Strategy<Value = TileKind> {
    prop_oneof![(0..64_u8).prop_map(TileKind::Hashes), Just(TileKind::Entries)]
}

/// Text that is nearly a path.
fn nearly() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "tile",
        "entries",
        "/",
        "x",
        "0",
        "00",
        "000",
        "001",
        "067",
        "255",
        "256",
        "63",
        "64",
        ".p/",
        ".p",
        ".",
        "..",
        "%2e",
        "%00",
        " ",
        "+1",
        "-1",
        "\u{0660}",
        "999",
        "18446744073709551616",
    ]);
    prop::collection::vec(parts, 0..16).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn every_path_of_a_client_is_read_and_written_again(
        kind in kinds(), number in prop_oneof![0..2_000_u64, any::<u64>()], width in 1..=256_u16,
    ) {
        let text = written(kind, number, width);
        let path = TilePath::parse(&text).unwrap();
        prop_assert_eq!((path.kind(), path.number(), path.width()), (kind, number, width));
        prop_assert_eq!(path.to_string(), text);
        // whatever its size, a log answers whether it has it
        prop_assert!(!path.is_in(0));
    }

    #[test]
    fn a_random_string_is_refused_or_written_again_the_same(any in ".{0,40}", near in nearly()) {
        for text in [format!("tile/{any}"), format!("tile/0/{near}"), any, near] {
            if let Ok(path) = TilePath::parse(&text) {
                prop_assert_eq!(path.to_string(), text);
            }
        }
    }
}

#[test]
fn a_path_has_one_spelling() {
    let good = ["tile/0/000", "tile/63/x001/x234/067", "tile/entries/999.p/1", "tile/1/x001/000.p/255"];
    for text in good {
        assert_eq!(TilePath::parse(text).unwrap().to_string(), text);
    }
    let bad = [
        ("", "tile/<L>"),
        ("tile", "tile/<L>"),
        ("tile/", "tile/<L>"),
        ("tile/0", "tile/<L>"),
        ("/tile/0/000", "tile/<L>"),
        ("Tile/0/000", "tile/<L>"),
        ("tile/64/000", "level"),
        ("tile/00/000", "level"),
        ("tile/01/000", "level"),
        ("tile/+1/000", "level"),
        ("tile//000", "level"),
        ("tile/Entries/000", "level"),
        ("tile/256/000", "level"),
        ("tile/0/", "number"),
        ("tile/0/0", "number"),
        ("tile/0/0000", "number"),
        ("tile/0/x000", "number"),
        ("tile/0/x000/001", "number"),
        ("tile/0/001/001", "number"),
        ("tile/0/x001", "number"),
        ("tile/0/x001/x002", "number"),
        ("tile/0/000/", "number"),
        ("tile/0/ 00", "number"),
        ("tile/0/%30%30%30", "number"),
        ("tile/0/x018/x446/x744/x073/x709/x551/616", "number"),
        ("tile/0/x001/x000/x000/x000/x000/x000/x000/000", "number"),
        ("tile/0/000.p", "number"),
        ("tile/0/000.q/1", "number"),
        ("tile/0/000.p/", "width"),
        ("tile/0/000.p/0", "width"),
        ("tile/0/000.p/256", "width"),
        ("tile/0/000.p/007", "width"),
        ("tile/0/000.p/1/", "width"),
        ("tile/0/000.p/1.p/1", "width"),
        ("tile/0/000.p/-1", "width"),
    ];
    for (text, why) in bad {
        let told = TilePath::parse(text).unwrap_err().to_string();
        assert!(told.contains(why), "{text}: {told}");
    }
    let largest = TilePath::parse("tile/0/x018/x446/x744/x073/x709/x551/615").unwrap();
    assert_eq!(largest.number(), u64::MAX);
    assert!(!largest.is_in(u64::MAX));
}

#[test]
fn tiles_of_a_size_are_those_the_c2sp_page_counts() {
    let count = |size, kind, full: bool| {
        TilePath::all(size).filter(|path| path.kind() == kind && (path.width() == 256) == full).count()
    };
    let partial = |size, kind| {
        let mut found = TilePath::all(size).filter(|path| path.kind() == kind && path.width() < 256);
        found.next().map(|path| path.width())
    };
    use TileKind::{Entries, Hashes};
    for kind in [Hashes(0), Entries] {
        assert_eq!((count(70_000, kind, true), partial(70_000, kind)), (273, Some(112)));
    }
    assert_eq!((count(70_000, Hashes(1), true), partial(70_000, Hashes(1))), (1, Some(17)));
    assert_eq!((count(70_000, Hashes(2), true), partial(70_000, Hashes(2))), (0, Some(1)));
    assert_eq!(partial(70_000, Hashes(3)), None);
    let of_256: Vec<_> = TilePath::all(256).map(|path| path.to_string()).collect();
    assert_eq!(of_256, ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"]);
    assert_eq!(TilePath::all(0).count(), 0);
    assert!(TilePath::all(u64::MAX).take(1000).all(|path| path.is_in(u64::MAX)));
    for size in [1, 2, 255, 256, 257, 65_535, 65_536, 70_000] {
        assert!(TilePath::all(size).all(|path| path.is_in(size)), "{size}");
        // and each says something that a log shorter by one does not have, at its end
        assert!(TilePath::all(size).any(|path| !path.is_in(size - 1)), "{size}");
    }
}

#[test]
fn tiles_hold_the_leaves_of_the_entries_and_nothing_beyond() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("data");
    filled(&dir, 600);
    let reader = Reader::open(&dir).unwrap();
    let tile = |text: &str| reader.tile(&TilePath::parse(text).unwrap());
    let leaves: Vec<_> = (0..600).map(|n| leaf_hash(&reader.entry(Seq(n)).unwrap()).0).collect();
    for (text, from, to) in [
        ("tile/0/000", 0, 256),
        ("tile/0/001", 256, 512),
        ("tile/0/001.p/7", 256, 263),
        ("tile/0/002.p/88", 512, 600),
        ("tile/0/002.p/1", 512, 513),
    ] {
        assert_eq!(tile(text).unwrap().unwrap(), leaves[from..to].concat(), "{text}");
        let mut bundle = tile(&text.replace("/0/", "/entries/")).unwrap().unwrap();
        for leaf in &leaves[from..to] {
            let length = usize::from(u16::from_be_bytes([bundle[0], bundle[1]]));
            assert_eq!(leaf_hash(&bundle[2..2 + length]).0, *leaf);
            bundle.drain(..2 + length);
        }
        assert!(bundle.is_empty());
    }
    let above = [
        reader.tree().root_at(256).unwrap().0.to_vec(),
        tile("tile/1/000.p/2").unwrap().unwrap()[32..].to_vec(),
    ];
    assert_eq!(tile("tile/1/000.p/2").unwrap().unwrap(), above.concat());
    for text in [
        "tile/0/002",
        "tile/0/002.p/89",
        "tile/0/003.p/1",
        "tile/1/000",
        "tile/1/000.p/3",
        "tile/2/000.p/1",
        "tile/63/000.p/1",
    ] {
        assert_eq!(tile(text).unwrap(), None, "{text}");
    }
}

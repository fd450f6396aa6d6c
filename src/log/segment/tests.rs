//! Headers and the walk.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use super::{COMMIT_HEADER_BYTES, CommitHeader, Scan, SegmentHeader, Step, file_name, parse_name};
use crate::domain::Seq;
use crate::log::error::Damage;
use crate::log::link::Link;

fn header() -> SegmentHeader {
    SegmentHeader::new(Seq(7), Link([9; 32]), "ledger.example/log1")
}

fn commit(first: u64, records: &[&[u8]]) -> Vec<u8> {
    let mut body = Vec::new();
    for record in records {
        body.extend(u32::try_from(record.len()).unwrap().to_le_bytes());
        body.extend(*record);
    }
    let count = u32::try_from(records.len()).unwrap();
    let length = u32::try_from(body.len()).unwrap();
    let head =
        CommitHeader { count, first: Seq(first), length, body_crc: crc32c::crc32c(&body), mac: [0; 32] };
    [head.encode().to_vec(), body].concat()
}

fn segment(commits: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = header().encode().to_vec();
    for commit in commits {
        bytes.resize(bytes.len().next_multiple_of(512), 0);
        bytes.extend(commit);
    }
    bytes
}

#[test]
fn l7_segment_header_is_128_bytes_and_exact() {
    let bytes = header().encode();
    assert_eq!(&bytes[..12], b"ESTA\x00\xFFS1\x02\x00\x00\x00");
    assert_eq!(SegmentHeader::parse(&bytes), Ok(header()));
    for place in 0..128 {
        let mut bad = bytes;
        bad[place] ^= 1;
        assert_eq!(SegmentHeader::parse(&bad), Err(Damage::SegmentHeader), "byte {place}");
    }
    assert_eq!(SegmentHeader::parse(&bytes[..127]), Err(Damage::SegmentHeader));
    assert_eq!(file_name(Seq(7)), "00000000000000000007.seg");
    assert_eq!(parse_name("00000000000000000007.seg"), Some(Seq(7)));
    assert_eq!([parse_name("7.seg"), parse_name("00000000000000000007.seg.tmp")], [None, None]);
}

#[test]
fn l12_commit_header_is_64_bytes_and_exact() {
    let bytes = commit(7, &[b"abc"]);
    assert_eq!(&bytes[..4], b"EC\x00\xFF");
    for place in 0..COMMIT_HEADER_BYTES {
        let mut bad = bytes.clone();
        bad[place] ^= 1;
        assert_eq!(CommitHeader::parse(&bad), Err(Damage::CommitHeader), "byte {place}");
    }
}

#[test]
fn l10_the_walk_finds_commits_and_nothing_but_zeros_between() {
    let mut bytes = segment(&[commit(7, &[b"a", b"bc"]), commit(9, &[&[b'x'; 600]]), commit(10, &[b"y"])]);
    bytes.resize(4096, 0);
    let mut scan = Scan::new(&bytes, Seq(7));
    let mut found = Vec::new();
    while let Step::Commit(commit) = scan.step() {
        found.push((commit.offset, commit.header.first.0));
    }
    assert_eq!(found, [(512, 7), (1024, 9), (2048, 10)]);
    assert!(matches!(scan.step(), Step::End));
    for (place, want) in [(200, 200), (900, 900), (2047, 2047), (3000, 3000)] {
        let mut bad = bytes.clone();
        bad[place] = 1;
        let mut scan = Scan::new(&bad, Seq(7));
        let (offset, what) = loop {
            match scan.step() {
                Step::Commit(_) => {}
                Step::Bad { offset, what } => break (offset, what),
                Step::End => panic!("byte {place} was not found"),
            }
        };
        assert_eq!((offset, what), (want, Damage::NotZero));
    }
}

#[test]
fn l12_a_commit_that_does_not_continue_or_add_up_is_bad() {
    for (bad, what) in [
        (commit(8, &[b"a"]), Damage::CommitGap),
        (commit(7, &[b"a", b""]), Damage::CommitRecords),
        (commit(7, &[&[b'x'; 65_536]]), Damage::CommitRecords),
    ] {
        let bytes = segment(&[bad]);
        let step = Scan::new(&bytes, Seq(7)).step();
        assert!(matches!(step, Step::Bad { offset: 512, what: found } if found == what), "{step:?}");
    }
}

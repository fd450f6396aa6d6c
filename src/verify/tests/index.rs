//! Index roots that are right wherever they stand, and those that lie.

use serde_json::json;

use super::super::report::{CheckName, Verdict};
use super::super::{Options, directory};
use super::kit::{Kit, Written, grow, statement, vkey};
use crate::domain::{Data, Seq, State, Voice};
use crate::log::{Hash, Reader};
use crate::seal;

fn index(seq: u64, size: u64, root: &str) -> crate::seal::Submission {
    let data = Data::read("ledger.index", json!({"size": size, "root": root})).unwrap().unwrap();
    seal::own(Voice::Index, &data, Seq(seq)).unwrap()
}

/// The root over the subjects of the first `size` entries of these.
fn root(written: &[Written], size: u64) -> Hash {
    let kit = Kit::of(written.to_vec());
    let reader = Reader::open(&kit.data()).unwrap();
    reader.subjects(&kit.data(), size, None, &|| true).unwrap().unwrap().root()
}

/// A world of 24 entries, with a root over its first `size` behind them, and more behind that.
fn with(size: u64, root: &str) -> Vec<Written> {
    let (mut state, mut written) = (State::default(), Vec::new());
    for seq in 0..24 {
        grow(&mut state, &mut written, statement(seq));
    }
    grow(&mut state, &mut written, index(24, size, root));
    for seq in 28..34 {
        grow(&mut state, &mut written, statement(seq));
    }
    written
}

#[test]
fn v10_a_root_over_any_size_before_it_is_found_right() {
    let world = with(1, "no root yet");
    for size in [1, 2, 3, 7, 12, 16, 23, 24] {
        let kit = Kit::of(with(size, &root(&world, size).to_string()));
        let options =
            Options { vkeys: vec![vkey()], no_rules: true, no_signatures: true, ..Options::default() };
        for options in [options, Options::default()] {
            let report = directory(&kit.data(), &options).unwrap();
            assert!(report.is_intact(), "{size}: {:?}", report.first_bad);
            let check = report.check(CheckName::Index).unwrap();
            assert_eq!(
                (check.result, check.detail.contains(&format!("covers {size} entries"))),
                (Verdict::Ok, true)
            );
        }
    }
}

#[test]
fn v10_a_root_that_lies_is_found() {
    let world = with(1, "no root yet");
    let right = root(&world, 12).to_string();
    for (size, said) in
        [(11, &right), (13, &right), (12, &root(&world, 11).to_string()), (12, &"none".to_owned())]
    {
        let kit = Kit::of(with(size, said));
        let bad = kit.verify().first_bad.unwrap();
        assert_eq!((bad.check, bad.seq), (CheckName::Index, Some(Seq(24))), "{size} {said}: {bad:?}");
    }
}

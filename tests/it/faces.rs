//! A server that shows two faces at every entry of a log, and how each of those who look finds it out:
//! whoever kept a receipt, a witness, and a mirror; each time with evidence that both verifiers judge.

mod kit;
mod lies;
mod mirror;
mod rules;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use estafet::peer::client::{Base, Deadlines};
use estafet::peer::mirror::{Mirror, MirrorError, Round};
use estafet::peer::source;
use estafet::peer::tiles::Server;
use estafet::verify::{self, Options};

use super::second::Second;
use super::witness::kit::{Witness, request};
use kit::{Evil, Face, judged};

/// Entries of a face: 300, and some that only the other one shows.
const SIZE: u64 = 300;
const LARGER: u64 = 310;

fn server(evil: &Evil) -> Server {
    Server::new(Base::parse(&evil.url).expect("an address"), Deadlines::default()).expect("a client")
}

fn open(evil: &Evil, face: &Face, dir: &Path) -> Mirror {
    Mirror::open(server(evil), vec![face.vkey()], dir, estafet::log::Options::default()).expect("a mirror")
}

fn later(face: &Face, from: u64) -> Arc<Face> {
    face.other(from, &|_, _| None)
}

/// The evidence of a fork that a mirror has found.
fn forked(found: Result<Round, MirrorError>, what: &str) -> PathBuf {
    match found {
        Err(MirrorError::Forked { evidence: Some(evidence), .. }) => evidence,
        other => panic!("{what}: {other:?}"),
    }
}

/// Both verifiers say that each file is evidence of a fork.
fn all_judged(files: &[PathBuf], face: &Face) {
    let options = Options { vkeys: vec![face.vkey()], ..Options::default() };
    for file in files {
        let report = verify::file(&std::fs::read(file).expect("evidence"), &options).expect("evidence");
        assert!(report.is_intact() && report.trusted, "{}: {:?}", file.display(), report.first_bad);
        // and by another key it is none
        let stranger = estafet::log::Signer::new(super::kit::ORIGIN, &[5; 32]).vkey();
        let by_stranger = Options { vkeys: vec![stranger], ..Options::default() };
        assert!(
            !verify::file(&std::fs::read(file).expect("evidence"), &by_stranger).expect("read").is_intact()
        );
    }
    assert!(judged(files.first().expect("one at least"), &face.vkey()));
    let vkey = face.vkey().to_string();
    let Some(mut second) = Second::start(&["--vkey", &vkey]) else { return };
    for file in files {
        let answer = second.ask(file);
        assert_eq!((&answer["result"], &answer["trusted"]), (&"intact".into(), &true.into()), "{answer}");
    }
}

#[test]
fn a_mirror_finds_two_faces_at_every_entry() {
    let (_ledger, a) = Face::first(LARGER);
    let folder = tempfile::tempdir().expect("a folder");
    let evil = Evil::serve(&a, SIZE);
    let mut mirror = open(&evil, &a, &folder.path().join("m"));
    assert_eq!(mirror.round().expect("the first face"), Round::Grown { from: 0, to: SIZE });
    let mut evidence = Vec::new();
    for k in 1..SIZE {
        let b = later(&a, k);
        // the same size, a smaller one that still differs, and one that goes on from the other face
        for size in [SIZE, k + 1, LARGER] {
            evil.show(&b, size);
            evidence.push(forked(mirror.round(), &format!("fork at {k}, {size} entries shown")));
        }
        // where the faces agree there is nothing to be found
        evil.show(&b, k);
        assert_eq!(mirror.round().expect("the same face"), Round::Older { size: k }, "fork at {k}");
    }
    evil.show(&a, SIZE);
    assert_eq!(mirror.round().expect("the first face"), Round::Same { size: SIZE });
    mirror.close().expect("closed");
    let files: std::collections::BTreeSet<_> = evidence.iter().cloned().collect();
    assert_eq!(files.len() as u64, 3 * (SIZE - 1) - 1, "one for each face that was shown");
    all_judged(&evidence, &a);
}

#[test]
fn a_fork_is_proved_from_every_size_of_a_mirror() {
    let (_ledger, a) = Face::first(LARGER);
    let folder = tempfile::tempdir().expect("a folder");
    let evil = Evil::serve(&a, 1);
    let mut evidence = Vec::new();
    let mut mirror = open(&evil, &a, &folder.path().join("m"));
    // powers of two, whose root a consistency proof leaves out, and their neighbours
    for have in [1, 2, 3, 4, 7, 8, 64, 127, 128, 129, 255, 256, 257] {
        evil.show(&a, have);
        assert!(matches!(mirror.round(), Ok(Round::Grown { to, .. }) if to == have), "{have}");
        for k in [have - 1, have / 2].into_iter().filter(|k| *k > 0) {
            evil.show(&later(&a, k), LARGER);
            evidence.push(forked(mirror.round(), &format!("fork at {k}, {have} entries kept")));
        }
        if have == 1 {
            evil.show(&later(&a, 0), LARGER);
            evidence.push(forked(mirror.round(), "another beginning"));
        }
    }
    mirror.close().expect("closed");
    all_judged(&evidence, &a);
}

#[test]
fn a_receipt_finds_two_faces_at_every_entry() {
    let (_ledger, a) = Face::first(LARGER);
    let folder = tempfile::tempdir().expect("a folder");
    let evil = Evil::serve(&a, SIZE);
    let server = server(&evil);
    let mut evidence = Vec::new();
    let options = |receipt: String| Options {
        vkeys: vec![a.vkey()],
        receipts: vec![receipt],
        // the root alone shows it; rules are replayed in the tests of the command
        no_rules: true,
        ..Options::default()
    };
    let sound = source::verify(&server, &options(a.receipt(0, SIZE))).expect("read");
    assert!(sound.report.is_intact() && sound.report.trusted && sound.evidence.is_none(), "{sound:?}");
    for k in 1..SIZE {
        let b = later(&a, k);
        // of the first entry that differs, kept when it was the newest; shown are 300 or 310 entries
        for (kept, size) in [(SIZE, SIZE), (k + 1, LARGER)] {
            evil.show(&b, size);
            let found = source::verify(&server, &options(a.receipt(k, kept))).expect("read");
            assert!(!found.report.is_intact(), "fork at {k}, {size} entries shown");
            let file = folder.path().join(format!("{k}-{size}.json"));
            std::fs::write(&file, found.evidence.expect("evidence")).expect("written");
            evidence.push(file);
        }
    }
    all_judged(&evidence, &a);
}

#[test]
fn a_witness_finds_two_faces_at_every_entry() {
    /// A witness keeps 64 pieces of evidence of a log.
    const EACH: u64 = 60;
    let (_ledger, a) = Face::first(LARGER);
    let folder = tempfile::tempdir().expect("a folder");
    let vkey = a.vkey().to_string();
    let mut evidence = Vec::new();
    for (number, first) in (1..SIZE).step_by(EACH as usize).enumerate() {
        let dir = folder.path().join(format!("w{number}"));
        let witness = Witness::start_for(&dir, &[&vkey], Some("witness.example/faces"));
        assert_eq!(witness.add(request(0, &[], &a.note(SIZE)).as_bytes()).status, 200);
        for k in first..(first + EACH).min(SIZE) {
            let b = later(&a, k);
            // by turns the same size, and one that goes on from the other face
            let asked = if k % 2 == 0 {
                request(SIZE, &[], &b.note(SIZE))
            } else {
                request(SIZE, &b.proof(SIZE, LARGER), &b.note(LARGER))
            };
            let refused = witness.add(asked.as_bytes());
            assert_eq!(refused.status, 422, "fork at {k}: {refused:?}");
        }
        let kept = std::fs::read_dir(dir.join("evidence")).expect("evidence").flatten();
        evidence.extend(kept.map(|file| file.path()));
    }
    assert_eq!(evidence.len() as u64, SIZE - 1);
    all_judged(&evidence, &a);
}

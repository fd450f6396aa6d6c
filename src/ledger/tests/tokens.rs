//! The file of tokens: one owner at a time, whoever changes it.

use std::fs;
use std::path::Path;
use std::thread;

use super::super::Tokens;
use crate::domain::event::ledger::Role;
use crate::domain::{AgencyId, Date};

const THREADS: u8 = 4;
const PAIRS: u8 = 50;

fn create(dir: &Path, random: [u8; 32]) -> (crate::domain::TokenId, String) {
    let agency = Some(AgencyId::parse("a").unwrap());
    let (token, secret) = Tokens::open(dir).create(&random, Role::Recorder, agency, None).unwrap();
    (token.token, secret)
}

fn random([one, two, three]: [u8; 3]) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..3].copy_from_slice(&[one, two, three]);
    bytes
}

#[test]
fn of_200_pairs_of_create_and_revoke_none_undoes_another() {
    let dir = tempfile::tempdir().unwrap();
    let today = Date::parse("2026-01-05").unwrap();
    let served = Tokens::open(dir.path());
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (dir, served) = (dir.path(), &served);
            scope.spawn(move || {
                for pair in 0..PAIRS {
                    let (kept, shown) = create(dir, random([thread, pair, 0]));
                    let (gone, secret) = create(dir, random([thread, pair, 1]));
                    assert!(served.find(&secret, today).is_some(), "a token that was shown counts");
                    assert!(Tokens::open(dir).revoke(&gone).unwrap());
                    assert_eq!(served.find(&secret, today), None, "a revocation that was reported holds");
                    assert_eq!(served.find(&shown, today).map(|token| token.token), Some(kept));
                }
            });
        }
    });
    let all = served.list();
    let revoked = all.iter().filter(|token| token.revoked).count();
    assert_eq!((all.len(), revoked), (400, 200));
}

#[test]
fn what_stands_under_the_temporary_name_is_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let victim = dir.path().join("victim");
    fs::write(&victim, "somebody else's").unwrap();
    std::os::unix::fs::symlink(&victim, dir.path().join("tokens.json.tmp")).unwrap();
    create(dir.path(), [1; 32]);
    assert_eq!(fs::read_to_string(&victim).unwrap(), "somebody else's");
    assert_eq!(Tokens::open(dir.path()).list().len(), 1);
}

#[test]
fn a_file_that_cannot_be_read_is_not_written_over() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("tokens.json"), "[{").unwrap();
    let agency = Some(AgencyId::parse("a").unwrap());
    let made = Tokens::open(dir.path()).create(&[1; 32], Role::Recorder, agency, None);
    assert!(made.is_err());
    assert_eq!(fs::read_to_string(dir.path().join("tokens.json")).unwrap(), "[{");
}

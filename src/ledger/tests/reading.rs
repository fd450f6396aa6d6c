//! A handle without a writer: what it answers, what it refuses, and that it changes no truth.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::super::{Error, Ledger, OpenError};
use super::kit::{Kit, agency, said};
use crate::log;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() { copy(&path, &to) } else { fs::copy(&path, &to).map(drop).unwrap() }
    }
}

/// Every file of truth with its bytes.
fn truth(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let log = fs::read_dir(dir.join("log")).unwrap().map(|entry| entry.unwrap().path());
    let files = log.chain([dir.join("head"), dir.join("ledger.toml")]);
    let mut all: Vec<_> = files.map(|file| (file.display().to_string(), fs::read(&file).unwrap())).collect();
    all.sort();
    all
}

#[test]
fn what_is_opened_to_be_read_answers_admits_nothing_and_signs_nothing() {
    let kit = Kit::peopled();
    kit.ledger.close().unwrap();
    let copied = kit.dir.path().join("copy");
    copy(&kit.data(), &copied);
    let (before, size) = (truth(&copied), kit.ledger.reader().size());
    let ledger = Ledger::open_to_read(&copied, "it is a copy").unwrap();
    assert_eq!(ledger.status().why.as_deref(), Some("it is a copy"));
    assert_eq!((ledger.reader().size(), ledger.views().current().size), (size, size));
    assert_eq!(ledger.reader().checkpoint(), kit.ledger.reader().checkpoint());
    assert!(ledger.views().current().state.agencies.len() >= 3);
    let submitted = ledger.submit_blocking(vec![said("registrar", "agency.registered", agency("c"), "j")]);
    assert!(matches!(submitted, Err(Error::ReadOnly)), "{submitted:?}");
    // a repeat is no question either
    let again = said(
        "registrar",
        "agency.registered",
        json!({"agency":"a","name":{"en":"A"},"kind":"ministry"}),
        "j0",
    );
    assert!(matches!(ledger.submit_blocking(vec![again]), Err(Error::ReadOnly)));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert!(matches!(runtime.block_on(ledger.index()), Err(Error::ReadOnly)));
    ledger.says("still a copy");
    assert_eq!(ledger.status().why.as_deref(), Some("still a copy"));
    // it holds the lock, and gives it back
    let second = Ledger::open_to_read(&copied, "").map(drop);
    assert!(matches!(second, Err(OpenError::Log(log::Error::InUse { .. }))), "{second:?}");
    ledger.close().unwrap();
    drop(ledger);
    assert_eq!(truth(&copied), before);
    Ledger::open_to_read(&copied, "").unwrap().close().unwrap();
}

#[test]
fn what_is_opened_to_be_read_ends_where_head_ends() {
    let kit = Kit::peopled();
    let copied = kit.dir.path().join("copy");
    kit.ledger.close().unwrap();
    let (head, size) = (fs::read(kit.data().join("head")).unwrap(), kit.ledger.reader().size());
    let mut kit = kit;
    kit.reopen().unwrap();
    kit.must("registrar", "agency.registered", agency("c"));
    kit.ledger.close().unwrap();
    copy(&kit.data(), &copied);
    fs::write(copied.join("head"), &head).unwrap();
    let before = truth(&copied);
    let ledger = Ledger::open_to_read(&copied, "rolled back").unwrap();
    // the views that were copied are ahead of it: they are built again
    assert_eq!((ledger.reader().size(), ledger.views().current().size), (size, size));
    assert_eq!(ledger.views().current().state.size, size);
    ledger.close().unwrap();
    assert_eq!(truth(&copied), before);
}

//! Small ledgers to test with.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::domain::{Instant, Seq, Subject};
use crate::log::{Body, Committed, Entry, Log, Opened, Options, Reader, Result, Signer, Staged, Storage};

pub(super) const ORIGIN: &str = "ledger.example/log1";
pub(super) const SMALL: Options = Options { segment_bytes: 8192, reserve_bytes: 1024 };

pub(crate) fn signer() -> Signer {
    let mut seed = [0; 32];
    for (n, byte) in seed.iter_mut().enumerate() {
        *byte = u8::try_from(n).unwrap();
    }
    Signer::new(ORIGIN, &seed)
}

pub(super) fn create<S: Storage>(storage: Arc<S>, dir: &Path, options: Options) -> Result<Log<S>> {
    Log::create(storage, dir, ORIGIN, "Asia/Jakarta", signer(), options)
}

/// The jti stands in the statement of every test entry.
pub(super) fn ids(entry: &Entry<'_>) -> Option<(String, String)> {
    let jti = entry.body.statement().strip_prefix("{\"jti\":\"")?.split('"').next()?.to_owned();
    Some(("kemen-pu".to_owned(), jti))
}

pub(super) fn open<S: Storage>(storage: Arc<S>, dir: &Path) -> Result<(Log<S>, Opened)> {
    Log::open(storage, dir, SMALL, &ids, &mut |_, _| Ok(()), &[])
}

/// Subjects of entry `n`: one that every entry has, and one of seven.
pub(super) fn subjects(n: u64) -> [Subject; 2] {
    let spread = format!("r:r{}", n * n % 7);
    [Subject::parse("a:kemen-pu").unwrap(), Subject::parse(&spread).unwrap()]
}

pub(super) fn statement(n: u64) -> String {
    if n == 0 {
        let data = format!("{{\"origin\":\"{ORIGIN}\",\"zone\":\"Asia/Jakarta\"}}");
        return format!("{{\"jti\":\"j0\",\"data\":{data},\"type\":\"ledger.opened\"}}");
    }
    format!("{{\"jti\":\"j{n}\",\"data\":{{\"a\":[1,\"\\\"}}\"]}}}}")
}

pub(super) fn stage<S: Storage>(log: &mut Log<S>, n: u64) -> Result<Staged> {
    let text = statement(n);
    let sha = Sha256::digest(text.as_bytes()).into();
    let at = Instant { micros: 1_795_000_000_000_000 + i64::try_from(n).unwrap() };
    let body = Body::Attested { agency: "kemen-pu", via: "token:k7f2", statement: &text };
    log.stage(at, &subjects(n), body, "kemen-pu", &format!("j{n}"), sha)
}

/// Commits entries `from..to`, `each` at a time.
pub(super) fn append<S: Storage>(log: &mut Log<S>, from: u64, to: u64, each: u64) -> Result<Arc<Committed>> {
    for n in from..to {
        stage(log, n)?;
        if (n + 1 - from).is_multiple_of(each) {
            log.commit()?;
        }
    }
    log.commit()
}

/// A ledger of so many entries, closed.
pub(crate) fn filled(dir: &Path, size: u64) {
    let mut log = create(Arc::new(crate::log::RealFiles), dir, SMALL).unwrap();
    append(&mut log, 0, size, 50).unwrap();
    log.close().unwrap();
}

/// Every entry is there once, in order, with proofs and links that a naive count gives too.
pub(super) fn check(reader: &Reader, size: u64) {
    assert_eq!(reader.size(), size);
    let entries: Vec<_> = reader.entries(Seq(0), Seq(u64::MAX)).collect::<Result<_>>().unwrap();
    assert_eq!(entries.len() as u64, size);
    let mut seen: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for (n, (seq, bytes)) in (0..).zip(&entries) {
        assert_eq!(seq.0, n);
        assert_eq!(reader.entry(*seq).unwrap(), *bytes);
        let entry = Entry::decode(bytes).unwrap();
        assert_eq!(entry.body.statement(), statement(n));
        for (subject, [ordinal, prev, skip]) in &entry.links {
            let before = seen.entry((*subject).to_owned()).or_default();
            let o = usize::try_from(*ordinal).unwrap();
            assert_eq!(o, before.len() + 1);
            let seq_of = |o: usize| if o == 0 { -1 } else { i64::try_from(before[o - 1]).unwrap() };
            assert_eq!((*prev, *skip), (seq_of(o - 1), seq_of(o & (o - 1))), "{subject} {o}");
            before.push(n);
        }
        let step = (size / 16).max(1);
        if n % step == 0 {
            reader.tree().inclusion_proof(n, size).unwrap();
        }
    }
    for (subject, all) in &seen {
        let step = usize::try_from(size / 8).unwrap().max(1);
        for upto in (0..size).step_by(step) {
            let want: Vec<Seq> = all.iter().copied().filter(|seq| *seq <= upto).map(Seq).collect();
            assert_eq!(reader.history(subject, Some(Seq(upto))).unwrap(), want);
        }
        assert_eq!(reader.last(subject, None).unwrap().unwrap().seq.0, *all.last().unwrap());
    }
    let vkey = signer().vkey();
    let checkpoint = crate::log::note::open(&reader.checkpoint(), &vkey).unwrap();
    assert_eq!((checkpoint.size, checkpoint.root), (size, reader.tree().root()));
}

//! Random stories of every event type, on disk: opening again, what was known then, and a bundle all give the
//! state of the entries, and the same answers.
//!
//! `ESTAFET_SEEDS=a..b` tells other stories.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::{fs, thread};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::super::bundle::{About, Bundle};
use super::super::closure::walk;
use crate::domain::rules::tests::differential::entries::{Entry, entries};
use crate::domain::{Data, Date, Event, ResponsibilityId, Seq, Speaker, State, Statement, Subject};
use crate::log::{Body, Log, Options, Reader, RealFiles, Signer};
use crate::seal;
use crate::views::answer::details::Look;
use crate::views::answer::{Single, responsibility};
use crate::views::{Known, KnownAt, Scope, Views};

/// Stories that are told when nothing else is said.
const STORIES: Range<u64> = 0..200;
/// After how many statements the disk is asked.
const EVERY: usize = 25;
/// Who signs the checkpoints.
const ORIGIN: &str = "ledger.example/stories";

fn seeds() -> Range<u64> {
    let Ok(text) = std::env::var("ESTAFET_SEEDS") else { return STORIES };
    let (from, to) = text.split_once("..").expect("ESTAFET_SEEDS is from..to");
    from.parse().unwrap()..to.parse().unwrap()
}

/// A log on disk, and the state of its entries.
struct OnDisk {
    dir: TempDir,
    log: Log<RealFiles>,
    state: State,
}

impl OnDisk {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let options = Options { segment_bytes: 64 << 10, reserve_bytes: 4 << 10 };
        let signer = Signer::new(ORIGIN, &[7; 32]);
        let log = Log::create(Arc::new(RealFiles), dir.path(), ORIGIN, "Asia/Jakarta", signer, options);
        Self { dir, log: log.unwrap(), state: State::default() }
    }

    fn reader(&self) -> Reader {
        self.log.reader()
    }

    /// An entry as it is recorded: the stories do not know what an index root is.
    fn of_disk(&self, entry: Entry) -> Entry {
        let Data::LedgerIndex(index) = &entry.event.statement.data else { return entry };
        let found = self.reader().subjects(self.dir.path(), index.size, None, &|| true).unwrap();
        let mut said: Value = serde_json::from_str(&entry.claims).unwrap();
        said["data"]["root"] = json!(found.unwrap().root().to_string());
        let statement = Statement::read(&said).unwrap();
        Entry { event: Event { statement, ..entry.event }, claims: said.to_string(), ..entry }
    }

    /// Records an entry.
    fn record(&mut self, entry: &Entry) {
        let Event { at, speaker, .. } = &entry.event;
        let jwt;
        let via;
        let body = match speaker {
            Speaker::Ledger(voice) => Body::Ledger { voice: voice.as_str(), statement: &entry.claims },
            Speaker::Signed { agency, kid, aud, iat } => {
                let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
                let mut claims: Value = serde_json::from_str(&entry.claims).unwrap();
                (claims["iss"], claims["aud"], claims["iat"]) = (json!(agency), json!(aud), json!(iat));
                // nobody looks at the signature here
                jwt = format!("{}.{}.AAAA", encode(&json!({"alg": "EdDSA", "kid": kid})), encode(&claims));
                Body::Signed { jwt: &jwt }
            }
            Speaker::Token { token, .. } => {
                via = format!("token:{token}");
                Body::Attested { agency: speaker.key(), via: &via, statement: &entry.claims }
            }
            _ => Body::Attested { agency: speaker.key(), via: "import", statement: &entry.claims },
        };
        let (sha, jti) = (Sha256::digest(body.statement()).into(), entry.event.statement.jti.as_str());

        self.log.stage(*at, &entry.subjects, body, speaker.key(), jti, sha).unwrap();
        self.log.commit().unwrap();
        drop(self.state.evolve(&entry.event));
    }

    /// Asks about responsibilities in three ways: each must answer as the state of the entries does.
    fn ask(&self, about: &[ResponsibilityId], days: &[Date]) -> Result<(), String> {
        let newest = Seq(self.reader().size() - 1);
        let (views, state) = Views::open(self.dir.path(), self.reader(), [7; 32]).unwrap();
        if let Some(words) = state.difference(&self.state) {
            return Err(format!("opened again at {newest}: {words}"));
        }
        let known = views.known(&KnownAt::Newest, Scope::All, self.state.at).unwrap();
        views.close().unwrap();
        for id in about {
            let told = |state: &State| told(&Known { state: state.clone(), ..known.clone() }, id, days);
            let want = told(&self.state);
            let walked = walk(&self.reader(), id, newest).unwrap();
            same("known then", id, newest, &told(&walked), &want)?;
            if let Some(carried) = self.carried(id) {
                same("by a bundle", id, newest, &told(&carried), &want)?;
            }
        }
        Ok(())
    }

    /// The state of what a bundle about a responsibility carries; none where no entry is about it.
    fn carried(&self, id: &ResponsibilityId) -> Option<State> {
        let about = About::Subject(Subject::responsibility(id));
        let mut bundle = Bundle::settle(&self.reader(), self.dir.path(), &about).unwrap()?;
        let mut text = Vec::new();
        while bundle.piece(&Look::anybody(self.dir.path()), &mut text).unwrap() {}
        let bundle: Value = serde_json::from_slice(&text).unwrap();
        let carried = bundle["entries"].as_array().unwrap().iter().map(|one| {
            let bytes = URL_SAFE_NO_PAD.decode(one["entry"].as_str().unwrap()).unwrap();
            seal::event(&crate::log::Entry::decode(&bytes).unwrap()).unwrap()
        });
        let mut events: Vec<Event> = Vec::new();
        for mut event in carried {
            let taken = event.takes_back().and_then(|seq| events.iter().find(|earlier| earlier.seq == seq));
            event.withdraws = taken.cloned().map(Arc::new);
            events.push(event);
        }
        let mut state = State::default();
        events.iter().for_each(|event| drop(state.evolve(event)));
        (state.size, state.at) = (self.state.size, self.state.at);
        Some(state)
    }
}

/// Whether what is told in some way is what the entries say.
fn same(way: &str, id: &ResponsibilityId, at: Seq, told: &[String], want: &[String]) -> Result<(), String> {
    let differ = told.iter().zip(want).find(|(one, other)| one != other);
    differ.map_or(Ok(()), |(one, other)| Err(format!("{way}: {id} at {at}:\n  {one}\n  {other}")))
}

/// Everything that is said of one responsibility.
fn told(known: &Known, id: &ResponsibilityId, days: &[Date]) -> Vec<String> {
    fn text(value: &impl Serialize) -> String {
        serde_json::to_string(value).unwrap()
    }
    let on =
        |day: &Date| text(&responsibility::one(known, *day, id).map(|one| Single::new(one, known, *day)));
    let mut all: Vec<_> = days.iter().map(on).collect();
    all.push(text(&responsibility::timeline(known, id)));
    all
}

/// Numbers that follow from others, so that a story asks the same each time.
fn number(seed: u64, n: usize, below: usize) -> usize {
    let mixed = (seed ^ (n as u64) << 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    usize::try_from(mixed >> 40).unwrap() % below.max(1)
}

/// Tells the story of a seed on disk; answers how often it was asked.
fn tell(seed: u64) -> Result<u64, String> {
    let mut disk = OnDisk::new();
    let all = entries(seed);
    let last = all.len();
    let (mut statements, mut asked, mut linked) = (0, 0, BTreeSet::new());
    for (n, entry) in all.into_iter().enumerate() {
        let entry = disk.of_disk(entry);
        disk.record(&entry);
        let responsibility = |subject: &Subject| subject.as_str().strip_prefix("r:").map(str::to_owned);
        linked.extend(entry.subjects.iter().filter_map(responsibility));
        if !entry.last {
            continue;
        }
        statements += 1;
        if statements % EVERY == 0 || n + 1 == last {
            let known: Vec<_> = disk.state.responsibilities.keys().cloned().collect();
            let drawn = (0..2).filter_map(|one| known.get(number(seed, n + one, known.len())).cloned());
            let named = linked.iter().filter_map(|id| ResponsibilityId::parse(id).ok());
            let about: BTreeSet<_> = named.chain(drawn).collect();
            let today = disk.state.today(disk.state.at);
            let days = [0, 1, 2].map(|one| today.plus_days(number(seed, n + one, 80) as i64 - 60));
            disk.ask(&about.into_iter().collect::<Vec<_>>(), &days)?;
            asked += 1;
        }
        linked.clear();
    }
    // what a copy of the directory without its views is opened as
    fs::remove_dir_all(disk.dir.path().join("views")).unwrap();
    disk.ask(&[], &[])?;
    Ok(asked)
}

#[test]
fn reopened_known_then_and_carried_by_a_bundle_answer_as_the_entries_say() {
    let seeds = seeds();
    let (next, asked) = (AtomicU64::new(seeds.start), AtomicU64::new(0));
    let found = Mutex::new(Vec::new());
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return;
            }
            match tell(seed) {
                Ok(often) => drop(asked.fetch_add(often, Ordering::Relaxed)),
                Err(words) => found.lock().unwrap().push(format!("seed {seed}: {words}")),
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(work);
        }
    });
    let found = found.into_inner().unwrap();
    assert!(found.is_empty(), "{} stories differ\n{}", found.len(), found[..found.len().min(20)].join("\n"));
    let asked = asked.into_inner();
    assert!(asked >= 4 * (seeds.end - seeds.start), "{asked}");
}

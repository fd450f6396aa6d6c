//! Where a question is asked: a data directory, or a server. Both give the same JSON bytes.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::domain::findings::Kind;
use crate::domain::{Date, Instant, ResponsibilityId, Seq, Subject, Time};
use crate::log::tree::leaf_hash;
use crate::views::answer::compare::Compared;
use crate::views::answer::{List, Single, event, finding, responsibility};
use crate::views::{Error as ViewsError, KnownAt, Offline, Scope};

use super::arguments::Where;
use super::settings::Settings;
use super::url::{Server, encoded};
use super::{Error, Result};

/// Entries of a page: the most a server gives.
const PAGE: u64 = 1_000;

/// Who answers.
pub(super) enum Source {
    /// The directory itself: no lock, nothing written.
    Directory(Box<Offline>),
    /// A server.
    Server(Server),
}

/// Which entries are wanted.
#[derive(Default)]
pub(super) struct Wanted {
    pub(super) subject: Option<String>,
    pub(super) type_name: Option<String>,
    pub(super) after: Option<u64>,
}

/// When it is asked about.
pub(super) struct Asked<'a> {
    pub(super) valid_at: Option<&'a str>,
    pub(super) time: Option<&'a str>,
    pub(super) known_at: Option<&'a str>,
}

/// Which findings are wanted.
#[derive(Default)]
pub(super) struct Told {
    pub(super) kind: Option<String>,
    pub(super) valid_at: Option<String>,
    pub(super) known_at: Option<String>,
}

/// A receipt (FORMAT section 6).
#[derive(Serialize)]
struct Receipt<'a> {
    seq: Seq,
    at: Instant,
    leaf: String,
    entry: String,
    proof: Vec<String>,
    checkpoint: &'a str,
}

/// The clock of this machine, for what "the future" is.
pub(super) fn now() -> Instant {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant { micros: i64::try_from(since.as_micros()).unwrap_or(i64::MAX) }
}

/// Why an answer could not be written down: its bytes are ours, so this does not happen.
fn unwritten(error: &serde_json::Error) -> Error {
    Error::usage("the answer", error.to_string())
}

impl Source {
    /// The one that was named: `--url` or `--data`, on the command line before the settings.
    pub(super) fn open(from: &Where, settings: &Settings) -> Result<Self> {
        let typed = from.data.data.is_some();
        let url = from.url.as_ref().or(if typed { None } else { settings.url.as_ref() });
        if let (Some(_), true) = (&from.url, typed) {
            return Err(Error::usage("--url, --data", "one of them names where to ask"));
        }
        match url {
            Some(url) => {
                let token = from.token.clone().or_else(|| settings.token.clone());
                Ok(Self::Server(Server::parse(url, token)?))
            }
            None => Ok(Self::Directory(Box::new(Offline::open(&settings.data(&from.data)?)?))),
        }
    }

    /// Who answers for a responsibility: the JSON of API section 3.
    pub(super) fn responsibility(&self, id: &str, asked: &Asked<'_>) -> Result<Vec<u8>> {
        match self {
            Self::Server(server) => {
                let all = [("valid_at", asked.valid_at), ("time", asked.time), ("known_at", asked.known_at)];
                let said = |(name, value): (&'static str, Option<&str>)| Some((name, value?.to_owned()));
                let query: Vec<_> = all.into_iter().filter_map(said).collect();
                server.get(&format!("/v1/responsibilities/{}", encoded(id)), &query)
            }
            Self::Directory(offline) => {
                let id = ResponsibilityId::parse(id)
                    .map_err(|bad| Error::usage("RESPONSIBILITY", bad.to_string()))?;
                let day = asked.valid_at.map(Date::parse).transpose();
                let day = day.map_err(|bad| Error::usage("--valid-at", bad.to_string()))?;
                let time = asked.time.map(Time::parse).transpose();
                let time = time.map_err(|bad| Error::usage("--time", bad.to_string()))?;
                let date = time.as_ref().map(Time::date);
                if day.zip(date).is_some_and(|(day, date)| day != date) {
                    return Err(Error::usage("--valid-at, --time", "the time is not of that day"));
                }
                let at = asked.known_at.map_or(Ok(KnownAt::Newest), KnownAt::parse);
                let at = at.map_err(ViewsError::from)?;
                let known = offline.known(&at, Scope::Responsibility(&id), now())?;
                let day = date.or(day).unwrap_or(known.day);
                let answer = match &time {
                    Some(time) => responsibility::at_time(&known, time, &id),
                    None => responsibility::one(&known, day, &id),
                };
                let absent = || {
                    let withdrawn = Compared::Responsibility(id.clone()).withdrawn(&known);
                    let by = withdrawn.map(|seq| format!(": entry {seq} withdrew it")).unwrap_or_default();
                    Error::NotFound { what: format!("r:{id}, as known then{by}") }
                };
                let answer = answer.ok_or_else(absent)?;
                serde_json::to_vec(&Single::new(answer, &known, day)).map_err(|error| unwritten(&error))
            }
        }
    }

    /// Hands on pages of the findings wanted, all of one day as known at one entry.
    pub(super) fn findings(&self, told: Told, mut each: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        match self {
            Self::Server(server) => {
                let mut query = vec![("limit", PAGE.to_string())];
                query.extend(told.kind.map(|kind| ("kind", kind)));
                query.extend(told.valid_at.map(|day| ("valid_at", day)));
                query.extend(told.known_at.map(|at| ("known_at", at)));
                loop {
                    let json = server.get("/v1/findings", &query)?;
                    each(&json)?;
                    let page = self.read(&json)?;
                    let said = |path: &str| page.pointer(path).map(super::text::bare).unwrap_or_default();
                    let next = said("/next");
                    if next.is_empty() {
                        return Ok(());
                    }
                    // later pages are of the same day and entry, whatever is recorded meanwhile
                    query.retain(|(name, _)| !["valid_at", "known_at", "cursor"].contains(name));
                    query.extend([("valid_at", said("/valid_at")), ("known_at", said("/known_at/seq"))]);
                    query.push(("cursor", next));
                }
            }
            Self::Directory(offline) => {
                let kind = told.kind.map(|kind| Kind::parse(&kind).ok_or(kind)).transpose();
                let kind = kind.map_err(|found| Error::usage("--kind", format!("no kind {found:?}")))?;
                let day = told.valid_at.as_deref().map(Date::parse).transpose();
                let day = day.map_err(|bad| Error::usage("--valid-at", bad.to_string()))?;
                let at = told.known_at.as_deref().map_or(Ok(KnownAt::Newest), KnownAt::parse);
                let known = offline.known(&at.map_err(ViewsError::from)?, Scope::All, now())?;
                let day = day.unwrap_or(known.day);
                let filter = finding::Filter { kind, agency: None };
                let (mut after, limit): (Option<String>, _) = (None, usize::try_from(PAGE).unwrap_or(1));
                loop {
                    let items = finding::page(&known, day, &filter, after.as_deref(), limit);
                    after = items.next.clone();
                    let list = List::new("findings", items, &known, day);
                    each(&serde_json::to_vec(&list).map_err(|error| unwritten(&error))?)?;
                    if after.is_none() {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Hands on the entries wanted, oldest first, until there are no more or enough.
    pub(super) fn events(
        &self,
        wanted: &Wanted,
        limit: Option<u64>,
        mut each: impl FnMut(&RawValue) -> Result<()>,
    ) -> Result<()> {
        let (mut after, mut left) = (wanted.after, limit.unwrap_or(u64::MAX));
        while left > 0 {
            let page = self.page(wanted, after, left.min(PAGE))?;
            for event in &page.events {
                each(event)?;
            }
            left -= left.min(page.events.len() as u64);
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        Ok(())
    }

    fn page(&self, wanted: &Wanted, after: Option<u64>, limit: u64) -> Result<Page> {
        let json = match self {
            Self::Server(server) => {
                let mut query = vec![("limit", limit.to_string())];
                query.extend(after.map(|after| ("after", after.to_string())));
                query.extend(wanted.subject.clone().map(|subject| ("subject", subject)));
                query.extend(wanted.type_name.clone().map(|type_name| ("type", type_name)));
                server.get("/v1/events", &query)?
            }
            Self::Directory(offline) => {
                let subject = wanted.subject.as_deref().map(Subject::parse).transpose();
                let filter = event::Filter {
                    subject: subject.map_err(|bad| Error::usage("--subject", bad.to_string()))?,
                    type_name: wanted.type_name.clone(),
                    ..event::Filter::default()
                };
                // what became of an entry may stand far behind it
                let known = offline.known(&KnownAt::Newest, Scope::All, now())?;
                let limit = usize::try_from(limit).unwrap_or(usize::MAX);
                let (tree, look) = ((&known.state, known.root), offline.look());
                let page = event::page(offline.reader(), &filter, after.map(Seq), limit, tree, &look)?;
                serde_json::to_vec(&page).map_err(|error| unwritten(&error))?
            }
        };
        serde_json::from_slice(&json).map_err(|error| self.strange(&error))
    }

    /// An entry, decoded, with its bytes.
    pub(super) fn event(&self, seq: u64) -> Result<Vec<u8>> {
        match self {
            Self::Server(server) => server.get(&format!("/v1/events/{seq}"), &[]),
            Self::Directory(offline) => {
                let bytes = offline.reader().entry(Seq(seq)).map_err(|error| absent(error, seq))?;
                let words = offline.words(Seq(seq))?;
                Ok(event::json((Seq(seq), words), &bytes, true, &offline.look())?.get().as_bytes().to_vec())
            }
        }
    }

    /// The receipt of an entry, by the newest checkpoint.
    pub(super) fn receipt(&self, seq: u64) -> Result<Vec<u8>> {
        match self {
            Self::Server(server) => server.get(&format!("/v1/events/{seq}/proof"), &[]),
            Self::Directory(offline) => {
                let committed = offline.reader().committed();
                let bytes = offline.reader().entry(Seq(seq)).map_err(|error| absent(error, seq))?;
                let proof = committed.tree.inclusion_proof(seq, committed.size)?;
                let receipt = Receipt {
                    seq: Seq(seq),
                    at: offline.reader().at(Seq(seq))?,
                    leaf: leaf_hash(&bytes).to_string(),
                    entry: URL_SAFE_NO_PAD.encode(&bytes),
                    proof: proof.iter().map(ToString::to_string).collect(),
                    checkpoint: &committed.checkpoint,
                };
                serde_json::to_vec(&receipt).map_err(|error| unwritten(&error))
            }
        }
    }

    /// Reads an answer for showing it as text.
    pub(super) fn read(&self, json: &[u8]) -> Result<Value> {
        serde_json::from_slice(json).map_err(|error| self.strange(&error))
    }

    fn strange(&self, error: &serde_json::Error) -> Error {
        let url = match self {
            Self::Server(server) => server.to_string(),
            Self::Directory(_) => "the directory".to_owned(),
        };
        Error::Server { url, why: format!("not the answer of a ledger: {error}") }
    }
}

fn absent(error: crate::log::Error, seq: u64) -> Error {
    match error {
        crate::log::Error::NotFound { size, .. } => {
            Error::NotFound { what: format!("entry {seq}; the ledger holds {size}") }
        }
        other => other.into(),
    }
}

#[derive(serde::Deserialize)]
struct Page {
    events: Vec<Box<RawValue>>,
    next: Option<u64>,
}

//! Events as they were admitted: one, a page, or all that fit a filter, read along their links where
//! a subject or an agency narrows them down.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::domain::state::words::Words;
use crate::domain::statement::Unreadable;
use crate::domain::{AgencyId, Instant, Kid, Seq, State, Subject};
use crate::log::tree::leaf_hash;
use crate::log::{Body, Hash, LinkTriple, Reader, SubjectLast};
use crate::seal;

use super::super::{Error, Result, fold};
use super::Position;
use super::details::{Details, Look};

/// Entries read at a time.
const PIECE: u64 = 256;
/// Most entries looked at for one page: a filtered page may be short.
const SCAN_MAX: usize = 10_000;

/// Which events are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this type.
    pub type_name: Option<String>,
    /// Said by this agency.
    pub agency: Option<AgencyId>,
    /// Linked under this subject.
    pub subject: Option<Subject>,
    /// Recorded at or after.
    pub from: Option<Instant>,
    /// Recorded before.
    pub to: Option<Instant>,
}

/// An event in the shape of API section 3.
#[derive(Serialize)]
pub struct Answer<'a> {
    /// Its number.
    pub seq: Seq,
    /// When it was recorded.
    pub at: Instant,
    /// Its type.
    #[serde(rename = "type")]
    pub type_name: &'a str,
    /// Who said it; null for the ledger.
    pub agency: Option<&'a str>,
    /// `signed`, `attested` or `ledger`.
    pub assurance: &'static str,
    /// The key that signed it.
    pub kid: Option<&'a str>,
    /// Its id by its speaker.
    pub jti: &'a str,
    /// When its author says it was signed.
    pub iat: Option<i64>,
    /// Its data, as stored.
    pub data: &'a RawValue,
    /// Ordinals its author believed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<&'a RawValue>,
    /// The entry it corrects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrects: Option<Seq>,
    /// The entry that took its place next, as known by now.
    pub corrected_by: Option<Seq>,
    /// The entry that withdrew it, its place or what it is about, as known by now.
    pub withdrawn_by: Option<Seq>,
    /// Its details, as far as who asks may see them.
    pub details: Details,
    /// Its subjects.
    pub links: Links<'a>,
    /// Its leaf, base64.
    pub leaf: String,
    /// Its bytes, base64url.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
}

/// Subjects with their ordinal and links.
pub struct Links<'a>(Vec<(&'a str, LinkTriple)>);

impl Serialize for Links<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for (subject, triple) in &self.0 {
            map.serialize_entry(subject, triple)?;
        }
        map.end()
    }
}

#[derive(Deserialize)]
struct Claims<'a> {
    #[serde(rename = "type", borrow)]
    type_name: &'a str,
    // A jti may hold what JSON escapes; type names cannot.
    #[serde(borrow)]
    jti: std::borrow::Cow<'a, str>,
    #[serde(borrow, default)]
    iss: Option<&'a str>,
    #[serde(default)]
    iat: Option<i64>,
    #[serde(borrow)]
    data: &'a RawValue,
    #[serde(borrow, default)]
    after: Option<&'a RawValue>,
    #[serde(default)]
    corrects: Option<Seq>,
}

/// Reads an entry's bytes and hands its shape on: with what became of its `words`; `entry` adds the bytes
/// themselves, `look` the details.
///
/// # Errors
/// [`Error::Entry`] when the bytes are no entry of a statement; those of [`Look::details`].
pub fn read<T>(
    (seq, words): (Seq, Words),
    bytes: &[u8],
    entry: bool,
    look: Option<&Look>,
    then: impl FnOnce(&Answer<'_>) -> T,
) -> Result<T> {
    let decoded = fold::decode(seq, bytes)?;
    let why = |e: serde_json::Error| Error::Entry { seq, why: Unreadable::malformed(e.to_string()) };
    let entry_why = |why| Error::Entry { seq, why };
    let shown = seal::shown(&decoded.body).map_err(entry_why)?;
    let claims: Claims<'_> = serde_json::from_str(&shown).map_err(why)?;
    let (agency, assurance, kid) = match decoded.body {
        Body::Signed { jwt } => (claims.iss, "signed", Some(seal::jws::kid(jwt).map_err(entry_why)?)),
        Body::Attested { agency, .. } => (Some(agency), "attested", None),
        Body::Ledger { .. } => (None, "ledger", None),
    };
    Ok(then(&Answer {
        seq,
        at: decoded.at,
        type_name: claims.type_name,
        agency,
        assurance,
        kid: kid.as_ref().map(Kid::as_str),
        jti: &claims.jti,
        iat: claims.iat,
        data: claims.data,
        after: claims.after,
        corrects: claims.corrects,
        corrected_by: words.corrected_by,
        withdrawn_by: words.withdrawn_by,
        details: look.map_or_else(|| Ok(Details::default()), |look| look.details(&decoded))?,
        links: Links(decoded.links),
        leaf: leaf_hash(bytes).to_string(),
        entry: entry.then(|| URL_SAFE_NO_PAD.encode(bytes)),
    }))
}

/// Whether an entry commits to details.
///
/// # Errors
/// [`Error::Entry`] when the bytes are no entry of a statement.
pub fn has_details(seq: Seq, bytes: &[u8]) -> Result<bool> {
    let digests = seal::digests(&fold::decode(seq, bytes)?);
    digests.map(|digests| !digests.is_empty()).map_err(|why| Error::Entry { seq, why })
}

/// An event as JSON.
///
/// # Errors
/// As [`read`].
pub fn json((seq, words): (Seq, Words), bytes: &[u8], entry: bool, look: &Look) -> Result<Box<RawValue>> {
    let why = |e: serde_json::Error| Error::Entry { seq, why: Unreadable::malformed(e.to_string()) };
    read((seq, words), bytes, entry, Some(look), |event| serde_json::value::to_raw_value(event))?.map_err(why)
}

/// A page of events.
#[derive(Debug, Serialize)]
pub struct Page {
    /// The events, oldest first.
    pub events: Vec<Box<RawValue>>,
    /// The value for `after` of the next page; null at the end.
    pub next: Option<Seq>,
    /// What the page was read from.
    pub position: Position,
}

/// The page of events after a seq, among the first entries, of which the state is known.
///
/// # Errors
/// Those of the log.
pub fn page(
    reader: &Reader,
    filter: &Filter,
    after: Option<Seq>,
    limit: usize,
    (state, root): (&State, Hash),
    look: &Look,
) -> Result<Page> {
    let size = state.size;
    let mut scan = Scan::new(reader, filter.clone(), after, size)?;
    let (mut events, mut scanned, mut last) = (Vec::new(), 0, None);
    'page: while events.len() < limit && scanned < SCAN_MAX {
        let piece = scan.piece()?;
        if piece.is_empty() {
            break;
        }
        for (seq, bytes) in piece {
            (last, scanned) = (Some(seq), scanned + 1);
            if scan.wants(seq, &bytes)? {
                events.push(json((seq, state.words(seq)), &bytes, false, look)?);
                if events.len() == limit {
                    break 'page;
                }
            }
        }
    }
    let next = last.filter(|last| scan.newest().is_some_and(|newest| *last < newest));
    Ok(Page { events, next, position: Position::new(size, root) })
}

/// A walk over the entries that a filter leaves, oldest first.
#[derive(Debug)]
pub struct Scan {
    reader: Reader,
    filter: Filter,
    way: Way,
    /// Seqs in question, half-open.
    end: u64,
}

#[derive(Debug)]
enum Way {
    /// Entry by entry, from here.
    Seqs(u64),
    /// Along a subject: ordinal done last, the last one of all, and its seq.
    Ordinals { subject: Subject, done: u64, last: SubjectLast },
}

impl Scan {
    /// Over the first `size` entries, those after a seq.
    ///
    /// # Errors
    /// Those of the log.
    pub fn new(reader: &Reader, filter: Filter, after: Option<Seq>, size: u64) -> Result<Self> {
        let first_at = |instant: Instant| -> Result<u64> {
            let before = Instant { micros: instant.micros.saturating_sub(1) };
            Ok(reader.seq_at(before)?.map_or(0, |seq| seq.0 + 1))
        };
        let mut begin = after.map_or(0, |after| after.0.saturating_add(1));
        if let Some(from) = filter.from {
            begin = begin.max(first_at(from)?);
        }
        let end = filter.to.map_or(Ok(size), first_at)?.min(size).max(begin.min(size));
        let begin = begin.min(end);
        let subject = filter.subject.clone().or_else(|| filter.agency.as_ref().map(Subject::agency));
        let way = match subject {
            None => Way::Seqs(begin),
            Some(subject) => {
                let upto = |end: u64| match end.checked_sub(1) {
                    None => Ok(None),
                    Some(last) => reader.last(subject.as_str(), Some(Seq(last))),
                };
                let done = upto(begin)?.map_or(0, |last| last.ordinal);
                let last = upto(end)?.unwrap_or(SubjectLast { ordinal: 0, seq: Seq(0) });
                Way::Ordinals { done, last, subject }
            }
        };
        Ok(Self { reader: reader.clone(), filter, way, end })
    }

    /// The last entry in question.
    #[must_use]
    pub fn newest(&self) -> Option<Seq> {
        match &self.way {
            Way::Seqs(_) => self.end.checked_sub(1).map(Seq),
            Way::Ordinals { last, .. } => (last.ordinal > 0).then_some(last.seq),
        }
    }

    /// The next entries to look at; none at the end.
    ///
    /// # Errors
    /// Those of the log.
    pub fn piece(&mut self) -> Result<Vec<(Seq, Vec<u8>)>> {
        match &mut self.way {
            Way::Seqs(next) => {
                let to = next.saturating_add(PIECE).min(self.end);
                let piece = self.reader.entries(Seq(*next), Seq(to)).collect::<crate::log::Result<_>>()?;
                *next = to;
                Ok(piece)
            }
            Way::Ordinals { subject, done, last } => {
                let to = done.saturating_add(PIECE).min(last.ordinal);
                let mut piece = Vec::new();
                let mut here =
                    if *done < to { Some(at_ordinal(&self.reader, subject, *last, to)?) } else { None };
                while let Some(place) = here {
                    let [_, prev, _] = self.reader.link_of(subject.as_str(), place)?;
                    piece.push((place.seq, self.reader.entry(place.seq)?));
                    let ordinal = place.ordinal - 1;
                    let prev = u64::try_from(prev).ok().filter(|_| ordinal > *done);
                    here = prev.map(|seq| SubjectLast { ordinal, seq: Seq(seq) });
                }
                piece.reverse();
                *done = to;
                Ok(piece)
            }
        }
    }

    /// Whether the filter wants the entry.
    ///
    /// # Errors
    /// [`Error::Entry`] when the bytes are no entry.
    pub fn wants(&self, seq: Seq, bytes: &[u8]) -> Result<bool> {
        if self.filter.type_name.is_none() && self.filter.agency.is_none() {
            return Ok(true);
        }
        read((seq, Words::default()), bytes, false, None, |event| {
            self.filter.type_name.as_deref().is_none_or(|wanted| wanted == event.type_name)
                && self.filter.agency.as_ref().is_none_or(|wanted| event.agency == Some(wanted.as_str()))
        })
    }
}

/// The entry of a subject at an ordinal: back along third values while they do not pass it.
fn at_ordinal(reader: &Reader, subject: &Subject, from: SubjectLast, ordinal: u64) -> Result<SubjectLast> {
    let mut here = from;
    while here.ordinal > ordinal {
        let [_, prev, skip] = reader.link_of(subject.as_str(), here)?;
        let skipped = here.ordinal & (here.ordinal - 1);
        let (seq, next) =
            if skipped >= ordinal && skip >= 0 { (skip, skipped) } else { (prev, here.ordinal - 1) };
        let broken = || crate::log::Error::NotFound { seq: here.seq, size: reader.size() };
        here = SubjectLast { ordinal: next, seq: Seq(u64::try_from(seq).map_err(|_| broken())?) };
    }
    Ok(here)
}

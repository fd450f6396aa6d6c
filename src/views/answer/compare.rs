//! What is said of a day at two entries of the record, and which entries between them changed it.

use serde::Serialize;
use serde_json::Value;

use crate::domain::state::words::Words;
use crate::domain::statement::Unreadable;
use crate::domain::{
    ActId, AgencyId, AssignmentId, ClaimId, CommitmentId, Date, DecisionId, ForumId, HandoffId,
    InstrumentRef, ProgrammeId, ResponsibilityId, Seq, State, Subject, TerritoryId, Zone,
};
use crate::log::Reader;

use super::super::{Error, Known, KnownAt, Result, Scope, closure};
use super::{KnownShape, event};

/// What is compared, and where the entries stand that may have changed it.
#[derive(Clone, Debug)]
pub enum Compared {
    /// A responsibility: all that its answer is folded from.
    Responsibility(ResponsibilityId),
    /// An act, which has no subject of its own: those its authority rests on.
    Act(ActId, Vec<Subject>),
    /// Another object: its subjects.
    Other(Vec<Subject>),
}

impl Compared {
    /// An act: what it was done about and under, as far as it is known.
    #[must_use]
    pub fn act(id: &ActId, known: &State) -> Self {
        let data = known.acts.get(id).map(|act| &act.recorded.data);
        let under = data.and_then(|data| data.under.as_ref());
        let about = data.map(|data| &data.responsibility);
        let about = about.into_iter().chain(under.and_then(|under| known.responsibility_of(under)));
        let subjects = about.map(Subject::responsibility).chain(under.map(Subject::assignment));
        Self::Act(id.clone(), subjects.collect())
    }
    /// An agency.
    #[must_use]
    pub fn agency(id: &AgencyId) -> Self {
        Self::Other(vec![Subject::agency(id), Subject::genealogy(id)])
    }
    /// An assignment, and the responsibility it is of: with that it may end.
    #[must_use]
    pub fn assignment(id: &AssignmentId, of: Option<&ResponsibilityId>) -> Self {
        Self::Other([Subject::assignment(id)].into_iter().chain(of.map(Subject::responsibility)).collect())
    }
    /// A claim.
    #[must_use]
    pub fn claim(id: &ClaimId) -> Self {
        Self::Other(vec![Subject::claim(id)])
    }
    /// A commitment.
    #[must_use]
    pub fn commitment(id: &CommitmentId) -> Self {
        Self::Other(vec![Subject::commitment(id)])
    }
    /// A decision.
    #[must_use]
    pub fn decision(id: &DecisionId) -> Self {
        Self::Other(vec![Subject::decision(id)])
    }
    /// A forum.
    #[must_use]
    pub fn forum(id: &ForumId) -> Self {
        Self::Other(vec![Subject::forum(id)])
    }
    /// A handoff.
    #[must_use]
    pub fn handoff(id: &HandoffId) -> Self {
        Self::Other(vec![Subject::handoff(id)])
    }
    /// An instrument.
    #[must_use]
    pub fn instrument(id: &InstrumentRef) -> Self {
        Self::Other(vec![Subject::instrument(id)])
    }
    /// A programme.
    #[must_use]
    pub fn programme(id: &ProgrammeId) -> Self {
        Self::Other(vec![Subject::programme(id)])
    }
    /// A territory.
    #[must_use]
    pub fn territory(id: &TerritoryId) -> Self {
        Self::Other(vec![Subject::territory(id)])
    }

    /// What it is called where it is not there: its subject, if it has one.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Responsibility(id) => Subject::responsibility(id).to_string(),
            Self::Act(id, _) => format!("the act {id}"),
            Self::Other(subjects) => subjects.first().map(ToString::to_string).unwrap_or_default(),
        }
    }

    /// The entry that withdrew its making, as known, where one did.
    #[must_use]
    pub fn withdrawn(&self, known: &Known) -> Option<Seq> {
        let id = match self {
            Self::Act(id, _) => format!("x:{id}"),
            Self::Responsibility(_) | Self::Other(_) => self.name(),
        };
        known.state.withdrawal_of(&id)
    }

    /// What must be folded to answer.
    #[must_use]
    pub fn scope(&self) -> Scope<'_> {
        match self {
            Self::Responsibility(id) => Scope::Responsibility(id),
            Self::Act(..) | Self::Other(_) => Scope::All,
        }
    }

    /// Entries after `from` up to `upto` that may have changed it, oldest first.
    fn entries(&self, reader: &Reader, from: Seq, upto: Seq) -> Result<Vec<Seq>> {
        let mut seqs = match self {
            Self::Responsibility(id) => closure::seqs(reader, id, upto)?,
            Self::Act(_, subjects) | Self::Other(subjects) => {
                let mut seqs = Vec::new();
                for subject in subjects {
                    seqs.extend(reader.history(subject.as_str(), Some(upto))?);
                }
                seqs
            }
        };
        seqs.retain(|seq| *seq > from);
        seqs.sort_unstable();
        seqs.dedup();
        Ok(seqs)
    }
}

/// Both answers and what lies between.
#[derive(Debug, Serialize)]
pub struct Compare<T> {
    /// The day both are about.
    pub valid_at: Date,
    /// As known at K.
    pub a: Side<T>,
    /// As known at K2.
    pub b: Side<T>,
    /// Entries between that changed the answer.
    pub changed_by: Vec<Change>,
}

/// One of them.
#[derive(Debug, Serialize)]
pub struct Side<T> {
    /// K.
    pub known_at: KnownShape,
    /// What was known; null when nothing.
    pub answer: Option<T>,
}

/// An entry that changed the answer.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its number.
    pub seq: Seq,
    /// Who said it; null for the ledger.
    pub agency: Option<String>,
    /// What.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Days from its own date to its record day.
    pub late_days: i64,
}

/// The two answers about a day (default: the civil date of K); `None` when neither knows the object.
///
/// # Errors
/// [`Error::BadKnownAt`], or those of the log.
pub fn answer<T: Serialize>(
    reader: &Reader,
    ask: &dyn Fn(&KnownAt, Scope<'_>) -> Result<Known>,
    (a, b): (&KnownAt, &KnownAt),
    valid_at: Option<Date>,
    compared: &Compared,
    object: &dyn Fn(&Known, Date) -> Option<T>,
) -> Result<Option<Compare<T>>> {
    let known = [ask(a, compared.scope())?, ask(b, compared.scope())?];
    let [known_a, known_b] = &known;
    let day = valid_at.unwrap_or(known_a.day);
    let (early, late) = if known_a.seq <= known_b.seq { (known_a, known_b) } else { (known_b, known_a) };
    let mut changed_by = Vec::new();
    let mut before = text(early.seq, &object(early, day))?;
    for seq in compared.entries(reader, early.seq, late.seq)? {
        let then = ask(&KnownAt::Seq(seq), compared.scope())?;
        let after = text(seq, &object(&then, day))?;
        if after != before {
            changed_by.push(change(reader, seq)?);
            before = after;
        }
    }
    let [a, b] = known.map(|known| Side { known_at: (&known).into(), answer: object(&known, day) });
    Ok((a.answer.is_some() || b.answer.is_some()).then_some(Compare { valid_at: day, a, b, changed_by }))
}

fn text(seq: Seq, value: &impl Serialize) -> Result<String> {
    let why = |e: serde_json::Error| Error::Entry { seq, why: Unreadable::malformed(e.to_string()) };
    serde_json::to_string(value).map_err(why)
}

fn change(reader: &Reader, seq: Seq) -> Result<Change> {
    let zone = Zone::parse(reader.zone()).map_err(|bad| Error::Zone { found: bad.found })?;
    let bytes = reader.entry(seq)?;
    event::read((seq, Words::default()), &bytes, false, None, |event| {
        let data = serde_json::from_str(event.data.get()).unwrap_or_default();
        let recorded = event.at.date_in(&zone);
        Change {
            seq,
            agency: event.agency.map(str::to_owned),
            type_name: event.type_name.to_owned(),
            late_days: recorded.days_since(own_date(event.type_name, &data, recorded)).max(0),
        }
    })
}

/// An event's own date (DOMAIN section 3); its record day where it has none.
fn own_date(type_name: &str, data: &Value, recorded: Date) -> Date {
    let date = |value: Option<&Value>| value.and_then(Value::as_str).and_then(|text| Date::parse(text).ok());
    let on = date(data.get("on")).unwrap_or(recorded);
    let effective = date(data.get("effective"));
    match type_name {
        "handoff.proposed" => match data.get("regime").and_then(Value::as_str) {
            Some("by_agreement") => on,
            _ => effective.map_or(on, |effective| effective.min(on)),
        },
        "handoff.changed" => on,
        // an unknown date counts from `on`
        _ if data.get("effective").and_then(Value::as_str) == Some("unknown") => on,
        _ => effective
            .or_else(|| date(data.get("valid").and_then(|valid| valid.get("from"))))
            .or_else(|| date(data.get("decided_on")))
            .or_else(|| date(data.get("held_on")))
            .unwrap_or(on),
    }
}

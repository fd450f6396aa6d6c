//! Findings of a day, with the entries that prove them.

use serde::Serialize;

use crate::domain::findings::{self, Finding, Kind, Severity};
use crate::domain::{AgencyId, Date, Seq, Subject};

use super::super::Known;
use super::Items;

/// A finding on a day.
#[derive(Debug, Serialize)]
pub struct Answer {
    finding: String,
    kind: Kind,
    severity: Severity,
    about: Vec<Subject>,
    agencies: Vec<AgencyId>,
    since: Option<Date>,
    days: Option<i64>,
    waiting_on: Option<AgencyId>,
    median_days: Option<i64>,
    unverified: Vec<&'static str>,
    evidence: Vec<Seq>,
    /// The entry by which it is borne with that day.
    tolerated_by: Option<Seq>,
}

/// Which findings are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of one kind.
    pub kind: Option<Kind>,
    /// Of which an agency is one of the agencies.
    pub agency: Option<AgencyId>,
}

/// Findings of a day after a key, sorted by key. Those of one key stay together, so that the next page
/// begins behind all of them.
#[must_use]
pub fn page(known: &Known, day: Date, filter: &Filter, after: Option<&str>, limit: usize) -> Items<Answer> {
    let kinds = filter.kind.map_or_else(|| Kind::ALL.to_vec(), |kind| vec![kind]);
    let wanted = |finding: &Finding| {
        filter.agency.as_ref().is_none_or(|agency| finding.agencies.contains(agency))
            && after.is_none_or(|after| finding.key.as_str() > after)
    };
    let all = findings::of_kinds(&known.state, &kinds, day).into_iter().filter(wanted);
    let mut all = all.peekable();
    let (mut items, mut last): (Vec<Answer>, Option<String>) = (Vec::new(), None);
    while let Some(finding) = all.next_if(|next| items.len() < limit || last.as_ref() == Some(&next.key)) {
        last = Some(finding.key.clone());
        items.push(answer(known, day, finding));
    }
    let more = all.peek().is_some();
    Items { items, next: last.filter(|_| more) }
}

fn answer(known: &Known, day: Date, finding: Finding) -> Answer {
    let unverified = findings::unsure(&known.state, &finding, day);
    let tolerated = known.state.tolerated.get(finding.key.as_str());
    Answer {
        tolerated_by: tolerated.and_then(|tolerated| tolerated.on(day)),
        finding: finding.key,
        kind: finding.kind,
        severity: finding.severity,
        about: finding.about,
        agencies: finding.agencies,
        since: finding.since,
        days: finding.days,
        waiting_on: finding.waiting_on,
        median_days: finding.median_days,
        unverified,
        evidence: finding.evidence,
    }
}

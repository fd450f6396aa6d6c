//! Dates that may be unknown, and what may stand beside them (DOMAIN section 3, "Unknown dates").

use super::super::statement::Unreadable;
use super::super::{Bound, Code, Date, Time};
use super::Data;
use super::handoff::Regime;

/// The date of a statement that may be unknown, and what stands beside it.
struct Dating<'a> {
    /// The date.
    date: Bound,
    /// Its field.
    field: &'static str,
    /// The day on which it was seen to be so, where it may stand beside an unknown date only.
    on: Option<Date>,
    time: Option<&'a Time>,
    /// Whether it must be known.
    known: bool,
}

impl<'a> Dating<'a> {
    fn of(data: &'a Data) -> Option<Self> {
        let (date, on, time) = if let Data::AgencyClosed(data) = data {
            (data.effective, data.on, data.time.as_ref())
        } else if let Data::AgencyChanged(data) = data {
            (data.effective, data.on, data.time.as_ref())
        } else if let Data::AssignmentEnded(data) = data {
            (data.effective, data.on, data.time.as_ref())
        } else if let Data::DecisionRecorded(data) = data {
            let (date, on, time) = (data.decided_on, data.on, data.time.as_ref());
            return Some(Self { date, field: "data.decided_on", on, time, known: false });
        } else if let Data::HandoffProposed(data) = data {
            // every event of a handoff may say when the act happened
            let (date, time, known) =
                (data.effective, data.time.as_ref(), data.regime == Regime::ByAgreement);
            return Some(Self { date, field: "data.effective", on: None, time, known });
        } else {
            return None;
        };
        Some(Self { date, field: "data.effective", on, time, known: false })
    }
}

/// Refuses what cannot stand beside an unknown date, or beside a known one.
pub(in crate::domain) fn form(data: &Data) -> Result<(), Unreadable> {
    let Some(dating) = Dating::of(data) else { return Ok(()) };
    let bad = |code, detail: &str, field: &str| {
        Err(Unreadable { code, detail: detail.to_owned(), field: Some(field.to_owned()) })
    };
    match dating.date {
        Bound::On(_) if dating.on.is_some() => {
            bad(Code::Malformed, "`on` stands beside an unknown date only; leave it out", "data.on")
        }
        Bound::On(_) => Ok(()),
        Bound::Unknown if dating.known => {
            bad(Code::BadDate, "a handoff by agreement says its day; name a date", dating.field)
        }
        Bound::Unknown if dating.time.is_some() => {
            bad(Code::Malformed, "a time orders changes of a day that is known; leave it out", "data.time")
        }
        Bound::Unknown => Ok(()),
    }
}

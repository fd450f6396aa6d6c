//! What the real rules say, in the words of the naive model: the only file that looks at them.

use std::collections::BTreeSet;

use super::super::super::super::event::Data;
use super::super::super::super::event::assignment::{HoldingRole, Mode};
use super::super::super::super::{Date, ResponsibilityId, timeline};
use super::super::told::Told;
use super::fold::Fold;
use super::ledger::Line;
use super::said::{Day, OPEN, Record, UNKNOWN, text};

/// Who holds on a day: agency, role, whether by delegation, whom it stands under, of which responsibility,
/// and by which basis.
pub(super) type Holders = Vec<(String, String, bool, Option<(String, String)>, String)>;

/// A lapse that the ledger said: the handoff, the rule and the day.
type Lapsed = (String, String, Day);

/// Tells a line to the real rules: the code of the refusal, and the lapses written before it.
pub(super) fn tell(told: &mut Told, line: &Line) -> (Result<usize, String>, Vec<Lapsed>) {
    // the stories of the tables are written down, so a line borrows for ever
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let before = told.events.len();
    let said = (leak(text(line.day)), leak(line.who.clone()), leak(line.kind.clone()), line.data.clone());
    let result =
        told.tell(said).map(|seq| seq.0 as usize).map_err(|refusal| refusal.code.as_str().to_owned());
    let lapses = told.events[before..].iter().filter_map(|event| match &event.statement.data {
        Data::HandoffLapsed(lapsed) => {
            let on = lapsed.on.map(|on| super::said::day(&on.to_string())).unwrap_or_default();
            Some((lapsed.handoff.to_string(), format!("{:?}", lapsed.rule).to_lowercase(), on))
        }
        _ => None,
    });
    (result, lapses.collect())
}

fn date(day: Day) -> Date {
    Date::parse(&text(day)).unwrap()
}

fn words(role: HoldingRole) -> String {
    format!("{role:?}").to_lowercase()
}

/// The spans of the real fold: agency, role, by delegation, from, until.
pub(super) fn spans(told: &Told, of: &str) -> Vec<(String, String, bool, Day, Day)> {
    let of = ResponsibilityId::parse(of).unwrap();
    let day = |date: Date| match date {
        Date::MIN => UNKNOWN,
        Date::MAX => OPEN,
        date => super::said::day(&date.to_string()),
    };
    let fold = told.state.fold(&of);
    let spans = fold.holdings.iter().flat_map(|one| {
        one.spans.iter().map(|span| {
            let delegated = one.mode == Some(Mode::Delegation);
            (one.agency.to_string(), words(one.role), delegated, day(span.from), day(span.until))
        })
    });
    spans.collect()
}

/// What differs between the timeline of a responsibility and who holds it on each of these days.
pub(super) fn days_differ(told: &Told, of: &str, days: &BTreeSet<Day>) -> Option<String> {
    let id = ResponsibilityId::parse(of).unwrap();
    let periods = timeline::periods(&told.state, &id);
    let wrong = |why: &str, day: Day| Some(format!("{of} on {}: {why}", text(day)));
    let ends = (periods.first()?.from, periods.last()?.to);
    let joined = periods.windows(2).all(|two| two[0].to == two[1].from);
    if ends != (Date::MIN, Date::MAX) || !joined {
        return wrong("the periods do not cover all days", 0);
    }
    for day in days {
        let on = timeline::on(&told.state, &id, date(*day)).unwrap();
        let within = |p: &&timeline::PeriodOn| p.from <= date(*day) && date(*day) < p.to;
        let all: Vec<_> = periods.iter().filter(within).collect();
        let [period] = all[..] else { return wrong("not one period", *day) };
        let (one, other) =
            ((on.status, &on.accountable, &on.executors), (period.status, &period.accountable));
        if (one.0, one.1, one.2) != (other.0, other.1, &period.executors) {
            return wrong("who and the timeline disagree", *day);
        }
    }
    None
}

/// The real holders of a day; `None` where there is no such responsibility.
pub(super) fn holders(told: &Told, all: &BTreeSet<String>, of: &str, day: Day) -> Option<Holders> {
    let id = ResponsibilityId::parse(of).unwrap();
    let on = timeline::on(&told.state, &id, date(day))?;
    let above = |id: &str| {
        all.iter().find_map(|of| {
            let fold = told.state.fold(&ResponsibilityId::parse(of).unwrap());
            let one = fold.holdings.iter().find(|one| one.assignment.as_str() == id)?;
            Some((one.agency.to_string(), of.clone()))
        })
    };
    let held = on.accountable.iter().chain(&on.executors).chain(&on.others).filter(|held| held.via.is_none());
    let mut held: Holders = held
        .map(|held| {
            let under = held.under.as_ref().and_then(|id| above(id.as_str()));
            let delegated = held.holding.mode == Some(Mode::Delegation);
            let basis = held.holding.basis_on(date(day)).map(|(basis, _)| basis);
            let basis = serde_json::to_string(&basis).unwrap();
            (held.holding.agency.to_string(), words(held.holding.role), delegated, under, basis)
        })
        .collect();
    held.sort();
    Some(held)
}

/// By way of which responsibility a child is answered, and by whom.
pub(super) fn via(told: &Told, of: &str, day: Day) -> Option<(String, Vec<String>)> {
    let on = timeline::on(&told.state, &ResponsibilityId::parse(of).unwrap(), date(day))?;
    let via = on.accountable.first()?.via.as_ref()?.to_string();
    let mut held: Vec<_> = on.accountable.iter().map(|held| held.holding.agency.to_string()).collect();
    held.sort();
    Some((via, held))
}

/// The same of the naive model.
pub(super) fn naive(record: &Record, fold: &Fold, of: &str, day: Day) -> Holders {
    let held = fold.all.iter().filter(|one| one.of == of && one.held(day));
    let mut held: Holders = held
        .map(|one| {
            let above = one.under_on(day).and_then(|id| fold.get(id));
            let above = above.map(|above| (above.agency.clone(), above.of.clone()));
            let basis = one.basis_on(record, day).map_or("null".to_owned(), |basis| format!("[{basis}]"));
            (one.agency.clone(), one.role.clone(), one.delegated, above, basis)
        })
        .collect();
    held.sort();
    held
}

/// The spans of the naive fold.
pub(super) fn naive_spans(fold: &Fold, of: &str) -> Vec<(String, String, bool, Day, Day)> {
    let all = fold.all.iter().filter(|one| one.of == of);
    let spans = all.flat_map(|one| {
        one.spans.iter().map(|span| (one.agency.clone(), one.role.clone(), one.delegated, span.0, span.1))
    });
    spans.collect()
}

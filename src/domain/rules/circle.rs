//! On no day is anything above itself: an agency by its parents, a responsibility by its parent, a territory
//! by what it lies within (DOMAIN section 2, "Circles").

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Data, Date, Event, State};
use super::Refusal;
use super::require::wrong;

/// A statement, a correction or a withdrawal leaves no circle. One that it made would lead through the object
/// that it is about.
pub(super) fn none(after: &State, event: &Event) -> Result<(), Refusal> {
    let said = event.withdraws.as_ref().map_or(&event.statement.data, |gone| &gone.statement.data);
    if let Data::AgencyChanged(data) = said {
        let of = |id| after.agencies.get(id);
        let days = |id| of(id).into_iter().flat_map(|of| &of.changed).map(|fact| fact.own_date());
        let parents = |id, day| of(id).into_iter().flat_map(move |of| of.on(day).parents).collect();
        return refuse("agency", &data.agency, circle(&data.agency, |id| days(id).collect(), parents));
    }
    let territory = if let Data::TerritoryRegistered(data) = said {
        Some(&data.territory)
    } else if let Data::TerritoryChanged(data) = said {
        Some(&data.territory)
    } else {
        None
    };
    if let Some(territory) = territory {
        let of = |id| after.territories.get(id);
        let days = |id| of(id).into_iter().flat_map(|of| &of.changed).map(|fact| fact.data.effective);
        let within = |id, day| of(id).and_then(|of| of.on(day).1).into_iter().collect();
        return refuse("territory", territory, circle(territory, |id| days(id).collect(), within));
    }
    let responsibility = if let Data::ResponsibilityDefined(data) = said {
        &data.responsibility
    } else if let Data::ResponsibilityChanged(data) = said {
        &data.responsibility
    } else {
        return Ok(());
    };
    let of = |id| after.responsibilities.get(id);
    let days = |id| of(id).into_iter().flat_map(|of| &of.changed).map(|fact| fact.data.effective);
    let parent = |id, day| of(id).and_then(|of| of.parent_on(day)).into_iter().collect();
    refuse("responsibility", responsibility, circle(responsibility, |id| days(id).collect(), parent))
}

fn refuse(kind: &str, id: impl std::fmt::Display, circle: Option<Date>) -> Result<(), Refusal> {
    let Some(day) = circle else { return Ok(()) };
    let since = if day == Date::MIN { "from the beginning".to_owned() } else { format!("on {day}") };
    let detail = format!(
        "the {kind} {id} would stand above itself {since}; first say for these days that what it is put under no longer stands under it"
    );
    Err(wrong(detail))
}

/// The first day on which something is above itself. `days` are those from which something else is above
/// another, `above` says what is on a day.
fn circle<'a, T: Ord>(
    start: &'a T,
    days: impl Fn(&'a T) -> BTreeSet<Date>,
    above: impl Fn(&'a T, Date) -> Vec<&'a T>,
) -> Option<Date> {
    let mut all: BTreeSet<Date> = BTreeSet::new();
    let mut ever: BTreeMap<&T, ()> = BTreeMap::new();
    let (mut waiting, mut back) = (vec![start], false);
    while let Some(id) = waiting.pop() {
        if ever.insert(id, ()).is_some() {
            back |= id == start;
            continue;
        }
        let own: BTreeSet<Date> = days(id).into_iter().chain([Date::MIN]).collect();
        waiting.extend(own.iter().flat_map(|day| above(id, *day)));
        all.extend(own);
    }
    // most have nothing below them among what is above them on any day
    let returns = |day: &Date| {
        let (mut waiting, mut seen) = (above(start, *day), BTreeSet::new());
        while let Some(id) = waiting.pop() {
            if id == start {
                return true;
            }
            if seen.insert(id) {
                waiting.extend(above(id, *day));
            }
        }
        false
    };
    if back { all.into_iter().find(returns) } else { None }
}

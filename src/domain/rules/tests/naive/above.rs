//! Who answers for a child that nobody holds: the walk up from it (DOMAIN section 2, "Children").

use std::collections::BTreeSet;

use super::fold::Fold;
use super::said::{Day, Record};

impl Record {
    /// Where the walk up from a responsibility stands on a day, the nearest first.
    pub(super) fn places(&self, from: &str, day: Day) -> Vec<String> {
        let mut places = vec![from.to_owned()];
        while let Some(next) = self.next_place(places.last().unwrap(), day) {
            let back = places.contains(&next);
            if back || !self.lies_inside(places.last().unwrap(), &next, day) {
                break;
            }
            places.push(next);
        }
        places.remove(0);
        places
    }

    /// The parent of a day, or the part that stands in its place.
    fn next_place(&self, at: &str, day: Day) -> Option<String> {
        let mut above = self.scope(at, day)?.parent?;
        let mut turns = BTreeSet::new();
        while let Some(split) = self.split(&above).filter(|fact| fact.w.effective() <= day) {
            match self.part_for(split, at, None).ok()? {
                Some(part) if part != at && turns.insert(part.clone()) => above = part,
                _ => break,
            }
        }
        Some(above)
    }

    /// Whether a responsibility is another, or the walk up from it comes to it.
    pub(super) fn descends(&self, inner: &str, outer: &str, day: Day) -> bool {
        inner == outer || self.places(inner, day).iter().any(|place| place == outer)
    }

    /// Who answers for a responsibility that nobody holds, by way of which: none where it is held.
    pub(super) fn answered_via(&self, fold: &Fold, of: &str, day: Day) -> Option<(String, Vec<String>)> {
        let holders = |of: &str| {
            let held = fold.all.iter().filter(|one| one.of == of && one.role == "accountable");
            let mut held: Vec<_> = held.filter(|one| one.held(day)).map(|one| one.agency.clone()).collect();
            held.sort();
            held
        };
        if !holders(of).is_empty() {
            return None;
        }
        let places = self.places(of, day).into_iter().filter(|place| self.exists_on(place, day));
        places.map(|place| (place.clone(), holders(&place))).find(|(_, held)| !held.is_empty())
    }
}

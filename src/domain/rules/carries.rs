//! What stands under a split responsibility from others finds one part each (DOMAIN section 5, "Splits" 5
//! to 7).

use std::collections::BTreeSet;

use super::super::state::fold::{Choice, Look as _};
use super::super::state::guests::Guest;
use super::super::{AssignmentId, Code, Data, Event, State};
use super::Refusal;
use super::require::wrong;

/// `carries` names what stands there, under parts that it fits; and what fits several parts is named.
pub(super) fn placed(mut after: &State, event: &Event) -> Result<(), Refusal> {
    let Data::ResponsibilitySplit(data) = &event.statement.data else { return Ok(()) };
    let split = after.responsibilities.get(&data.responsibility).and_then(|of| of.split.as_ref());
    let Some(split) = split else { return Ok(()) };
    if let Some(part) = data.carries.keys().find(|part| !data.parts().any(|known| known == *part)) {
        return Err(wrong(format!("{part} is no part of this split")).field("data.carries"));
    }
    let guests = after.guests(split);
    let guest = |id: &AssignmentId| guests.iter().find(|guest| guest.holding.assignment == *id);
    let mut named = data.carries.values().flatten();
    if let Some(id) = named.clone().find(|id| guest(id).is_none()) {
        let detail = format!(
            "{id} does not stand under a holding of {} from another responsibility when it is split",
            data.responsibility
        );
        return Err(wrong(detail).field("data.carries"));
    }
    let mut seen = BTreeSet::new();
    if let Some(id) = named.find(|id| !seen.insert(*id)) {
        let detail = format!("{id} is named twice; name it under one part");
        return Err(Refusal::new(Code::Malformed, detail).field("data.carries"));
    }
    for (part, ids) in &data.carries {
        for Guest { of, holding, .. } in ids.iter().filter_map(guest) {
            if !after.fits(data, part, of, &mut drop) {
                let detail = format!(
                    "{} is a holding of {of}, which lies outside the scope of {part}",
                    holding.assignment
                );
                return Err(Refusal::new(Code::ExceedsParent, detail).field("data.carries"));
            }
        }
    }
    let mut several = Vec::new();
    for Guest { of, holding, .. } in &guests {
        if after.part(split, holding.below(of)) == Choice::Several {
            several.push(holding.assignment.to_string());
        }
    }
    if several.is_empty() {
        return Ok(());
    }
    several.sort_unstable();
    let detail = format!(
        "several parts fit what stands under {}: say in data.carries under which part each stands: {}",
        data.responsibility,
        several.join(", ")
    );
    Err(Refusal::new(Code::Ambiguous, detail).field("data.carries"))
}

//! What an answer about a responsibility is folded from (DOMAIN section 4): which subjects the entries of
//! one subject lead on to.

use super::super::{AssignmentId, Data, Event, Subject};

/// Adds the subjects an answer needs besides one whose whole history this is: its events, each with what its
/// entry links.
pub fn folded_from(subject: &Subject, history: &[(&Event, &[Subject])], found: &mut Vec<Subject>) {
    history.iter().for_each(|(event, links)| of_event(subject, event, links, found));
    of_child(subject, history, found);
}

/// Whether a child lies inside what is above it is a matter of the territory in which it lies.
fn of_child(subject: &Subject, history: &[(&Event, &[Subject])], found: &mut Vec<Subject>) {
    let mut territories = Vec::new();
    let mut is_child = false;
    for (event, _) in history {
        let said = if let Data::ResponsibilityDefined(data) = &event.statement.data {
            (&data.responsibility, &data.parent, &data.territory)
        } else if let Data::ResponsibilityChanged(data) = &event.statement.data {
            (&data.responsibility, &data.parent, &data.territory)
        } else {
            continue;
        };
        let (of, parent, territory) = said;
        if Subject::responsibility(of) == *subject {
            is_child |= parent.is_some();
            territories.extend(territory.iter().map(Subject::territory));
        }
    }
    found.extend(territories.into_iter().filter(|_| is_child));
}

/// Adds what one event leads to. `links` are those of its entry.
fn of_event(subject: &Subject, event: &Event, links: &[Subject], found: &mut Vec<Subject>) {
    let (kind, id) = subject.as_str().split_once(':').unwrap_or_default();
    // what a handoff ends rests on whether it lapsed, and so on all that it would have moved
    let proposal = kind == "h" && matches!(event.statement.data, Data::HandoffProposed(_));
    if proposal || matches!(kind, "r" | "as" | "t") {
        event.statement.data.leads(subject, event, found);
    }
    // A handoff or split made the holding, or a correction has moved it to another responsibility: which of
    // those that the entry links it is of, the fold will say.
    let derived = AssignmentId::derived(event.seq, None);
    let number = id.strip_prefix(derived.as_str());
    let made = number.is_some_and(|n| n.is_empty() || n.starts_with('.'));
    if kind == "as" && (made || event.statement.corrects.is_some()) {
        found.extend(links.iter().filter(|link| link.is_a("r")).cloned());
    }
    // Genealogies of agencies lead on to their successors, not to whom else an entry names.
    if matches!(kind, "r" | "as" | "h" | "g") {
        let agencies = links.iter().filter_map(|link| link.as_str().strip_prefix("a:"));
        found.extend(agencies.filter_map(|agency| Subject::parse(&format!("g:{agency}")).ok()));
    }
}

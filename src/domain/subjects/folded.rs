//! What an answer about a responsibility is folded from (DOMAIN section 4): which subjects the entries of
//! one subject lead on to.

use super::super::{AssignmentId, Event, Subject};

/// Adds the subjects an answer needs besides the one in whose history the event stands. `links` are
/// those of its entry.
pub fn folded_from(subject: &Subject, event: &Event, links: &[Subject], found: &mut Vec<Subject>) {
    let (kind, id) = subject.as_str().split_once(':').unwrap_or_default();
    if matches!(kind, "r" | "as") {
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

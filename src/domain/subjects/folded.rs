//! What an answer about a responsibility is folded from (DOMAIN section 4): which subjects the entries of
//! one subject lead on to.

use super::super::event::assignment::AssignmentMade;
use super::super::event::responsibility::Remainder;
use super::super::{AssignmentId, Data, Event, Subject};
use super::claim;

/// Adds the subjects an answer needs besides the one in whose history the event stands. `links` are
/// those of its entry.
pub fn folded_from(subject: &Subject, event: &Event, links: &[Subject], found: &mut Vec<Subject>) {
    let (kind, id) = subject.as_str().split_once(':').unwrap_or_default();
    match kind {
        "r" => of_responsibility(id, event, found),
        "as" => of_holding(id, event, links, found),
        _ => {}
    }
    // Genealogies of agencies lead on to their successors, not to whom else an entry names.
    if matches!(kind, "r" | "as" | "h" | "g") {
        let agencies = links.iter().filter_map(|link| link.as_str().strip_prefix("a:"));
        found.extend(agencies.filter_map(|agency| Subject::parse(&format!("g:{agency}")).ok()));
    }
}

fn of_responsibility(id: &str, event: &Event, found: &mut Vec<Subject>) {
    match &event.statement.data {
        Data::ResponsibilityDefined(defined) if defined.responsibility.as_str() == id => {
            found.extend(defined.parent.as_ref().map(Subject::responsibility));
        }
        // What came out of it inherits its holdings, which are named across all parts, and which
        // what stood under them stands under now: parts and whole are folded together.
        Data::ResponsibilitySplit(split) => {
            let rest = match &split.remainder {
                Remainder::Into(rest) => Some(rest),
                Remainder::None | Remainder::Unassigned => None,
            };
            let all = split.into.iter().chain(rest).chain([&split.responsibility]);
            if all.clone().any(|one| one.as_str() == id) {
                found.extend(all.map(Subject::responsibility));
            }
        }
        Data::AssignmentMade(made) if made.responsibility.as_str() == id => of_assignment(made, found),
        // What was said of it before it was about this one stands in its own history only.
        data => found.extend(claim(data).map(Subject::claim)),
    }
}

fn of_assignment(made: &AssignmentMade, found: &mut Vec<Subject>) {
    found.extend(made.under.as_ref().map(Subject::assignment));
    found.extend(made.ends_when.as_ref().map(|ends| Subject::handoff(&ends.handoff)));
}

/// A holding that another stands under: its responsibility's entries say all about it.
fn of_holding(id: &str, event: &Event, links: &[Subject], found: &mut Vec<Subject>) {
    let derived = |n| AssignmentId::derived(event.seq, n);
    match &event.statement.data {
        Data::AssignmentMade(made) => {
            // A correction keeps the ids of what it corrects, which may be derived from another seq.
            let own = made.assignment.as_ref().unwrap_or(&derived(None)).as_str() == id;
            if own || event.statement.corrects.is_some() {
                found.push(Subject::responsibility(&made.responsibility));
                of_assignment(made, found);
            }
        }
        // A handoff or split made it: which of its responsibilities it is of, the fold will say.
        _ if id.strip_prefix(derived(None).as_str()).is_some_and(|n| n.is_empty() || n.starts_with('.')) => {
            found.extend(links.iter().filter(|link| link.as_str().starts_with("r:")).cloned());
        }
        _ => {}
    }
}

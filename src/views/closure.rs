//! What an answer about one responsibility is folded from (DOMAIN section 4): its own entries, those
//! of its parents and of what it was split from, of the holdings up its `under` chain, of handoffs
//! that end them, of claims on it, of the agencies met, and of the ledger; found along links, not by
//! reading the log.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::event::responsibility::Remainder;
use crate::domain::subjects::claim;
use crate::domain::{
    AssignmentId, Data, Event, ResponsibilityId, Seq, State, Subject, event::assignment::AssignmentMade,
};
use crate::log::Reader;

use super::{Result, fold};

/// Folds the state of one responsibility as known at `upto` (inclusive).
///
/// # Errors
/// Those of the log.
pub fn walk(reader: &Reader, responsibility: &ResponsibilityId, upto: Seq) -> Result<State> {
    let mut state = State::default();
    for (event, _) in events(reader, responsibility, upto)?.values() {
        state.evolve(event);
    }
    drop(state.take_touched());
    // Position is that of K, whatever entry was the last to be folded in.
    (state.size, state.at) = (upto.0 + 1, reader.at(upto)?);
    Ok(state)
}

/// The state of what the ledger says of itself, as of the newest entry: policy, tokens, witnesses, and
/// nothing else.
///
/// # Errors
/// Those of the log.
pub fn of_ledger(reader: &Reader) -> Result<State> {
    let mut state = State::default();
    for seq in reader.history(Subject::ledger().as_str(), None)? {
        let bytes = reader.entry(seq)?;
        state.evolve(&fold::whole(reader, &fold::decode(seq, &bytes)?)?);
    }
    drop(state.take_touched());
    state.size = reader.size();
    Ok(state)
}

/// The entries an answer about one responsibility is folded from, oldest first.
///
/// # Errors
/// Those of the log.
pub fn seqs(reader: &Reader, responsibility: &ResponsibilityId, upto: Seq) -> Result<Vec<Seq>> {
    Ok(events(reader, responsibility, upto)?.into_keys().collect())
}

type Events = BTreeMap<Seq, (Event, Vec<Subject>)>;

fn events(reader: &Reader, responsibility: &ResponsibilityId, upto: Seq) -> Result<Events> {
    let mut walk = Walk { reader, upto, events: BTreeMap::new(), seen: BTreeSet::new(), open: Vec::new() };
    walk.want(Subject::responsibility(responsibility));
    walk.want(Subject::ledger());
    while let Some(subject) = walk.open.pop() {
        walk.visit(&subject)?;
    }
    Ok(walk.events)
}

struct Walk<'a> {
    reader: &'a Reader,
    upto: Seq,
    /// Events met, with the subjects their entries link.
    events: Events,
    seen: BTreeSet<Subject>,
    open: Vec<Subject>,
}

impl Walk<'_> {
    fn want(&mut self, subject: Subject) {
        if self.seen.insert(subject.clone()) {
            self.open.push(subject);
        }
    }

    fn visit(&mut self, subject: &Subject) -> Result<()> {
        for seq in self.reader.history(subject.as_str(), Some(self.upto))? {
            if !self.events.contains_key(&seq) {
                let bytes = self.reader.entry(seq)?;
                let entry = fold::decode(seq, &bytes)?;
                let links = entry.links.iter().filter_map(|(name, _)| Subject::parse(name).ok()).collect();
                self.events.insert(seq, (fold::whole(self.reader, &entry)?, links));
            }
            let Some((event, links)) = self.events.get(&seq) else { continue };
            let mut found = Vec::new();
            follow(subject, event, links, &mut found);
            found.into_iter().for_each(|subject| self.want(subject));
        }
        Ok(())
    }
}

/// Subjects an answer needs besides the one in whose history the event stands.
fn follow(subject: &Subject, event: &Event, links: &[Subject], found: &mut Vec<Subject>) {
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

//! Rule 8: nothing is edited. A statement that `corrects` takes the place of the entry it names, and is
//! judged there: against the state without that entry, on that entry's record day, as if its author
//! spoke. `record.withdrawn` is a correction without replacement.

use std::collections::{BTreeSet, VecDeque};

use super::super::event::Data;
use super::super::event::agency::Power;
use super::super::event::saying::{Correctable, Stands};
use super::super::{AgencyId, Code, Earlier, Event, Seq, Speaker, State, Statement, Subject};
use super::require::wrong;
use super::{Case, Context, Refusal};

/// Most entries looked at to find whom a correction concerns: bounds the work of one statement.
const LOOKED_AT_MAX: usize = 100_000;

/// An entry that a statement corrects, or withdraws.
pub(super) struct Corrected {
    /// The entry it names.
    pub(super) earlier: Earlier,
    /// Who first said what stands at its place: as if by that speaker, a correction is judged.
    pub(super) author: Speaker,
    /// The fact whose words it takes.
    pub(super) fact: Stands,
    /// The state without that fact.
    pub(super) base: State,
}

/// What a statement corrects or withdraws; `None` where it does neither.
pub(super) fn find(
    state: &State,
    speaker: &Speaker,
    statement: &Statement,
    context: &Context<'_>,
) -> Result<Option<Corrected>, Refusal> {
    let (corrects, field) = match (statement.corrects, statement.takes_back()) {
        (Some(corrects), _) => (corrects, "corrects"),
        (None, Some(gone)) => (gone, "data.seq"),
        (None, None) => return Ok(None),
    };
    let earlier = context.past.entry(corrects).ok_or_else(|| {
        Refusal::new(Code::NotFound, format!("no entry {corrects} to correct or withdraw")).field(field)
    })?;
    let issuer = earlier.event.speaker.agency();
    let same = issuer.is_some() && issuer == speaker.agency();
    if !same && !speaker.agency().is_some_and(|agency| state.has_power(agency, Power::Registrar)) {
        let detail =
            format!("entry {corrects} is another's; its author or the registrar corrects or withdraws it");
        return Err(Refusal::new(Code::NotEntitled, detail).seq(corrects).field(field));
    }
    let refused = |detail: String| Err(wrong(detail).seq(corrects).field(field));
    let (old, new) = (&earlier.event.statement.data, &statement.data);
    let replaced = statement.corrects.is_some();
    let fixed = |data: &Data| data.correctable() == Correctable::No;
    if fixed(old) || replaced && fixed(new) {
        return refused(format!("{} is not correctable", old.type_name()));
    }
    if replaced && !old.same(new) {
        return refused(format!(
            "entry {corrects} is {} of something else; a correction has its type and ids, that of a proposal also its parties, responsibilities, role and regime; withdraw it, and say the right one instead of it",
            old.type_name()
        ));
    }
    let Some(fact) = state.standing(old, corrects) else {
        return refused(format!(
            "entry {corrects} is corrected or withdrawn already; correct what stands instead"
        ));
    };
    let first = if fact.place == corrects { None } else { context.past.entry(fact.place) };
    let author = first.as_ref().unwrap_or(&earlier).event.speaker.clone();
    let base = state.without(old, fact.place);
    Ok(Some(Corrected { earlier, author, fact, base }))
}

/// A correction by the registrar of what another said needs an overseer; each other agency concerned
/// approves, or an overseer that is no party instead.
pub(super) fn approved(case: &Case<'_>, speaker: &Speaker, corrected: &Corrected) -> Result<(), Refusal> {
    let issuer = corrected.earlier.event.speaker.agency();
    let parties: BTreeSet<&AgencyId> = speaker.agency().into_iter().chain(issuer).collect();
    if issuer != speaker.agency() {
        case.approved_by_overseer(&parties)?;
    }
    let concerned = concerned(case, corrected)?;
    let mut others = concerned.iter().filter(|agency| Some(*agency) != speaker.agency());
    let Some(missing) = others.find(|agency| case.approved_by(agency).is_err()) else { return Ok(()) };
    let overseer = |by: &AgencyId| case.state.has_power(by, Power::Overseer) && !parties.contains(by);
    if case.approvers().any(overseer) { Ok(()) } else { case.approved_by(missing) }
}

/// Agencies with a later entry that names an object the corrected one created, or moves, ends or
/// stands under a holding it gave, transitively: along the links of those objects.
fn concerned(case: &Case<'_>, corrected: &Corrected) -> Result<BTreeSet<AgencyId>, Refusal> {
    let mut agencies = BTreeSet::new();
    let mut waiting: VecDeque<(Seq, Subject)> = VecDeque::new();
    let mut seen: BTreeSet<Subject> = BTreeSet::new();
    let mut entries: BTreeSet<Seq> = BTreeSet::new();
    let from = corrected.fact.place;
    waiting.extend(created(case.whole, &corrected.earlier.event, from).into_iter().map(|s| (from, s)));
    while let Some((since, subject)) = waiting.pop_front() {
        if !seen.insert(subject.clone()) {
            continue;
        }
        let mut next = case.context.past.last(&subject).map(|(_, seq)| seq);
        while let Some(seq) = next.filter(|seq| *seq > since) {
            let Some(later) = case.context.past.entry(seq) else { break };
            next = later.links.get(&subject).copied().flatten();
            if !entries.insert(seq) {
                continue;
            }
            if entries.len() > LOOKED_AT_MAX {
                let detail = "too many later entries rest on it; end, supersede or reverse instead";
                return Err(wrong(detail).seq(from).field("corrects"));
            }
            agencies.extend(later.event.speaker.agency().cloned());
            waiting.extend(created(case.whole, &later.event, seq).into_iter().map(|s| (seq, s)));
        }
    }
    Ok(agencies)
}

/// The objects an entry creates and the holdings it gives.
fn created(state: &State, event: &Event, place: Seq) -> BTreeSet<Subject> {
    let data = &event.statement.data;
    let mut made: BTreeSet<Subject> =
        data.makes().and_then(|id| Subject::parse(&id).ok()).into_iter().collect();
    for id in data.holdings(state, place).of {
        let fold = state.fold(&id);
        let given = fold.holdings.iter().filter(|holding| holding.made == place);
        made.extend(given.map(|holding| Subject::assignment(&holding.assignment)));
    }
    made
}

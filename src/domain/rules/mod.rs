//! What refuses a statement (DOMAIN section 5): the one place where it is decided whether an
//! entry may stand. The ledger asks before it writes, the verifier asks again.

pub(in crate::domain) mod act;
pub(in crate::domain) mod agency;
mod alone;
pub(in crate::domain) mod assignment;
mod carries;
mod circle;
pub(in crate::domain) mod claim;
pub(in crate::domain) mod commitment;
mod correction;
pub(in crate::domain) mod decision;
pub(in crate::domain) mod forum;
pub(in crate::domain) mod handoff;
pub(in crate::domain) mod key;
mod lapse;
pub(in crate::domain) mod own;
pub(in crate::domain) mod programme;
pub(in crate::domain) mod record;
pub(in crate::domain) mod register;
mod require;
pub(in crate::domain) mod responsibility;
mod speaker;
pub(in crate::domain) mod step;
#[cfg(test)]
pub(crate) mod tests;
pub(in crate::domain) mod witness;

use std::fmt;
use std::sync::Arc;

use super::state::Evolved;
use super::subjects::{Before, linked};
use super::{Code, Date, Digest, Event, Instant, Past, Seq, Speaker, State, Statement, Subject};
use alone::Alone;
use correction::Corrected;
pub use lapse::lapse;
pub use speaker::{heard, speaks};

/// Most subjects an entry links (FORMAT section 1).
const SUBJECTS_MAX: usize = 256;

/// What the rules need to know beyond the state; handed in by who has log and hashes.
pub struct Context<'a> {
    /// The seq the entry would get.
    pub seq: Seq,
    /// The instant it would bear.
    pub at: Instant,
    /// Digest of {type, data without approvals, corrects?} (RFC 8785); needed only where the data
    /// names approvals.
    pub digest: Option<Digest>,
    /// The entries before it.
    pub past: &'a dyn Past,
}

/// Why a statement is not admitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The stable code.
    pub code: Code,
    /// What failed, and what to do.
    pub detail: String,
    /// The entry it collides with.
    pub seq: Option<Seq>,
    /// For `conflict`: the present ordinal of the subject.
    pub ordinal: Option<u64>,
    /// The field at fault, such as `data.responsibility`.
    pub field: Option<&'static str>,
    /// Whether it comes before rule 2 whatever its code: nothing that the statement would make is left to
    /// be asked about.
    first: bool,
}

impl Refusal {
    /// A refusal with its sentence.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), seq: None, ordinal: None, field: None, first: false }
    }
    /// Names the entry it collides with.
    #[must_use]
    pub fn seq(self, seq: Seq) -> Self {
        Self { seq: Some(seq), ..self }
    }
    /// Comes before rule 2.
    fn before_rule_2(self) -> Self {
        Self { first: true, ..self }
    }
    /// Names the field at fault.
    #[must_use]
    pub fn field(self, field: &'static str) -> Self {
        Self { field: Some(field), ..self }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl std::error::Error for Refusal {}

/// A statement that may stand, folded into the state.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// What it changed; by it the state can be brought back.
    pub evolved: Evolved,
    /// Subjects its entry links, sorted bytewise (DOMAIN section 4).
    pub subjects: Vec<Subject>,
    /// The event, as the state was evolved with it.
    pub event: Event,
}

/// One statement before the rules.
pub(crate) struct Case<'a> {
    /// What it is judged against: without what it corrects.
    state: &'a State,
    /// With what it corrects.
    whole: &'a State,
    speaker: &'a Speaker,
    statement: &'a Statement,
    context: &'a Context<'a>,
    /// The record day.
    today: Date,
    /// Whether the approval by which the registrar stands in for a closed agency (rule 10) is taken
    /// for given.
    granted: bool,
}

/// Decides a statement: every refusal rule of DOMAIN section 5, in the order of API section 2. What is admitted
/// is folded into the state; after a refusal the state is as it was.
///
/// # Errors
/// The first refusal.
pub fn admit(
    state: &mut State,
    speaker: &Speaker,
    statement: &Statement,
    context: &Context<'_>,
) -> Result<Admitted, Refusal> {
    speaker::check(state, speaker, statement, context)?;
    let corrected = correction::find(state, speaker, statement, context)?;
    let ruled = ruled(state, speaker, statement, context, corrected.as_ref());
    if let Err(refusal) = &ruled
        && (refusal.first || !follows_rule_2(refusal.code))
    {
        return Err(refusal.clone());
    }
    let event = Event {
        seq: context.seq,
        at: context.at,
        speaker: speaker.clone(),
        statement: statement.clone(),
        withdraws: corrected
            .as_ref()
            .filter(|_| statement.corrects.is_none())
            .map(|corrected| Arc::new(corrected.earlier.event.clone())),
    };
    let before = Before::of(state, &event);
    let evolved = state.evolve(&event);
    let moved = statement.data.holdings(state, context.seq);
    let alone = Alone {
        base: corrected.as_ref().filter(|_| statement.corrects.is_some()).map(|corrected| &corrected.base),
        evolved: &evolved,
        after: state,
        place: corrected.as_ref().map(|corrected| corrected.fact.place),
    };
    let stands = alone
        .check(&moved.fresh, &event)
        .and(ruled)
        .and_then(|()| circle::none(state, &event))
        .and_then(|()| carries::placed(state, &event))
        .and_then(|()| {
            let links = linked(before, state, &evolved, &event, &moved);
            with_earlier(links, &event, corrected, context)
        });
    match stands {
        Ok(subjects) => Ok(Admitted { evolved, subjects, event }),
        Err(refusal) => {
            state.undo(evolved);
            Err(refusal)
        }
    }
}

/// The rules that are asked before the statement is folded in.
fn ruled(
    state: &State,
    speaker: &Speaker,
    statement: &Statement,
    context: &Context<'_>,
    corrected: Option<&Corrected>,
) -> Result<(), Refusal> {
    let (base, speaks, today) = match corrected {
        Some(corrected) if statement.corrects.is_some() => {
            (&corrected.base, &corrected.author, state.today(corrected.fact.at))
        }
        // a withdrawal is its own author's word of its own day
        _ => (state, speaker, state.today(context.at)),
    };
    let case = Case { state: base, whole: state, speaker: speaks, statement, context, today, granted: false };
    let first = |refusal: Refusal| refusal.before_rule_2();
    approvals(&case).map_err(first)?;
    if let Some(corrected) = corrected {
        correction::approved(&case, speaker, corrected).map_err(first)?;
    }
    // most types ask earlier, before their rules; none goes unasked
    statement.data.judge(&case).map_err(|refusal| case.unapproved(refusal))?;
    case.after()?;
    case.never_made()
}

/// What an entry links; one that names an entry by its seq links that one's subjects, too.
fn with_earlier(
    mut links: Vec<Subject>,
    event: &Event,
    corrected: Option<Corrected>,
    context: &Context<'_>,
) -> Result<Vec<Subject>, Refusal> {
    let named = event.statement.about_entry().and_then(|seq| context.past.entry(seq));
    for earlier in corrected.map(|corrected| corrected.earlier).into_iter().chain(named) {
        links.extend(earlier.links.into_keys());
    }
    links.sort_unstable();
    links.dedup();
    if links.len() > SUBJECTS_MAX {
        let detail = format!("{} subjects in one entry; at most {SUBJECTS_MAX}", links.len());
        return Err(Refusal::new(Code::TooLarge, detail));
    }
    Ok(links)
}

/// Whether a code is of the rules that come after rule 2, which needs the statement folded in.
fn follows_rule_2(code: Code) -> bool {
    matches!(
        code,
        Code::NotAccountable
            | Code::NotSubDelegable
            | Code::HandoffOpen
            | Code::WrongState
            | Code::ExceedsParent
            | Code::BasisMissing
    )
}

/// Every approval named is there, unused, and of this statement.
fn approvals(case: &Case<'_>) -> Result<(), Refusal> {
    for seq in case.statement.data.approvals() {
        let given = case.state.approvals.get(seq);
        let fits = given.is_some_and(|approval| {
            approval.used_by.is_none() && Some(&approval.given.data.approves) == case.context.digest.as_ref()
        });
        if !fits {
            let detail = format!("entry {seq} is no unused approval of exactly this statement");
            return Err(Refusal::new(Code::ApprovalMissing, detail).seq(*seq).field("data.approvals"));
        }
    }
    Ok(())
}

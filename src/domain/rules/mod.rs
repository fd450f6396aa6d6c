//! What refuses a statement (DOMAIN section 5): the one place where it is decided whether an
//! entry may stand. The ledger asks before it writes, the verifier asks again.

use std::fmt;

use super::event::handoff::HandoffLapsed;
use super::{Code, Digest, Event, Instant, Seq, Speaker, State, Statement, Subject};

/// What the rules need to know beyond the state; handed in by who has log and hashes.
pub struct Context<'a> {
    /// The seq the entry would get.
    pub seq: Seq,
    /// The instant it would bear.
    pub at: Instant,
    /// Digest of {type, data without approvals, corrects?} (RFC 8785); needed only where the data
    /// names approvals.
    pub digest: Option<Digest>,
    /// The present ordinal of a subject; 0 when no entry links it.
    pub ordinal: &'a dyn Fn(&Subject) -> u64,
    /// An earlier entry.
    pub entry: &'a dyn Fn(Seq) -> Option<Event>,
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
}

impl Refusal {
    /// A refusal with its sentence.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), seq: None, ordinal: None, field: None }
    }
    /// Names the entry it collides with.
    #[must_use]
    pub fn seq(self, seq: Seq) -> Self {
        Self { seq: Some(seq), ..self }
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

/// A statement that may stand: the state with it, and what its entry links.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// The state after it.
    pub state: State,
    /// Subjects its entry links, sorted bytewise (DOMAIN section 4).
    pub subjects: Vec<Subject>,
    /// The event, as the state was evolved with it.
    pub event: Event,
}

/// Decides a statement: every refusal rule of DOMAIN section 5, in the order of API section 2.
///
/// # Errors
/// The first refusal.
pub fn admit(
    state: &State,
    speaker: &Speaker,
    statement: &Statement,
    context: &Context<'_>,
) -> Result<Admitted, Refusal> {
    let _ = (state, speaker, statement, context);
    Err(Refusal::new(Code::ReadOnly, ""))
}

/// The handoffs that lapse before this statement is decided, in the order their entries are
/// written: its day has come, and the statement links the handoff or one of its responsibilities.
#[must_use]
pub fn lapses(state: &State, statement: &Statement, at: Instant) -> Vec<HandoffLapsed> {
    let _ = (state, statement, at);
    Vec::new()
}

//! Whether an entry may stand where it stands: the one place where rules are asked about what is
//! recorded already. The verifier asks for every entry, the ledger for those that `head` did not cover.

use crate::domain::event::saying::SaidBy;
use crate::domain::{Admitted, Context, Past, Seq, Speaker, State, Subject, Voice, admit, lapse};
use crate::log::Entry;
use crate::seal::{self, Submission};

use super::report::CheckName;

/// Why an entry may not stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The check that finds it.
    pub check: CheckName,
    /// What was found and expected.
    pub detail: String,
    /// The code of the rule that refuses it, where one does.
    pub code: Option<crate::domain::Code>,
}

impl Broken {
    pub(super) fn new(check: CheckName, detail: String) -> Self {
        Self { check, detail, code: None }
    }
}

/// Judges an entry on the state before it, and folds it in.
///
/// # Errors
/// [`Broken`]: what is wrong with it. The state is as it was.
pub fn judge(
    state: &mut State,
    entry: &Entry<'_>,
    said: &Submission,
    past: &dyn Past,
) -> Result<Admitted, Broken> {
    voice(entry.seq, said)?;
    if let Some(due) = due(state, entry, said, past) {
        return Err(Broken::new(
            CheckName::Rules,
            format!("{due} had lapsed by then, and no entry says so before"),
        ));
    }
    let context = Context { seq: entry.seq, at: entry.at, digest: said.approval.clone(), past };
    let admitted = admit(state, &said.speaker, &said.statement, &context).map_err(|refusal| Broken {
        check: CheckName::Rules,
        detail: format!("refused: {refusal}"),
        code: Some(refusal.code),
    })?;
    let found = entry.links.iter().map(|(subject, _)| *subject);
    if found.eq(admitted.subjects.iter().map(Subject::as_str)) {
        return Ok(admitted);
    }
    let expected: Vec<_> = admitted.subjects.iter().map(Subject::as_str).collect();
    let found: Vec<_> = entry.links.iter().map(|(subject, _)| *subject).collect();
    let detail = format!("links {}; must link {}", found.join(" "), expected.join(" "));
    state.undo(admitted.evolved);
    Err(Broken::new(CheckName::Links, detail))
}

/// The ledger's own entries say what their voice may, under the jti of their place; the first two are
/// those every ledger begins with.
pub(super) fn voice(seq: Seq, said: &Submission) -> Result<(), Broken> {
    let broken = |detail: String| Err(Broken::new(CheckName::Rules, detail));
    let data = &said.statement.data;
    let fits = match (&said.speaker, data.said_by()) {
        (Speaker::Ledger(Voice::Init), SaidBy::Ledger(Voice::Init)) => seq.0 == 0,
        (Speaker::Ledger(Voice::Init), SaidBy::Opening(place)) => seq == place,
        (Speaker::Ledger(voice), said_by) => said_by == SaidBy::Ledger(*voice),
        (Speaker::Token { .. } | Speaker::Signed { .. } | Speaker::Import { .. }, _) => seq.0 > 1,
        (Speaker::Nobody, _) => false,
    };
    if !fits {
        return broken(format!("{} is not what its speaker says in this place", data.type_name()));
    }
    if let Speaker::Ledger(voice) = said.speaker {
        let expected = seal::own_jti(voice, seq);
        if said.statement.jti.as_str() != expected {
            return broken(format!("the ledger's jti is {}; must be {expected}", said.statement.jti));
        }
    }
    Ok(())
}

/// A handoff that lapsed before this statement was decided and of which no entry says so.
fn due(state: &State, entry: &Entry<'_>, said: &Submission, past: &dyn Past) -> Option<String> {
    // Several lapses before one statement are written one after the other.
    if said.speaker == Speaker::Ledger(Voice::Clock) {
        return None;
    }
    lapse(state, &said.statement, entry.at, past).map(|lapsed| lapsed.handoff.to_string())
}

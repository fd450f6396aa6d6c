//! Rule 8: nothing is edited; a correction takes the place of what it corrects.
//! The fold replaces words at their place already; judging a correction is not built, so every one is
//! refused rather than admitted unjudged.

use super::super::{Code, Speaker, State, Statement};
use super::{Context, Refusal};

/// The state a correction is judged against; `None` where the statement corrects nothing.
pub(super) fn base(
    _: &State,
    _: &Speaker,
    statement: &Statement,
    context: &Context<'_>,
) -> Result<Option<State>, Refusal> {
    let Some(corrects) = statement.corrects else { return Ok(None) };
    if (context.entry)(corrects).is_none() {
        let detail = format!("no entry {corrects} to correct");
        return Err(Refusal::new(Code::NotFound, detail).field("corrects"));
    }
    let detail = "this version does not judge corrections yet: end, supersede or reverse instead";
    Err(Refusal::new(Code::WrongState, detail).seq(corrects).field("corrects"))
}

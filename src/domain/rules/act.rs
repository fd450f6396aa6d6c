//! Rules of acts (DOMAIN section 4).

use super::super::Code;
use super::{Case, Refusal};

pub(super) fn check(case: &Case<'_>) -> Result<(), Refusal> {
    let detail = format!("{} is not built yet", case.statement.data.type_name());
    Err(Refusal::new(Code::NotEntitled, detail).field("type"))
}

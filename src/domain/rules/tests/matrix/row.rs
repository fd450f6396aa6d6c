//! A row of the matrix: a statement about an object of another, who may say it, and what everybody
//! else is told.

use serde_json::Value;

use super::cast::{OVERSEERS, silent};

/// Ids of agencies of the cast.
pub(super) type Who = &'static [&'static str];

/// A statement and who may say it.
pub(super) struct Row {
    /// The event type.
    pub(super) kind: &'static str,
    /// Which of the statements of that type.
    pub(super) what: String,
    data: Value,
    pub(super) may: Vec<&'static str>,
    code: &'static str,
    but: Vec<(&'static str, &'static str)>,
    /// Who needs an approval, and whose suffices.
    pub(super) approved: Vec<(&'static str, Who)>,
    lacking: &'static str,
    /// Whose approval nobody but an overseer can give instead.
    concerned: Who,
}

/// These may say it; everybody else gets the code.
pub(super) fn row(
    kind: &'static str,
    what: impl Into<String>,
    data: Value,
    may: &[&'static str],
    code: &'static str,
) -> Row {
    let (but, approved, lacking, may) = (Vec::new(), Vec::new(), "approval-missing", may.to_vec());
    Row { kind, what: what.into(), data, may, code, but, approved, lacking, concerned: &[] }
}

impl Row {
    /// An agency gets another code than everybody else.
    pub(super) fn but(mut self, who: &'static str, code: &'static str) -> Self {
        self.but.push((who, code));
        self
    }

    /// One that may needs the approval of one of these.
    pub(super) fn approved(mut self, who: &'static str, by: Who) -> Self {
        self.approved.push((who, by));
        self
    }

    /// What is said where the approval is missing.
    pub(super) fn lacking(mut self, code: &'static str) -> Self {
        self.lacking = code;
        self
    }

    /// Whoever says it, an agency is concerned, and approves where no overseer does.
    pub(super) fn concerning(mut self, concerned: Who) -> Self {
        self.concerned = concerned;
        self
    }

    /// The agency whose approval somebody that may needs where there is no overseer.
    pub(super) fn never_waived(&self, by: Who) -> Vec<&'static str> {
        let named = by.iter().filter(|by| !OVERSEERS.contains(by));
        named.chain(self.concerned).copied().take(1).collect()
    }

    /// The data as an agency says it: `$speaker` is its id.
    pub(super) fn said_by(&self, who: &str) -> Value {
        let text = self.data.to_string().replace("$speaker", who);
        serde_json::from_str(&text).unwrap()
    }

    /// What the agency is answered, with these approvals: `ok` or a code.
    pub(super) fn answer(&self, who: &str, approvals: &[&str]) -> &'static str {
        if let Some((_, code)) = self.but.iter().find(|(other, _)| *other == who) {
            return code;
        }
        if !self.may.contains(&who) {
            return silent(who).unwrap_or(self.code);
        }
        let needs = self.approved.iter().find(|(other, _)| *other == who);
        let given = needs.is_none_or(|(_, by)| approvals.iter().any(|given| by.contains(given)));
        if given { "ok" } else { self.lacking }
    }

    /// Every approval that suffices for somebody.
    pub(super) fn approvers(&self) -> Vec<&'static str> {
        let mut all: Vec<_> = self.approved.iter().flat_map(|(_, by)| by.iter().copied()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Every agency that the row names.
    pub(super) fn named(&self) -> impl Iterator<Item = &'static str> {
        let but = self.but.iter().map(|(who, _)| *who);
        let approved = self.approved.iter().map(|(who, _)| *who);
        self.may
            .iter()
            .copied()
            .chain(but)
            .chain(approved)
            .chain(self.approvers())
            .chain(self.concerned.iter().copied())
    }
}

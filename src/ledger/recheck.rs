//! Entries that `head` did not cover are judged again before anything is signed or answered: whoever
//! wrote them after the last `head` may not have been this program.

use std::path::Path;

use crate::domain::{Code, State};
use crate::log::{self, Entry, Reader};
use crate::views;

use super::judging::Judging;

/// The judge, and what it needs to know: read from the log only when there is something to judge.
#[derive(Debug)]
pub(super) struct Recheck<'a> {
    dir: &'a Path,
    judging: Option<Judging>,
}

impl<'a> Recheck<'a> {
    pub(super) fn new(dir: &'a Path) -> Self {
        Self { dir, judging: None }
    }

    /// Judges the next entry that `head` did not cover.
    pub(super) fn judge(&mut self, entry: &Entry<'_>) -> Result<(), Code> {
        let judging = match &mut self.judging {
            Some(judging) => judging,
            none => none.insert(covered(self.dir)?),
        };
        judging.judge(entry).map(drop).map_err(|broken| {
            tracing::error!(seq = entry.seq.0, detail = broken.detail, "an entry beyond head is refused");
            broken.code.unwrap_or(Code::Malformed)
        })
    }
}

/// The log up to `head`.
fn covered(dir: &Path) -> Result<Judging, Code> {
    let unread = |error: log::Error| {
        tracing::error!(%error, "the entries before cannot be read");
        Code::ReadOnly
    };
    let reader = Reader::open(dir).map_err(unread)?;
    let mut state = State::default();
    views::fold(&mut state, &reader, reader.size(), &mut drop).map_err(|error| match error {
        views::Error::Log(error) => unread(error),
        views::Error::Entry { why, .. } => why.code,
        _ => Code::Malformed,
    })?;
    Ok(Judging::new(reader, state))
}

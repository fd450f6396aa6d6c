//! One line of a pipe: read, and answered with a receipt or a problem.

use crate::domain::{Speaker, State};
use crate::ledger::{self, Outcome, Receipt};
use crate::seal::Submission;

use super::problem::{Kind, Problem};
use super::statements::{self, ReceiptShape, problem};
use super::wording::Language;

/// What became of a line.
#[derive(Debug)]
pub struct Piped {
    /// Its number, from 1; empty lines count and are not answered.
    line: u64,
    what: Result<Box<Receipt>, Box<Problem>>,
}

impl Piped {
    /// Reads a line, and checks its signature where the key is registered by now. A line that is not
    /// signed needs a speaker.
    ///
    /// # Errors
    /// The answer to a line that is none.
    pub fn read(
        state: &State,
        line: u64,
        bytes: &[u8],
        speaker: Result<&Speaker, &Problem>,
    ) -> Result<Submission, Self> {
        let refused = |what: Problem| Self::refused(line, what);
        let read = statements::line(bytes, speaker.ok());
        let mut read = read.map_err(|why| refused(why.into()))?;
        match (&read.speaker, speaker) {
            (Speaker::Ledger(_), Err(problem)) => Err(refused(problem.clone())),
            _ => {
                read.check(state).map_err(|why| refused(why.into()))?;
                Ok(read)
            }
        }
    }

    /// A line that was not read.
    #[must_use]
    pub(super) fn refused(line: u64, what: Problem) -> Self {
        Self { line, what: Err(Box::new(what)) }
    }

    /// The answer to a line that was read.
    #[must_use]
    pub fn answer(line: u64, outcome: Result<Outcome, ledger::Error>) -> Self {
        let receipt = outcome.map_err(|error| problem(error, false)).and_then(|outcome| {
            let first = outcome.receipts.into_iter().next();
            first.map(Box::new).ok_or_else(|| Problem::internal(&"no receipt"))
        });
        Self { line, what: receipt.map_err(Box::new) }
    }

    /// Why it was not recorded.
    pub(super) fn problem(&self) -> Option<Kind> {
        self.what.as_ref().err().map(|problem| problem.kind)
    }

    /// As one line of JSON, without its end: `{"line":n,"receipt":{..}}` or `{"line":n,"problem":{..}}`.
    #[must_use]
    pub fn json(&self, language: Language, request_id: &str) -> Vec<u8> {
        let mut out = format!("{{\"line\":{},", self.line).into_bytes();
        match &self.what {
            Ok(receipt) => {
                out.extend(b"\"receipt\":");
                let shape = ReceiptShape::new(receipt, Some(&receipt.checkpoint));
                // to a vector nothing fails
                let _ = serde_json::to_writer(&mut out, &shape);
            }
            Err(problem) => {
                out.extend(b"\"problem\":");
                out.extend(problem.body(language, request_id));
            }
        }
        out.push(b'}');
        out
    }
}

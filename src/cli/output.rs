//! Where data and talk go: stdout is buffered and may be closed at any time, stderr is for people.

use std::io::{self, BufWriter, Stdout, Write};

use serde::Serialize;

use super::{Error, Result};

/// stdout.
pub(super) struct Output {
    to: BufWriter<Stdout>,
    /// Whether `--json` was given.
    pub(super) json: bool,
}

impl Output {
    pub(super) fn new(json: bool) -> Self {
        Self { to: BufWriter::new(io::stdout()), json }
    }

    /// A line of data.
    pub(super) fn line(&mut self, line: &str) -> Result<()> {
        self.bytes(line.as_bytes())?;
        self.bytes(b"\n")
    }

    /// A value as one line of JSON.
    pub(super) fn value(&mut self, value: &impl Serialize) -> Result<()> {
        serde_json::to_writer(&mut self.to, value).map_err(|error| Error::stdout(error.into()))?;
        self.bytes(b"\n")
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.to.write_all(bytes).map_err(Error::stdout)
    }

    pub(super) fn flush(&mut self) -> Result<()> {
        self.to.flush().map_err(Error::stdout)
    }
}

/// A line for people.
pub(super) fn say(line: &str) {
    // stderr may be closed; there is nobody left to tell
    let _ = writeln!(io::stderr(), "{line}");
}

/// An error for people: what, and what to do.
pub(super) fn complain(error: &Error) {
    say(&format!("error: {}", super::text::plain(&error.to_string())));
    if let Some(hint) = error.hint() {
        say(&format!("hint: {}", super::text::plain(&hint)));
    }
}

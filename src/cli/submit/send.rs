//! Sending lines that are ready: through a server's pipe, or into a directory of this machine.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::domain::{Code, Speaker};
use crate::http::{Language, Piped, Problem};
use crate::ledger::{Ledger, Pending};

use super::super::arguments::Submit;
use super::super::opening;
use super::super::output::Output;
use super::super::settings::Settings;
use super::super::url::Server;
use super::super::{Error, Result};
use super::{Answered, Author};

/// Statements in flight: enough to fill group commits.
const FLIGHT: usize = 1_024;

/// Where statements go.
pub(super) enum Way {
    Url(Server),
    Data(Ledger),
}

impl Way {
    pub(super) fn open(arguments: &Submit, settings: &Settings, author: &Author) -> Result<Self> {
        let url = arguments.to.url.as_ref().or(settings.url.as_ref());
        match (url, &arguments.to.data.data) {
            (Some(url), None) => {
                let token = match author {
                    Author::Token(token) => Some(token.clone()),
                    Author::Key { .. } => None,
                };
                Server::parse(url, token).map(Self::Url)
            }
            _ => {
                let dir = settings.data(&arguments.to.data)?;
                opening::open(settings, &dir).map(Self::Data)
            }
        }
    }

    /// The ledger's name, which signed statements are meant for.
    pub(super) fn origin(&self) -> Result<String> {
        match self {
            Self::Url(server) => {
                let audit: Value = serde_json::from_slice(&server.get("/v1/audit", &[])?).unwrap_or_default();
                let origin = audit.get("origin").and_then(Value::as_str);
                origin.map(str::to_owned).ok_or_else(|| Error::usage("--url", "does not answer as a ledger"))
            }
            Self::Data(ledger) => {
                let snapshot = ledger.views().current();
                let opened = snapshot.state.ledger.opened.as_ref();
                Ok(opened.map(|fact| fact.data.origin.as_str().to_owned()).unwrap_or_default())
            }
        }
    }

    /// Sends every line of a file; what became of each is a line of output.
    pub(super) fn send(self, from: &Path, author: &Author, output: &mut Output) -> Result<Answered> {
        let lines = BufReader::with_capacity(1 << 20, File::open(from).map_err(Error::file(from))?);
        let mut answered = Answered::default();
        match self {
            Self::Url(server) => {
                let mut take = |line: &[u8]| {
                    answered.count(line);
                    output.bytes(line)?;
                    output.bytes(b"\n")
                };
                server.pipe(lines, &mut take)?;
            }
            Self::Data(ledger) => {
                let done = into(&ledger, lines, from, author, &mut answered, output);
                let closed = ledger.close();
                done?;
                closed?;
            }
        }
        Ok(answered)
    }
}

impl Answered {
    fn count(&mut self, line: &[u8]) {
        /// Whether there is one; what it says is for the reader.
        #[derive(Deserialize)]
        struct Line {
            receipt: Option<IgnoredAny>,
        }
        let is_receipt = serde_json::from_slice(line).is_ok_and(|line: Line| line.receipt.is_some());
        if is_receipt { self.receipts += 1 } else { self.problems += 1 }
    }
}

/// Lines are independent: many are in flight, in the order of the file.
fn into(
    ledger: &Ledger,
    lines: BufReader<File>,
    from: &Path,
    author: &Author,
    answered: &mut Answered,
    output: &mut Output,
) -> Result<()> {
    let speaker = speaker(ledger, author)?;
    let mut flight: VecDeque<(u64, std::result::Result<Pending, Piped>)> = VecDeque::new();
    let mut lines = (1_u64..).zip(lines.split(b'\n'));
    loop {
        let next = if flight.len() < FLIGHT { lines.next() } else { None };
        match next {
            Some((number, line)) => {
                let line = line.map_err(Error::file(from))?;
                let snapshot = ledger.views().current();
                let read = Piped::read(&snapshot.state, number, &line, speaker.as_ref());
                let pending = match read {
                    Ok(submission) => Ok(ledger.enqueue(vec![submission])?),
                    Err(problem) => Err(problem),
                };
                flight.push_back((number, pending));
            }
            None => {
                let Some((number, pending)) = flight.pop_front() else { return Ok(()) };
                let answer = match pending {
                    Ok(pending) => Piped::answer(number, pending.wait()),
                    Err(problem) => problem,
                };
                let line = answer.json(Language::English, "");
                answered.count(&line);
                output.bytes(&line)?;
                output.bytes(b"\n")?;
            }
        }
    }
}

/// Whom lines that are not signed are by.
fn speaker(ledger: &Ledger, author: &Author) -> Result<std::result::Result<Speaker, Problem>> {
    let Author::Token(secret) = author else {
        return Ok(Err(Problem::of(Code::Unauthenticated, "an attested statement needs a token")));
    };
    let token = ledger.authenticate(secret);
    let writes = token.filter(|token| token.role.writes());
    let speaker = writes.and_then(|token| Some(Speaker::Token { agency: token.agency?, token: token.token }));
    let hint = "make one with `estafet token create --role recorder --agency AGENCY`";
    speaker.map(Ok).ok_or_else(|| Error::hinted("--token", "no token of this ledger that writes", hint))
}

//! `submit FILE.jsonl`: an agency's statements, completed and signed into a file of their own first and
//! sent from there, so that a command that was stopped goes on where it was: what is sent again is the
//! same, and the ledger records it once.

mod prepare;
mod send;

use std::path::PathBuf;

use crate::domain::AgencyId;
use crate::seal::key::KeyPair;

use super::arguments::Submit;
use super::output::{Output, say};
use super::settings::Settings;
use super::{Error, OK, Result};

/// Exit code when a line was refused.
const REFUSED: u8 = 1;

/// As whom the lines are said.
enum Author {
    /// They are signed.
    Key { pair: Box<KeyPair>, iss: AgencyId },
    /// They are attested under a token.
    Token(String),
}

/// What became of the lines.
#[derive(Default)]
struct Answered {
    receipts: u64,
    problems: u64,
}

pub(super) fn run(arguments: &Submit, settings: &Settings, output: &mut Output) -> Result<u8> {
    let author = author(arguments, settings)?;
    let way = send::Way::open(arguments, settings, &author)?;
    let signed = prepare::lines(&arguments.file, &author, &way.origin()?)?;
    let begun = std::time::Instant::now();
    let answered = way.send(&signed, &author, output)?;
    output.flush()?;
    let Answered { receipts, problems } = answered;
    let seconds = begun.elapsed().as_secs_f64();
    say(&format!("{receipts} recorded, {problems} refused, in {seconds:.1} s"));
    if problems == 0 {
        return Ok(OK);
    }
    say(&format!(
        "hint: mend what was refused in a file of its own; {} goes on standing for this one",
        signed.display()
    ));
    Ok(REFUSED)
}

fn author(arguments: &Submit, settings: &Settings) -> Result<Author> {
    let token = arguments.to.token.as_ref().or(settings.token.as_ref());
    match (&arguments.key, &arguments.iss, token) {
        (Some(key), Some(iss), _) => {
            let bytes = std::fs::read(key).map_err(Error::file(key))?;
            let pair = KeyPair::parse(&bytes).map_err(|why| Error::usage("--key", why.to_string()))?;
            let iss = AgencyId::parse(iss).map_err(|bad| Error::usage("--iss", bad.to_string()))?;
            Ok(Author::Key { pair: Box::new(pair), iss })
        }
        (None, None, Some(token)) => Ok(Author::Token(token.clone())),
        (None, Some(_), _) | (Some(_), None, _) => {
            let hint = "a signed statement has a key and an issuer: give --key and --iss together";
            Err(Error::hinted("--key", "one of --key and --iss is missing", hint))
        }
        (None, None, None) => {
            let hint = "give --key JWK --iss AGENCY to sign, or --token T";
            Err(Error::hinted("submit", "nobody to speak as", hint))
        }
    }
}

/// The file the lines are sent from: `FILE.signed.jsonl` beside `FILE.jsonl`.
fn beside(file: &std::path::Path) -> PathBuf {
    file.with_extension("signed.jsonl")
}

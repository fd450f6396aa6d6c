//! `key rotate`: another key signs from here on. The ledger is not being served meanwhile.

use crate::ledger::{self, RotateError};

use super::arguments::{Key, KeyVerb};
use super::init::random;
use super::opening;
use super::output::{Output, say};
use super::settings::Settings;
use super::{Error, OK, Result};

pub(super) fn run(arguments: &Key, settings: &Settings, output: &mut Output) -> Result<u8> {
    let KeyVerb::Rotate { data } = &arguments.verb;
    let dir = settings.data(data)?;
    let rotated = ledger::rotate(&dir, &opening::config(settings, &dir)?, &random()?);
    let rotated = rotated.map_err(|why| match why {
        RotateError::Open(error) => Error::from(error),
        RotateError::Refused(error) => Error::from(error),
    })?;
    let vkey = rotated.to_string();
    if output.json {
        output.value(&serde_json::json!({ "vkey": vkey }))?;
    } else {
        output.line(&vkey)?;
    }
    say("both keys sign from here on; who trusts the old one finds the new one in the log");
    say("hint: publish the line above, tell the witnesses, and later remove the old file from keys/");
    Ok(OK)
}

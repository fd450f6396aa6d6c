//! `backup` and `restore`: a verified copy of a ledger, and a ledger made of one.

use std::path::Path;

use serde_json::json;

use crate::ledger::{self, Copied};

use super::arguments::{Backup, Restore};
use super::output::{Output, say};
use super::settings::Settings;
use super::{Error, OK, Result, opening, seen};

pub(super) fn run(arguments: &Backup, settings: &Settings, output: &mut Output) -> Result<u8> {
    let dir = settings.data(&arguments.data)?;
    let out = &arguments.out;
    if opening::is_inside(out, &dir)? {
        let hint = "give a place outside, best on another disk";
        return Err(Error::hinted("OUT", "it lies inside the data directory", hint));
    }
    let copied = ledger::backup(&dir, out, arguments.lost_details)?;
    tell(&copied, out, output)?;
    if copied.details > 0 {
        say("hint: details-keys opens the details: keep it apart, and destroy it when its time is over");
    }
    say("hint: the ledger's own keys are not in it: keep keys/ on its own, where nobody else can sign");
    Ok(OK)
}

pub(super) fn restore(arguments: &Restore, settings: &Settings, output: &mut Output) -> Result<u8> {
    let Restore { from, dir, .. } = arguments;
    let shown = arguments.seen.iter().map(|kept| seen::kept(kept)).collect::<Result<Vec<_>>>()?;
    let copied = ledger::restore(from, dir, &shown, arguments.lost_details)?;
    tell(&copied, dir, output)?;
    say("hint: put keys/ledger back by hand: without it nothing can be signed");
    if let Err(why) = opening::may_write(settings, dir) {
        say(&why.to_string());
        say(
            "hint: ask witnesses, mirrors and agencies for the newest checkpoint or receipt they have, and show it with `estafet serve --seen`",
        );
    }
    Ok(OK)
}

fn tell(copied: &Copied, place: &Path, output: &mut Output) -> Result<()> {
    let Copied { size, details, checkpoint } = copied;
    if output.json {
        let place = place.display().to_string();
        return output
            .value(&json!({"dir": place, "size": size, "details": details, "checkpoint": checkpoint}));
    }
    output.line(&format!("{size} entries and {details} details, verified, in {}", place.display()))
}

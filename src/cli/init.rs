//! `init DIR` and `reopen OLD DIR`: a data directory with its key and first entries; prints the verification
//! key.

use std::fs;
use std::path::Path;

use crate::domain::event::agency::Jwk;
use crate::domain::event::ledger::Continued;
use crate::domain::text::Text;
use crate::domain::{AgencyId, Kid, Zone};
use crate::ledger::{self, Founding};
use crate::{log, seal};

use super::arguments::{Init, Reopen};
use super::output::{Output, say};
use super::question::now;
use super::settings::{Settings, ZONE};
use super::{Error, OK, Result};

#[derive(serde::Serialize)]
struct Made<'a> {
    dir: String,
    origin: &'a str,
    zone: &'a str,
    registrar: &'a str,
    vkey: &'a str,
    size: u64,
}

pub(super) fn run(arguments: &Init, settings: &Settings, output: &mut Output) -> Result<u8> {
    found(arguments, None, settings, output)
}

/// `reopen OLD DIR`: a new log, under a new name and key, that goes on from one that cannot be written.
pub(super) fn reopen(arguments: &Reopen, settings: &Settings, output: &mut Output) -> Result<u8> {
    let old = log::Reader::open(&arguments.old)?;
    if arguments.new.origin.as_ref().or(settings.origin.as_ref()).is_some_and(|new| new == old.origin()) {
        let hint = "two histories under one name could not be told apart: choose a new one";
        return Err(Error::hinted("--origin", "it is the name of the old log", hint));
    }
    let text = |text: &str| Text::parse(text).map_err(|bad| Error::usage("the old log", bad.to_string()));
    let continues = Continued {
        origin: text(old.origin())?,
        size: old.size(),
        root: text(&old.tree().root().to_string())?,
    };
    say(&format!("goes on from {} at {} entries; its directory stays as it is", old.origin(), old.size()));
    found(&arguments.new, Some(continues), settings, output)
}

fn found(
    arguments: &Init,
    continues: Option<Continued>,
    settings: &Settings,
    output: &mut Output,
) -> Result<u8> {
    let hint = "give --origin, the ledger's name for ever, such as ledger.example/log1";
    let origin = arguments.origin.as_ref().or(settings.origin.as_ref());
    let origin = origin.ok_or_else(|| Error::hinted("--origin", "the ledger has no name", hint))?;
    if !log::manifest::is_plain(origin) {
        let why = format!("{origin:?} is no name of a ledger");
        return Err(Error::hinted(
            "--origin",
            why,
            "1 to 255 visible ASCII characters, none of them \", \\ or +",
        ));
    }
    let zone = arguments.zone.as_deref().or(settings.zone.as_deref()).unwrap_or(ZONE);
    let zone = Zone::parse(zone).map_err(|bad| Error::usage("--zone", bad.to_string()))?;
    let registrar = AgencyId::parse(&arguments.registrar);
    let registrar = registrar.map_err(|bad| Error::usage("--registrar", bad.to_string()))?;
    let key = arguments.registrar_key.as_deref().map(public_key).transpose()?;
    let size = if key.is_some() { 3 } else { 2 };
    let founding = Founding {
        origin,
        zone: zone.clone(),
        registrar: registrar.clone(),
        key,
        seed: random()?,
        at: now(),
        continues,
    };
    let vkey = ledger::init(&arguments.dir, founding, log::Options::default())?;
    if output.json {
        output.value(&Made {
            dir: arguments.dir.display().to_string(),
            origin,
            zone: zone.name(),
            registrar: registrar.as_str(),
            vkey: &vkey,
            size,
        })?;
    } else {
        output.line(&vkey)?;
        say(&format!("made {} for the ledger {origin}, with {} entries", arguments.dir.display(), size));
        say(
            "hint: publish the line above where it cannot be changed: it is what `estafet verify --vkey` trusts",
        );
    }
    Ok(OK)
}

fn public_key(path: &Path) -> Result<(Kid, Jwk)> {
    let text = fs::read(path).map_err(Error::file(path))?;
    let key = seal::jwk::parse(&text).map_err(|why| Error::usage("--registrar-key", why.to_string()))?;
    let (jwk, kid) = key;
    Ok((kid, jwk))
}

/// 256 random bits of the operating system.
pub(super) fn random() -> Result<[u8; 32]> {
    let mut bytes = [0; 32];
    crate::ledger::random(&mut bytes).map_err(|error| Error::usage("randomness", error.to_string()))?;
    Ok(bytes)
}

//! `demo`: a ledger of a fictional district, six lines about it, and a server to look around in.

mod altered;
mod story;
mod tour;

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::domain::{AgencyId, Zone};
use crate::ledger::{self, Founding, Ledger};
use crate::log;

use super::arguments::Demo;
use super::init::random;
use super::output::Output;
use super::question::now;
use super::settings::{LISTEN, Settings, ZONE};
use super::{Error, OK, Result, serve};

/// Name of the ledger: nobody's.
const ORIGIN: &str = "estafet.example/sagara";

pub(super) fn run(arguments: &Demo, settings: &Settings, output: &mut Output) -> Result<u8> {
    let listen = arguments.listen.as_deref().or(settings.listen.as_deref()).unwrap_or(LISTEN);
    // an address that is taken is said before anything is made
    let listener = if arguments.once { None } else { Some(bind(listen)?) };
    let place = Place::make(arguments.data.as_deref())?;
    let dir = &*place.dir;
    let vkey = found(dir)?;
    let open = || Ledger::open(dir, &ledger::Config::default());
    let (ledger, _) = open()?;
    story::tell(&ledger)?;
    let snapshot = ledger.views().current();
    ledger.close()?;
    drop(ledger);
    let lines = tour::lines(&snapshot.state, dir, &vkey, &place.look_next(listener.as_ref()))?;
    if output.json {
        output.value(&serde_json::json!({ "tour": lines, "vkey": vkey }))?;
    } else {
        for line in &lines {
            output.line(line)?;
        }
    }
    output.flush()?;
    let Some(listener) = listener else { return Ok(OK) };
    let (ledger, _) = open()?;
    serve::run_on(&ledger, listener, output)
}

fn bind(listen: &str) -> Result<TcpListener> {
    let hint = "give another address: demo --listen 127.0.0.1:0 takes any free port";
    serve::bind(listen).map_err(|error| Error::hinted(format!("--listen {listen}"), error.to_string(), hint))
}

fn found(dir: &Path) -> Result<String> {
    let registrar = AgencyId::parse("setda").map_err(|bad| Error::usage("the registrar", bad.to_string()))?;
    let zone = Zone::parse(ZONE).map_err(|bad| Error::usage("the zone", bad.to_string()))?;
    let (key, continues, seed) = (None, None, random()?);
    let founding = Founding { origin: ORIGIN, zone, registrar, key, seed, at: now(), continues };
    Ok(ledger::init(dir, founding, log::Options::default())?)
}

/// Where the ledger lives: a directory that was named, or one that goes away with this process.
struct Place {
    dir: PathBuf,
    passing: Option<TempDir>,
}

impl Place {
    fn make(named: Option<&Path>) -> Result<Self> {
        match named {
            Some(dir) if fs::read_dir(dir).is_ok_and(|mut there| there.next().is_some()) => {
                let hint = "name a directory that is not there yet, or is empty";
                Err(Error::hinted(dir.display().to_string(), "the directory holds something", hint))
            }
            Some(dir) => Ok(Self { dir: dir.to_owned(), passing: None }),
            None => {
                let made = tempfile::Builder::new().prefix("estafet-demo-").tempdir();
                let made = made.map_err(Error::file(&std::env::temp_dir()))?;
                Ok(Self { dir: made.path().join("data"), passing: Some(made) })
            }
        }
    }

    /// What to do after the tour.
    fn look_next(&self, listener: Option<&TcpListener>) -> String {
        let dir = self.dir.display();
        let address = listener.and_then(|listener| listener.local_addr().ok());
        match (address, &self.passing) {
            (None, None) => {
                format!("estafet who drainage --data {dir} --valid-at {}; estafet verify {dir}", tour::DAY)
            }
            (None, Some(_)) => {
                let next = "`estafet demo` without --once serves this district";
                format!("{next}; README.md says how to begin a ledger of your own")
            }
            (Some(address), _) => format!(
                "http://{address}/v1/responsibilities/drainage?valid_at={}, /v1/findings, /v1/audit; estafet verify {dir}",
                tour::DAY
            ),
        }
    }
}

//! `witness serve`: a witness of other agencies' ledgers, until SIGTERM or Ctrl-C; and `witness register`
//! and `retire`, by which a ledger's registrar names its own.

mod register;

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use crate::http;
use crate::log::{RealFiles, Vkey};
use crate::peer::witness::{OpenError, Witness, origin_hash};

use super::arguments::{self, WitnessServe, WitnessVerb};
use super::init::random;
use super::output::{Output, say};
use super::serve::{bind, stopped};
use super::settings::Settings;
use super::{Error, OK, Result};

/// Exit code after a failed sync (API section 1).
const STOPPED: u8 = 6;

pub(super) fn run(arguments: &arguments::Witness, settings: &Settings, output: &mut Output) -> Result<u8> {
    match &arguments.verb {
        WitnessVerb::Serve(arguments) => serve(arguments, output),
        WitnessVerb::Register(arguments) => register::register(arguments, settings, output),
        WitnessVerb::Retire(arguments) => register::retire(arguments, settings, output),
    }
}

fn serve(arguments: &WitnessServe, output: &mut Output) -> Result<u8> {
    let dir = &arguments.data;
    if dir.join("ledger.toml").exists() {
        let hint = "a witness keeps a directory of its own, best on a machine of its own";
        return Err(Error::hinted(dir.display().to_string(), "a ledger is here", hint));
    }
    let logs: Vec<_> = arguments.log.iter().map(|text| key(text)).collect::<Result<_>>()?;
    let name = arguments.name.as_deref();
    let witness = Witness::open(Arc::new(RealFiles), dir, name, &random()?, &logs).map_err(open_error)?;
    let witness = Arc::new(witness);
    let listener = bind(&arguments.listen)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(Error::file(Path::new("threads")))?;
    runtime.block_on(until_stopped(&witness, listener, output))?;
    if witness.stopped() {
        say("error: cosigning had stopped after a failed write");
        return Ok(STOPPED);
    }
    Ok(OK)
}

fn key(text: &str) -> Result<Vkey> {
    let hint = "give the line that `estafet init` printed for that ledger: <name>+<id>+<key>";
    Vkey::parse(text).map_err(|bad| Error::hinted("--log", bad.to_string(), hint))
}

fn open_error(error: OpenError) -> Error {
    match error {
        OpenError::Log(error) => Error::Log(error),
        OpenError::BadName(_) => Error::usage("--name", error.to_string()),
        OpenError::OtherName { .. } => {
            let hint = "a witness keeps its name: leave --name out, or give another directory";
            Error::hinted("--name", error.to_string(), hint)
        }
    }
}

async fn until_stopped(witness: &Arc<Witness>, listener: TcpListener, output: &mut Output) -> Result<()> {
    let failed = |source| Error::File { path: "the address".into(), source };
    let stop = stopped().map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let listener = tokio::net::TcpListener::from_std(listener).map_err(failed)?;
    let vkey = witness.vkey().to_string();
    if output.json {
        output.value(&serde_json::json!({ "vkey": vkey, "listening": address.to_string() }))?;
    } else {
        output.line(&vkey)?;
    }
    output.flush()?;
    say(&format!("listening on http://{address}"));
    for origin in witness.origins() {
        say(&format!("watching {origin}: GET /{}/checkpoint", origin_hash(origin)));
    }
    say("Ctrl-C or SIGTERM stops; every cosigned head is durable");
    http::serve_witness(Arc::clone(witness), listener, stop, http::Config::default()).await.map_err(failed)
}

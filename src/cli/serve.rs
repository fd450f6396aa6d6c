//! `serve`: the ledger over HTTP, until SIGTERM or Ctrl-C; then it drains, writes `head` and ends.

use std::future::Future;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

use crate::domain::Code;
use crate::ledger::{Ledger, OpenError};
use crate::peer::cosign::Cosigning;
use crate::{http, log};

use super::arguments::Serve;
use super::opening;
use super::output::{Output, complain, say};
use super::seen;
use super::settings::{LISTEN, Settings};
use super::text::plain;
use super::{Error, OK, Result};

pub(super) fn run(arguments: &Serve, settings: &Settings, output: &mut Output) -> Result<u8> {
    let dir = settings.data(&arguments.data)?;
    let listen = arguments.listen.as_deref().or(settings.listen.as_deref()).unwrap_or(LISTEN);
    let seen = arguments.seen.iter().map(|path| seen::kept(path)).collect::<Result<Vec<_>>>()?;
    let mut config = opening::config(settings, &dir)?;
    config.confirm_clock = arguments.confirm_clock;
    config.set_aside.clone_from(&arguments.set_aside);
    config.seen.extend(seen);
    match Ledger::open(&dir, &config) {
        Ok((ledger, opened)) => {
            tell(&opened);
            run_on(&ledger, bind(listen)?, output)
        }
        Err(OpenError::Log(error @ (log::Error::RolledBack { .. } | log::Error::Copied { .. }))) => {
            rolled_back(&dir, error, listen, output)
        }
        Err(error) => Err(error.into()),
    }
}

/// What is there is served, and nothing is written: questions have an answer, and no second history
/// begins. It ends as what was refused.
fn rolled_back(dir: &Path, error: log::Error, listen: &str, output: &mut Output) -> Result<u8> {
    let (why, exit) = (error.to_string(), error.exit());
    complain(&error.into());
    say("served read-only: questions are answered from what is here, nothing is recorded");
    run_on(&Ledger::open_to_read(dir, &why)?, bind(listen)?, output)?;
    Ok(exit)
}

/// What is said of an address that is none.
const LISTEN_HINT: &str = "give a host and a port, such as 127.0.0.1:7878";

/// Listens on an address.
pub(super) fn bind(listen: &str) -> Result<TcpListener> {
    use std::io::ErrorKind::{AddrInUse, AddrNotAvailable, PermissionDenied};
    let failed = |source| Error::File { path: listen.into(), source };
    let listener = TcpListener::bind(listen).map_err(|error| match error.kind() {
        AddrInUse | AddrNotAvailable | PermissionDenied => failed(error),
        _ => {
            Error::hinted("--listen", format!("{listen:?} is no address to listen on: {error}"), LISTEN_HINT)
        }
    })?;
    listener.set_nonblocking(true).map_err(failed)?;
    Ok(listener)
}

/// Serves an open ledger until it is asked to end, and closes it.
pub(super) fn run_on(ledger: &Ledger, listener: TcpListener, output: &mut Output) -> Result<u8> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(Error::file(Path::new("threads")))?;
    let served = runtime.block_on(serve(ledger, listener, output));
    // what is still queued is committed and `head` written before the process ends
    let closed = ledger.close();
    let stopped = ledger.status().why;
    served?;
    closed?;
    match stopped {
        None => Ok(OK),
        Some(why) => {
            say(&format!("error: writing had stopped: {}", plain(&why)));
            Ok(Code::ReadOnly.exit())
        }
    }
}

/// What opening found that the operator should know.
fn tell(opened: &log::Opened) {
    if opened.cut_bytes > 0 {
        say(&format!("cut a torn tail of {} bytes: it was never acknowledged", opened.cut_bytes));
    }
    if opened.beyond_head > 0 {
        say(&format!("verified again {} entries that head did not cover", opened.beyond_head));
    }
    if opened.repaired_slot {
        say("wrote a torn slot of head again");
    }
}

async fn serve(ledger: &Ledger, listener: TcpListener, output: &mut Output) -> Result<()> {
    let failed = |source| Error::File { path: "the address".into(), source };
    let stop = stopped().map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let listener = tokio::net::TcpListener::from_std(listener).map_err(failed)?;
    if output.json {
        output.value(&serde_json::json!({ "listening": address.to_string() }))?;
    } else {
        output.line(&format!("http://{address}"))?;
    }
    output.flush()?;
    say("Ctrl-C or SIGTERM stops; everything acknowledged is durable");
    let cosigning = Cosigning::open(ledger);
    // a ledger that does not write shows nobody a checkpoint that may be an old one
    if ledger.status().why.is_none() {
        // it ends with the runtime: a question that is under way is asked again after the next start
        drop(tokio::spawn(Arc::clone(&cosigning).run()));
    }
    let config = http::Config { cosigning: Some(cosigning), ..http::Config::default() };
    http::serve(ledger.clone(), listener, stop, config).await.map_err(failed)
}

/// Ends with the first signal that asks the process to end.
pub(super) fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

//! `serve`: the ledger over HTTP, until SIGTERM or Ctrl-C; then it drains, writes `head` and ends.

use std::future::Future;
use std::path::Path;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::ledger::Ledger;
use crate::{http, ledger};

use super::arguments::Serve;
use super::output::{Output, say};
use super::seen::not_rolled_back;
use super::settings::{LISTEN, Settings};
use super::{Error, OK, Result};


pub(super) fn run(arguments: &Serve, settings: &Settings, output: &mut Output) -> Result<u8> {
    let dir = settings.data(&arguments.data)?;
    let listen = arguments.listen.as_deref().or(settings.listen.as_deref()).unwrap_or(LISTEN);
    for kept in &arguments.seen {
        not_rolled_back(&dir, kept)?;
    }
    let ledger = Ledger::open(&dir, ledger::Config::default())?;
    if arguments.confirm_clock {
        ledger.confirm_clock();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(Error::file(Path::new("threads")))?;
    let served = runtime.block_on(serve(&ledger, listen, output));
    // what is still queued is committed and `head` written before the process ends
    let closed = ledger.close();
    served?;
    closed?;
    Ok(OK)
}

async fn serve(ledger: &Ledger, listen: &str, output: &mut Output) -> Result<()> {
    let failed = |source| Error::File { path: listen.into(), source };
    let stop = stopped().map_err(failed)?;
    let listener = TcpListener::bind(listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    if output.json {
        output.value(&serde_json::json!({ "listening": address.to_string() }))?;
    } else {
        output.line(&format!("http://{address}"))?;
    }
    output.flush()?;
    say("Ctrl-C or SIGTERM stops; everything acknowledged is durable");
    http::serve(ledger.clone(), listener, stop, http::Config::default()).await.map_err(failed)
}

/// Ends with the first signal that asks the process to end.
fn stopped() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

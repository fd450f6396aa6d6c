//! `mirror`: follows somebody's ledger, keeps what holds and serves it, until SIGTERM or Ctrl-C; ends with
//! exit code 3 when the ledger shows another face.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::http;
use crate::ledger::{Ledger, SystemClock};
use crate::log::{Options, Vkey};
use crate::peer::mirror::{Mirror, MirrorError, Round};

use super::arguments;
use super::init::random;
use super::output::{Output, say};
use super::serve::{bind, stopped};
use super::text::plain;
use super::verify::{FAILED, server};
use super::{Error, OK, Result};

/// Longest pause after looks that failed.
const PAUSE_MAX: Duration = Duration::from_secs(300);

pub(super) fn run(arguments: &arguments::Mirror, output: &mut Output) -> Result<u8> {
    let vkeys = arguments.vkey.iter().map(|vkey| Vkey::parse(vkey)).collect::<std::result::Result<_, _>>();
    let vkeys: Vec<Vkey> = vkeys.map_err(|bad| Error::usage("--vkey", bad.to_string()))?;
    let server = server(&arguments.url)?;
    let mut mirror = Mirror::open(server, vkeys, &arguments.data, Options::default())?;
    if arguments.once {
        while let Round::Grown { .. } = mirror.round()? {}
        let size = mirror.size();
        mirror.close()?;
        return told(size, output).map(|()| OK);
    }
    if let Some(name) = &arguments.name {
        let vkey = mirror.cosigns(name, &random()?, Arc::new(SystemClock))?.to_string();
        if output.json { output.value(&serde_json::json!({ "vkey": vkey }))? } else { output.line(&vkey)? }
    }
    let listener = arguments.listen.as_deref().map(bind).transpose()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(Error::file(Path::new("threads")))?;
    let (stop, stopping) = channel();
    let (ready, served) = tokio::sync::oneshot::channel();
    let pause = Duration::from_secs(arguments.every);
    // where nothing is served nobody waits for it
    let ready = listener.is_some().then_some(ready);
    let follow = move || Following { mirror, pause, ledger: None, ready }.run(&stopping);
    let following = std::thread::Builder::new().name("mirror".to_owned()).spawn(follow);
    let following = following.map_err(Error::file(Path::new("threads")))?;
    let done = runtime.block_on(until_stopped(listener, served, output, &following));
    drop(stop);
    // nothing of the mirror may be dropped where others wait
    let ended = following.join().unwrap_or(Ok(()));
    done?;
    ended.map(|()| OK)
}

fn told(size: u64, output: &mut Output) -> Result<()> {
    if output.json {
        output.value(&serde_json::json!({ "size": size }))
    } else {
        output.line(&format!("{size} entries, verified and kept"))
    }
}

/// Serves from the first checkpoint on, where it is asked for. Without that, ends with the follower.
async fn until_stopped(
    listener: Option<std::net::TcpListener>,
    served: tokio::sync::oneshot::Receiver<Ledger>,
    output: &mut Output,
    following: &JoinHandle<Result<()>>,
) -> Result<()> {
    let failed = |source| Error::File { path: "the address".into(), source };
    let stop = stopped().map_err(failed)?;
    tokio::pin!(stop);
    let ended = async {
        while !following.is_finished() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let ledger = tokio::select! {
        () = &mut stop => return Ok(()),
        ledger = served => ledger.ok(),
    };
    let (Some(listener), Some(ledger)) = (listener, ledger) else {
        tokio::select! {
            () = &mut stop => {}
            () = ended => {}
        }
        return Ok(());
    };
    let address = listener.local_addr().map_err(failed)?;
    let listener = tokio::net::TcpListener::from_std(listener).map_err(failed)?;
    if output.json {
        output.value(&serde_json::json!({ "listening": address.to_string() }))?;
    } else {
        output.line(&format!("http://{address}"))?;
    }
    output.flush()?;
    say("Ctrl-C or SIGTERM stops; everything kept is durable and verified");
    http::serve(ledger, listener, stop, http::Config::default()).await.map_err(failed)
}

/// The thread that looks at the ledger.
struct Following {
    mirror: Mirror,
    pause: Duration,
    ledger: Option<Ledger>,
    /// Who waits for the ledger to be served.
    ready: Option<tokio::sync::oneshot::Sender<Ledger>>,
}

impl Following {
    /// Looks until it is to stop, or what it sees ends it.
    fn run(mut self, stopping: &Receiver<()>) -> Result<()> {
        let (mut pause, mut said) = (self.pause, String::new());
        let ended = loop {
            match self.look() {
                Ok(Round::Grown { .. } | Round::Same { .. }) => {
                    if !said.is_empty() {
                        self.tell("it follows again");
                    }
                    (pause, said) = (self.pause, String::new());
                }
                Ok(Round::Older { size }) => {
                    pause = self.pause;
                    let kept = self.mirror.size();
                    once(&mut said, format!("the ledger shows {size} entries; {kept} of it are kept here"));
                }
                Err(Error::Mirror(error)) if !error.ends() => {
                    once(&mut said, format!("not now: {error}"));
                    self.tell(&format!("it cannot follow now: {error}"));
                    pause = (pause * 2).min(PAUSE_MAX).max(self.pause);
                }
                Err(error) => break Err(error),
            }
            match stopping.recv_timeout(pause) {
                Err(RecvTimeoutError::Timeout) => {}
                Ok(()) | Err(RecvTimeoutError::Disconnected) => break Ok(()),
            }
        };
        drop(self.ready.take());
        if let (Err(error), Some(_)) = (&ended, &self.ledger) {
            say(&format!("error: {}", plain(&error.to_string())));
            say("what was verified before is served on, and nothing after it");
            self.tell(&format!("it has stopped following: {error}"));
            // what is served goes on to need the directory
            while stopping.recv().is_ok() {}
        }
        drop(self.ledger.take());
        self.mirror.close()?;
        ended
    }

    /// Says in what is served how the mirror stands.
    fn tell(&self, how: &str) {
        if let Some(ledger) = &self.ledger {
            ledger.says(&format!("{}; {how}", self.mirror.why()));
        }
    }

    fn look(&mut self) -> Result<Round> {
        self.serve()?;
        let round = self.mirror.round()?;
        self.serve()?;
        Ok(round)
    }

    /// Hands the ledger over once there is one.
    fn serve(&mut self) -> Result<()> {
        if self.ready.is_some()
            && let Some(ledger) = self.mirror.ledger()?
        {
            self.ledger = Some(ledger.clone());
            if let Some(ready) = self.ready.take() {
                drop(ready.send(ledger));
            }
        }
        Ok(())
    }
}

/// Says a line unless it was said last.
fn once(said: &mut String, line: String) {
    if *said != line {
        say(&plain(&line));
        *said = line;
    }
}

impl From<MirrorError> for Error {
    fn from(error: MirrorError) -> Self {
        Self::Mirror(Box::new(error))
    }
}

/// The exit code that belongs to why a mirror ended.
pub(super) fn exit(error: &MirrorError) -> u8 {
    match error {
        error if error.accuses() => FAILED,
        MirrorError::Log(error) => error.exit(),
        MirrorError::Open(_) => 1,
        _ => 2,
    }
}

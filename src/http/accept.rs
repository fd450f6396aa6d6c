//! The accept loop. `axum::serve` installs no timer, so hyper's header deadline would never fire:
//! connections are served here, each with its deadlines, and drained when the stop signal comes.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tower::Service as _;

use super::Config;

/// Buffer for one request's head, in bytes: long queries and tokens fit, bombs do not.
const HEAD_BYTES_MAX: usize = 32 << 10;
/// Pause after the system refused a connection (no descriptors left): others may end meanwhile.
const PAUSE: Duration = Duration::from_millis(50);

/// Serves connections until `shutdown`, then lets those at work finish.
pub(super) async fn run(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()>,
    config: &Config,
) {
    // Every connection holds a receiver; the sender hears when the last is gone.
    let (stop, stopping) = watch::channel(false);
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) if stop.receiver_count() <= config.connections_max => {
                tokio::spawn(connection(stream, router.clone(), stopping.clone(), config.head_deadline));
            }
            // More than we serve: closing at once keeps the others served.
            Ok(_) => tracing::warn!(connections_max = config.connections_max, "a connection was refused"),
            Err(e) => {
                tracing::warn!(error = %e, "accepting a connection failed");
                sleep(PAUSE).await;
            }
        }
    }
    drop((listener, stopping));
    stop.send_replace(true);
    if timeout(config.drain_deadline, stop.closed()).await.is_err() {
        tracing::warn!("connections were still at work at the end of the drain deadline");
    }
}

async fn connection(
    stream: TcpStream,
    router: Router,
    mut stopping: watch::Receiver<bool>,
    head_deadline: Duration,
) {
    // Small answers must not wait for more to send.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        // A router is always ready, and `call` takes it by itself.
        router.clone().call(request.map(Body::new))
    });
    let mut builder = http1::Builder::new();
    // The deadline runs from the moment a request may begin: first byte and whole head.
    builder.timer(TokioTimer::new()).header_read_timeout(head_deadline).max_buf_size(HEAD_BYTES_MAX);
    let mut serving = pin!(builder.serve_connection(TokioIo::new(stream), service));
    // The guard that `wait_for` gives may not live across an await.
    let mut told = pin!(async { stopping.wait_for(|stop| *stop).await.is_ok() });
    let done = tokio::select! {
        done = serving.as_mut() => done,
        _ = told.as_mut() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(e) = done {
        // A client that went away or was too slow; nothing of ours failed.
        tracing::debug!(error = %e, "a connection ended early");
    }
}

//! A witness over HTTP (tlog-witness): its two routes, and nothing of a ledger's. Answers are the
//! plain text that C2SP clients read.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;

use crate::ledger::{Clock as _, SystemClock};
use crate::peer::witness::{Refusal, Witness};

use super::app::blocking;
use super::body::{self, ONE_BYTES_MAX};
use super::problem::Problem;
use super::{Config, accept};

/// What a 409 holds: the size cosigned last.
const SIZE: &str = "text/x.tlog.size";
const TEXT: &str = "text/plain; charset=utf-8";

/// What every route works with.
#[derive(Clone)]
struct Served {
    witness: Arc<Witness>,
    config: Config,
}

/// Serves a witness until `shutdown`, then drains.
///
/// # Errors
/// When the listener has no address.
pub async fn serve_witness(
    witness: Arc<Witness>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()>,
    config: Config,
) -> std::io::Result<()> {
    let address = listener.local_addr()?;
    tracing::info!(%address, "a witness is serving");
    accept::run(listener, router(witness, config.clone()), shutdown, &config).await;
    Ok(())
}

fn router(witness: Arc<Witness>, config: Config) -> Router {
    Router::new()
        .route("/add-checkpoint", post(add))
        .route("/{origin}/checkpoint", get(newest))
        .route("/healthz", get(health))
        .layer(CatchPanicLayer::custom(super::guard::panicked))
        .with_state(Served { witness, config })
}

/// Cosigns, or says why not.
async fn add(State(served): State<Served>, body: Body) -> Response {
    let Served { witness, config } = served;
    let read = body::read(body, ONE_BYTES_MAX, config.body_deadline).await;
    let body = match read {
        Ok(body) => body,
        Err(problem) => return failed(&problem),
    };
    // the clock is read on the thread that waits for its turn: close to when it is signed
    let done = blocking(move || {
        let now_s = SystemClock.now().micros / 1_000_000;
        Ok(witness.add(&body, u64::try_from(now_s).unwrap_or(0)))
    });
    match done.await {
        Ok(Ok(line)) => answer(StatusCode::OK, TEXT, line),
        Ok(Err(refusal)) => refused(&refusal),
        Err(problem) => failed(&problem),
    }
}

/// The newest cosigned head of a log.
async fn newest(State(served): State<Served>, Path(origin): Path<String>) -> Response {
    match served.witness.newest(&origin) {
        Some(note) => answer(StatusCode::OK, TEXT, note.to_string()),
        None => answer(StatusCode::NOT_FOUND, TEXT, "no head of such a log was cosigned\n".to_owned()),
    }
}

/// The process answers; 503 when it does not cosign any more.
async fn health(State(served): State<Served>) -> Response {
    match served.witness.stopped() {
        false => answer(StatusCode::OK, TEXT, "ok\n".to_owned()),
        true => answer(StatusCode::SERVICE_UNAVAILABLE, TEXT, format!("{}\n", Refusal::Stopped)),
    }
}

fn refused(refusal: &Refusal) -> Response {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let (media, text) = match refusal {
        Refusal::OldSize { last } => (SIZE, format!("{last}\n")),
        other => (TEXT, format!("{other}\n")),
    };
    tracing::debug!(status = status.as_u16(), why = %refusal, "a checkpoint was not cosigned");
    answer(status, media, text)
}

/// A request that could not be read, or a fault of ours.
fn failed(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer(status, TEXT, format!("{}\n", problem.kind.as_str()))
}

fn answer(status: StatusCode, media: &'static str, text: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (status, headers, text).into_response()
}

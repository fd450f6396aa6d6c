//! `/healthz` (the process answers), `/readyz` (the log is writable and the views caught up) and
//! `/metrics`.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::domain::Code;

use super::app::App;
use super::page;
use super::problem::Problem;

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

/// The process answers.
pub(super) async fn process() -> Result<Response, Problem> {
    page::json(&Health { status: "ok" })
}

/// Statements can be admitted, and answers are current.
pub(super) async fn ready(State(app): State<App>) -> Result<Response, Problem> {
    if let Some(why) = app.ledger.status().why {
        return Err(Problem::of(Code::ReadOnly, format!("the ledger does not write: {why}")));
    }
    // Views are published before a receipt leaves: what is durable and not published is on its way.
    page::json(&Health { status: "ready" })
}

/// Counters, in the OpenMetrics text format.
pub(super) async fn metrics(State(app): State<App>) -> Response {
    let writable = app.ledger.status().why.is_none();
    let text = app.metrics.text(app.snapshot().size, writable);
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, HeaderValue::from_static(media_type))], text).into_response()
}

//! `/checkpoint`: the newest signed checkpoint, as a C2SP note.

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::app::App;

/// The newest.
pub(super) async fn newest(State(app): State<App>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, app.snapshot().checkpoint.to_string()).into_response()
}

//! `/checkpoint`: the newest signed checkpoint, as a C2SP note.

use axum::extract::State;
use axum::response::Response;

use super::app::App;
use super::page;

/// The newest.
pub(super) async fn newest(State(app): State<App>) -> Response {
    page::text(app.snapshot().checkpoint.to_string())
}

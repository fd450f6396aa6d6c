//! `/checkpoint`: the checkpoint that outsiders are shown, as a C2SP note with the lines of witnesses.

use axum::extract::State;
use axum::response::Response;

use super::app::App;
use super::page;

/// The newest that met the quorum, or the newest (docs/FORMAT.md, section 5).
pub(super) async fn published(State(app): State<App>) -> Response {
    page::text(app.published(&app.snapshot()).note.to_string())
}

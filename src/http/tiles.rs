//! `/tile/..`: the tree's hashes and the entries as C2SP tlog-tiles, for clients and mirrors of others.
//! A path has the same bytes for ever, so whoever has them need not ask again.

use axum::extract::State;
use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};

use crate::domain::Code;
use crate::domain::event::ledger::Public;
use crate::log::{TileKind, TilePath};

use super::app::{App, blocking};
use super::params::Params;
use super::problem::Problem;

/// Marks an answer of hashes, which no compression makes shorter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dense;

/// One tile. The path is taken as it was sent: a tile has one spelling.
pub(super) async fn one(State(app): State<App>, uri: Uri, params: Params) -> Result<Response, Problem> {
    params.only(&[])?;
    let path = TilePath::parse(uri.path().strip_prefix('/').unwrap_or_default());
    let path = path.map_err(|why| Problem::of(Code::BadId, why.to_string()))?;
    let reader = app.reader();
    let found = blocking(move || Ok(reader.tile(&path)?)).await?;
    let size = app.snapshot().size;
    let bytes = found.ok_or_else(|| Problem::not_found(format!("{size} entries do not reach to {path}")))?;
    // what is not for everybody is for no cache that others ask
    let cached = match app.public() {
        Public::Structure => "public, max-age=31536000, immutable",
        Public::Nothing => "private, max-age=31536000, immutable",
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CACHE_CONTROL, HeaderValue::from_static(cached)),
    ];
    let mut response = (headers, bytes).into_response();
    if path.kind() != TileKind::Entries {
        response.extensions_mut().insert(Dense);
    }
    Ok(response)
}

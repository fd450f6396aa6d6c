//! Successful answers: JSON, their tags (so that a reader who has them is told 304), and the way to
//! the next page.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::log::Hash;

use super::problem::Problem;

/// Room for most answers about one thing, receipts among them.
const BYTES: usize = 4 << 10;

/// JSON with status 200.
pub(super) fn json(value: &impl Serialize) -> Result<Response, Problem> {
    let mut bytes = Vec::with_capacity(BYTES);
    serde_json::to_writer(&mut bytes, value).map_err(|e| Problem::internal(&e))?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], bytes).into_response())
}

/// The tag of an answer that rests on a tree: the address and the root decide every byte of it, with
/// the version of the program. Weak, since a compressed answer has other bytes.
pub(super) fn tag(root: Hash, final_: bool) -> String {
    let settled = if final_ { 'f' } else { 'o' };
    format!("W/\"{}-{}{settled}\"", root.to_string().get(..22).unwrap_or_default(), env!("CARGO_PKG_VERSION"))
}

/// Text that the next entry makes an old one.
pub(super) fn text(text: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, text).into_response()
}

/// An answer that is for who asks alone, and not to be kept on the way.
pub(super) fn private(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// 304 when the request has that tag, the answer with it otherwise.
pub(super) fn tagged(
    headers: &HeaderMap,
    tag: &str,
    answer: impl FnOnce() -> Result<Response, Problem>,
) -> Result<Response, Problem> {
    let mut response = if has(headers, tag) { StatusCode::NOT_MODIFIED.into_response() } else { answer()? };
    let value = HeaderValue::from_str(tag).map_err(|e| Problem::internal(&e))?;
    response.headers_mut().insert(header::ETAG, value);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}

fn has(headers: &HeaderMap, tag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let asked = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    asked.is_some_and(|asked| {
        asked.split(',').any(|asked| asked.trim() == "*" || opaque(asked) == opaque(tag))
    })
}

/// Adds `Link: <path?query>; rel="next"`.
pub(super) fn link_next(response: &mut Response, path: &str, query: &str) {
    if let Ok(value) = HeaderValue::from_str(&format!("<{path}?{query}>; rel=\"next\"")) {
        response.headers_mut().insert(header::LINK, value);
    }
}

//! What every request passes: who may read, the request's id, problems in the reader's language, the
//! count of what was answered.

use std::any::Any;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::domain::Code;
use crate::domain::event::ledger::Public;

use super::app::App;
use super::caller::Caller;
use super::problem::{Kind, Problem};
use super::reading::Reading;
use super::wording::Language;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest request id taken from a caller: it goes into traces.
const REQUEST_ID_MAX: usize = 64;

/// The id of a request, for who answers it.
#[derive(Clone, Debug)]
pub(super) struct RequestId(pub(super) String);

/// Lets a read pass when policy shows it to everybody, or the caller has a token.
pub(super) async fn may_read(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let caller = match Caller::of(&app, request.headers()) {
        Ok(caller) => caller,
        Err(problem) => return problem.into_response(),
    };
    if matches!(caller, Caller::Anonymous) && app.public() == Public::Nothing {
        let detail = "policy shows nothing without a token";
        return Problem::of(Code::Unauthenticated, detail).into_response();
    }
    request.extensions_mut().insert(caller);
    next.run(request).await
}

/// Gives the request an id and writes problems.
pub(super) async fn outermost(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let language = Language::of(request.headers());
    let id = request_id(request.headers()).unwrap_or_else(|| app.next_request_id());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = request.method().clone();
    request.extensions_mut().insert(RequestId(id.clone()));
    let (uri, token) = (request.uri().clone(), request.headers().get(header::AUTHORIZATION).cloned());
    let mut response = next.run(request).await;
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        response.extensions_mut().insert(Problem::new(Kind::MethodNotAllowed, ""));
    }
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        app.metrics.problem(problem.kind);
        if problem.kind.status() == 403 {
            Reading::refused(&app, uri, token, id.clone(), problem.kind.as_str()).await;
        }
        let mut told = problem.answer(language, &id);
        if let Some(allow) = response.headers_mut().remove(header::ALLOW) {
            told.headers_mut().insert(header::ALLOW, allow);
        }
        response = told;
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let route = route.as_ref().map_or("other", MatchedPath::as_str);
    app.metrics.answered(&method, route, response.status(), begun.elapsed());
    response
}

/// The caller's own id for the request, if it cannot harm a trace.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    ((1..=REQUEST_ID_MAX).contains(&id.len()) && id.bytes().all(plain)).then(|| id.to_owned())
}

/// The last resort: a panic answers 500 and serves on.
pub(super) fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Problem::internal(&text.unwrap_or("panic")).into_response()
}

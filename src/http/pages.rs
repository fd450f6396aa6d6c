//! `/problems/{code}`: what a code means and what to do, in both languages.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use super::params::Segment;
use super::problem::{Kind, Problem};
use super::wording::{self, Language};

/// The page of a code.
pub(super) async fn problem(segment: Segment, headers: HeaderMap) -> Result<Response, Problem> {
    let unknown = || Problem::not_found("there is no such code");
    let kind = Kind::parse(&segment.0).ok_or_else(unknown)?;
    let wording = wording::of(kind.as_str()).ok_or_else(unknown)?;
    let language = Language::of(&headers);
    let other = match language {
        Language::English => Language::Indonesian,
        Language::Indonesian => Language::English,
    };
    let section = |language: Language| {
        let (title, advice) = wording.text(language);
        format!("<section lang=\"{}\"><h2>{title}</h2><p>{advice}</p></section>", language.tag())
    };
    // Every text here is our own: nothing of the request is repeated.
    let page = format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><title>{code}</title></head>\
         <body><h1><code>{code}</code></h1><p>HTTP {}</p>{}{}</body></html>\n",
        language.tag(),
        kind.status(),
        section(language),
        section(other),
        code = kind.as_str(),
    );
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag())),
        (header::VARY, HeaderValue::from_static("accept-language")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'")),
    ];
    Ok((headers, page).into_response())
}

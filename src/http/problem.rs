//! Every answer that is not what was asked for: RFC 9457 problems with a stable code. A [`Problem`]
//! knows what failed; the language and the request's id are added where all answers leave the house.

use std::borrow::Cow;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::domain::statement::Unreadable;
use crate::domain::{Code, Refusal, Seq};
use crate::{log, views};

use super::wording::{self, Language};

/// What a request met: a code of the domain, or one that only HTTP has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A code of the domain, answered where it was asked for.
    Domain(Code),
    /// A code of the domain, found inside a statement.
    Statement(Code),
    /// A known route, another method.
    MethodNotAllowed,
    /// A body of a type that is not read here.
    UnsupportedMediaType,
    /// The body did not arrive in time.
    Timeout,
    /// A fault of the server.
    Internal,
}

impl Kind {
    /// Codes that only HTTP has.
    pub const OWN: [Self; 4] =
        [Self::MethodNotAllowed, Self::UnsupportedMediaType, Self::Timeout, Self::Internal];

    /// The stable code.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Domain(code) | Self::Statement(code) => code.as_str(),
            Self::MethodNotAllowed => "method-not-allowed",
            Self::UnsupportedMediaType => "unsupported-media-type",
            Self::Timeout => "timeout",
            Self::Internal => "internal",
        }
    }

    /// The status it is answered with.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Domain(code) => code.status(),
            Self::Statement(code) => code.statement_status(),
            Self::MethodNotAllowed => 405,
            Self::UnsupportedMediaType => 415,
            Self::Timeout => 408,
            Self::Internal => 500,
        }
    }

    /// The kind of that code.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let own = Self::OWN.into_iter().find(|kind| kind.as_str() == text);
        own.or_else(|| Code::parse(text).map(Self::Domain))
    }
}

/// Why a request is not answered as asked.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Which.
    pub kind: Kind,
    /// What was found and what to do; empty where the wording of the code says it all.
    pub detail: Cow<'static, str>,
    /// The entry it collides with.
    pub seq: Option<Seq>,
    /// For `conflict`: the present ordinal.
    pub ordinal: Option<u64>,
    /// The field or parameter at fault.
    pub field: Option<Cow<'static, str>>,
    /// In a batch: the first statement that failed, counted from 0.
    pub index: Option<usize>,
    /// Seconds after which to try again.
    pub retry_after_s: Option<u64>,
}

impl Problem {
    /// A problem with a sentence of its own.
    #[must_use]
    pub fn new(kind: Kind, detail: impl Into<Cow<'static, str>>) -> Self {
        let detail = detail.into();
        Self { kind, detail, seq: None, ordinal: None, field: None, index: None, retry_after_s: None }
    }

    /// A problem of a code of the domain.
    #[must_use]
    pub fn of(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Kind::Domain(code), detail)
    }

    /// A fault of the server: its cause goes to the traces, never to the caller.
    #[must_use]
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed");
        Self::new(Kind::Internal, "")
    }

    /// A query parameter of the wrong form.
    #[must_use]
    pub fn parameter(name: &str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::of(Code::BadParameter, detail).field(name.to_owned())
    }

    /// A route or id that is asked for and not there.
    #[must_use]
    pub fn not_found(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::of(Code::NotFound, detail)
    }

    /// Names the field at fault.
    #[must_use]
    pub fn field(self, field: impl Into<Cow<'static, str>>) -> Self {
        Self { field: Some(field.into()), ..self }
    }

    /// Names the statement of a batch.
    #[must_use]
    pub fn index(self, index: Option<usize>) -> Self {
        Self { index, ..self }
    }

    /// The body, in a language, for a request.
    #[must_use]
    pub fn body(&self, language: Language, request_id: &str) -> Vec<u8> {
        let wording = wording::of(self.kind.as_str());
        let (title, advice) = wording.map_or(("", ""), |wording| wording.text(language));
        let detail = match (self.detail.as_ref(), language) {
            ("", _) => advice.to_owned(),
            (detail, Language::English) => detail.to_owned(),
            // What the rules found is told in English; what to do is told in the reader's language.
            (detail, Language::Indonesian) => format!("{advice} ({detail})"),
        };
        let shape = Shape {
            type_: format!("/problems/{}", self.kind.as_str()),
            title,
            detail,
            status: self.kind.status(),
            code: self.kind.as_str(),
            seq: self.seq,
            ordinal: self.ordinal,
            field: self.field.as_deref(),
            index: self.index,
            request_id,
        };
        serde_json::to_vec(&shape).unwrap_or_default()
    }

    /// The whole answer.
    #[must_use]
    pub fn answer(&self, language: Language, request_id: &str) -> Response {
        let status = StatusCode::from_u16(self.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::VARY, HeaderValue::from_static("accept-language"));
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        (status, headers, self.body(language, request_id)).into_response()
    }
}

#[derive(Serialize)]
struct Shape<'a> {
    #[serde(rename = "type")]
    type_: String,
    title: &'a str,
    detail: String,
    status: u16,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<Seq>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ordinal: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    request_id: &'a str,
}

/// A problem on its way out: the outermost layer writes it in the reader's language.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Unreadable> for Problem {
    fn from(why: Unreadable) -> Self {
        let problem = Self::new(Kind::Statement(why.code), why.detail);
        match why.field {
            Some(field) => problem.field(field),
            None => problem,
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let Refusal { code, detail, seq, ordinal, field, .. } = refusal;
        let field = field.map(Cow::Borrowed);
        Self { seq, ordinal, field, ..Self::new(Kind::Statement(code), detail) }
    }
}

impl From<log::Error> for Problem {
    fn from(error: log::Error) -> Self {
        match error {
            log::Error::NotFound { seq, size } => {
                Self::not_found(format!("there is no entry {seq}: the log holds {size}"))
            }
            other => Self::internal(&other),
        }
    }
}

impl From<views::Error> for Problem {
    fn from(error: views::Error) -> Self {
        match error {
            views::Error::BadKnownAt(bad) => Self::of(Code::BadKnownAt, bad.to_string()).field("known_at"),
            views::Error::Log(error) => error.into(),
            views::Error::TooLarge { .. } => Self::of(Code::TooLarge, error.to_string()),
            other => Self::internal(&other),
        }
    }
}

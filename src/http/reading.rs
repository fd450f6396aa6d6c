//! Details read by one request: who may see them, and the record of it, which is durable before they
//! are shown.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, Uri, header};

use crate::domain::event::ledger::Role;
use crate::ledger::Ledger;
use crate::log::access::{Fields, Record, What};
use crate::views::answer::details::{Look, Seen, Who};

use super::app::{App, blocking};
use super::caller::Caller;
use super::guard::RequestId;
use super::problem::Problem;

/// Header in which a reader says why.
pub(super) const CAUSE: &str = "Estafet-Cause";
/// Longest cause, in bytes.
const CAUSE_BYTES_MAX: usize = 1_000;

/// Who reads, and where.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    pub(super) caller: Caller,
    path: String,
    request_id: String,
    cause: Option<String>,
}

impl FromRequestParts<App> for Reading {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        // who may read has been asked already on most routes
        let caller = parts.extensions.remove().map_or_else(|| Caller::of(app, &parts.headers), Ok)?;
        Ok(Self {
            caller,
            path: parts.uri.path().to_owned(),
            request_id: parts.extensions.get().map(|RequestId(id)| id.clone()).unwrap_or_default(),
            cause: parts.headers.get(CAUSE).map(cause).transpose()?,
        })
    }
}

fn cause(value: &HeaderValue) -> Result<String, Problem> {
    let text = std::str::from_utf8(value.as_bytes()).map(str::trim).unwrap_or_default();
    if text.is_empty() || text.len() > CAUSE_BYTES_MAX {
        let detail = format!("say why in 1 to {CAUSE_BYTES_MAX} bytes of UTF-8");
        return Err(Problem::parameter(CAUSE, detail));
    }
    Ok(text.to_owned())
}

impl Reading {
    /// The request's id.
    pub(super) fn request_id(&self) -> &str {
        &self.request_id
    }

    fn who(&self) -> Who {
        match &self.caller {
            Caller::Bearer { role: Role::Auditor, .. } => Who::Auditor,
            Caller::Bearer { role, agency: Some(agency), .. } if role.writes() => Who::Agency(agency.clone()),
            Caller::Bearer { .. } | Caller::Anonymous => Who::Anybody,
        }
    }

    /// Whether details may be seen at all: such answers are nobody else's, and are not kept on the way.
    pub(super) fn sees(&self) -> bool {
        self.who() != Who::Anybody
    }

    /// A look at details.
    pub(super) fn look(&self, app: &App) -> Look {
        Look::of(self.who(), self.cause.is_some(), app.ledger.details().clone(), app.snapshot())
    }

    /// Records what was seen, before it leaves.
    ///
    /// # Errors
    /// `internal`: then it does not leave.
    pub(super) fn record(&self, ledger: &Ledger, seen: Seen) -> Result<(), Problem> {
        let Seen { shown, withheld } = seen;
        if !withheld.is_empty() {
            self.write(ledger, What::Refused, None, withheld)?;
        }
        if shown.is_empty() { Ok(()) } else { self.write(ledger, What::Read, None, shown) }
    }

    /// Records that a request was refused, where it is known to whom.
    pub(super) async fn refused(
        app: &App,
        uri: Uri,
        authorization: Option<HeaderValue>,
        request_id: String,
        code: &'static str,
    ) {
        let Some(authorization) = authorization else { return };
        let headers = [(header::AUTHORIZATION, authorization)].into_iter().collect();
        let Ok(caller) = Caller::of(app, &headers) else { return };
        let path = uri.path().to_owned();
        Self { caller, path, request_id, cause: None }.refuses(app, code).await;
    }

    /// [`Reading::refused`] for a part of a request that goes on.
    pub(super) async fn refuses(self, app: &App, code: &'static str) {
        let app = app.clone();
        // the log may wait for the disk; the refusal stands whether or not it could be recorded, which
        // has been traced
        let record = move || self.write(&app.ledger, What::Refused, Some(code), Vec::new());
        let _ = blocking(record).await;
    }

    fn write(
        &self,
        ledger: &Ledger,
        what: What,
        code: Option<&'static str>,
        details: Vec<Fields>,
    ) -> Result<(), Problem> {
        let Caller::Bearer { token, role, agency } = &self.caller else { return Ok(()) };
        let record = Record {
            at: ledger.now(),
            what,
            token: token.clone(),
            role: *role,
            agency: agency.clone(),
            path: self.path.clone(),
            request_id: self.request_id.clone(),
            cause: self.cause.clone(),
            code: code.map(str::to_owned),
            details,
        };
        ledger.access().record(record, what == What::Read).map_err(|error| Problem::internal(&error))
    }
}

//! Who asks: nobody known, or the bearer of a token.

use axum::http::{HeaderMap, header};

use crate::domain::event::ledger::Role;
use crate::domain::{AgencyId, Code, Speaker, TokenId};

use super::app::App;
use super::problem::Problem;

/// Who asks.
#[derive(Clone, Debug)]
pub(super) enum Caller {
    /// No token.
    Anonymous,
    /// A token the ledger knows.
    Bearer {
        /// Its name.
        token: TokenId,
        /// What it may do.
        role: Role,
        /// Whose it is.
        agency: Option<AgencyId>,
    },
}

impl Caller {
    /// Reads `Authorization`.
    ///
    /// # Errors
    /// `unauthenticated` for a token that is not known, expired or revoked, or another scheme.
    pub(super) fn of(app: &App, headers: &HeaderMap) -> Result<Self, Problem> {
        let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(Self::Anonymous) };
        let bad = || Problem::of(Code::Unauthenticated, "the token is unknown, expired or revoked");
        let text = value.to_str().map_err(|_| bad())?;
        let (scheme, secret) = text.split_once(' ').ok_or_else(bad)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Problem::of(Code::Unauthenticated, "the only scheme is Bearer"));
        }
        let token = app.ledger.authenticate(secret.trim()).ok_or_else(bad)?;
        Ok(Self::Bearer { token: token.token, role: token.role, agency: token.agency })
    }

    /// The speaker of statements under this token.
    ///
    /// # Errors
    /// `unauthenticated` without a token, `not-entitled` when its role never writes.
    pub(super) fn speaker(&self) -> Result<Speaker, Problem> {
        let Self::Bearer { token, role, agency } = self else {
            return Err(Problem::of(Code::Unauthenticated, "an attested statement needs a token"));
        };
        match agency {
            Some(agency) if role.writes() => {
                Ok(Speaker::Token { agency: agency.clone(), token: token.clone() })
            }
            _ => Err(Problem::of(Code::NotEntitled, "auditors and operators never write")),
        }
    }
}

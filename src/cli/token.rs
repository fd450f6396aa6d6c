//! `token create|list|revoke`: what agencies write and read with. Works beside a running server,
//! which reads tokens.json again before it refuses one it does not know.

use std::path::Path;

use crate::domain::event::ledger::Role;
use crate::domain::{AgencyId, Date, TokenId};
use crate::ledger::{Token, Tokens};
use crate::log::Reader;

use super::arguments::{self, TokenVerb};
use super::init::random;
use super::opening;
use super::output::{Output, say};
use super::settings::Settings;
use super::text::plain;
use super::{Error, OK, Result};

pub(super) fn run(arguments: &arguments::Token, settings: &Settings, output: &mut Output) -> Result<u8> {
    match &arguments.verb {
        TokenVerb::Create { data, role, agency, expires } => {
            let dir = settings.data(data)?;
            let hint = "roles are recorder, overseer, auditor, operator";
            let role =
                Role::parse(role).map_err(|_| Error::hinted("--role", format!("no role {role:?}"), hint))?;
            let agency = agency.as_deref().map(AgencyId::parse).transpose();
            let agency = agency.map_err(|bad| Error::usage("--agency", bad.to_string()))?;
            if role.writes() && agency.is_none() {
                let hint = "give --agency: who the statements under this token are by";
                return Err(Error::hinted("--agency", "this role writes for an agency", hint));
            }
            let expires = expires.as_deref().map(Date::parse).transpose();
            let expires = expires.map_err(|bad| Error::usage("--expires", bad.to_string()))?;
            let expires = expires.map(|last| last.plus_days(1)).filter(|day| *day < Date::MAX);
            let made = writable(&dir, settings)?.create(&random()?, role, agency, expires);
            let (token, secret) = made.map_err(Error::file(&dir))?;
            if output.json {
                output.value(&serde_json::json!({ "token": secret, "id": token.token.as_str() }))?;
            } else {
                output.line(&secret)?;
            }
            say(&format!("the token {}: shown this once, kept as its hash", token.token));
        }
        TokenVerb::List { data } => list(&settings.data(data)?, output)?,
        TokenVerb::Revoke { data, id } => {
            let token = TokenId::parse(id).map_err(|bad| Error::usage("ID", bad.to_string()))?;
            let dir = settings.data(data)?;
            if !writable(&dir, settings)?.revoke(&token).map_err(Error::file(&dir))? {
                return Err(Error::NotFound { what: format!("a token {token}") });
            }
            say(&format!("the token {token} is revoked"));
        }
    }
    Ok(OK)
}

fn list(dir: &Path, output: &mut Output) -> Result<()> {
    for token in tokens(dir)?.list() {
        if output.json {
            output.value(&Listed::from(&token))?;
        } else {
            output.line(&line(&token))?;
        }
    }
    Ok(())
}

/// The tokens of a ledger that may be written.
fn writable(dir: &Path, settings: &Settings) -> Result<Tokens> {
    opening::may_write(settings, dir)?;
    Ok(Tokens::open(dir))
}

/// The tokens of a ledger; a directory that is none has none to make.
fn tokens(dir: &Path) -> Result<Tokens> {
    Reader::open(dir)?;
    Ok(Tokens::open(dir))
}

/// A token as listed: without the hash of its secret.
#[derive(serde::Serialize)]
struct Listed<'a> {
    id: &'a str,
    role: Role,
    agency: Option<&'a str>,
    /// Last day it is good for.
    expires: Option<Date>,
    revoked: bool,
}

impl<'a> From<&'a Token> for Listed<'a> {
    fn from(token: &'a Token) -> Self {
        Self {
            id: token.token.as_str(),
            role: token.role,
            agency: token.agency.as_ref().map(AgencyId::as_str),
            expires: token.expires.map(|day| day.plus_days(-1)),
            revoked: token.revoked,
        }
    }
}

fn line(token: &Token) -> String {
    let Listed { id, role, agency, expires, revoked } = Listed::from(token);
    let agency = agency.unwrap_or("-");
    let expires = expires.map_or_else(|| "never".to_owned(), |day| day.to_string());
    let state = if revoked { "revoked" } else { "live" };
    let role = format!("{role:?}").to_lowercase();
    plain(&format!("{id:<12} {role:<10} {agency:<24} expires {expires:<12} {state}"))
}

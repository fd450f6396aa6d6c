//! `token create|list|revoke`: what agencies write and read with. Works beside a running server,
//! which reads tokens.json again before it refuses one it does not know.

use crate::domain::event::ledger::Role;
use crate::domain::{AgencyId, Date, TokenId};
use crate::ledger::tokens::{self, Token};

use super::arguments::{self, TokenVerb};
use super::output::{Output, say};
use super::question::now;
use super::settings::Settings;
use super::text::plain;
use super::{Error, OK, Result};

pub(super) fn run(arguments: &arguments::Token, settings: &Settings, output: &mut Output) -> Result<u8> {
    match &arguments.verb {
        TokenVerb::Create { data, role, agency, expires } => {
            let dir = settings.data(data)?;
            let hint = "roles are recorder, overseer, auditor, operator";
            let role = Role::parse(role).map_err(|_| Error::hinted("--role", format!("no role {role:?}"), hint))?;
            let agency = agency.as_deref().map(AgencyId::parse).transpose();
            let agency = agency.map_err(|bad| Error::usage("--agency", bad.to_string()))?;
            if role.writes() && agency.is_none() {
                let hint = "give --agency: who the statements under this token are by";
                return Err(Error::hinted("--agency", "this role writes for an agency", hint));
            }
            let expires = expires.as_deref().map(Date::parse).transpose();
            let expires = expires.map_err(|bad| Error::usage("--expires", bad.to_string()))?;
            let (token, secret) = tokens::create(&dir, role, agency, expires)?;
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
            if !tokens::revoke(&settings.data(data)?, &token, now())? {
                return Err(Error::NotFound { what: format!("a token {token}") });
            }
            say(&format!("the token {token} is revoked"));
        }
    }
    Ok(OK)
}

fn list(dir: &std::path::Path, output: &mut Output) -> Result<()> {
    for token in tokens::list(dir)? {
        if output.json {
            output.value(&token)?;
        } else {
            output.line(&line(&token))?;
        }
    }
    Ok(())
}

fn line(token: &Token) -> String {
    let agency = token.agency.as_ref().map_or("-", AgencyId::as_str);
    let expires = token.expires.map_or_else(|| "never".to_owned(), |day| day.to_string());
    let state = if token.revoked { "revoked" } else { "live" };
    let role = format!("{:?}", token.role).to_lowercase();
    plain(&format!("{:<12} {role:<10} {agency:<24} expires {expires:<12} {state}", token.token.as_str()))
}

//! Founding: the directory, the key, and the entries every ledger begins with (FORMAT section 2).

use std::path::Path;
use std::sync::Arc;

use crate::domain::event::agency::{AgencyRegistered, Jwk, KeyRegistered, Power};
use crate::domain::event::ledger::{Continued, LedgerOpened, RULES};
use crate::domain::statement::Unreadable;
use crate::domain::text::{Names, Text};
use crate::domain::{AgencyId, Context, Data, Instant, Kid, Name, Nothing, Seq, State, Voice, Zone, admit};
use crate::log::{Body, Log, Options, RealFiles, Signer};
use crate::seal;

use super::OpenError;

/// What a new ledger is founded on.
#[derive(Debug)]
pub struct Founding<'a> {
    /// Name of the log.
    pub origin: &'a str,
    /// Zone of the record day.
    pub zone: Zone,
    /// The first registrar.
    pub registrar: AgencyId,
    /// Its key, with the RFC 7638 thumbprint.
    pub key: Option<(Kid, Jwk)>,
    /// Seed of the ledger's signing key, random.
    pub seed: [u8; 32],
    /// Record instant.
    pub at: Instant,
    /// The log it goes on from.
    pub continues: Option<Continued>,
}

/// Makes a data directory; answers the ledger's vkey.
///
/// # Errors
/// Those of the log; a founding statement that the rules refuse.
pub fn init(dir: &Path, founding: Founding<'_>, options: Options) -> Result<String, OpenError> {
    let signer = Signer::new(founding.origin, &founding.seed);
    let vkey = signer.vkey().to_string();
    let statements = statements(&founding, &vkey)?;
    let files = Arc::new(RealFiles);
    let mut log = Log::create(files, dir, founding.origin, founding.zone.name(), signer, options)?;
    let mut state = State::default();
    for (seq, data) in (0..).map(Seq).zip(&statements) {
        let own = seal::own(Voice::Init, data, seq)?;
        let admitted = {
            let context = Context { seq, at: founding.at, digest: None, past: &Nothing };
            admit(&mut state, &own.speaker, &own.statement, &context).map_err(OpenError::Refused)?
        };
        let body = Body::Ledger { voice: Voice::Init.as_str(), statement: &own.canonical };
        log.stage(
            founding.at,
            &admitted.subjects,
            body,
            own.speaker.key(),
            own.statement.jti.as_str(),
            own.sha256,
        )?;
    }
    log.commit()?;
    log.write_head()?;
    log.close()?;
    Ok(vkey)
}

fn statements(founding: &Founding<'_>, vkey: &str) -> Result<Vec<Data>, OpenError> {
    let bad = |e: &dyn std::fmt::Display| Unreadable::malformed(e.to_string());
    let text = |text: &str| Text::parse(text).map_err(|e| bad(&e));
    let id = founding.registrar.as_str();
    let opened = LedgerOpened {
        origin: text(founding.origin)?,
        zone: founding.zone.clone(),
        vkey: text(vkey)?,
        policy: serde_json::from_str("{}").map_err(|e| bad(&e))?,
        rules: Some(RULES),
        continues: founding.continues.clone(),
        approvals: Vec::new(),
        source: None,
        unverified: Vec::new(),
    };
    let registrar = AgencyRegistered {
        agency: founding.registrar.clone(),
        name: Names { en: Some(text(id)?), id: Some(text(id)?) },
        kind: Name::parse("registrar").map_err(|e| bad(&e))?,
        parents: Vec::new(),
        territory: None,
        powers: vec![Power::Registrar],
        valid: None,
        time: None,
        basis: None,
        approvals: Vec::new(),
        source: None,
        unverified: Vec::new(),
    };
    let key = founding.key.clone().map(|(kid, jwk)| KeyRegistered {
        agency: founding.registrar.clone(),
        kid,
        jwk,
        approvals: Vec::new(),
        source: None,
        unverified: Vec::new(),
    });
    let first = [Data::LedgerOpened(opened), Data::AgencyRegistered(registrar)];
    Ok(first.into_iter().chain(key.map(Data::KeyRegistered)).collect())
}

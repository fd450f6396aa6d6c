//! Agencies and their keys (DOMAIN section 4).

use serde::{Deserialize, Serialize};

use super::super::{
    AgencyId, Bound, Date, Instant, Kid, Name, Period, TerritoryId, Time, basis::Basis, text::Names,
};
use super::data;
use super::saying::{Holdings, agencies, basis, nowhere, saying};
use crate::domain::rules::{agency, key};
use crate::domain::state::agency::{Agency, SigningKey};
use crate::domain::{Seq, Subject};

data! {
    /// A body begins to exist for the ledger.
    AgencyRegistered {
        /// Its id.
        agency: AgencyId,
        /// Its name.
        name: Names,
        /// Any id; `post` and `unrecorded` are special.
        kind: Name,
        /// Bodies above it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        parents: Vec<AgencyId>,
        /// Where it is competent; absent = the whole.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        territory: Option<TerritoryId>,
        /// Its powers.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        powers: Vec<Power>,
        /// When it exists; absent = always.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        valid: Option<Period>,
        /// Order within the day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
        /// Legal basis.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Basis>,
    }
}

data! {
    /// Something about an agency changes.
    AgencyChanged {
        /// Its id.
        agency: AgencyId,
        /// New name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<Names>,
        /// New period of existence.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        valid: Option<Period>,
        /// New bodies above it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parents: Option<Vec<AgencyId>>,
        /// New territory.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        territory: Option<TerritoryId>,
        /// New powers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        powers: Option<Vec<Power>>,
        /// From when.
        effective: Bound,
        /// When it was seen to be so, beside an unknown date; absent = the record day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Date>,
        /// Order within the day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
        /// Legal basis.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Basis>,
    }
}

data! {
    /// A body ceases to exist.
    AgencyClosed {
        /// Its id.
        agency: AgencyId,
        /// How.
        how: Closing,
        /// Bodies that follow it.
        #[serde(default)]
        successors: Vec<AgencyId>,
        /// First day it does not exist.
        effective: Bound,
        /// When it was seen to be so, beside an unknown date; absent = the record day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Date>,
        /// Order within the day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
        /// Day on which its caretaker holdings end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        winding_up_until: Option<Date>,
        /// Legal basis.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        basis: Option<Basis>,
    }
}

data! {
    /// An agency's signing key.
    KeyRegistered {
        /// Whose.
        agency: AgencyId,
        /// RFC 7638 thumbprint.
        kid: Kid,
        /// RFC 7517 public key.
        jwk: Jwk,
    }
}

data! {
    /// A signing key no longer counts.
    KeyRevoked {
        /// Whose.
        agency: AgencyId,
        /// Its thumbprint.
        kid: Kid,
        /// Record instant since which others may have signed with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        compromised_from: Option<Instant>,
    }
}

/// A public key as RFC 7517 JSON: an Ed25519 (`OKP`) or P-256 (`EC`) key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jwk {
    /// `Ed25519` or `P-256`.
    pub crv: String,
    /// `OKP` or `EC`.
    pub kty: String,
    /// base64url.
    pub x: String,
    /// base64url, for `EC`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
}

/// What an agency may do beyond its own affairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Power {
    /// Keeps the registers.
    Registrar,
    /// Oversees.
    Overseer,
    /// Judges.
    Court,
}

/// How an agency ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Closing {
    /// Into one successor with others.
    Merged,
    /// Into several.
    Split,
    /// By one.
    Replaced,
    /// Without successor.
    Dissolved,
    /// To other levels.
    Devolved,
}

saying! {
    AgencyRegistered of Agency by agency;
    kept: first registered begins |registered, _, _| Agency { registered, changed: Vec::new(), closed: None };
    dated: |data| data.valid.as_ref().map(Period::start);
    corrected: |_| No;
    said by: |data| if data.powers.contains(&Power::Registrar) { Opening(Seq(1)) } else { Agencies };
    holdings: Holdings::none;
    names: |data, links| {
        links.extend([Subject::agency(&data.agency), Subject::genealogy(&data.agency)]);
        agencies(links, &data.parents);
        links.extend(data.territory.iter().map(Subject::territory));
        basis(links, data.basis.as_ref());
    };
    leads: nowhere;
    judged: agency::registered;
}

saying! {
    AgencyChanged of Agency by agency;
    kept: list changed;
    dated: |data| data.effective.known().or(data.on);
    // powers are given and taken for good
    corrected: |data| if data.powers.is_none() { Yes } else { No };
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| {
        links.extend([Subject::agency(&data.agency), Subject::genealogy(&data.agency)]);
        agencies(links, data.parents.iter().flatten());
        links.extend(data.territory.iter().map(Subject::territory));
        basis(links, data.basis.as_ref());
    };
    leads: nowhere;
    judged: agency::changed;
}

saying! {
    AgencyClosed of Agency by agency;
    kept: one closed;
    dated: |data| data.effective.known().or(data.on);
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| {
        for id in data.successors.iter().chain([&data.agency]) {
            links.extend([Subject::agency(id), Subject::genealogy(id)]);
        }
        basis(links, data.basis.as_ref());
    };
    leads: nowhere;
    judged: agency::closed;
}

saying! {
    KeyRegistered of SigningKey at |data, _, _| Some((data.agency.clone(), data.kid.clone()));
    kept: first registered begins |registered, _, _| SigningKey { registered, revoked: None };
    dated: |_| None;
    corrected: |_| No;
    said by: |_| Opening(Seq(2));
    holdings: Holdings::none;
    names: |data, links| links.extend([Subject::agency(&data.agency), Subject::key(&data.agency, &data.kid)]);
    leads: nowhere;
    judged: key::registered;
}

saying! {
    KeyRevoked of SigningKey at |data, _, _| Some((data.agency.clone(), data.kid.clone()));
    kept: one revoked;
    dated: |_| None;
    corrected: |_| No;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| links.extend([Subject::agency(&data.agency), Subject::key(&data.agency, &data.kid)]);
    leads: nowhere;
    judged: key::revoked;
}

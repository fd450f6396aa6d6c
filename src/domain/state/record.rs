//! What was said about the record itself: findings tolerated, details restricted or held.

use serde::{Deserialize, Serialize};

use super::super::event::record::{DetailsHeld, DetailsReleased, DetailsRestricted, FindingTolerated};
use super::fact::Fact;

/// What was said of a finding, by place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Tolerated {
    /// For how long it is borne with; the last counts.
    pub tolerated: Vec<Fact<FindingTolerated>>,
}

/// What was said of the details of an entry, by place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Details {
    /// In the order it was said.
    pub said: Vec<DetailsSaid>,
}

/// One thing said of details.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DetailsSaid {
    /// Only who gives a cause reads them.
    Restricted(Fact<DetailsRestricted>),
    /// They may not be erased.
    Held(Fact<DetailsHeld>),
    /// Neither any more.
    Released(Fact<DetailsReleased>),
}

//! Acts: what was done, or omitted, in discharge of a responsibility (DOMAIN section 4).

use super::super::scope::SchemeCode;
use super::super::{ActId, AgencyId, AssignmentId, Date, ResponsibilityId, Time};
use super::data;
use super::decision::Capacity;
use super::saying::{Holdings, agencies, nowhere, saying};
use crate::domain::Subject;
use crate::domain::rules::act;
use crate::domain::state::act::Act;

data! {
    /// Something was done, or omitted.
    ActRecorded {
        /// Its id.
        act: ActId,
        /// What was done.
        code: SchemeCode,
        /// In discharge of what.
        responsibility: ResponsibilityId,
        /// Who did it.
        agency: AgencyId,
        /// The post that did it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        officer: Option<AgencyId>,
        /// As what; not `deemed`.
        capacity: Capacity,
        /// For whom.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on_behalf_of: Option<AgencyId>,
        /// The holding acted under.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        under: Option<AssignmentId>,
        /// When.
        on: Date,
        /// Order within the day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time: Option<Time>,
        /// It ought to have been done and was not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        omission: Option<bool>,
    }
}

saying! {
    ActRecorded of Act by act;
    kept: first recorded begins |recorded, state, _| Act::new(recorded, state);
    dated: |data| Some(data.on);
    corrected: |_| Yes;
    said by: |_| Agencies;
    holdings: Holdings::none;
    names: |data, links| {
        links.insert(Subject::responsibility(&data.responsibility));
        agencies(links, data.officer.iter().chain(&data.on_behalf_of).chain([&data.agency]));
        links.extend(data.under.iter().map(Subject::assignment));
    };
    leads: nowhere;
    judged: act::recorded;
}

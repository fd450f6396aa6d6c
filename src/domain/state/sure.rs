//! Which dates are sure: neither unknown nor named as unverified (DOMAIN section 3, "Unknown dates" 4).

use super::super::event::agency::{AgencyChanged, AgencyClosed, AgencyRegistered};
use super::super::event::assignment::{AssignmentEnded, AssignmentMade};
use super::super::event::decision::DecisionRecorded;
use super::super::event::handoff::HandoffProposed;
use super::super::event::responsibility::{
    ResponsibilityDefined, ResponsibilityRetired, ResponsibilitySplit,
};
use super::super::{Bound, Name, Period};

/// What names the date from which it counts.
pub(crate) trait Sure {
    /// Whether that date is known and verified.
    fn is_sure(&self) -> bool;
}

/// Whether one of these fields is named as unverified.
pub(crate) fn names(unverified: &[Name], fields: &[&str]) -> bool {
    unverified.iter().any(|name| fields.contains(&name.as_str()))
}

/// Whether the beginning of a period is sure.
fn begins(valid: Option<&Period>, unverified: &[Name]) -> bool {
    valid.is_none_or(|valid| valid.from != Bound::Unknown) && !names(unverified, &["valid", "valid.from"])
}

/// Whether the end of a period is sure; one that is open has none.
pub(crate) fn ends(valid: Option<&Period>, unverified: &[Name]) -> bool {
    valid.is_none_or(|valid| valid.to != Some(Bound::Unknown)) && !names(unverified, &["valid", "valid.to"])
}

impl Sure for AgencyRegistered {
    fn is_sure(&self) -> bool {
        begins(self.valid.as_ref(), &self.unverified)
    }
}

impl Sure for AgencyChanged {
    fn is_sure(&self) -> bool {
        self.effective != Bound::Unknown && !names(&self.unverified, &["effective"])
    }
}

impl Sure for AgencyClosed {
    fn is_sure(&self) -> bool {
        self.effective != Bound::Unknown && !names(&self.unverified, &["effective"])
    }
}

impl Sure for AssignmentMade {
    fn is_sure(&self) -> bool {
        begins(Some(&self.valid), &self.unverified)
    }
}

impl Sure for AssignmentEnded {
    fn is_sure(&self) -> bool {
        self.effective != Bound::Unknown && !names(&self.unverified, &["effective"])
    }
}

impl Sure for HandoffProposed {
    fn is_sure(&self) -> bool {
        self.effective != Bound::Unknown && !names(&self.unverified, &["effective"])
    }
}

impl Sure for ResponsibilityDefined {
    fn is_sure(&self) -> bool {
        begins(self.valid.as_ref(), &self.unverified)
    }
}

impl Sure for ResponsibilitySplit {
    fn is_sure(&self) -> bool {
        !names(&self.unverified, &["effective"])
    }
}

impl Sure for ResponsibilityRetired {
    fn is_sure(&self) -> bool {
        !names(&self.unverified, &["effective"])
    }
}

impl Sure for DecisionRecorded {
    fn is_sure(&self) -> bool {
        self.decided_on != Bound::Unknown && !names(&self.unverified, &["decided_on"])
    }
}

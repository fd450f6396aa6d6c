//! What has been said, in plain words: the naive model keeps nothing but a list of these.

/// Days after 2024-01-01.
pub(super) type Day = i32;

/// What an unknown beginning reaches back to, for a model that looks at few days.
pub(super) const PAST: Day = -1;
/// The last day looked at; nothing changes any more by then.
pub(super) const LAST: Day = 42;
/// What an open end reaches forward to.
pub(super) const OPEN: Day = 1_000;

/// Days after `due` on which a proposal lapses, by the policy of the ledger that is told.
pub(super) const GRACE: Day = 5;

pub(super) type Id = &'static str;

/// Responsibilities: id, code, parent, first day, first day after.
pub(super) const DUTIES: &[(Id, Id, Option<Id>, Day, Day)] = &[
    ("top", "07", None, PAST, OPEN),
    ("part", "07.1", Some("top"), PAST, OPEN),
    ("whole", "08", None, PAST, OPEN),
    ("half-a", "08.1", Some("whole"), PAST, OPEN),
    ("half-b", "08.2", None, PAST, OPEN),
    ("brief", "09", None, 3, 30),
];

/// Agencies that can be party; `late` exists from day 8 on, `void` stands for nobody.
pub(super) const AGENCIES: &[Id] = &["a", "b", "c", "late", "void"];
pub(super) const LATE: Day = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Accountable,
    Executor,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Regime {
    Agreed,
    Law,
    Observed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    Law,
    Unknown,
    /// The decision of a.
    Why,
    /// A decision that nobody took.
    NoDecision,
    Absent,
}

/// What becomes of what a split leaves over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    None,
    Unassigned,
    Into(Id),
}

#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) id: Option<String>,
    pub(super) of: Id,
    pub(super) agency: Id,
    pub(super) role: Role,
    pub(super) delegated: bool,
    pub(super) under: Option<String>,
    pub(super) from: Option<Day>,
    pub(super) to: Option<Day>,
    pub(super) sub: bool,
    pub(super) supersedes: Option<String>,
    pub(super) ends_when: Option<(String, Id)>,
    pub(super) time: Option<u8>,
}

#[derive(Clone, Debug)]
pub(super) struct Proposed {
    pub(super) of: Vec<Id>,
    pub(super) from: Id,
    pub(super) to: Id,
    pub(super) role: Role,
    pub(super) regime: Regime,
    pub(super) effective: Day,
    pub(super) due: Option<Day>,
    /// Steps `one` by the giver and `two` by the receiver after it.
    pub(super) steps: bool,
    pub(super) time: Option<u8>,
}

#[derive(Clone, Debug)]
pub(super) enum Follow {
    /// With the reservation `keys`?
    Accepted(bool),
    Acknowledged(bool),
    Declined,
    Withdrawn,
    Changed {
        effective: Option<Day>,
        due: Option<Day>,
        dropped: Option<Id>,
    },
    StepAdded {
        step: Id,
        by: Id,
    },
    StepDone(Id),
    StepConfirmed(Id),
    Lifted,
    Closed,
    Reversed {
        effective: Day,
    },
    /// By the ledger.
    Lapsed,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Made(Made),
    /// By id, or by what, who and as what.
    Ended {
        id: Option<String>,
        fit: (Id, Id, Role),
        effective: Day,
        time: Option<u8>,
    },
    /// A handoff's id, and what is proposed.
    Proposed(String, Proposed),
    /// A handoff's id, and what follows.
    Follow(String, Follow),
    Split {
        of: Id,
        into: Vec<Id>,
        rest: Rest,
        effective: Day,
    },
    Retired {
        of: Id,
        effective: Day,
    },
    Closed {
        agency: Id,
        effective: Day,
        until: Option<Day>,
        successor: Option<Id>,
    },
    /// A change of name: nothing that anybody holds changes.
    Named {
        of: Id,
        effective: Day,
    },
    /// An approval, for what is said next.
    Approval,
}

/// One statement; admitted ones have their place in the list.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) seq: u64,
    /// The record day.
    pub(super) day: Day,
    pub(super) by: Id,
    pub(super) what: What,
    pub(super) basis: Basis,
    /// When the act happened, where the statement says so.
    pub(super) on: Option<Day>,
    pub(super) approved_by: Vec<Id>,
}

impl Said {
    /// When the act happened.
    pub(super) fn happened(&self) -> Day {
        self.on.unwrap_or(self.day)
    }
}

/// The naive model: everything admitted, in order, and the names that splits gave.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) said: Vec<Said>,
    /// Names of what a split passed on: the split, the part, the old name, the new one.
    pub(super) names: Vec<(u64, Id, String, String)>,
    /// Handoffs that lapse, and when; follows from the rest.
    pub(super) lapsed: std::collections::BTreeMap<String, Day>,
}

pub(super) fn duty(id: Id) -> (Id, Id, Option<Id>, Day, Day) {
    DUTIES.iter().copied().find(|duty| duty.0 == id).unwrap()
}

/// Whether a duty is the other or a part of it.
pub(super) fn is_part(id: Id, of: Id) -> bool {
    id == of || duty(id).2.is_some_and(|parent| is_part(parent, of))
}

impl Model {
    /// The closing of an agency: seq, day, winding up until, successor.
    pub(super) fn closing(&self, id: Id) -> Option<(Day, Option<Day>, Option<Id>)> {
        self.said.iter().find_map(|said| match said.what {
            What::Closed { agency, effective, until, successor } if agency == id => {
                Some((effective, until, successor))
            }
            _ => None,
        })
    }

    pub(super) fn closed_on(&self, id: Id, day: Day) -> bool {
        self.closing(id).is_some_and(|(closing, ..)| closing <= day)
    }

    pub(super) fn agency_exists(&self, id: Id, day: Day) -> bool {
        !self.closed_on(id, day) && (id != "late" || day >= LATE)
    }

    /// The first day after a duty, as far as it was retired or split away.
    pub(super) fn duty_ends(&self, id: Id) -> Day {
        let ends = self.said.iter().map(|said| match &said.what {
            What::Retired { of, effective } if *of == id => *effective,
            What::Split { of, rest, effective, .. } if *of == id && *rest != Rest::Unassigned => *effective,
            _ => OPEN,
        });
        ends.min().unwrap_or(OPEN).min(duty(id).4)
    }

    pub(super) fn duty_exists(&self, id: Id, day: Day) -> bool {
        duty(id).3 <= day && day < self.duty_ends(id)
    }

    /// Gives a statement the names it leaves out.
    pub(super) fn name(&self, said: &mut Said) {
        match &mut said.what {
            What::Made(made) => drop(made.id.get_or_insert_with(|| format!("as-{}", said.seq))),
            What::Ended { id: Some(id), fit, .. } => {
                if let Some(held) = self.days().get(id) {
                    *fit = (held.of, held.agency, held.role);
                }
            }
            _ => {}
        }
    }

    /// Keeps an admitted statement. An ending means for ever the holding that it meant when it was said.
    pub(super) fn keep(&mut self, mut said: Said) {
        if let What::Ended { id: id @ None, fit, effective, .. } = &mut said.what {
            let days = self.days();
            let fits = days.on(*effective).iter().find(|h| (h.of, h.agency, h.role) == *fit);
            *id = fits.map(|held| held.id.clone());
        }
        self.said.push(said);
        self.settle();
    }

    /// Works out anew what lapses.
    pub(super) fn settle(&mut self) {
        self.lapsed = self.days().lapsed().clone();
    }

    /// The same with one statement more.
    pub(super) fn with(&self, said: &Said) -> Self {
        let mut model = self.clone();
        model.said.push(said.clone());
        model.settle();
        model
    }
}

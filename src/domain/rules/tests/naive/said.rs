//! What was said, as a plain list: each fact with its place, its words, and whether it still stands.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde::{Deserialize, Deserializer};

/// Days since 1970-01-01.
pub(super) type Day = i32;
/// Before every day: an unknown from.
pub(super) const UNKNOWN: Day = Day::MIN;
/// After every day: what is open.
pub(super) const OPEN: Day = Day::MAX;

/// The day of a civil date.
pub(super) fn day(text: &str) -> Day {
    let part = |range: std::ops::Range<usize>| text[range].parse::<i32>().unwrap();
    let (year, month, date) = (part(0..4), part(5..7), part(8..10));
    // years begin in March, so that the day that may be missing is the last
    let year = year - i32::from(month <= 2);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + date - 1;
    365 * year + year / 4 - year / 100 + year / 400 + of_year - 719_468
}

/// The civil date of a day.
pub(super) fn text(of: Day) -> String {
    let mut year = 1970 + of / 366;
    while day(&format!("{:04}-01-01", year + 1)) <= of {
        year += 1;
    }
    let mut month = 1;
    while month < 12 && day(&format!("{year:04}-{:02}-01", month + 1)) <= of {
        month += 1;
    }
    format!("{year:04}-{month:02}-{:02}", of - day(&format!("{year:04}-{month:02}-01")) + 1)
}

fn some_day<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Day>, D::Error> {
    let text = Option::<String>::deserialize(from)?;
    Ok(text.map(|text| if text == "unknown" { UNKNOWN } else { day(&text) }))
}

/// A period; both days as said.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(super) struct Period {
    #[serde(deserialize_with = "some_day")]
    from: Option<Day>,
    #[serde(deserialize_with = "some_day")]
    to: Option<Day>,
}

impl Period {
    pub(super) fn first(&self) -> Day {
        self.from.unwrap_or(UNKNOWN)
    }
    /// First day after; an unknown end reaches forward without end.
    pub(super) fn end(&self) -> Day {
        match self.to {
            None | Some(UNKNOWN) => OPEN,
            Some(to) => to,
        }
    }
    pub(super) fn has(&self, day: Day) -> bool {
        self.first() <= day && day < self.end()
    }
}

/// A code of a scheme.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
pub(super) struct Code {
    pub(super) scheme: String,
    pub(super) value: String,
}

/// What a responsibility does not cover.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default)]
pub(super) struct Carved {
    pub(super) code: Option<Code>,
    pub(super) territory: Option<String>,
}

/// A step of a proposal.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Step {
    pub(super) step: String,
    pub(super) by: String,
    #[serde(default)]
    pub(super) after: Vec<String>,
}

/// A reservation.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Reserved {
    pub(super) reservation: String,
    pub(super) responsibility: Option<String>,
    pub(super) step: Option<String>,
}

/// The step that ends a holding.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct EndsWhen {
    pub(super) handoff: String,
    pub(super) step: String,
}

/// Every field that any statement may have.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Words {
    pub(super) agency: Option<String>,
    pub(super) parents: Option<Vec<String>>,
    pub(super) powers: Vec<String>,
    pub(super) successors: Vec<String>,
    #[serde(deserialize_with = "some_day")]
    pub(super) winding_up_until: Option<Day>,
    pub(super) territory: Option<String>,
    pub(super) within: Option<String>,
    pub(super) responsibility: Option<String>,
    pub(super) code: Option<Code>,
    pub(super) parent: Option<String>,
    pub(super) carve_outs: Option<Vec<Carved>>,
    pub(super) into: Vec<String>,
    pub(super) remainder: Option<String>,
    pub(super) carries: std::collections::BTreeMap<String, Vec<String>>,
    pub(super) assignment: Option<String>,
    pub(super) role: Option<String>,
    pub(super) mode: Option<String>,
    pub(super) under: Option<String>,
    pub(super) components: Vec<String>,
    pub(super) ends_when: Option<EndsWhen>,
    pub(super) sub_delegable: bool,
    pub(super) supersedes: Option<String>,
    pub(super) handoff: Option<String>,
    pub(super) responsibilities: Vec<String>,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
    pub(super) regime: Option<String>,
    pub(super) steps: Vec<Step>,
    pub(super) step: Option<String>,
    pub(super) by: Option<String>,
    pub(super) dropped: Vec<String>,
    pub(super) reservations: Vec<Reserved>,
    pub(super) reservation: Option<String>,
    pub(super) decision: Option<String>,
    pub(super) decided_by: Option<String>,
    pub(super) claim: Option<String>,
    pub(super) about: Vec<String>,
    pub(super) against: Vec<String>,
    pub(super) outcome: Option<String>,
    pub(super) valid: Option<Period>,
    #[serde(deserialize_with = "some_day")]
    pub(super) effective: Option<Day>,
    #[serde(deserialize_with = "some_day")]
    pub(super) on: Option<Day>,
    #[serde(deserialize_with = "some_day")]
    pub(super) due: Option<Day>,
    #[serde(deserialize_with = "some_day")]
    pub(super) decided_on: Option<Day>,
    pub(super) time: Option<String>,
    pub(super) basis: Option<serde_json::Value>,
    pub(super) seq: Option<usize>,
    pub(super) instead_of: Option<usize>,
}

impl Words {
    pub(super) fn role(&self) -> &str {
        self.role.as_deref().unwrap_or("accountable")
    }
    pub(super) fn valid(&self) -> Period {
        self.valid.clone().unwrap_or_default()
    }
    pub(super) fn handoff(&self) -> &str {
        self.handoff.as_deref().unwrap_or_default()
    }
    pub(super) fn responsibility(&self) -> &str {
        self.responsibility.as_deref().unwrap_or_default()
    }
    pub(super) fn agency(&self) -> &str {
        self.agency.as_deref().unwrap_or_default()
    }
    pub(super) fn from(&self) -> &str {
        self.from.as_deref().unwrap_or_default()
    }
    pub(super) fn to(&self) -> &str {
        self.to.as_deref().unwrap_or_default()
    }
    pub(super) fn regime(&self) -> &str {
        self.regime.as_deref().unwrap_or_default()
    }
    pub(super) fn effective(&self) -> Day {
        self.effective.unwrap_or(UNKNOWN)
    }
}

/// Words at a place.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    /// The entry's number.
    pub(super) seq: usize,
    /// Where it counts: of a correction the place of what it corrects.
    pub(super) place: usize,
    /// The record day of its place.
    pub(super) day: Day,
    /// Who said what stood first at its place.
    pub(super) by: String,
    /// Who said this.
    pub(super) issuer: String,
    pub(super) kind: String,
    pub(super) w: Rc<Words>,
    /// The assignment that an ending by responsibility, agency and role meant.
    pub(super) meant: Option<String>,
    /// Who approved it.
    pub(super) approved: Vec<String>,
    /// Corrected or withdrawn.
    pub(super) over: bool,
}

impl Fact {
    /// When the act happened.
    pub(super) fn on(&self) -> Day {
        self.w.on.unwrap_or(self.day)
    }
    /// The name of the holding that an assignment makes.
    pub(super) fn assignment(&self) -> String {
        self.w.assignment.clone().unwrap_or_else(|| format!("as-{}", self.place))
    }
}

/// A name given to what a part inherited.
#[derive(Clone, Debug)]
pub(super) struct Given {
    pub(super) split: usize,
    pub(super) part: String,
    pub(super) old: String,
    pub(super) name: String,
}

/// The facts that stand, by place.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    pub(super) facts: Vec<Fact>,
    pub(super) names: Vec<Given>,
}

impl Record {
    /// Those of the facts that stand, and whose object stands.
    pub(super) fn standing(all: &[Fact], names: &[Given]) -> Self {
        let mut facts: Vec<Fact> = all.iter().filter(|fact| !fact.over).cloned().collect();
        facts.sort_by_key(|fact| fact.place);
        let ids = |kind: &str, id: &dyn Fn(&Words) -> Option<String>| -> BTreeSet<String> {
            facts.iter().filter(|fact| fact.kind == kind).filter_map(|fact| id(&fact.w)).collect()
        };
        let responsibilities = ids("responsibility.defined", &|w| w.responsibility.clone());
        let handoffs = ids("handoff.proposed", &|w| w.handoff.clone());
        let claims = ids("claim.raised", &|w| w.claim.clone());
        let territories = ids("territory.registered", &|w| w.territory.clone());
        facts.retain(|fact| {
            let of =
                |ids: &BTreeSet<String>, id: &Option<String>| id.as_ref().is_none_or(|id| ids.contains(id));
            match fact.kind.split_once('.').unwrap() {
                ("handoff", _) => of(&handoffs, &fact.w.handoff),
                ("claim", _) => of(&claims, &fact.w.claim),
                ("territory", _) => of(&territories, &fact.w.territory),
                ("responsibility" | "assignment", _) => of(&responsibilities, &fact.w.responsibility),
                _ => true,
            }
        });
        let mut record = Self { facts, names: names.to_vec() };
        let named = record.named();
        record.facts.retain(|fact| {
            let id = fact.w.assignment.as_ref().or(fact.meant.as_ref());
            let of = id.and_then(|id| named.get(id)).map(|(of, _)| of);
            !["assignment.ended", "assignment.changed"].contains(&fact.kind.as_str())
                || of.is_some_and(|of| responsibilities.contains(of))
        });
        record
    }

    pub(super) fn of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Fact> + 'a {
        self.facts.iter().filter(move |fact| fact.kind == kind)
    }

    /// The fact of a kind about a handoff.
    pub(super) fn step<'a>(&'a self, kind: &str, handoff: &str) -> Option<&'a Fact> {
        self.facts.iter().find(|fact| fact.kind == kind && fact.w.handoff() == handoff)
    }

    /// What was said before a place.
    pub(super) fn before(&self, place: usize) -> Self {
        let facts = self.facts.iter().filter(|fact| fact.place < place).cloned().collect();
        Self { facts, names: self.names.clone() }
    }

    /// The same with one more fact.
    pub(super) fn with(&self, fact: Fact) -> Self {
        let mut record = self.clone();
        let at = record.facts.partition_point(|other| other.place < fact.place);
        record.facts.insert(at, fact);
        record
    }
}

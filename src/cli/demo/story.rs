//! What happened in Sagara, a district that does not exist: told once, the same every time.

use crate::domain::statement::Unreadable;
use crate::domain::{AgencyId, Date, Speaker, strict};
use crate::ledger::Ledger;
use crate::seal::{self, Submission};

use super::super::{Error, Result};

/// The district's own affairs, one statement a line.
const DISTRICT: &str = include_str!("district.jsonl");
/// Building permits, each a case that passes from desk to desk.
const CASES: u64 = 150;
/// Where the dice begin: the same stories on every machine.
const SEED: u64 = 20_241_021;
/// First day of the permits.
const FIRST_DAY: &str = "2024-01-08";
const DESKS: [&str; 4] = ["dinas-pu", "dinas-lh", "dinas-pasar", "dinas-sosial"];

/// Tells the ledger everything, in order.
pub(super) fn tell(ledger: &Ledger) -> Result<()> {
    let registrar = AgencyId::parse("setda").map_err(|bad| Error::usage("the registrar", bad.to_string()))?;
    let said = |json: &str| -> std::result::Result<Submission, Unreadable> {
        seal::value(strict::parse(json.as_bytes())?, Speaker::Import { agency: registrar.clone() })
    };
    let unread = |why: Unreadable| Error::usage("the district", why.to_string());
    let district: Vec<_> =
        DISTRICT.lines().map(&said).collect::<std::result::Result<_, _>>().map_err(unread)?;
    ledger.submit_blocking(district)?;
    let cases = cases()?;
    let cases: Vec<_> =
        cases.iter().map(|json| said(json)).collect::<std::result::Result<_, _>>().map_err(unread)?;
    ledger.submit_blocking(cases)?;
    Ok(())
}

fn cases() -> Result<Vec<String>> {
    let first = Date::parse(FIRST_DAY).map_err(|bad| Error::usage("the calendar", bad.to_string()))?;
    let mut dice = Dice(SEED);
    let mut lines = Vec::new();
    for n in 1..=CASES {
        let mut day = first.plus_days(dice.below(500));
        let mut desk = dice.desk();
        let id = format!("permit-{n}");
        let basis = r#""basis":{"ref":"sagara/perda/2019/4","article":"30"}"#;
        lines.push(format!(
            r#"{{"type":"responsibility.defined","jti":"{id} begun","data":{{"responsibility":"{id}","name":{{"id":"Izin bangunan {n}","en":"Building permit {n}"}},"code":{{"scheme":"izin","value":"building"}},"nature":"case","due":"{}"}}}}"#,
            day.plus_days(60)
        ));
        lines.push(format!(
            r#"{{"type":"assignment.made","jti":"{id} taken","data":{{"responsibility":"{id}","agency":"{desk}","role":"accountable","valid":{{"from":"{day}"}},{basis}}}}}"#
        ));
        for step in 1..=dice.below(4) {
            let next = dice.desk();
            day = day.plus_days(1 + dice.below(20));
            if next == desk {
                continue;
            }
            lines.push(format!(
                r#"{{"type":"handoff.proposed","jti":"{id} passed {step}","data":{{"handoff":"{id}-{step}","responsibilities":["{id}"],"from":"{desk}","to":"{next}","regime":"observed","effective":"{day}",{basis}}}}}"#
            ));
            desk = next;
        }
        lines.push(format!(
            r#"{{"type":"responsibility.retired","jti":"{id} done","data":{{"responsibility":"{id}","effective":"{}"}}}}"#,
            day.plus_days(1 + dice.below(30))
        ));
    }
    Ok(lines)
}

/// xorshift64: no secret depends on it.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        i64::try_from(self.0 >> 33).unwrap_or(0) % sides
    }

    fn desk(&mut self) -> &'static str {
        let desks = i64::try_from(DESKS.len()).unwrap_or(1);
        let chosen = usize::try_from(self.below(desks)).unwrap_or(0);
        DESKS.get(chosen).copied().unwrap_or("dinas-pu")
    }
}

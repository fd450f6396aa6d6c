//! Rules of witnesses: the registrar names and retires them (DOMAIN section 4).

use super::super::Data;
use super::require::{missing, wrong};
use super::{Case, Refusal};

pub(super) fn check(case: &Case<'_>) -> Result<(), Refusal> {
    match &case.statement.data {
        Data::WitnessRegistered(data) => {
            case.registrar()?;
            case.after()?;
            // a retired one stays in the register: its name means one key for ever
            let taken = case.state.witnesses.contains_key(&data.name);
            case.free(taken, data.name.as_str(), "data.name")
        }
        Data::WitnessRetired(data) => {
            let there = case.state.witnesses.get(&data.name);
            let there = there.ok_or_else(|| missing("witness", data.name.as_str(), "data.name"))?;
            case.registrar()?;
            case.after()?;
            match &there.retired {
                Some(fact) => {
                    Err(wrong(format!("the witness {} is retired already", data.name)).seq(fact.by))
                }
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

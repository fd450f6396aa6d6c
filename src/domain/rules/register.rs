//! Rules of territories and instruments: the registrar keeps them.

use super::super::Data;
use super::{Case, Refusal};

pub(super) fn check(case: &Case<'_>) -> Result<(), Refusal> {
    match &case.statement.data {
        Data::TerritoryRegistered(data) => {
            case.territory_known(data.within.as_ref(), "data.within")?;
            case.registrar()?;
            case.basis_known(data.basis.as_ref())?;
            let taken = case.state.territories.contains_key(&data.territory);
            case.free(taken, data.territory.as_str(), "data.territory")
        }
        Data::TerritoryChanged(data) => {
            case.territory_known(Some(&data.territory), "data.territory")?;
            case.territory_known(data.within.as_ref(), "data.within")?;
            case.registrar()?;
            case.basis_known(data.basis.as_ref())
        }
        _ => case.registrar(),
    }
}

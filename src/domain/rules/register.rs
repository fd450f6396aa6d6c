//! Rules of territories and instruments: the registrar keeps them.

use super::super::event::register::{InstrumentRecorded, TerritoryChanged, TerritoryRegistered};
use super::{Case, Refusal};

pub(in crate::domain) fn registered(case: &Case<'_>, data: &TerritoryRegistered) -> Result<(), Refusal> {
    case.territory_known(data.within.as_ref(), "data.within")?;
    case.basis_known(data.basis.as_ref())?;
    case.registrar()?;
    case.after()?;
    let taken = case.state.territories.contains_key(&data.territory);
    case.free(taken, data.territory.as_str(), "data.territory")
}

pub(in crate::domain) fn changed(case: &Case<'_>, data: &TerritoryChanged) -> Result<(), Refusal> {
    case.territory_known(Some(&data.territory), "data.territory")?;
    case.territory_known(data.within.as_ref(), "data.within")?;
    case.basis_known(data.basis.as_ref())?;
    case.registrar()
}

pub(in crate::domain) fn instrument(case: &Case<'_>, _: &InstrumentRecorded) -> Result<(), Refusal> {
    case.registrar()
}

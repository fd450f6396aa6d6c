//! What the rules cannot judge, since they do not hash: that a key which a statement registers is one,
//! and has the name it is given.

use crate::domain::Data;
use crate::domain::event::agency::KeyRegistered;
use crate::domain::event::ledger::WitnessRegistered;
use crate::domain::statement::Unreadable;
use crate::log::note::CosignerVkey;

use super::jwk;

/// The form of every key that data registers.
///
/// # Errors
/// `malformed`, with the field at fault.
pub(super) fn check(data: &Data) -> Result<(), Unreadable> {
    match data {
        Data::KeyRegistered(key) => signing(key),
        Data::WitnessRegistered(witness) => cosigning(witness),
        _ => Ok(()),
    }
}

fn signing(key: &KeyRegistered) -> Result<(), Unreadable> {
    let found = jwk::kid(&key.jwk).map_err(|why| Unreadable { field: Some("data.jwk".to_owned()), ..why })?;
    if found == key.kid { Ok(()) } else { Err(bad("data.kid", format!("the key's thumbprint is {found}"))) }
}

fn cosigning(witness: &WitnessRegistered) -> Result<(), Unreadable> {
    let vkey = CosignerVkey::parse(witness.vkey.as_str()).map_err(|_| {
        bad("data.vkey", "expected a witness's key, <name>+<8 hex>+<base64>, of type 0x04".to_owned())
    })?;
    if vkey.name() == witness.name.as_str() {
        return Ok(());
    }
    Err(bad(
        "data.name",
        format!("the key is that of {:?}; a witness is registered under its key's name", vkey.name()),
    ))
}

fn bad(field: &str, detail: String) -> Unreadable {
    Unreadable { field: Some(field.to_owned()), ..Unreadable::malformed(detail) }
}

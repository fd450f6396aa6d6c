//! Rules of witnesses: the registrar names and retires them (DOMAIN section 4).

use super::super::event::ledger::{WitnessRegistered, WitnessRetired};
use super::super::text::Text;
use super::require::{missing, wrong};
use super::{Case, Refusal};

pub(in crate::domain) fn registered(case: &Case<'_>, data: &WitnessRegistered) -> Result<(), Refusal> {
    case.registrar()?;
    case.after()?;
    // a retired one stays in the register: its name means one key for ever
    let taken = case.state.witnesses.contains_key(&data.name);
    case.free(taken, data.name.as_str(), "data.name")?;
    // a cosignature does not say under which name it was made: one key would count as two
    let key = key(&data.vkey);
    let mut known = case.state.witnesses.values().map(|witness| &witness.registered.data.vkey);
    case.free(key.is_some() && known.any(|vkey| self::key(vkey) == key), "the key", "data.vkey")
}

pub(in crate::domain) fn retired(case: &Case<'_>, data: &WitnessRetired) -> Result<(), Refusal> {
    let there = case.state.witnesses.get(&data.name);
    let there = there.ok_or_else(|| missing("witness", data.name.as_str(), "data.name"))?;
    case.registrar()?;
    case.after()?;
    match &there.retired {
        Some(fact) => Err(wrong(format!("the witness {} is retired already", data.name)).seq(fact.by)),
        None => Ok(()),
    }
}

/// The key in a verifier key, `<name>+<id>+<key>`: its base64 has one spelling.
fn key(vkey: &Text) -> Option<&str> {
    vkey.as_str().splitn(3, '+').nth(2)
}

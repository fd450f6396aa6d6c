//! `erase SEQ`: the registrar erases details of an entry, by the operator's hand.

use serde_json::json;

use crate::domain::{Code, Speaker};
use crate::ledger::{self, random};
use crate::seal;

use super::arguments::Erase;
use super::import::open_ledger;
use super::output::{Output, say};
use super::settings::Settings;
use super::{Error, OK, Result};

pub(super) fn run(arguments: &Erase, settings: &Settings, output: &mut Output) -> Result<u8> {
    let Erase { seq, field, basis, approval, data } = arguments;
    let mut said = json!({"seq": seq, "fields": field, "basis": {"ref": basis}});
    let bad = |why: crate::domain::statement::Unreadable| Error::usage("erase", why.to_string());
    let approves = seal::approval(&json!({"type": "details.erased", "data": said})).map_err(bad)?;
    if let (false, Some(said)) = (approval.is_empty(), said.as_object_mut()) {
        said.insert("approvals".to_owned(), json!(approval));
    }
    let names = seal::hex(&seal::sha256(json!(field).to_string().as_bytes()));
    let jti = format!("erase {seq} {}", names.get(..32).unwrap_or(&names));
    let statement = json!({"jti": jti, "type": "details.erased", "data": said});
    let dir = settings.data(data)?;
    let (ledger, registrar) = open_ledger(settings, &dir)?;
    let said = seal::said(statement, Speaker::Import { agency: registrar }, random).map_err(bad);
    let done = said.map(|said| ledger.submit_blocking(vec![said]));
    let closed = ledger.close();
    let done = done?;
    if let Err(ledger::Error::Refused { refusal, .. }) = &done
        && refusal.code == Code::ApprovalMissing
    {
        let approves = approves.as_str();
        say(&format!(
            "what an overseer approves by approval.given is \"{approves}\"; then give --approval SEQ"
        ));
    }
    let outcome = done?;
    closed?;
    for receipt in &outcome.receipts {
        let by = receipt.seq.0;
        if output.json {
            output.value(&json!({"seq": seq, "fields": field, "by": by, "repeated": outcome.repeated}))?;
        } else {
            output.line(&format!("erased by entry {by}"))?;
        }
    }
    say("hint: copies made before still hold it: destroy their details/keys when their time is over");
    Ok(OK)
}

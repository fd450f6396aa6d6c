//! `witness register` and `witness retire`: the registrar's word, by the operator's hand on a directory,
//! or under the registrar's token at a server.

use std::io::Cursor;

use serde_json::{Value, json};

use crate::domain::{Code, Speaker, WitnessName, WitnessUrl};
use crate::ledger::random;
use crate::log::CosignerVkey;
use crate::seal;

use super::super::arguments::{Where, WitnessRegister, WitnessRetire};
use super::super::import::open_ledger;
use super::super::output::{Output, say};
use super::super::settings::Settings;
use super::super::url::Server;
use super::super::{Error, OK, Result};

pub(super) fn register(arguments: &WitnessRegister, settings: &Settings, output: &mut Output) -> Result<u8> {
    let WitnessRegister { vkey, at, to } = arguments;
    let hint = "give the line that `witness serve` of that witness printed: <name>+<id>+<key>";
    let key = CosignerVkey::parse(vkey).map_err(|bad| Error::hinted("--vkey", bad.to_string(), hint))?;
    WitnessUrl::parse(at).map_err(|bad| Error::usage("--at", bad.to_string()))?;
    // the same once more is the same statement; another address or key of that name is another
    let hash = seal::hex(&seal::sha256(format!("{vkey}\n{at}").as_bytes()));
    let jti = format!("witness.registered {}", hash.get(..32).unwrap_or(&hash));
    let data = json!({"name": key.name(), "vkey": vkey, "url": at});
    let said = say_it(json!({"jti": jti, "type": "witness.registered", "data": data}), to, settings)?;
    told(&said, key.name(), "registered", output)?;
    say("hint: policy.changed with witness_quorum says how many must sign what is published");
    Ok(OK)
}

pub(super) fn retire(arguments: &WitnessRetire, settings: &Settings, output: &mut Output) -> Result<u8> {
    let WitnessRetire { name, to } = arguments;
    WitnessName::parse(name).map_err(|bad| Error::usage("NAME", bad.to_string()))?;
    let hash = seal::hex(&seal::sha256(name.as_bytes()));
    let jti = format!("witness.retired {}", hash.get(..32).unwrap_or(&hash));
    let statement = json!({"jti": jti, "type": "witness.retired", "data": {"name": name}});
    let said = say_it(statement, to, settings)?;
    told(&said, name, "retired", output)?;
    Ok(OK)
}

/// The entry that holds it.
struct Said {
    seq: u64,
}

fn told(said: &Said, name: &str, what: &str, output: &mut Output) -> Result<()> {
    let Said { seq } = said;
    if output.json {
        return output.value(&json!({"name": name, "seq": seq}));
    }
    output.line(&format!("{name} {what} by entry {seq}"))
}

/// Says it as the registrar.
fn say_it(statement: Value, to: &Where, settings: &Settings) -> Result<Said> {
    match (to.url.as_ref().or(settings.url.as_ref()), &to.data.data) {
        (Some(url), None) => {
            let token = to.token.as_ref().or(settings.token.as_ref()).cloned();
            at_server(&Server::parse(url, token)?, &statement)
        }
        _ => in_directory(statement, to, settings),
    }
}

fn in_directory(statement: Value, to: &Where, settings: &Settings) -> Result<Said> {
    let (ledger, registrar) = open_ledger(settings, &settings.data(&to.data)?)?;
    let said = seal::said(statement, Speaker::Import { agency: registrar }, random);
    let said = said.map_err(|why| Error::usage("the statement", why.to_string()));
    let done = said.map(|said| ledger.submit_blocking(vec![said]));
    let closed = ledger.close();
    let outcome = done??;
    closed?;
    let seq = outcome.receipts.first().map_or(0, |receipt| receipt.seq.0);
    Ok(Said { seq })
}

fn at_server(server: &Server, statement: &Value) -> Result<Said> {
    let mut answer = Value::Null;
    let mut take = |line: &[u8]| {
        answer = serde_json::from_slice(line).unwrap_or_default();
        Ok(())
    };
    server.pipe(Cursor::new(format!("{statement}\n")), &mut take)?;
    if let Some(seq) = answer.pointer("/receipt/seq").and_then(Value::as_u64) {
        return Ok(Said { seq });
    }
    let text = |path: &str| answer.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let code = text("/problem/code");
    let exit = Code::parse(&code).map_or(1, Code::statement_exit);
    Err(Error::Problem { code, detail: text("/problem/detail"), exit })
}

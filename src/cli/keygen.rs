//! `keygen OUT`: a key pair that an agency signs its statements with.

use std::path::Path;

use crate::seal::key::{Alg, KeyPair};

use super::arguments::Keygen;
use super::init::random;
use super::output::{Output, say};
use super::{Error, OK, Result, file};

/// Draws before giving up: one in 2^32 draws is no P-256 key.
const DRAWS: u32 = 8;

#[derive(serde::Serialize)]
struct Made<'a> {
    kid: &'a str,
    jwk: &'a crate::domain::event::agency::Jwk,
}

pub(super) fn run(arguments: &Keygen, output: &mut Output) -> Result<u8> {
    let hint = "algorithms are Ed25519 and ES256";
    let alg = Alg::parse(&arguments.alg).filter(|alg| alg.as_str() == arguments.alg);
    let alg = alg.ok_or_else(|| Error::hinted("--alg", format!("no algorithm {:?}", arguments.alg), hint))?;
    let pair = draw(alg)?;
    let out: &Path = &arguments.out;
    let private = format!("{}\n", pair.private_jwk());
    file::create(out, private.as_bytes()).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            let hint = "a key is never written over: give another name";
            Error::hinted(out.display().to_string(), "the file is there already", hint)
        }
        _ => Error::file(out)(error),
    })?;
    let made = Made { kid: pair.kid().as_str(), jwk: pair.jwk() };
    if output.json {
        output.value(&made)?;
    } else {
        output.line(made.kid)?;
        output.value(made.jwk)?;
    }
    say(&format!("the private key is in {}, for its owner alone; it is kept nowhere else", out.display()));
    say("hint: register the lines above with key.registered: {\"agency\":..,\"kid\":..,\"jwk\":..}");
    Ok(OK)
}

fn draw(alg: Alg) -> Result<KeyPair> {
    let mut last = None;
    for _ in 0..DRAWS {
        match KeyPair::new(alg, &random()?) {
            Ok(pair) => return Ok(pair),
            Err(why) => last = Some(why),
        }
    }
    Err(Error::usage("the key", last.map(|why| why.to_string()).unwrap_or_default()))
}

//! `/v1/audit`: whether the ledger is whole, and the two kinds of proof.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use crate::domain::{Instant, Seq, WitnessName};
use crate::peer::cosign::{Last, Standing};

use super::app::App;
use super::events::needed;
use super::page;
use super::params::Params;
use super::problem::Problem;

#[derive(Serialize)]
struct Audit<'a> {
    origin: &'a str,
    vkey: Option<String>,
    size: u64,
    root: String,
    link: String,
    checkpoint: Age,
    verified: Verified,
    witnesses: Vec<Witness>,
    quorum: u64,
    unwitnessed_since: Option<Instant>,
    attested: u64,
    signed: u64,
    refusals: u64,
    mode: &'static str,
    why: Option<String>,
    disk_free_bytes: u64,
}

/// A witness that is asked: nulls until it has cosigned.
#[derive(Serialize)]
struct Witness {
    name: WitnessName,
    size: Option<u64>,
    at: Option<Instant>,
    age_s: Option<i64>,
}

#[derive(Serialize)]
struct Age {
    at: Instant,
    age_s: i64,
}

/// No verification runs inside the server in this version: `estafet verify` does it.
#[derive(Serialize)]
struct Verified {
    at: Option<Instant>,
    size: Option<u64>,
    result: &'static str,
    first_bad: Option<Seq>,
}

/// Integrity at a glance.
pub(super) async fn state(State(app): State<App>, params: Params) -> Result<Response, Problem> {
    params.only(&[])?;
    let (snapshot, reader, status) = (app.snapshot(), app.reader(), app.ledger.status());
    let age_s = |at: Instant| (app.ledger.now().micros - at.micros).max(0) / 1_000_000;
    let space = rustix::fs::statvfs(app.ledger.dir()).map_err(|e| Problem::internal(&e))?;
    let standings = app.config.cosigning.as_ref().map(|there| there.standings(&snapshot.state));
    let standings = standings.unwrap_or_default();
    let named = || snapshot.state.ledger.key().map(|(_, vkey)| vkey.to_owned());
    let response = page::json(&Audit {
        origin: reader.origin(),
        // whoever signs nothing knows it from the log
        vkey: reader.vkey().map(ToString::to_string).or_else(named),
        size: snapshot.size,
        root: snapshot.root.to_string(),
        link: snapshot.link.to_string(),
        checkpoint: Age { at: snapshot.at, age_s: age_s(snapshot.at) },
        verified: Verified { at: None, size: None, result: "never", first_bad: None },
        witnesses: standings.into_iter().map(|there| witness(there, age_s)).collect(),
        quorum: snapshot.state.policy().witness_quorum,
        unwitnessed_since: app.published(&snapshot).unwitnessed_since,
        attested: snapshot.state.attested(),
        signed: snapshot.state.ledger.signed,
        refusals: app.metrics.refusals(),
        mode: if status.why.is_none() { "writable" } else { "read-only" },
        why: status.why.map(|why| why.to_string()),
        disk_free_bytes: space.f_bavail.saturating_mul(space.f_frsize),
    })?;
    Ok(page::private(response))
}

fn witness(there: Standing, age_s: impl Fn(Instant) -> i64) -> Witness {
    let seconds = |last: Last| i64::try_from(last.time_s).unwrap_or(i64::MAX);
    let at = there.last.map(|last| Instant { micros: seconds(last).saturating_mul(1_000_000) });
    Witness { name: there.name, size: there.last.map(|last| last.size), at, age_s: at.map(age_s) }
}

#[derive(Serialize)]
struct Inclusion {
    seq: Seq,
    size: u64,
    leaf: String,
    root: String,
    proof: Vec<String>,
}

/// That an entry is among the first `size` (default: all there are).
pub(super) async fn inclusion(State(app): State<App>, params: Params) -> Result<Response, Problem> {
    params.only(&["seq", "size"])?;
    let tree = app.snapshot().tree.clone();
    let seq = params.number("seq")?.ok_or_else(|| needed("seq"))?;
    if seq >= tree.size() {
        return Err(Problem::not_found(format!("there is no entry {seq}: the log holds {}", tree.size())));
    }
    let size = params.number("size")?.unwrap_or(tree.size());
    if size > tree.size() || size <= seq {
        return Err(Problem::parameter("size", format!("expected {} to {}", seq + 1, tree.size())));
    }
    let proof = tree.inclusion_proof(seq, size)?;
    page::json(&Inclusion {
        seq: Seq(seq),
        size,
        leaf: tree.leaf(seq)?.to_string(),
        root: tree.root_at(size)?.to_string(),
        proof: proof.iter().map(ToString::to_string).collect(),
    })
}

#[derive(Serialize)]
struct Consistency {
    from: u64,
    to: u64,
    from_root: String,
    to_root: String,
    proof: Vec<String>,
}

/// That the first `to` entries (default: all there are) begin with the first `from`.
pub(super) async fn consistency(State(app): State<App>, params: Params) -> Result<Response, Problem> {
    params.only(&["from", "to"])?;
    let tree = app.snapshot().tree.clone();
    let from = params.number("from")?.ok_or_else(|| needed("from"))?;
    let to = params.number("to")?.unwrap_or(tree.size());
    if to > tree.size() {
        return Err(Problem::parameter("to", format!("expected at most {}", tree.size())));
    }
    if from > to {
        return Err(Problem::parameter("from", format!("expected at most {to}")));
    }
    let proof = tree.consistency_proof(from, to)?;
    page::json(&Consistency {
        from,
        to,
        from_root: tree.root_at(from)?.to_string(),
        to_root: tree.root_at(to)?.to_string(),
        proof: proof.iter().map(ToString::to_string).collect(),
    })
}

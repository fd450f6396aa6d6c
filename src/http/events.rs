//! `GET /v1/events`: pages of admitted events, one event with its bytes, its proof.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use crate::domain::state::words::Words;
use crate::domain::{AgencyId, Code, Instant, Seq, Subject};
use crate::log::tree::leaf_hash;
use crate::log::{Entry, Hash, proof as proofs};
use crate::views::answer::event::{self, Filter};

use super::app::{App, blocking};
use super::media::{self, Form};
use super::page;
use super::params::{Params, Segment};
use super::problem::Problem;
use super::reading::Reading;
use super::tiles;

/// Reads the filters.
pub(super) fn filter(params: &Params) -> Result<Filter, Problem> {
    let known_type = |text: &str| {
        let known = crate::domain::Data::TYPES.contains(&text);
        known.then(|| text.to_owned()).ok_or(())
    };
    Ok(Filter {
        type_name: params.read("type", "an event type such as handoff.accepted", known_type)?,
        agency: params.read("agency", "the id of an agency", AgencyId::parse)?,
        subject: params.read("subject", "a subject such as r:housing", Subject::parse)?,
        from: params.instant("from")?,
        to: params.instant("to")?,
    })
}

/// A page.
pub(super) async fn list(
    State(app): State<App>,
    params: Params,
    headers: HeaderMap,
    reading: Reading,
) -> Result<Response, Problem> {
    params.only(&["after", "limit", "type", "agency", "subject", "from", "to"])?;
    let (filter, limit) = (filter(&params)?, params.limit()?);
    let after = params.number("after")?.map(Seq);
    let snapshot = app.snapshot();
    let reader = app.reader();
    blocking(move || {
        let answer = || {
            let (tree, look) = ((&snapshot.state, snapshot.root), reading.look(&app));
            let found = event::page(&reader, &filter, after, limit, tree, &look)?;
            reading.record(&app.ledger, look.seen())?;
            let mut response = page::json(&found)?;
            if let Some(next) = found.next {
                page::link_next(&mut response, "/v1/events", &params.with("after", &next.to_string()));
            }
            Ok(response)
        };
        if reading.sees() {
            return answer().map(page::private);
        }
        page::tagged(&headers, &page::tag(snapshot.root, true), answer)
    })
    .await
}

/// An entry there is.
fn stored(app: &App, seq: Seq) -> Result<Vec<u8>, Problem> {
    let size = app.snapshot().size;
    if seq.0 >= size {
        return Err(Problem::not_found(format!("there is no entry {seq}: the log holds {size}")));
    }
    Ok(app.reader().entry(seq)?)
}

/// One event, with its bytes.
pub(super) async fn one(
    State(app): State<App>,
    segment: Segment,
    params: Params,
    headers: HeaderMap,
    reading: Reading,
) -> Result<Response, Problem> {
    params.only(&[])?;
    let seq = segment.seq()?;
    let bytes = stored(&app, seq)?;
    let words = app.snapshot().state.words(seq);
    if !event::has_details(seq, &bytes)? {
        let event = || page::json(&event::json((seq, words), &bytes, true, &reading.look(&app))?);
        return page::tagged(&headers, &tag(&bytes, words), event);
    }
    // details are read one by one, and the record of it waits for the disk
    blocking(move || {
        let look = reading.look(&app);
        let event = event::json((seq, words), &bytes, true, &look)?;
        reading.record(&app.ledger, look.seen())?;
        page::json(&event).map(page::private)
    })
    .await
}

/// The tag of an answer about an entry: its bytes, and what became of its words.
fn tag(bytes: &[u8], words: Words) -> String {
    let tag = page::tag(leaf_hash(bytes), true);
    let became: Vec<_> = [("c", words.corrected_by), ("w", words.withdrawn_by)]
        .into_iter()
        .filter_map(|(how, by)| by.map(|seq| format!("-{how}{seq}")))
        .collect();
    format!("{}{}\"", tag.trim_end_matches('"'), became.concat())
}

#[derive(Serialize)]
struct Proof<'a> {
    seq: Seq,
    at: Instant,
    leaf: Hash,
    entry: String,
    proof: Vec<Hash>,
    /// A signed note of exactly that size; null where only the root is known.
    checkpoint: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<Hash>,
}

/// The receipt of an event: by the newest checkpoint that enough witnesses signed, where it holds the
/// event, else by the newest; or the proof for a size. As text it is a
/// C2SP tlog-proof, which holds a checkpoint; as COSE a receipt of RFC 9942, whose root is signed.
pub(super) async fn proof(
    State(app): State<App>,
    segment: Segment,
    params: Params,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    params.only(&["size"])?;
    let seq = segment.seq()?;
    let bytes = stored(&app, seq)?;
    let snapshot = app.snapshot();
    let asked = params.number("size")?;
    let newest = || (snapshot.size, Arc::clone(&snapshot.checkpoint));
    let (covers, covering) = app.covering(&snapshot, seq).unwrap_or_else(newest);
    let size = asked.unwrap_or(covers);
    if size > snapshot.size || size <= seq.0 {
        let detail = format!("expected {} to {}", seq.0 + 1, snapshot.size);
        return Err(Problem::parameter("size", detail));
    }
    let proof = snapshot.tree.inclusion_proof(seq.0, size)?;
    let signed = [(covers, covering), newest()].into_iter().find(|(signed, _)| *signed == size);
    let checkpoint = signed.as_ref().map(|(_, note)| &**note);
    match (media::preferred(&headers), checkpoint) {
        (Form::Json, _) => {}
        (Form::Text, Some(note)) => {
            return Ok(negotiated(page::text(proofs::text(seq, &proof, note))));
        }
        (Form::Text, None) => {
            let detail = format!("as text: only {}, the size of the newest checkpoint", snapshot.size);
            return Err(Problem::parameter("size", detail));
        }
        (Form::Cose, _) => return Ok(negotiated(cose(app.reader().receipt(seq, size)?))),
    }
    let entry = Entry::decode(&bytes).map_err(|e| Problem::internal(&e))?;
    let root: Hash = snapshot.tree.root_at(size)?;
    let receipt = page::json(&Proof {
        seq,
        at: entry.at,
        leaf: leaf_hash(&bytes),
        entry: URL_SAFE_NO_PAD.encode(&bytes),
        proof,
        checkpoint,
        size: asked,
        root: asked.map(|_| root),
    })?;
    Ok(negotiated(receipt))
}

/// A receipt as COSE, of the newest size or of one that was asked for: the next entry makes the first
/// an old one.
fn cose(receipt: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/cose; cose-type=\"cose-sign1\"")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    let mut response = (headers, receipt).into_response();
    response.extensions_mut().insert(tiles::Dense);
    response
}

/// Says that `Accept` chose the form.
fn negotiated(mut response: Response) -> Response {
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    response
}

/// A missing parameter.
pub(super) fn needed(name: &str) -> Problem {
    Problem::of(Code::BadParameter, "the parameter is needed").field(name.to_owned())
}

//! `POST /v1/events`: one statement, signed or attested, or a batch that is admitted whole or not at all.

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use crate::domain::statement::Unreadable;
use crate::domain::{self, Code, Instant, Seq, Speaker, strict};
use crate::ledger::{self, Outcome, Receipt, random};
use crate::log::Hash;
use crate::seal::{self, Submission};

use super::app::{App, blocking};
use super::body::{self, BATCH_BYTES_MAX, ONE_BYTES_MAX};
use super::caller::Caller;
use super::page;
use super::params::Params;
use super::problem::{Kind, Problem};

/// Takes statements in the order API section 2 gives: size, form, token, signatures, then the rules.
pub(super) async fn submit(
    State(app): State<App>,
    params: Params,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    params.only(&[])?;
    let form = match body::media_type(&headers).as_deref() {
        Some("application/json") => Form::Attested,
        Some("application/jwt") => Form::Signed,
        Some("application/x-ndjson") => Form::Batch,
        _ => return Err(Problem::new(Kind::UnsupportedMediaType, "")),
    };
    let bytes_max = if form == Form::Batch { BATCH_BYTES_MAX } else { ONE_BYTES_MAX };
    let bytes = body::read(body, bytes_max, app.config.body_deadline).await?;
    // A token that is given is known, even where none is needed.
    let caller = Caller::of(&app, &headers);
    if form == Form::Batch {
        let snapshot = app.snapshot();
        // a batch may hold thousands: it is read on a thread that may be kept busy
        let submissions = blocking(move || {
            let batch = before(lines(&bytes, caller.as_ref()), &caller)?;
            checked(&snapshot.state, batch)
        });
        let submissions = submissions.await?;
        let outcome = app.ledger.submit(submissions).await.map_err(|e| problem(e, true))?;
        return batch_receipt(&outcome);
    }
    let mut submission = if form == Form::Signed {
        let submission = before(signed(&bytes), &caller)?;
        caller.map(|_| submission)?
    } else {
        sealed(&bytes, caller.and_then(|caller| caller.speaker()))?
    };
    // One signature costs less than going to another thread and back.
    submission.check(&app.snapshot().state)?;
    let outcome = app.ledger.submit(vec![submission]).await.map_err(|e| problem(e, false))?;
    one_receipt(&outcome)
}

/// Most details of a batch, whose memory they take before anything is known of its sender.
const BATCH_DETAILS_MAX: usize = 65_536;

/// What a request's body is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Attested,
    Signed,
    Batch,
}

/// What cannot be read is said before a token that is not known; what is no signature after it.
fn before<T>(read: Result<T, Problem>, caller: &Result<Caller, Problem>) -> Result<T, Problem> {
    match (read, caller) {
        (Err(problem), Err(unknown)) if problem.kind.status() == 401 => Err(unknown.clone()),
        (read, _) => read,
    }
}

/// Reads one signed statement, as it is or with a line end behind it.
fn signed(bytes: &[u8]) -> Result<Submission, Problem> {
    let text = std::str::from_utf8(bytes.trim_ascii_end());
    let text = text.map_err(|_| Problem::of(Code::Malformed, "a JWT in compact form is ASCII"))?;
    Ok(seal::presented(text)?)
}

/// Reads one statement. Its form is judged before the token, so an unknown speaker reads it too.
fn sealed(bytes: &[u8], speaker: Result<Speaker, Problem>) -> Result<Submission, Problem> {
    let nobody = Speaker::Nobody;
    let speaker_or_nobody = speaker.as_ref().unwrap_or(&nobody).clone();
    let read = seal::said(strict::parse(bytes)?, speaker_or_nobody, random)?;
    speaker.map(|_| read)
}

/// Reads a line, signed or attested. Its form is judged before the token, so an attested one is read for
/// nobody, too.
pub(super) fn line(bytes: &[u8], speaker: Option<&Speaker>) -> Result<Submission, Unreadable> {
    let nobody = Speaker::Nobody;
    seal::line(strict::parse(bytes)?, speaker.unwrap_or(&nobody).clone(), random)
}

/// Reads a batch. Only what is attested needs a token that writes.
fn lines(bytes: &[u8], caller: Result<&Caller, &Problem>) -> Result<Vec<Submission>, Problem> {
    let speaker = caller.map_err(Problem::clone).and_then(Caller::speaker);
    let (mut read, mut details) = (Vec::new(), 0);
    let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    for (index, line) in lines.enumerate() {
        let submission = self::line(line, speaker.as_ref().ok());
        let submission = submission.map_err(|why| Problem::from(why).index(Some(index)))?;
        details += submission.details.digests.len();
        if details > BATCH_DETAILS_MAX {
            let detail = format!("a batch has at most {BATCH_DETAILS_MAX} details");
            return Err(Problem::of(Code::TooLarge, detail).index(Some(index)));
        }
        read.push(submission);
    }
    if read.is_empty() {
        return Err(Problem::of(Code::Malformed, "a batch has at least one statement"));
    }
    if !read.iter().all(Submission::is_signed) {
        return speaker.map(|_| read);
    }
    caller.map(|_| read).map_err(Problem::clone)
}

/// A batch whose signatures have been checked, as far as their keys are registered by now.
fn checked(state: &domain::State, mut batch: Vec<Submission>) -> Result<Vec<Submission>, Problem> {
    for (index, one) in batch.iter_mut().enumerate() {
        one.check(state).map_err(|why| Problem::from(why).index(Some(index)))?;
    }
    Ok(batch)
}

/// A receipt (FORMAT section 6).
#[derive(Serialize)]
pub(super) struct ReceiptShape<'a> {
    seq: Seq,
    at: Instant,
    leaf: Hash,
    entry: String,
    proof: &'a [Hash],
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    disclosures: Vec<&'a str>,
}

impl<'a> ReceiptShape<'a> {
    pub(super) fn new(receipt: &'a Receipt, checkpoint: Option<&'a str>) -> Self {
        Self {
            seq: receipt.seq,
            at: receipt.at,
            leaf: receipt.leaf,
            entry: URL_SAFE_NO_PAD.encode(&receipt.entry),
            proof: &receipt.proof,
            checkpoint,
            disclosures: receipt.disclosures.iter().map(|disclosure| &*disclosure.text).collect(),
        }
    }
}

#[derive(Serialize)]
struct BatchShape<'a> {
    checkpoint: &'a str,
    receipts: Vec<ReceiptShape<'a>>,
}

fn status(outcome: &Outcome) -> StatusCode {
    if outcome.repeated { StatusCode::OK } else { StatusCode::CREATED }
}

fn one_receipt(outcome: &Outcome) -> Result<Response, Problem> {
    let receipt = outcome.receipts.first().ok_or_else(|| Problem::internal(&"no receipt"))?;
    let shape = ReceiptShape::new(receipt, Some(&receipt.checkpoint));
    let mut response = (status(outcome), page::json(&shape)?).into_response();
    if let Ok(place) = HeaderValue::from_str(&format!("/v1/events/{}", receipt.seq)) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

fn batch_receipt(outcome: &Outcome) -> Result<Response, Problem> {
    let first = outcome.receipts.first().ok_or_else(|| Problem::internal(&"no receipt"))?;
    let receipts = outcome.receipts.iter().map(|receipt| ReceiptShape::new(receipt, None)).collect();
    let shape = BatchShape { checkpoint: &first.checkpoint, receipts };
    Ok((status(outcome), page::json(&shape)?).into_response())
}

pub(super) fn problem(error: ledger::Error, batch: bool) -> Problem {
    let in_batch = |index: usize| batch.then_some(index);
    let wait = |code, seconds: u64| Problem { retry_after_s: Some(seconds), ..Problem::of(code, "") };
    match error {
        ledger::Error::Refused { refusal, index } => Problem::from(refusal).index(in_batch(index)),
        ledger::Error::Busy => wait(Code::Busy, 1),
        ledger::Error::ClockBehind { wait_ms } => wait(Code::ClockBehind, wait_ms.div_ceil(1000).max(1)),
        // Room is made by people: asking every second helps nobody.
        ledger::Error::DiskLow => wait(Code::DiskLow, 30),
        other => Problem::of(other.code(), other.to_string()),
    }
}

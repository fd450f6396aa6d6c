//! `POST /v1/events/pipe`: statements streamed in, a line each; answers streamed out in their order, each
//! as soon as it is durable. Nothing more is read than is on its way to the writer.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::domain::{Code, Speaker};
use crate::ledger::Pending;
use crate::seal::Submission;

use super::app::App;
use super::body::{self, ONE_BYTES_MAX};
use super::params::Params;
use super::piped::Piped;
use super::problem::{Kind, Problem};
use super::reading::Reading;
use super::twins::Pieces;
use super::wording::Language;

/// Statements on their way to the disk, for one pipe.
const FLIGHT: usize = 256;
/// Lines whose signatures are checked together, on one thread.
const TOGETHER: usize = 32;
/// How long a pipe may be silent between two lines.
const SILENCE: Duration = Duration::from_secs(300);
/// Pause before a statement is offered again to a writer that has enough to do.
const BUSY_PAUSE: Duration = Duration::from_millis(5);
/// Bytes of answers written at once.
const ANSWER_BYTES: usize = 32 << 10;

/// Mark of a response whose pieces are not held back to be compressed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Live;

/// A line, read or answered already.
type Read = (u64, Result<Submission, Piped>);
/// A line on its way to the disk, or answered already.
type Sent = (u64, Result<Pending, Piped>);

/// Takes lines until the sender ends.
pub(super) async fn pipe(
    State(app): State<App>,
    params: Params,
    headers: HeaderMap,
    // a token that is given is known, even where none is needed
    reading: Reading,
    body: Body,
) -> Result<Response, Problem> {
    params.only(&[])?;
    if body::media_type(&headers).as_deref() != Some("application/x-ndjson") {
        return Err(Problem::new(Kind::UnsupportedMediaType, "a pipe takes application/x-ndjson"));
    }
    let (chunks, checking) = mpsc::channel(FLIGHT / TOGETHER);
    let (sent, waiting) = mpsc::channel(FLIGHT);
    let (pieces, out) = mpsc::channel(1);
    let language = Language::of(&headers);
    let speaker = Arc::new(reading.caller.speaker());
    tokio::spawn(read(Lines { app: app.clone(), speaker, chunks }, body));
    tokio::spawn(offer(app.clone(), checking, sent));
    tokio::spawn(answer(waiting, Answers { app, reading, pieces, language }));
    let media_type = HeaderValue::from_static("application/x-ndjson");
    let mut response = ([(header::CONTENT_TYPE, media_type)], Body::new(Pieces(out))).into_response();
    response.extensions_mut().insert(Live);
    Ok(response)
}

struct Lines {
    app: App,
    speaker: Arc<Result<Speaker, Problem>>,
    chunks: mpsc::Sender<JoinHandle<Vec<Read>>>,
}

impl Lines {
    /// Has lines read on a thread of their own; false when nobody waits for the answers any more.
    async fn check(&self, lines: Vec<(u64, Result<Vec<u8>, Problem>)>) -> bool {
        if lines.is_empty() {
            return true;
        }
        let (app, speaker) = (self.app.clone(), Arc::clone(&self.speaker));
        let checking = tokio::task::spawn_blocking(move || {
            let snapshot = app.snapshot();
            let read = |(number, line): (u64, Result<Vec<u8>, Problem>)| {
                let read = match line {
                    Ok(bytes) => Piped::read(&snapshot.state, number, &bytes, speaker.as_ref().as_ref()),
                    Err(problem) => Err(Piped::refused(number, problem)),
                };
                (number, read)
            };
            lines.into_iter().map(read).collect()
        });
        self.chunks.send(checking).await.is_ok()
    }
}

/// The line that is not at its end yet.
#[derive(Default)]
struct Line {
    number: u64,
    bytes: Vec<u8>,
    /// It is longer than a statement may be: the rest of it is passed over.
    too_long: bool,
}

impl Line {
    /// Takes bytes; the lines that end in them are added.
    fn take(&mut self, mut bytes: &[u8], ended: &mut Vec<(u64, Result<Vec<u8>, Problem>)>) {
        while let Some(at) = bytes.iter().position(|byte| *byte == b'\n') {
            let (rest, after) = bytes.split_at(at);
            self.grow(rest);
            self.end(ended);
            bytes = after.get(1..).unwrap_or_default();
        }
        self.grow(bytes);
    }

    fn grow(&mut self, bytes: &[u8]) {
        if self.too_long || self.bytes.len() + bytes.len() > ONE_BYTES_MAX {
            self.too_long = true;
            self.bytes = Vec::new();
        } else {
            self.bytes.extend_from_slice(bytes);
        }
    }

    fn end(&mut self, ended: &mut Vec<(u64, Result<Vec<u8>, Problem>)>) {
        self.number += 1;
        let line = std::mem::take(&mut self.bytes);
        if std::mem::take(&mut self.too_long) {
            let detail = format!("the line is longer than {ONE_BYTES_MAX} bytes");
            ended.push((self.number, Err(Problem::of(Code::TooLarge, detail))));
        } else if !line.trim_ascii().is_empty() {
            ended.push((self.number, Ok(line.trim_ascii().to_vec())));
        }
    }

    fn is_open(&self) -> bool {
        self.too_long || !self.bytes.is_empty()
    }
}

async fn read(lines: Lines, body: Body) {
    let mut body = pin!(body);
    let (mut line, mut ended) = (Line::default(), Vec::new());
    loop {
        let patience = if line.is_open() { lines.app.config.body_deadline } else { SILENCE };
        let piece = timeout(patience, poll_fn(|cx| body.as_mut().poll_frame(cx))).await;
        let (last, problem) = match piece {
            Ok(Some(Ok(frame))) => {
                if let Ok(bytes) = frame.into_data() {
                    line.take(&bytes, &mut ended);
                }
                (false, None)
            }
            Ok(None) => (true, None),
            Ok(Some(Err(_))) => (true, Some(Problem::of(Code::Malformed, "the body breaks off"))),
            Err(_) => (true, Some(Problem::new(Kind::Timeout, ""))),
        };
        if last && line.is_open() {
            // what broke off inside a line may be half a statement
            match problem {
                None => line.end(&mut ended),
                Some(problem) => ended.push((line.number + 1, Err(problem))),
            }
        }
        while !ended.is_empty() {
            let rest = ended.split_off(ended.len().min(TOGETHER));
            if !lines.check(std::mem::replace(&mut ended, rest)).await {
                return;
            }
        }
        if last {
            return;
        }
    }
}

/// Offers what was read to the writer, in order.
async fn offer(app: App, mut checking: mpsc::Receiver<JoinHandle<Vec<Read>>>, sent: mpsc::Sender<Sent>) {
    while let Some(chunk) = checking.recv().await {
        // a thread that panicked has said so; the pipe ends without answers to its lines
        let Ok(lines) = chunk.await else { return };
        for (number, read) in lines {
            let pending = match read {
                Ok(submission) => enqueue(&app, number, submission).await,
                Err(answered) => Err(answered),
            };
            if sent.send((number, pending)).await.is_err() {
                return;
            }
        }
    }
}

async fn enqueue(app: &App, number: u64, submission: Submission) -> Result<Pending, Piped> {
    let mut statements = vec![submission];
    loop {
        match app.ledger.offer(statements) {
            Ok(queued) => return queued.map_err(|error| Piped::answer(number, Err(error))),
            Err(back) => statements = back,
        }
        sleep(BUSY_PAUSE).await;
    }
}

/// Where answers go, and whose they are.
struct Answers {
    app: App,
    reading: Reading,
    pieces: mpsc::Sender<std::io::Result<Bytes>>,
    language: Language,
}

/// Writes answers in order, several at once where several are there.
async fn answer(mut waiting: mpsc::Receiver<Sent>, to: Answers) {
    let Answers { app, reading, pieces, language } = to;
    let mut out = Vec::new();
    let mut next = waiting.recv().await;
    while let Some((number, pending)) = next {
        let answered = match pending {
            Ok(pending) => {
                let mut arriving = pin!(pending.arrive());
                // what is known is written before waiting for what is not
                match now(arriving.as_mut()).await {
                    Some(outcome) => Piped::answer(number, outcome),
                    None => {
                        if !flush(&mut out, &pieces).await {
                            return;
                        }
                        Piped::answer(number, arriving.await)
                    }
                }
            }
            Err(answered) => answered,
        };
        if let Some(kind) = answered.problem() {
            app.metrics.problem(kind);
            if kind.status() == 403 {
                reading.clone().refuses(&app, kind.as_str()).await;
            }
        }
        out.extend(answered.json(language, reading.request_id()));
        out.push(b'\n');
        next = waiting.try_recv().ok();
        if next.is_none() || out.len() >= ANSWER_BYTES {
            if !flush(&mut out, &pieces).await {
                return;
            }
            if next.is_none() {
                next = waiting.recv().await;
            }
        }
    }
}

async fn flush(out: &mut Vec<u8>, pieces: &mpsc::Sender<std::io::Result<Bytes>>) -> bool {
    out.is_empty() || pieces.send(Ok(std::mem::take(out).into())).await.is_ok()
}

/// What a future has ready, without waiting for it.
async fn now<T>(mut future: Pin<&mut impl Future<Output = T>>) -> Option<T> {
    poll_fn(|cx| match future.as_mut().poll(cx) {
        std::task::Poll::Ready(value) => std::task::Poll::Ready(Some(value)),
        std::task::Poll::Pending => std::task::Poll::Ready(None),
    })
    .await
}

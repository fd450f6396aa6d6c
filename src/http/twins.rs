//! `/v1/events.ndjson` and `.csv`: all events that fit a filter, streamed as fast as they are taken.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use tokio::sync::mpsc;

use crate::domain::{Seq, State};
use crate::views;
use crate::views::answer::details::Look;
use crate::views::answer::event::{self, Answer, Scan};

use super::app::App;
use super::events;
use super::page;
use super::params::Params;
use super::problem::Problem;
use super::reading::Reading;

/// Pieces that wait for a slow reader; each is of some hundred events.
const PIECES: usize = 4;
/// Columns of the table.
const COLUMNS: [&str; 12] = [
    "seq",
    "at",
    "type",
    "agency",
    "assurance",
    "jti",
    "corrects",
    "corrected_by",
    "withdrawn_by",
    "data",
    "links",
    "leaf",
];

/// One event a line, as JSON.
pub(super) async fn ndjson(
    extract::State(app): extract::State<App>,
    params: Params,
    reading: Reading,
) -> Result<Response, Problem> {
    params.only(&["type", "agency", "subject", "from", "to", "after"])?;
    let line = |event: &Answer<'_>, out: &mut Vec<u8>| {
        let written = serde_json::to_writer(&mut *out, event);
        out.push(b'\n');
        written
    };
    stream(&app, &params, Some(reading), (Vec::new(), "application/x-ndjson"), line)
}

/// One event a row. `bom=1` and `sep=;` are for spreadsheets that need them.
pub(super) async fn csv(
    extract::State(app): extract::State<App>,
    params: Params,
) -> Result<Response, Problem> {
    params.only(&["type", "agency", "subject", "from", "to", "after", "bom", "sep"])?;
    let separator = |text: &str| match text {
        "," => Ok(b','),
        ";" => Ok(b';'),
        _ => Err(()),
    };
    let bom = params.flag("bom")?;
    let sep = params.read("sep", "one of , and ; (write ; as %3B)", separator)?.unwrap_or(b',');
    let mut head = if bom { "\u{feff}".as_bytes().to_vec() } else { Vec::new() };
    row(&COLUMNS.map(str::to_owned), sep, &mut head);
    let head = (head, "text/csv; charset=utf-8; header=present");
    stream(&app, &params, None, head, move |event, out| {
        row(&cells(event)?, sep, out);
        Ok(())
    })
}

fn cells(event: &Answer<'_>) -> serde_json::Result<[String; 12]> {
    let number = |seq: Option<Seq>| seq.map(|seq| seq.to_string()).unwrap_or_default();
    Ok([
        event.seq.to_string(),
        event.at.to_string(),
        event.type_name.to_owned(),
        event.agency.unwrap_or_default().to_owned(),
        event.assurance.to_owned(),
        event.jti.to_owned(),
        number(event.corrects),
        number(event.corrected_by),
        number(event.withdrawn_by),
        event.data.get().to_owned(),
        serde_json::to_string(&event.links)?,
        event.leaf.clone(),
    ])
}

/// Writes a row; cells that hold a separator, quote or line end are quoted (RFC 4180), and those a
/// spreadsheet would take for a formula are marked as text.
fn row(cells: &[String], sep: u8, out: &mut Vec<u8>) {
    for (place, cell) in cells.iter().enumerate() {
        if place > 0 {
            out.push(sep);
        }
        let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
        let special = |b: u8| matches!(b, b'"' | b'\n' | b'\r' | b',' | b';');
        if formula || cell.bytes().any(special) {
            out.push(b'"');
            if formula {
                out.push(b'\'');
            }
            out.extend(cell.replace('"', "\"\"").bytes());
            out.push(b'"');
        } else {
            out.extend(cell.bytes());
        }
    }
    out.extend(b"\r\n");
}

/// Streams events. A reading is of details, which are left out without one.
fn stream(
    app: &App,
    params: &Params,
    reading: Option<Reading>,
    (head, media_type): (Vec<u8>, &'static str),
    mut write: impl FnMut(&Answer<'_>, &mut Vec<u8>) -> serde_json::Result<()> + Send + 'static,
) -> Result<Response, Problem> {
    let filter = events::filter(params)?;
    let after = params.number("after")?.map(Seq);
    let snapshot = app.snapshot();
    let mut scan = Scan::new(&app.reader(), filter, after, snapshot.size)?;
    let private = reading.as_ref().is_some_and(Reading::sees);
    let response = pour(app, reading, head, media_type, move |look, out| {
        piece(&mut scan, &snapshot.state, look, out, &mut write)
    });
    Ok(if private { page::private(response) } else { response })
}

/// Answers with what comes piece by piece, as fast as it is taken. `next` appends a piece and says whether
/// there may be more; what it shows of details is recorded before it leaves.
pub(super) fn pour(
    app: &App,
    reading: Option<Reading>,
    head: Vec<u8>,
    media_type: &'static str,
    mut next: impl FnMut(Option<&Look>, &mut Vec<u8>) -> views::Result<bool> + Send + 'static,
) -> Response {
    let (pieces, taken) = mpsc::channel(PIECES);
    let app = app.clone();
    tokio::task::spawn_blocking(move || {
        let mut out = head;
        loop {
            // what is restricted by now counts for each piece
            let reading = reading.as_ref().map(|reading| (reading, reading.look(&app)));
            let piece = next(reading.as_ref().map(|(_, look)| look), &mut out);
            let recorded = piece.map_err(Problem::from).and_then(|more| {
                reading.map_or(Ok(()), |(reading, look)| reading.record(&app.ledger, look.seen()))?;
                Ok(more)
            });
            match recorded {
                Ok(more) => {
                    let gone =
                        !out.is_empty() && pieces.blocking_send(Ok(std::mem::take(&mut out).into())).is_err();
                    if gone || !more {
                        return;
                    }
                }
                // its cause has been traced
                Err(_) => {
                    // The reader must not take a part for the whole: the connection breaks off too.
                    let _ = pieces.blocking_send(Err(std::io::Error::other("broken off")));
                    return;
                }
            }
        }
    });
    let media_type = HeaderValue::from_static(media_type);
    ([(header::CONTENT_TYPE, media_type)], Body::new(Pieces(taken))).into_response()
}

fn piece(
    scan: &mut Scan,
    state: &State,
    look: Option<&Look>,
    out: &mut Vec<u8>,
    write: &mut impl FnMut(&Answer<'_>, &mut Vec<u8>) -> serde_json::Result<()>,
) -> views::Result<bool> {
    let piece = scan.piece()?;
    for (seq, bytes) in &piece {
        if scan.wants(*seq, bytes)? {
            event::read((*seq, state.words(*seq)), bytes, false, look, |event| write(event, out))?
                .map_err(|e| views::Error::Store(e.into()))?;
        }
    }
    Ok(!piece.is_empty())
}

/// A body that comes from another thread.
pub(super) struct Pieces(pub(super) mpsc::Receiver<std::io::Result<Bytes>>);

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<std::io::Result<Frame<Bytes>>>> {
        self.0.poll_recv(cx).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

//! Reading a request's body: never more than the limit, never slower than the deadline.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::http::{HeaderMap, header};
use tokio::time::timeout;

use crate::domain::Code;

use super::problem::{Kind, Problem};

/// Bytes of one statement's request.
pub(super) const ONE_BYTES_MAX: usize = 256 << 10;
/// Bytes of a batch.
pub(super) const BATCH_BYTES_MAX: usize = 8 << 20;

/// The media type without its parameters, in lower case.
pub(super) fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next()?.trim().to_ascii_lowercase())
}

/// The whole body.
///
/// # Errors
/// `too-large`; `timeout` when a piece is later than the deadline; `malformed` when it breaks off.
pub(super) async fn read(body: Body, bytes_max: usize, deadline: Duration) -> Result<Vec<u8>, Problem> {
    let too_large = || Problem::of(Code::TooLarge, format!("the body is larger than {bytes_max} bytes"));
    let announced = body.size_hint().lower();
    if announced > bytes_max as u64 {
        return Err(too_large());
    }
    let mut whole = Vec::with_capacity(usize::try_from(announced).unwrap_or(0));
    let mut body = pin!(body);
    loop {
        // what is there already needs no timer
        let there = poll_fn(|cx| match body.as_mut().poll_frame(cx) {
            Poll::Ready(piece) => Poll::Ready(Some(piece)),
            Poll::Pending => Poll::Ready(None),
        });
        let piece = match there.await {
            Some(piece) => Ok(piece),
            None => timeout(deadline, poll_fn(|cx| body.as_mut().poll_frame(cx))).await,
        };
        let frame = match piece {
            Err(_) => return Err(Problem::new(Kind::Timeout, "")),
            Ok(None) => return Ok(whole),
            Ok(Some(Err(_))) => return Err(Problem::of(Code::Malformed, "the body breaks off")),
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(data) = frame.into_data() else { continue };
        if whole.len() + data.len() > bytes_max {
            return Err(too_large());
        }
        whole.extend_from_slice(&data);
    }
}

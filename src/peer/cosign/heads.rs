//! What the ledger's witnesses have last seen of it: asked before the first signature of a process, so
//! that a directory that was rolled back is found before it contradicts what it once signed.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::log::{Reader, Seen, cosigned, note};
use crate::views::of_ledger;

use super::super::client::{Base, Client, Deadlines};
use super::super::witness::origin_hash;

/// For all of them together: a witness that is away delays a start by no more.
const DEADLINE: Duration = Duration::from_secs(5);
/// Longest head, in bytes.
const HEAD_BYTES_MAX: usize = 64 << 10;

/// The newest checkpoints of this log that its registered witnesses hold, and those kept in its
/// directory, each signed by the log's own key; whether the log extends them is for the caller to ask.
/// A witness that is away, late or shows anything else is passed over.
///
/// To be called where no runtime is; takes at most five seconds.
///
/// # Errors
/// Those of the log, where it cannot be told who its witnesses are.
pub fn newest_heads(dir: &Path, reader: &Reader) -> crate::views::Result<Vec<Seen>> {
    let kept = cosigned::notes(dir).unwrap_or_default().into_iter();
    let kept = kept.filter(|(_, note)| note::open_any(note, reader.vkeys()).is_ok());
    let mut seen: Vec<_> = kept.map(|(from, note)| Seen { note, from }).collect();
    let state = of_ledger(reader)?;
    let live: Vec<_> = state.live_witnesses().map(|witness| Arc::clone(&witness.registered.data)).collect();
    if live.is_empty() {
        return Ok(seen);
    }
    let deadlines = Deadlines { connect: DEADLINE, answer: DEADLINE };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let (Ok(runtime), Ok(client)) = (runtime, Client::new(deadlines)) else { return Ok(seen) };
    runtime.block_on(async {
        let mut asked = JoinSet::new();
        for witness in live {
            let Ok(base) = Base::parse(witness.url.as_str()) else { continue };
            let (client, reader, from) = (client.clone(), reader.clone(), witness.name.to_string());
            asked.spawn(async move { Some(Seen { note: newest(&client, &base, &reader).await?, from }) });
        }
        let all = async {
            while let Some(found) = asked.join_next().await {
                seen.extend(found.ok().flatten());
            }
        };
        if tokio::time::timeout(DEADLINE, all).await.is_err() {
            tracing::warn!("not every witness has told what it last saw of this ledger");
        }
    });
    // one that hangs in a name's resolution is not waited for
    runtime.shutdown_background();
    Ok(seen)
}

/// The newest head of this log that a witness holds, where the log's key signed it.
pub(super) async fn newest(client: &Client, base: &Base, reader: &Reader) -> Option<String> {
    let url = base.at(&format!("{}/checkpoint", origin_hash(reader.origin())));
    let answer = client.get(&url, HEAD_BYTES_MAX).await;
    let answer = answer.inspect_err(|error| tracing::warn!(%error, "a witness does not tell its head"));
    let text = answer.ok().filter(|answer| answer.status == 200)?.body;
    let text = String::from_utf8(text).ok()?;
    note::open_any(&text, reader.vkeys()).is_ok().then_some(text)
}

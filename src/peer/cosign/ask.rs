//! Asking: a task for each witness, with its own pace, deadline and backoff, so that one that is slow,
//! away or lying holds up nobody. What is asked is always the newest that is of use: nothing queues.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{AbortHandle, JoinSet};
use tokio::time::sleep;

use crate::domain::WitnessName;
use crate::domain::event::ledger::WitnessRegistered;
use crate::ledger::random;
use crate::log::{Hash, NoteError, Seen, TreeSnapshot};
use crate::views::Snapshot;

use super::super::client::{Base, CallError, Client, Deadlines};
use super::kept::Head;
use super::{Cosigning, newest};

/// How often is looked for something to ask: a checkpoint is handed in within a second of its commit.
const BEAT: Duration = Duration::from_millis(100);
/// From an answer to the next question: a log that grows all the time is cosigned twice a second.
const PACE: Duration = Duration::from_millis(400);
/// From a failure to the next question, at first and at most.
const PAUSE: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// How long a witness may take.
const DEADLINES: Deadlines = Deadlines { connect: Duration::from_secs(5), answer: Duration::from_secs(10) };
/// Longest answer, in bytes: a signature line is shorter than 500.
pub(super) const ANSWER_BYTES_MAX: usize = 16 << 10;
/// Questions that follow one another because the witness says where it stands.
const TRIES: u32 = 3;

/// Why a witness has not cosigned.
#[derive(Debug, thiserror::Error)]
enum NotCosigned {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("it answered {status}: {said:?}")]
    Refused { status: u16, said: String },
    #[error("it answered with no line of its key under the checkpoint it was given: {0}")]
    Line(#[from] NoteError),
    #[error("it says that it has cosigned {stands} entries; the log holds {size}")]
    Ahead { stands: u64, size: u64 },
    #[error("it contradicts itself about where it stands")]
    Unsteady,
    #[error("the log cannot show that it only grew: {0}")]
    Log(#[from] crate::log::Error),
    #[error("a thread ended early")]
    Ended,
}

/// A witness as it is asked.
struct Asked {
    witness: Arc<WitnessRegistered>,
    base: Base,
    client: Client,
    /// Size it has signed, by its own word.
    stands: u64,
}

impl Cosigning {
    /// Asks the ledger's witnesses, whoever they are by now, for as long as it is polled and the ledger
    /// writes.
    pub async fn run(self: Arc<Self>) {
        let client = match Client::new(DEADLINES) {
            Ok(client) => client,
            Err(error) => return tracing::error!(%error, "no witness can be asked"),
        };
        let (mut tasks, mut asked) = (JoinSet::new(), BTreeMap::<WitnessName, AbortHandle>::new());
        // a log that was found out to be another's past is nobody's to cosign
        while self.ledger.status().why.is_none() {
            let snapshot = self.ledger.views().current();
            self.kept().beat(&newest(&snapshot), &snapshot.state);
            let live: BTreeMap<_, _> = snapshot
                .state
                .live_witnesses()
                .map(|witness| {
                    let data = &witness.registered.data;
                    (&data.name, data)
                })
                .collect();
            asked.retain(|name, task| {
                let stays = live.contains_key(name);
                if !stays {
                    task.abort();
                }
                stays
            });
            for (name, witness) in live {
                if !asked.contains_key(name) {
                    let task = Arc::clone(&self).attend(client.clone(), Arc::clone(witness));
                    asked.insert(name.clone(), tasks.spawn(task));
                }
            }
            while tasks.try_join_next().is_some() {}
            sleep(BEAT).await;
        }
    }

    /// Asks one witness, for ever.
    async fn attend(self: Arc<Self>, client: Client, witness: Arc<WitnessRegistered>) {
        let name = witness.name.clone();
        let base = match Base::parse(witness.url.as_str()) {
            Ok(base) => base,
            Err(error) => return tracing::error!(witness = %name, %error, "the witness cannot be asked"),
        };
        let stands = self.kept().last(&name).map_or(0, |last| last.size);
        let mut asked = Asked { witness, base, client, stands };
        let (mut pause, mut failing) = (PAUSE, false);
        loop {
            let snapshot = self.ledger.views().current();
            let wanted = self.kept().wanted(&name, &newest(&snapshot), asked.stands);
            let Some(head) = wanted else {
                sleep(BEAT).await;
                continue;
            };
            match self.ask(&mut asked, &snapshot, &head).await {
                Ok(()) => {
                    if std::mem::take(&mut failing) {
                        tracing::info!(witness = %name, "the witness cosigns again");
                    }
                    pause = PAUSE;
                    sleep(PACE).await;
                }
                Err(why) => {
                    // told once, and not again at every try
                    if !std::mem::replace(&mut failing, true) {
                        tracing::warn!(witness = %name, %why, "the witness has not cosigned");
                    } else {
                        tracing::debug!(witness = %name, %why, "the witness has not cosigned");
                    }
                    sleep(jittered(pause)).await;
                    pause = (pause * 2).min(PAUSE_MAX);
                }
            }
        }
    }

    /// Asks for one checkpoint; where the witness says it stands elsewhere, from there.
    async fn ask(
        self: &Arc<Self>,
        asked: &mut Asked,
        snapshot: &Arc<Snapshot>,
        head: &Head,
    ) -> Result<(), NotCosigned> {
        for _ in 0..TRIES {
            let body = request(snapshot.tree.clone(), asked.stands, head.clone()).await?;
            let url = asked.base.at("add-checkpoint");
            let answer = asked.client.post(&url, "text/plain", body.into_bytes(), ANSWER_BYTES_MAX).await?;
            let said = String::from_utf8_lossy(&answer.body).into_owned();
            match answer.status {
                200 => {
                    let (this, witness, taken) = (Arc::clone(self), Arc::clone(&asked.witness), head.clone());
                    let task = move || this.take(&witness, &taken, &said);
                    tokio::task::spawn_blocking(task).await.map_err(|_| NotCosigned::Ended)??;
                    asked.stands = head.size;
                    return Ok(());
                }
                409 => {
                    match size(&said).filter(|stands| *stands != asked.stands) {
                        Some(stands) => asked.stands = stands,
                        None => break,
                    }
                    if asked.stands > snapshot.size {
                        return Err(self.ahead(asked, snapshot.size).await);
                    }
                    if asked.stands > head.size {
                        // it has signed more than it is asked for: the newest is next
                        return Ok(());
                    }
                }
                status => {
                    // the proof does not lead to what it has signed
                    if status == 422 {
                        self.compare(asked).await;
                    }
                    let said = said.chars().take(120).collect();
                    return Err(NotCosigned::Refused { status, said });
                }
            }
        }
        self.compare(asked).await;
        Err(NotCosigned::Unsteady)
    }

    /// Holds the log against the witness's newest head of it: what it says may be a lie, the log's own
    /// signature is none.
    async fn compare(&self, asked: &Asked) {
        if let Some(note) = super::heads::newest(&asked.client, &asked.base, self.ledger.reader()).await {
            self.ledger.shown(&Seen { note, from: asked.witness.name.to_string() });
        }
    }

    /// A witness says that it has signed more than the log holds. It may lie; its head with the log's own
    /// signature does not, and shows that the directory was rolled back.
    async fn ahead(&self, asked: &mut Asked, size: u64) -> NotCosigned {
        let stands = std::mem::take(&mut asked.stands);
        asked.stands = self.kept().last(&asked.witness.name).map_or(0, |last| last.size);
        self.compare(asked).await;
        NotCosigned::Ahead { stands, size }
    }
}

/// The body of a question.
async fn request(tree: TreeSnapshot, old: u64, head: Head) -> Result<String, NotCosigned> {
    let proof = tokio::task::spawn_blocking(move || tree.consistency_proof(old, head.size));
    let proof: Vec<Hash> = proof.await.map_err(|_| NotCosigned::Ended)??;
    let proof: String = proof.iter().map(|hash| format!("{hash}\n")).collect();
    Ok(format!("old {old}\n{proof}\n{}", head.note))
}

/// The size in the body of a 409: digits and a line feed.
fn size(said: &str) -> Option<u64> {
    let digits = said.strip_suffix('\n')?;
    let plain = digits.bytes().all(|b| b.is_ascii_digit()) && (digits.len() == 1 || !digits.starts_with('0'));
    if plain { digits.parse().ok() } else { None }
}

/// Between half of a pause and all of it: witnesses that fell together are not asked together.
fn jittered(pause: Duration) -> Duration {
    let mut byte = [0];
    // without randomness all of it
    let part = random(&mut byte).map_or(255, |()| u32::from(byte[0]));
    pause / 2 + pause * part / 510
}

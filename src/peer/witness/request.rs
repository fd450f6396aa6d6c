//! What a log hands a witness (tlog-witness `add-checkpoint`): the size it last had cosigned, a proof
//! from there, and its new checkpoint as a signed note.

use crate::log::{Checkpoint, Hash, note};

use super::Refusal;

/// Hashes a proof has at most: a tree has no more levels.
const PROOF_MAX: usize = 63;
/// Signature lines read at most: enough for every key of a log and its witnesses.
const LINES_MAX: usize = 64;
/// Bytes of a checkpoint's text at most: extension lines are kept, and are not for documents.
const TEXT_BYTES_MAX: usize = 4 << 10;

/// A request, well-formed; nothing in it is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// Size of the checkpoint that the log says was cosigned last.
    pub old: u64,
    /// Proof that the new tree begins with the old one.
    pub proof: Vec<Hash>,
    /// The new checkpoint.
    pub new: Checkpoint,
    /// Its text, with extension lines where the log wrote some: what is signed.
    pub text: &'a str,
    /// The whole note.
    pub note: &'a str,
}

impl<'a> Request<'a> {
    /// Takes `old <size>`, proof lines, an empty line, the note; every line ends in a line feed.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] for any other form.
    pub fn parse(body: &'a [u8]) -> Result<Self, Refusal> {
        let body = std::str::from_utf8(body).map_err(|_| Refusal::Malformed("the body is not UTF-8"))?;
        let parts = body.split_once("\n\n");
        let (head, note) = parts.ok_or(Refusal::Malformed("no empty line before the checkpoint"))?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| decimal(line.strip_prefix("old ")?));
        let old = old.ok_or(Refusal::Malformed("the first line is not old <size>"))?;
        let mut proof = Vec::new();
        for line in lines {
            if proof.len() == PROOF_MAX {
                return Err(Refusal::Malformed("more than 63 lines of proof"));
            }
            proof.push(Hash::parse(line).ok_or(Refusal::Malformed("a line of proof that is no hash"))?);
        }
        let none = Refusal::Malformed("what follows the empty line is no signed checkpoint");
        let (text, count) = note::text(note).map_err(|_| none.clone())?;
        if count > LINES_MAX {
            return Err(Refusal::Malformed("more than 64 signature lines"));
        }
        if text.len() > TEXT_BYTES_MAX {
            return Err(Refusal::Malformed("a checkpoint of more than 4096 bytes"));
        }
        let new = Checkpoint::parse_extended(text).map_err(|_| none)?;
        Ok(Self { old, proof, new, text, note })
    }
}

/// An ASCII decimal without leading zeroes.
fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

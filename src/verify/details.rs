//! Details against what entries commit to: each digest has its detail, and it opens to what the digest
//! is of.

use crate::domain::Seq;
use crate::domain::statement::Unreadable;
use crate::log::{self, Entry};
use crate::seal::{self, Submission};

use super::judge::Broken;
use super::report::CheckName;
use super::source::Source;

/// What is found of the details of some entries.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Details that are what they must be.
    pub(super) sound: u64,
    pub(super) broken: Vec<(Seq, Broken)>,
}

impl Found {
    /// Looks at an entry's details. `said` is what the entry says, where that was read.
    ///
    /// # Errors
    /// What keeps a detail from being read at all.
    pub(super) fn look(
        &mut self,
        source: &dyn Source,
        bytes: &[u8],
        said: Option<&Result<Submission, Unreadable>>,
    ) -> log::Result<()> {
        let Ok(entry) = Entry::decode(bytes) else { return Ok(()) };
        let digests = match said {
            Some(Ok(said)) => said.details.digests.clone(),
            Some(Err(_)) | None => match seal::digests(&entry) {
                Ok(digests) => digests,
                Err(why) => {
                    self.bad(entry.seq, format!("its details cannot be told: {why}"));
                    return Ok(());
                }
            },
        };
        for (place, digest) in digests.iter().enumerate() {
            match source.detail(digest) {
                Ok(kept) => match seal::details::open(&kept) {
                    Ok(Some(_)) => self.sound += 1,
                    Ok(None) => self.bad(entry.seq, format!("its detail {place} is not kept")),
                    Err(why) => self.bad(entry.seq, format!("its detail {place}: {why}")),
                },
                Err(damaged @ log::Error::Corrupt { .. }) => {
                    self.bad(entry.seq, format!("its detail {place}: {damaged}"));
                }
                Err(unread) => return Err(unread),
            }
        }
        Ok(())
    }

    fn bad(&mut self, seq: Seq, detail: String) {
        self.broken.push((seq, Broken::new(CheckName::Details, detail)));
    }
}

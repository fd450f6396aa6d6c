//! Details against what entries commit to: each digest has its detail, and it opens to what the digest
//! is of; or an entry says that it was erased.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::statement::Unreadable;
use crate::domain::{Data, Seq};
use crate::log::{self, Entry};
use crate::seal::{self, Submission};

use super::judge::Broken;
use super::report::{CheckName, Erased};
use super::source::Source;

/// An entry of which details are not there.
#[derive(Debug)]
struct Lacking {
    seq: Seq,
    count: usize,
    /// Names of those that are.
    known: BTreeSet<String>,
}

/// What is found of the details of some entries.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Details that are what they must be.
    sound: u64,
    broken: Vec<(Seq, Broken)>,
    lacking: Vec<Lacking>,
    /// By entry: which fields were erased, and by which entry.
    erased: BTreeMap<Seq, BTreeMap<String, Seq>>,
}

/// What is found of all details.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) sound: u64,
    pub(super) broken: Vec<(Seq, Broken)>,
    pub(super) erased: Vec<Erased>,
    /// Details are not kept, and no entry that was read erases them.
    pub(super) unexplained: bool,
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
        // nearly all entries have no details and erase none
        if let Some(Ok(said)) = said
            && said.details.digests.is_empty()
            && !matches!(said.statement.data, Data::DetailsErased(_))
        {
            return Ok(());
        }
        let Ok(entry) = Entry::decode(bytes) else { return Ok(()) };
        let digests = match said {
            Some(Ok(said)) => {
                self.note(entry.seq, &said.statement.data);
                Ok(said.details.digests.clone())
            }
            Some(Err(_)) | None => {
                if seal::erases(&entry)
                    && let Ok(event) = seal::event(&entry)
                {
                    self.note(entry.seq, &event.statement.data);
                }
                seal::digests(&entry)
            }
        };
        match digests {
            Ok(digests) if digests.is_empty() => Ok(()),
            Ok(digests) => self.open(source, entry.seq, &digests),
            Err(why) => {
                self.bad(entry.seq, format!("its details cannot be told: {why}"));
                Ok(())
            }
        }
    }

    /// Takes note of what an entry erases.
    fn note(&mut self, by: Seq, data: &Data) {
        if let Data::DetailsErased(data) = data {
            let fields = data.fields.iter().map(|field| (field.as_str().to_owned(), by));
            self.erased.entry(data.seq).or_default().extend(fields);
        }
    }

    fn open(&mut self, source: &dyn Source, seq: Seq, digests: &[[u8; 32]]) -> log::Result<()> {
        let mut lacking = Lacking { seq, count: 0, known: BTreeSet::new() };
        for (place, digest) in digests.iter().enumerate() {
            match source.detail(digest) {
                Ok(kept) => match seal::details::open(&kept) {
                    Ok(Some(known)) => {
                        self.sound += 1;
                        lacking.known.insert(known.name);
                    }
                    Ok(None) => lacking.count += 1,
                    Err(why) => self.bad(seq, format!("its detail {place}: {why}")),
                },
                Err(damaged @ log::Error::Corrupt { .. }) => {
                    self.bad(seq, format!("its detail {place}: {damaged}"));
                }
                Err(unread) => return Err(unread),
            }
        }
        if lacking.count > 0 {
            self.lacking.push(lacking);
        }
        Ok(())
    }

    fn bad(&mut self, seq: Seq, detail: String) {
        self.broken.push((seq, Broken::new(CheckName::Details, detail)));
    }

    /// Adds what was found of later entries.
    pub(super) fn add(&mut self, later: Self) {
        self.sound += later.sound;
        self.broken.extend(later.broken);
        self.lacking.extend(later.lacking);
        for (seq, fields) in later.erased {
            self.erased.entry(seq).or_default().extend(fields);
        }
    }

    /// What is not there must have been erased: an entry lacks no more details than that. Which of its
    /// digests had which name nobody can tell any more.
    pub(super) fn conclude(mut self) -> Told {
        let (lacking, erased) = (std::mem::take(&mut self.lacking), std::mem::take(&mut self.erased));
        let (mut told, mut unexplained) = (Vec::new(), false);
        for Lacking { seq, count, known } in lacking {
            let fields = erased.get(&seq).into_iter().flatten().filter(|(field, _)| !known.contains(*field));
            let gone: Vec<_> =
                fields.map(|(field, by)| Erased { seq, field: field.clone(), by: *by }).collect();
            if count > gone.len() {
                unexplained = true;
                self.bad(seq, format!("{} of its details are not kept", count - gone.len()));
            } else if count < gone.len() {
                self.bad(seq, format!("{} erased details that it never had", gone.len() - count));
            }
            told.extend(gone);
        }
        Told { sound: self.sound, broken: self.broken, erased: told, unexplained }
    }
}

//! What became of the words of an entry (DOMAIN rule 8, "What is shown"): which entry took their place next,
//! and which one withdrew them. Kept for those entries of which there is something to say.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::super::event::Data;
use super::super::event::saying::{Saying, Visit};
use super::super::{AssignmentId, Seq};
use super::act::Act;
use super::agency::{Agency, SigningKey};
use super::claim::Claim;
use super::commitment::Commitment;
use super::decision::Decision;
use super::fact::Fact;
use super::forum::Forum;
use super::handoff::Handoff;
use super::kept::Kept;
use super::programme::Programme;
use super::record::{Details, Tolerated, Withdrawn};
use super::register::{Instrument, Territory};
use super::responsibility::Responsibility;
use super::witness::Witness;
use super::{Approval, Ledger, State, Token};

/// What became of the words of an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// The entry whose words they replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrects: Option<Seq>,
    /// The entry whose words replaced them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrected_by: Option<Seq>,
    /// The entry that withdrew them, or their place, or the object that they are about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn_by: Option<Seq>,
}

impl State {
    /// What became of the words of an entry; nothing of most. A proposal that stands in for a withdrawn one is
    /// shown as its correction.
    #[must_use]
    pub fn words(&self, seq: Seq) -> Words {
        let words = self.noted(seq);
        let instead = || self.instead_of(seq).map(|handoff| handoff.proposed.seq);
        Words { corrected_by: words.corrected_by.or_else(instead), ..words }
    }

    fn noted(&self, seq: Seq) -> Words {
        self.words.get(&seq).map_or_else(Words::default, |words| **words)
    }

    /// The entry that withdrew the making of an id (`kind:id`), if one did. A holding that is named by its
    /// place was made by the entry of that place.
    #[must_use]
    pub fn withdrawal_of(&self, id: &str) -> Option<Seq> {
        let named = || {
            let holding = AssignmentId::parse(id.strip_prefix("as:")?).ok()?;
            let place =
                AssignmentId::is_reserved(&holding).then(|| holding.as_str().strip_prefix("as-"))??;
            let seq = place.split('.').next()?.parse().ok()?;
            self.words(Seq(seq)).withdrawn_by
        };
        self.taken_by(id).or_else(named)
    }

    /// An entry took the place of another.
    pub(super) fn replaced(&mut self, old: Seq, new: Seq) {
        self.note(old, |words| words.corrected_by = Some(new));
        self.note(new, |words| words.corrects = Some(old));
    }

    /// An entry withdrew the words of another: every entry of a chain of corrections is withdrawn, and so is
    /// what goes with the object that the words made.
    pub(super) fn withdrew(&mut self, gone: &Data, named: Seq, by: Seq) {
        let mut entries = BTreeSet::from([named]);
        entries.extend(gone.visit(GoneWith { state: self, by: named }));
        for entry in entries {
            let mut next = Some(entry);
            while let Some(seq) = next {
                self.note(seq, |words| words.withdrawn_by = words.withdrawn_by.or(Some(by)));
                // what is corrected stands before
                next = self.noted(seq).corrects.filter(|corrects| *corrects < seq);
            }
        }
    }

    fn note(&mut self, seq: Seq, say: impl FnOnce(&mut Words)) {
        let mut words = self.noted(seq);
        say(&mut words);
        self.change(&seq, Some(Arc::new(words)));
    }
}

/// Looks for the entries that go with the words of an entry.
struct GoneWith<'a> {
    state: &'a State,
    by: Seq,
}

impl Visit for GoneWith<'_> {
    type Out = Vec<Seq>;

    fn visit<T: Saying>(self, data: &T) -> Vec<Seq> {
        let id = data.about(self.state, self.by);
        let there = id.and_then(|id| T::Object::get(self.state, &id));
        there.map(|there| there.going_with(self.by)).unwrap_or_default()
    }
}

/// An object, as to what goes when words of it are withdrawn.
pub(crate) trait Going {
    /// The entries that go with the words of an entry: all that was said of the object, where the words are
    /// those that made it.
    fn going_with(&self, by: Seq) -> Vec<Seq>;
}

macro_rules! alone {
    ($($kind:ident)*) => { $(
        impl Going for $kind {
            fn going_with(&self, _: Seq) -> Vec<Seq> {
                Vec::new()
            }
        }
    )* };
}

// Nothing but its own words goes with what makes one of these, or they are not withdrawn.
alone! { Ledger Token Witness Agency SigningKey Act Instrument Tolerated Details Withdrawn Approval Words }

macro_rules! with_all_of_it {
    ($($kind:ident by $made:ident)*) => { $(
        impl Going for $kind {
            fn going_with(&self, by: Seq) -> Vec<Seq> {
                if self.$made.by == by { self.evidence() } else { Vec::new() }
            }
        }
    )* };
}

with_all_of_it! { Decision by recorded Claim by raised Forum by formed Commitment by made Programme by started }

impl Going for Territory {
    fn going_with(&self, by: Seq) -> Vec<Seq> {
        let all = self.changed.iter().map(|fact| fact.by);
        all.filter(|_| self.registered.by == by).collect()
    }
}

impl Going for Handoff {
    fn going_with(&self, by: Seq) -> Vec<Seq> {
        self.followed.iter().map(|fact| fact.by).filter(|_| self.proposed.by == by).collect()
    }
}

/// With a responsibility goes what was said of it and of its holdings, with an assignment what was said of
/// its holding.
impl Going for Responsibility {
    fn going_with(&self, by: Seq) -> Vec<Seq> {
        let later = |of: Option<&AssignmentId>| {
            let ended = self.ended.iter().map(|fact| (fact.data.assignment.as_ref(), fact.by));
            let all = ended.chain(self.rebased.iter().map(|fact| (Some(&fact.data.assignment), fact.by)));
            all.filter(|(id, _)| of.is_none() || *id == of).map(|(_, by)| by).collect::<Vec<_>>()
        };
        if self.defined.by == by {
            let made = self.made.iter().flat_map(Fact::evidence);
            return self.evidence().into_iter().chain(made).chain(later(None)).collect();
        }
        let made = self.made.iter().find(|fact| fact.by == by);
        made.map(|fact| later(fact.data.assignment.as_ref())).unwrap_or_default()
    }
}

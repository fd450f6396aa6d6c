//! Which folded holdings have read what, so that they are made anew where it changes. Only `folds.rs` adds and
//! takes.

use imbl::OrdSet;

use super::super::ResponsibilityId;
use super::fold::Read;

/// Pairs of what was read and the responsibility whose fold has read it. Every holding reads its agency, and
/// few read anything else: the two are kept apart, so that the rest is looked through quickly.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Readers {
    agencies: OrdSet<(Read, ResponsibilityId)>,
    others: OrdSet<(Read, ResponsibilityId)>,
}

impl Readers {
    /// Responsibilities whose folds have read something, in order.
    pub(super) fn of(&self, read: &Read) -> impl Iterator<Item = &ResponsibilityId> + use<'_> {
        let read = read.clone();
        let from = (read.clone(), ResponsibilityId::least());
        self.kind(&read).range(from..).take_while(move |(of, _)| *of == read).map(|(_, id)| id)
    }

    /// Notes that a fold has read something.
    pub(super) fn add(&mut self, read: Read, by: ResponsibilityId) {
        self.kind_mut(&read).insert((read, by));
    }

    /// Forgets it.
    pub(super) fn take(&mut self, read: Read, by: ResponsibilityId) {
        self.kind_mut(&read).remove(&(read, by));
    }

    fn kind(&self, read: &Read) -> &OrdSet<(Read, ResponsibilityId)> {
        if matches!(read, Read::Agency(_)) { &self.agencies } else { &self.others }
    }

    fn kind_mut(&mut self, read: &Read) -> &mut OrdSet<(Read, ResponsibilityId)> {
        if matches!(read, Read::Agency(_)) { &mut self.agencies } else { &mut self.others }
    }
}

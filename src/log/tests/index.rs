//! Looking up jtis and subjects over many segments.

use std::sync::Arc;

use super::kit::{SMALL, append, check, create, open, subjects};
use crate::domain::Seq;
use crate::log::RealFiles;

#[test]
fn l4_index_finds_every_jti_and_the_next_links_over_sealed_segments() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = create(Arc::new(RealFiles), dir.path(), SMALL).unwrap();
    append(&mut log, 0, 500, 6).unwrap();
    drop(log);
    let (mut log, opened) = open(Arc::new(RealFiles), dir.path()).unwrap();
    assert_eq!(opened.rebuilt.indexes, 0);
    for n in 0..500 {
        assert_eq!(log.lookup_jti("kemen-pu", &format!("j{n}")).unwrap(), Some(Seq(n)));
        assert_eq!(log.lookup_jti("kemen-pr", &format!("j{n}")).unwrap(), None);
    }
    let mark = log.mark();
    let [first, _] = subjects(0);
    assert_eq!(log.next_links(std::slice::from_ref(&first)).unwrap(), [[501, 499, 499]]);
    super::kit::stage(&mut log, 500).unwrap();
    assert_eq!(log.next_links(&[first]).unwrap(), [[502, 500, 499]]);
    log.rollback(mark);
    append(&mut log, 500, 530, 4).unwrap();
    check(&log.reader(), 530);
}

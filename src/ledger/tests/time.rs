//! What the clock may do, and what becomes of entries when it does (FORMAT section 2).

use super::super::Error;
use super::kit::{DAY, Kit, SECOND, agency};

const HOUR: i64 = 3600 * SECOND;

#[test]
fn a_clock_a_little_behind_is_held_and_one_far_behind_waits() {
    let kit = Kit::new();
    let mut say = {
        let mut n = 0;
        let kit = &kit;
        move || {
            n += 1;
            kit.say("registrar", "agency.registered", agency(&format!("c{n}")))
        }
    };
    kit.clock.pass(10 * SECOND);
    let first = say().unwrap();
    kit.clock.set(-2 * SECOND);
    assert_eq!(say().unwrap().at, first.at);
    kit.clock.set(-3 * SECOND);
    let Err(Error::ClockBehind { wait_ms }) = say() else { panic!("must wait") };
    assert_eq!(wait_ms, 3000);
    kit.clock.pass(3 * SECOND);
    assert_eq!(say().unwrap().at, first.at);
    kit.must_verify(&[]);
}

#[test]
fn a_jump_ahead_writes_nothing_until_it_is_confirmed() {
    let mut kit = Kit::new();
    kit.must("registrar", "agency.registered", agency("c1"));
    kit.clock.pass(DAY);
    kit.must("registrar", "agency.registered", agency("c2"));
    kit.clock.set(HOUR);
    kit.must("registrar", "agency.registered", agency("c3"));
    kit.clock.set(SECOND);
    for reopened in [false, true] {
        if reopened {
            // A new start of the process is no confirmation.
            kit.reopen().unwrap();
        }
        let refused = kit.say("registrar", "agency.registered", agency("c4"));
        assert!(matches!(refused, Err(Error::ClockJumped)), "{refused:?}");
    }
    kit.ledger.confirm_clock();
    kit.must("registrar", "agency.registered", agency("c4"));
    // It counted once.
    kit.clock.set(HOUR + SECOND);
    let refused = kit.say("registrar", "agency.registered", agency("c5"));
    assert!(matches!(refused, Err(Error::ClockJumped)), "{refused:?}");
}

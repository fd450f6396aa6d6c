//! The rules against a naive model, in stories drawn at random: what the model's verdict allows is what
//! the rules answer, and who holds what day by day is the same in both.

mod course;
mod days;
mod dice;
mod draw;
mod protocol;
mod said;
mod tell;
mod verdict;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};

use super::super::super::state::handoff::HandoffState;
use super::super::super::*;
use super::told::Told;
use course::Phase;
use days::Answer;
use said::{DUTIES, Day, Follow, Id, LAST, Model, PAST, Said, What};

/// Cases without a word in the environment.
const CASES: u32 = 500;
/// Most statements of a story.
const LINES: usize = 25;
/// Statements after which the holders of every day are compared.
const OFTEN: usize = 3;

/// Types of statements that are admitted in some story.
const KINDS: &[&str] = &[
    "agency.closed",
    "assignment.ended",
    "assignment.made",
    "handoff.accepted",
    "handoff.acknowledged",
    "handoff.changed",
    "handoff.closed",
    "handoff.declined",
    "handoff.proposed",
    "handoff.reservation_lifted",
    "handoff.reversed",
    "handoff.step_added",
    "handoff.step_confirmed",
    "handoff.step_done",
    "handoff.withdrawn",
    "responsibility.changed",
    "responsibility.retired",
    "responsibility.split",
];
/// Codes of refusals that occur, at least.
const CODES: usize = 16;

type Bytes = [u8; draw::BYTES];

/// Types of statements and the answers to them, admitted or the code of the refusal, counted.
type Counts = BTreeMap<(&'static str, &'static str), usize>;

/// One story, told to both.
struct Story {
    told: Told,
    model: Model,
    today: Day,
    /// Prints what is told.
    loud: bool,
}

impl Story {
    fn new(loud: bool) -> Self {
        Self { told: tell::ledger(), model: Model::default(), today: 0, loud }
    }

    fn next(&self) -> u64 {
        self.told.events.len() as u64
    }

    /// What both answer to the statement that these bytes draw.
    fn say(&mut self, bytes: &[u8]) -> Result<(&'static str, &'static str), String> {
        let (first, rest) = bytes.split_first().unwrap();
        self.today = (self.today + draw::pause(*first)).min(LAST);
        let mut said = draw::said(rest, &self.model, self.today);
        let line = tell::line(&said);
        let mut data = line.3.clone();
        data.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        let shown = format!("{} {} {} {data}", line.0, line.1, line.2);
        if self.loud {
            eprintln!("{:>4} {shown}", self.next());
        }
        let (begun, kind) = (self.told.events.len(), line.2);
        let mut seq = self.next();
        for by in said.approved_by.clone() {
            self.model.said.push(Said { by, what: What::Approval, seq, ..said.clone() });
            seq += 1;
        }
        let mut lapses = Vec::new();
        while let Some((id, on)) = self.model.lapse(&said.what, said.day) {
            let what = What::Follow(id.clone(), Follow::Lapsed);
            self.model.said.push(Said { by: "ledger", what, seq, on: Some(on), ..said.clone() });
            seq += 1;
            lapses.push((id, on));
        }
        said.seq = seq;
        self.model.name(&mut said);
        let verdict = verdict::judge(&self.model, &said);
        let told = self.told.tell(line);
        let real = self.lapsed_since(begun);
        if real != lapses {
            return Err(format!("{shown}\nlapses {real:?}, in the model {lapses:?}"));
        }
        let (code, detail) = match &told {
            Ok(_) => (None, String::new()),
            Err(refusal) => (Some(refusal.code.as_str()), refusal.detail.clone()),
        };
        if self.loud {
            eprintln!("       {} {detail}", code.unwrap_or("admitted"));
        }
        if !verdict.is(code) {
            return Err(format!("{shown}\nanswered {code:?} ({detail}), in the model {verdict:?}"));
        }
        if code.is_none() {
            self.model.keep(said);
        }
        self.names();
        Ok((kind, code.unwrap_or("admitted")))
    }

    /// Handoffs that the ledger said have lapsed, and when.
    fn lapsed_since(&self, begun: usize) -> Vec<(String, Day)> {
        let lapsed = self.told.events[begun..].iter().filter_map(|event| match &event.statement.data {
            Data::HandoffLapsed(data) => Some((data.handoff.to_string(), tell::day(data.on.unwrap()))),
            _ => None,
        });
        lapsed.collect()
    }

    /// Learns the names that splits have given.
    fn names(&mut self) {
        self.model.names.clear();
        for (id, ..) in DUTIES {
            let whole = self.told.state.responsibilities.get(*id).unwrap();
            let Some(split) = &whole.split else { continue };
            for one in whole.names() {
                let part = DUTIES.iter().find(|(id, ..)| *id == one.part.as_str()).unwrap().0;
                self.model.names.push((split.seq.0, part, one.old.to_string(), one.new.to_string()));
            }
        }
        self.model.settle();
    }

    /// Who answers for every duty on every day, and where every handoff stands.
    fn compare(&self) -> Result<(), String> {
        let days = self.model.days();
        for (of, ..) in DUTIES {
            for day in PAST..=LAST {
                let (real, naive) = (self.answer(of, day), days.answer(&self.model, of, day));
                if real != naive {
                    return Err(format!("{of} on {}: {real:?}\nin the model {naive:?}", tell::text(day)));
                }
            }
        }
        for (id, course) in self.model.courses() {
            let there = self.told.state.handoffs.get(id.as_str()).unwrap();
            let (real, naive) = (there.standing(tell::date(self.today)).state, course.phase(self.today));
            if phase(real) != naive {
                return Err(format!("{id} is {real:?}, in the model {naive:?}"));
            }
        }
        Ok(())
    }

    fn answer(&self, of: Id, day: Day) -> Answer {
        let id = ResponsibilityId::parse(of).unwrap();
        let on = timeline::on(&self.told.state, &id, tell::date(day)).unwrap();
        let names = |held: &[timeline::Held], dormant: bool| -> BTreeSet<String> {
            let fit = held.iter().filter(|one| one.dormant == dormant);
            fit.map(|one| one.holding.agency.to_string()).collect()
        };
        Answer {
            status: match on.status {
                timeline::Status::Held => "held",
                timeline::Status::Orphan => "orphan",
                timeline::Status::Conflict => "conflict",
                timeline::Status::Outside => "outside",
            },
            accountable: names(&on.accountable, false),
            dormant: names(&on.accountable, true),
            executors: names(&on.executors, false),
        }
    }
}

fn phase(state: HandoffState) -> Phase {
    match state {
        HandoffState::Proposed => Phase::Proposed,
        HandoffState::Accepted => Phase::Accepted,
        HandoffState::Declined | HandoffState::Withdrawn | HandoffState::Lapsed => Phase::Void,
        HandoffState::Effective => Phase::Effective,
        HandoffState::Closed => Phase::Closed,
        HandoffState::Reversed => Phase::Reversed,
    }
}

/// Tells a whole story.
fn play(lines: &[Bytes], loud: bool) -> Result<Counts, String> {
    let mut story = Story::new(loud);
    let mut counts = Counts::new();
    for (at, bytes) in lines.iter().enumerate() {
        *counts.entry(story.say(bytes)?).or_default() += 1;
        if (at + 1) % OFTEN == 0 || at + 1 == lines.len() {
            story.compare()?;
        }
    }
    Ok(counts)
}

/// The same stories every time, unless the environment asks for others: `PROPTEST_CASES` for more of
/// them, `PROPTEST_RNG_SEED` for others.
fn config() -> Config {
    let mut config = Config { failure_persistence: None, max_shrink_iters: 20_000, ..Config::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = CASES;
    }
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        config.rng_seed = RngSeed::Fixed(2024);
    }
    config
}

#[test]
#[ignore = "this older model does not know yet who approves a handoff where the receiver stands above; rules/tests/naive is asked instead"]
fn the_rules_answer_what_a_naive_model_allows() {
    let all = RefCell::new(Counts::new());
    let stories = prop::collection::vec(any::<Bytes>(), 10..=LINES);
    let told = TestRunner::new(config()).run(&stories, |lines| {
        let counts = play(&lines, false).map_err(TestCaseError::fail)?;
        for (answer, times) in counts {
            *all.borrow_mut().entry(answer).or_default() += times;
        }
        Ok(())
    });
    if let Err(TestError::Fail(reason, lines)) = &told {
        eprintln!("the shortest story that fails:");
        let again = std::panic::catch_unwind(|| play(lines, true));
        assert!(again.is_ok(), "{reason}");
        panic!("{reason}");
    }
    told.unwrap();
    let all = all.into_inner();
    eprintln!("{all:?}");
    if config().cases < CASES {
        return;
    }
    // not by seeing nothing: much is admitted, of every type, and much is refused, for many reasons
    let times = |of: &dyn Fn(&str) -> bool| -> usize {
        all.iter().filter(|((_, answer), _)| of(answer)).map(|(_, times)| times).sum()
    };
    assert!(times(&|answer| answer == "admitted") * 3 > times(&|_| true), "too few are admitted: {all:?}");
    let answers = |of: &str| all.keys().filter(|(kind, answer)| *kind == of && *answer == "admitted").count();
    for kind in KINDS {
        assert!(answers(kind) > 0, "no {kind} is admitted: {all:?}");
    }
    let codes: BTreeSet<_> = all.keys().map(|(_, answer)| answer).collect();
    assert!(codes.len() > CODES, "too few kinds of answers: {all:?}");
}

//! Statements as a national register sees them: many responsibilities pass from agency to agency, now
//! and then one is defined and first assigned. Every statement is legal in the order given; each is in
//! canonical form, so that a receipt's entry holds the same bytes.

use std::collections::VecDeque;
use std::fmt::Write as _;

/// Agencies of a register.
pub const AGENCIES: usize = 100;
/// Responsibilities at its beginning.
pub const RESPONSIBILITIES: usize = 2_000;
/// Handoffs between two new responsibilities.
const HANDOFFS_PER_NEW: u64 = 20;
/// Legal instruments that statements rest on.
const INSTRUMENTS: u64 = 50;
/// Days between two handoffs of a responsibility.
const DAYS: u64 = 5;
/// Digest of a source: two of these stand in most statements of a register.
const DIGEST: &str = "sha-256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// Who says what.
#[derive(Clone)]
pub struct Statement {
    /// Place of the speaking agency; absent = the registrar.
    pub agency: Option<usize>,
    /// The statement.
    pub body: String,
}

impl Statement {
    /// A line of an import.
    pub fn line(&self) -> String {
        match self.agency {
            Some(agency) => format!("{{\"agency\":\"{}\",{}", agency_id(agency), &self.body[1..]),
            None => self.body.clone(),
        }
    }
}

/// The id of an agency.
pub fn agency_id(place: usize) -> String {
    format!("kementerian-{place:03}")
}

/// A responsibility and how often it has passed on.
struct Passing {
    id: String,
    first: usize,
    times: u64,
}

/// The statements of one writer. Writers do not meet: each has responsibilities of its own.
pub struct Stream {
    writer: usize,
    passings: Vec<Passing>,
    next: usize,
    handoffs: u64,
    defined: u64,
    grows: bool,
    queue: VecDeque<Statement>,
}

/// The statements every register begins with: agencies, responsibilities, their first holders.
pub fn beginning(responsibilities: usize) -> Vec<Statement> {
    let mut all: Vec<_> = (0..AGENCIES)
        .map(|place| {
            let id = agency_id(place);
            registrar(format!(
                "{{\"data\":{{\"agency\":\"{id}\",\"kind\":\"ministry\",\"name\":{{\"id\":\"Kementerian {place}\"}}}},\"jti\":\"reg-{id}\",\"type\":\"agency.registered\"}}"
            ))
        })
        .collect();
    for place in 0..responsibilities {
        let id = format!("urusan-{place:06}");
        all.extend([defined(&id, place as u64), assigned(&id, place % AGENCIES, place as u64)]);
    }
    all
}

impl Stream {
    /// The stream of one of several writers after [`beginning`]; one that grows defines new
    /// responsibilities.
    pub fn new(writer: usize, writers: usize, responsibilities: usize, grows: bool) -> Self {
        let own = (0..responsibilities).skip(writer).step_by(writers);
        let passings = own
            .map(|place| Passing { id: format!("urusan-{place:06}"), first: place % AGENCIES, times: 0 })
            .collect();
        Self { writer, passings, next: 0, handoffs: 0, defined: 0, grows, queue: VecDeque::new() }
    }

    fn fill(&mut self) {
        let writer = self.writer;
        self.handoffs += 1;
        if self.grows && self.handoffs.is_multiple_of(HANDOFFS_PER_NEW) {
            let (number, id) = (self.handoffs, format!("urusan-{writer}-{:06}", self.defined));
            let first = (writer + usize::try_from(self.defined).unwrap()) % AGENCIES;
            self.queue.extend([defined(&id, number), assigned(&id, first, number)]);
            self.passings.push(Passing { id, first, times: 0 });
            self.defined += 1;
        }
        let passing = &mut self.passings[self.next];
        let times = usize::try_from(passing.times).unwrap();
        let (from, to) = ((passing.first + times) % AGENCIES, (passing.first + times + 1) % AGENCIES);
        let day = passing.times * DAYS;
        passing.times += 1;
        let (number, id) = (self.handoffs, passing.id.as_str());
        let handoff = format!("serah-terima-{id}-{}", passing.times);
        self.queue.extend([
            proposed(&handoff, id, (from, to), day, number),
            accepted(&handoff, to, day, number),
            closed(&handoff, to, day, number),
        ]);
        self.next = (self.next + 1) % self.passings.len();
    }
}

impl Iterator for Stream {
    type Item = Statement;

    fn next(&mut self) -> Option<Statement> {
        if self.queue.is_empty() {
            self.fill();
        }
        self.queue.pop_front()
    }
}

/// Statements of the registrar that need nothing before them, other ones for each writer.
pub fn instruments(writer: u64) -> impl Iterator<Item = Statement> {
    (0..).map(move |number| {
        let id = format!("id/uu/2025/{writer}-{number}");
        registrar(format!(
            "{{\"data\":{{\"ref\":\"{id}\",\"source\":{},\"status\":\"unverified\"}},\"jti\":\"{id}\",\"type\":\"instrument.recorded\"}}",
            source(number)
        ))
    })
}

fn registrar(body: String) -> Statement {
    Statement { agency: None, body }
}

fn basis(number: u64) -> String {
    let instrument = number % INSTRUMENTS;
    format!("{{\"article\":\"Pasal {} ayat (2)\",\"ref\":\"id/perpres/2024/{instrument}\"}}", number % 90)
}

/// Where a statement was taken from, with a row that says so.
fn source(number: u64) -> String {
    format!("{{\"digest\":\"{DIGEST}\",\"row\":\"Lembaran Negara nomor {number}, baris {}\"}}", number % 977)
}

fn defined(id: &str, number: u64) -> Statement {
    registrar(format!(
        "{{\"data\":{{\"basis\":{},\"code\":{{\"scheme\":\"cofog\",\"value\":\"0{}.{}\"}},\"name\":{{\"en\":\"Function {number} of government\",\"id\":\"Urusan pemerintahan nomor {number}\"}},\"responsibility\":\"{id}\",\"source\":{},\"valid\":{{\"from\":\"1980-01-01\"}}}},\"jti\":\"def-{id}\",\"type\":\"responsibility.defined\"}}",
        basis(number),
        number % 10,
        number % 7,
        source(number),
    ))
}

fn assigned(id: &str, agency: usize, number: u64) -> Statement {
    registrar(format!(
        "{{\"data\":{{\"agency\":\"{}\",\"assignment\":\"penugasan-{id}\",\"basis\":{},\"mode\":\"attribution\",\"responsibility\":\"{id}\",\"role\":\"accountable\",\"source\":{},\"valid\":{{\"from\":\"1980-01-01\"}}}},\"jti\":\"made-{id}\",\"type\":\"assignment.made\"}}",
        agency_id(agency),
        basis(number),
        source(number),
    ))
}

fn proposed(handoff: &str, id: &str, (from, to): (usize, usize), day: u64, number: u64) -> Statement {
    let body = format!(
        "{{\"data\":{{\"basis\":{},\"effective\":\"{}\",\"from\":\"{}\",\"handoff\":\"{handoff}\",\"on\":\"{}\",\"regime\":\"by_agreement\",\"responsibilities\":[\"{id}\"],\"source\":{},\"to\":\"{}\"}},\"jti\":\"{handoff}-p\",\"type\":\"handoff.proposed\"}}",
        basis(number),
        date(day + 3),
        agency_id(from),
        date(day),
        source(number),
        agency_id(to),
    );
    Statement { agency: Some(from), body }
}

fn accepted(handoff: &str, to: usize, day: u64, number: u64) -> Statement {
    let body = format!(
        "{{\"data\":{{\"handoff\":\"{handoff}\",\"minutes\":{{\"digest\":\"{DIGEST}\",\"number\":\"BAST-{number}/SETNEG/2024\",\"on\":\"{}\",\"place\":\"Jakarta\"}},\"on\":\"{}\",\"source\":{}}},\"jti\":\"{handoff}-a\",\"type\":\"handoff.accepted\"}}",
        date(day + 1),
        date(day + 1),
        source(number),
    );
    Statement { agency: Some(to), body }
}

fn closed(handoff: &str, to: usize, day: u64, number: u64) -> Statement {
    let body = format!(
        "{{\"data\":{{\"handoff\":\"{handoff}\",\"on\":\"{}\",\"source\":{}}},\"jti\":\"{handoff}-c\",\"type\":\"handoff.closed\"}}",
        date(day + 4),
        source(number),
    );
    Statement { agency: Some(to), body }
}

/// A day, counted from 1985-01-01 in months of 28 days: every one of them exists and they rise.
fn date(day: u64) -> String {
    let (month, day) = (day / 28, day % 28);
    let mut text = String::with_capacity(10);
    write!(text, "{}-{:02}-{:02}", 1985 + month / 12, month % 12 + 1, day + 1).unwrap();
    text
}

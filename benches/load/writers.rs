//! Single events over HTTP from 1, 16 and 64 writers, beside an echo and bare syncs, in alternating
//! rounds of one run.

use std::sync::Arc;
use std::time::Duration;

use estafet::log::Vkey;

use super::client::{self, Measured};
use super::process::{self, Ledger, Server, text};
use super::workload::{self, AGENCIES, RESPONSIBILITIES, Stream};
use super::{bare, receipt, table};

const WRITERS: [usize; 3] = [1, 16, 64];
const WARM: Duration = Duration::from_secs(1);
const LONG: Duration = Duration::from_secs(4);
const LONG_BARE: Duration = Duration::from_secs(2);

/// Rates, p50 and p99 of each round.
#[derive(Default)]
struct Column {
    rate: Vec<f64>,
    p50: Vec<f64>,
    p99: Vec<f64>,
}

impl Column {
    fn add(&mut self, measured: &Measured) {
        self.rate.push(measured.rate);
        self.p50.push(measured.percentile(50));
        self.p99.push(measured.percentile(99));
    }

    fn line(&self, name: &str) {
        table::line(&[
            name.to_owned(),
            table::text(&self.rate, 0),
            table::text(&self.p50, 0),
            table::text(&self.p99, 0),
        ]);
    }
}

/// Measures so many rounds and prints them.
pub fn run(rounds: u64) {
    let (mut ledger, mut echo): ([Column; 3], [Column; 3]) = Default::default();
    let (mut disk, mut checked, mut bytes) = (Column::default(), 0, 0.0);
    for round in 0..rounds {
        let mut one = |ours: bool| {
            if ours {
                let (receipts, size) = estafet(&mut ledger);
                (checked, bytes) = (checked + receipts, size);
            } else {
                let server = Server::echo();
                let tokens = Arc::new(vec!["x".repeat(72); AGENCIES + 1]);
                each(&mut echo, |writers| {
                    client::run(&server.address, &tokens, streams(writers), (WARM, LONG))
                });
            }
        };
        one(round % 2 == 0);
        let event = Stream::new(0, 1, RESPONSIBILITIES, true).next().unwrap().body;
        let (rate, p50, p99) = bare::singly(event.as_bytes(), LONG_BARE);
        (disk.rate.push(rate), disk.p50.push(p50), disk.p99.push(p99));
        one(round % 2 == 1);
    }
    println!("\n{rounds} alternating rounds, {bytes:.0} bytes a body; {checked} receipts checked");
    table::head(&["what", "events/s", "p50 us", "p99 us"]);
    for (n, writers) in WRITERS.iter().enumerate() {
        ledger[n].line(&format!("estafet, {writers} writers"));
        echo[n].line(&format!("echo, {writers} writers"));
    }
    disk.line("write + fdatasync of one event");
    table::head(&["ratio", "estafet / echo", "estafet / bare sync", "p50 / (sync + echo)"]);
    for (n, writers) in WRITERS.iter().enumerate() {
        let over = |ours: &[f64], theirs: &[f64]| {
            table::text(&ours.iter().zip(theirs).map(|(a, b)| a / b).collect::<Vec<_>>(), 2)
        };
        let both: Vec<_> = disk.p50.iter().zip(&echo[n].p50).map(|(a, b)| a + b).collect();
        table::line(&[
            format!("{writers} writers"),
            over(&ledger[n].rate, &echo[n].rate),
            over(&ledger[n].rate, &disk.rate),
            over(&ledger[n].p50, &both),
        ]);
    }
}

fn streams(writers: usize) -> Vec<Stream> {
    (0..writers).map(|writer| Stream::new(writer, writers, RESPONSIBILITIES, true)).collect()
}

fn each(columns: &mut [Column; 3], mut measure: impl FnMut(usize) -> Measured) {
    for (column, writers) in columns.iter_mut().zip(WRITERS) {
        column.add(&measure(writers));
    }
}

/// One ledger, new for each count of writers; the count of receipts checked, and of bytes a body.
fn estafet(columns: &mut [Column; 3]) -> (usize, f64) {
    let (mut checked, mut bytes) = (0, 0.0);
    each(columns, |writers| {
        let ledger = Ledger::new();
        let lines: Vec<_> = workload::beginning(RESPONSIBILITIES).iter().map(|s| s.line()).collect();
        let file = ledger.beside("beginning.jsonl");
        std::fs::write(&file, lines.join("\n")).unwrap();
        process::run(&["import", "jsonl", text(&file), "--data", text(&ledger.dir()), "--json"]);
        let mut tokens: Vec<_> =
            (0..AGENCIES).map(|agency| ledger.token(&workload::agency_id(agency))).collect();
        tokens.push(ledger.token("registrar"));
        let server = Server::ledger(&ledger.dir());
        let measured = client::run(&server.address, &Arc::new(tokens), streams(writers), (WARM, LONG));
        server.stop();
        let vkey = Vkey::parse(&ledger.vkey).unwrap();
        measured.kept.iter().for_each(|(sent, answer)| receipt::check(sent, answer, &vkey));
        checked += measured.kept.len();
        bytes = measured.bytes;
        let rate = measured.rate;
        eprintln!("{writers} writers: {rate:.0}/s");
        measured
    });
    (checked, bytes)
}

//! Imports, opening, verification and memory at two sizes: none of it may cost more an event in the
//! larger one.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::process::{self, Ledger, Server, text};
use super::workload::{self, AGENCIES, RESPONSIBILITIES, Stream};
use super::{bare, client, table};

const SIZES: [usize; 2] = [20_000, 200_000];
/// Events a sync of the bare loop; the import has as many in flight.
const GROUP: usize = 1_024;
/// Written before a server is killed.
const KILLED: Duration = Duration::from_millis(700);

/// Measurements of one size, a number for each round.
#[derive(Default)]
struct Column(Vec<(&'static str, usize, Vec<f64>)>);

impl Column {
    fn add(&mut self, name: &'static str, decimals: usize, value: f64) {
        match self.0.iter_mut().find(|(there, ..)| *there == name) {
            Some((.., values)) => values.push(value),
            None => self.0.push((name, decimals, vec![value])),
        }
    }
}

/// Measures so many rounds and prints them.
pub fn run(rounds: u64) {
    let mut columns: [Column; 2] = Default::default();
    for round in 0..rounds {
        for (size, column) in SIZES.into_iter().zip(&mut columns) {
            eprintln!("round {round}, {size} events");
            one(size, column);
        }
    }
    println!("\n{rounds} rounds, the sizes alternating");
    table::head(&["what", "20,000 events", "200,000 events"]);
    let [small, large] = &columns;
    for ((name, decimals, small), (.., large)) in small.0.iter().zip(&large.0) {
        table::line(&[(*name).to_owned(), table::text(small, *decimals), table::text(large, *decimals)]);
    }
}

fn one(size: usize, column: &mut Column) {
    let ledger = Ledger::new();
    let (dir, lines) = (ledger.dir(), lines(size, RESPONSIBILITIES, true));
    let bare = bare::grouped(&lines, GROUP);
    let rate = import(&ledger, &lines, column);
    column.add("bare write + fdatasync of the same bytes, 1,024 a sync, events/s", 0, bare);
    column.add("import / bare", 3, rate / bare);

    let dir = text(&dir);
    let open = |column: &mut Column, name, memory| {
        let server = Server::ledger(Path::new(dir));
        column.add(name, 0, server.opened.as_secs_f64() * 1e3);
        column.add(memory, 1, server.peak_mib());
        server
    };
    open(column, "opening after a clean close, ms", "memory after it, MiB").stop();
    let verify = |column: &mut Column, name, more: &[&str]| {
        let done = process::run(&[&["verify", dir, "--vkey", &ledger.vkey, "--json"], more].concat());
        let entries = done.said["size"].as_f64().unwrap();
        column.add(name, 0, entries / done.seconds);
        done
    };
    let done = verify(column, "verify, entries/s", &[]);
    column.add("verify, peak memory MiB", 1, done.peak_mib);
    verify(column, "verify without rules, entries/s", &["--no-rules"]);

    let tokens = Arc::new(vec![ledger.token("registrar"); AGENCIES + 1]);
    let server = Server::ledger(Path::new(dir));
    let streams = (0..16).map(workload::instruments).collect();
    client::run(&server.address, &tokens, streams, (Duration::ZERO, KILLED));
    drop(server);
    open(column, "opening after kill -9, ms", "memory after that, MiB").stop();
    std::fs::remove_dir_all(Path::new(dir).join("views")).unwrap();
    open(column, "opening without views, ms", "memory after building them, MiB").stop();
}

/// Imports; adds rate and memory, and answers the rate.
fn import(ledger: &Ledger, lines: &[String], column: &mut Column) -> f64 {
    let file = ledger.beside("events.jsonl");
    std::fs::write(&file, lines.concat()).unwrap();
    let done = process::run(&["import", "jsonl", text(&file), "--data", text(&ledger.dir()), "--json"]);
    assert_eq!(done.said["admitted"].as_u64(), Some(lines.len() as u64));
    let rate = lines.len() as f64 / done.seconds;
    column.add("import, events/s", 0, rate);
    column.add("import, peak memory MiB", 1, done.peak_mib);
    rate
}

fn lines(size: usize, responsibilities: usize, grows: bool) -> Vec<String> {
    let stream = Stream::new(0, 1, responsibilities, grows);
    let all = workload::beginning(responsibilities).into_iter().chain(stream);
    all.take(size).map(|statement| statement.line() + "\n").collect()
}

/// How the cost of an event grows with the history of its responsibility: ten of them get all.
pub fn hot() {
    table::head(&["handoffs of each responsibility", "import, events/s"]);
    for handoffs in [30, 100, 300, 1_000] {
        let (ledger, mut column) = (Ledger::new(), Column::default());
        let lines = lines(AGENCIES + 20 + 30 * handoffs, 10, false);
        let rate = import(&ledger, &lines, &mut column);
        table::line(&[handoffs.to_string(), format!("{rate:.0}")]);
    }
}

//! What writing costs, measured from outside: `cargo bench --bench load -- writers` posts single
//! events to a server process on loopback, beside an echo and bare syncs; `-- scale` imports, opens and
//! verifies ledgers of two sizes; `-- hot` imports into few responsibilities. Numbers and what they
//! mean: docs/PERFORMANCE.md.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    unreachable_pub,
    missing_docs,
    reason = "a bench that meets the unexpected ends with it"
)]

/// The echo has the allocator that the program has.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod bare;
mod client;
mod echo;
mod process;
mod receipt;
mod scale;
mod table;
mod workload;
mod writers;

fn main() {
    // cargo adds --bench
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let what = arguments.next();
    let numbers: Vec<u64> = arguments.map(|argument| argument.parse().expect("a number")).collect();
    match what.as_deref() {
        Some("echo") => echo::serve(),
        Some("writers") => writers::run(numbers.first().copied().unwrap_or(3)),
        Some("scale") => scale::run(numbers.first().copied().unwrap_or(3)),
        Some("hot") => scale::hot(),
        _ => {
            writers::run(3);
            scale::run(3);
            scale::hot();
        }
    }
}

//! The binary: arguments, traces, exit code.

use std::process::ExitCode;

use estafet::cli::{self, Cli};
use tracing_subscriber::EnvFilter;

/// Entries are made on one thread and freed on others, which the system's allocator does not like:
/// docs/PERFORMANCE.md says what it costs.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let done = cli::parse().map(|cli| {
        trace(&cli);
        cli::run(cli)
    });
    ExitCode::from(done.unwrap_or_else(|exit| exit))
}

/// Traces go to stderr: stdout is data.
fn trace(cli: &Cli) {
    let default = if cli.is_service() { "info" } else { "warn" };
    let wanted = cli.trace.as_deref().unwrap_or(default);
    let filter = EnvFilter::try_new(wanted).unwrap_or_else(|_| EnvFilter::new(default));
    let traces =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false);
    if cli.trace_json { traces.json().init() } else { traces.init() }
}

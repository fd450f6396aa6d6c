//! The binary: arguments, traces, exit code.

use std::process::ExitCode;

use clap::Parser;
use estafet::cli::{self, Cli};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(asked) => {
            // help and version go to stdout with 0, mistakes to stderr with 2
            let _ = asked.print();
            return ExitCode::from(u8::try_from(asked.exit_code()).unwrap_or(2));
        }
    };
    trace(&cli);
    ExitCode::from(cli::run(cli))
}

/// Traces go to stderr: stdout is data.
fn trace(cli: &Cli) {
    let default = if cli.is_service() { "info" } else { "warn" };
    let wanted = cli.trace.as_deref().unwrap_or(default);
    let filter = EnvFilter::try_new(wanted).unwrap_or_else(|_| EnvFilter::new(default));
    let traces = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false);
    if cli.trace_json { traces.json().init() } else { traces.init() }
}

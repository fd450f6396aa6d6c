//! `completions SHELL`: what the shell needs to complete our commands.

use clap::CommandFactory;

use super::arguments::{Cli, Completions};
use super::output::Output;
use super::{OK, Result};

pub(super) fn run(arguments: &Completions, output: &mut Output) -> Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "estafet", &mut script);
    output.bytes(&script)?;
    Ok(OK)
}

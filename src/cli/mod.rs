//! The command line: one file per verb. stdout is data, stderr is talk; what goes wrong is said in
//! one line, with a last `hint:` line where the reader can do something about it.

mod arguments;
mod backup;
mod bundle;
mod completions;
mod config;
mod demo;
mod doctor;
mod erase;
mod error;
mod export;
mod file;
mod findings;
mod import;
mod init;
mod key;
mod keygen;
mod log;
mod mirror;
mod opening;
mod output;
mod question;
mod seen;
mod serve;
mod settings;
mod show;
mod submit;
mod text;
mod token;
mod url;
mod verify;
mod who;
mod witness;

#[cfg(test)]
mod tests;

pub use arguments::Cli;
pub use error::Error;

use clap::Parser;

use arguments::Command;
use output::Output;
use settings::Settings;

/// Result of a command.
pub type Result<T> = std::result::Result<T, Error>;

/// Exit code of a command that did what it was asked.
const OK: u8 = 0;

/// Reads the arguments of this process.
///
/// # Errors
/// The exit code, when what was typed is no command (2) or asked only for help or the version (0);
/// what there is to say is said by then.
pub fn parse() -> std::result::Result<Cli, u8> {
    Cli::try_parse().map_err(|asked| {
        // help and version go to stdout, mistakes to stderr; a closed one is nobody's loss
        let _ = asked.print();
        u8::try_from(asked.exit_code()).unwrap_or(2)
    })
}

/// Runs a command; the exit code is that of API section 1.
#[must_use]
pub fn run(cli: Cli) -> u8 {
    let mut output = Output::new(cli.json);
    let done = Settings::load(cli.config.as_deref())
        .map(|settings| settings.anchored(cli.anchor))
        .and_then(|settings| command(cli.command, &settings, &mut output));
    match done.and_then(|exit| output.flush().map(|()| exit)) {
        Ok(exit) => exit,
        // whoever reads our output has had enough of it: `estafet log | head`
        Err(Error::BrokenPipe) => OK,
        Err(error) => {
            output::complain(&error);
            error.exit()
        }
    }
}

fn command(command: Command, settings: &Settings, output: &mut Output) -> Result<u8> {
    match command {
        Command::Demo(arguments) => demo::run(&arguments, settings, output),
        Command::Init(arguments) => init::run(&arguments, settings, output),
        Command::Serve(arguments) => serve::run(&arguments, settings, output),
        Command::Token(arguments) => token::run(&arguments, settings, output),
        Command::Keygen(arguments) => keygen::run(&arguments, output),
        Command::Submit(arguments) => submit::run(&arguments, settings, output),
        Command::Import(arguments) => import::run(&arguments, settings, output),
        Command::Who(arguments) => who::run(&arguments, settings, output),
        Command::Findings(arguments) => findings::run(&arguments, settings, output),
        Command::Log(arguments) => log::run(&arguments, settings, output),
        Command::Show(arguments) => show::run(&arguments, settings, output),
        Command::Export(arguments) => export::run(&arguments, settings, output),
        Command::Verify(arguments) => verify::run(&arguments, output),
        Command::Backup(arguments) => backup::run(&arguments, settings, output),
        Command::Restore(arguments) => backup::restore(&arguments, settings, output),
        Command::Mirror(arguments) => mirror::run(&arguments, output),
        Command::Reopen(arguments) => init::reopen(&arguments, settings, output),
        Command::Key(arguments) => key::run(&arguments, settings, output),
        Command::Erase(arguments) => erase::run(&arguments, settings, output),
        Command::Witness(arguments) => witness::run(&arguments, settings, output),
        Command::Doctor(arguments) => doctor::run(&arguments, settings, output),
        Command::Completions(arguments) => completions::run(&arguments, output),
        Command::Config(arguments) => config::run(&arguments, settings, output),
    }
}

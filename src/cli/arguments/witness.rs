//! What `witness` takes: serving one, and naming those of a ledger.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Where;

#[derive(Debug, Args)]
pub(in crate::cli) struct Witness {
    #[command(subcommand)]
    pub(in crate::cli) verb: WitnessVerb,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum WitnessVerb {
    /// Serve a witness until SIGTERM or Ctrl-C; prints its verification key alone on stdout
    Serve(WitnessServe),
    /// Name a witness of a ledger, as its registrar: it is asked to cosign every checkpoint
    Register(WitnessRegister),
    /// Let a witness of a ledger go, as its registrar: it is not asked any more
    Retire(WitnessRetire),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct WitnessRegister {
    /// The witness's verification key, as `witness serve` prints it; its name is in it
    #[arg(long)]
    pub(in crate::cli) vkey: String,
    /// Its address: what stands before /add-checkpoint, such as https://witness.example
    #[arg(long, value_name = "ADDRESS")]
    pub(in crate::cli) at: String,
    #[command(flatten)]
    pub(in crate::cli) to: Where,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct WitnessRetire {
    /// The witness's name
    pub(in crate::cli) name: String,
    #[command(flatten)]
    pub(in crate::cli) to: Where,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct WitnessServe {
    /// The witness's own directory, made when missing: its key, the heads it cosigned, evidence
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) data: PathBuf,
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7879")]
    pub(in crate::cli) listen: String,
    /// Verification keys of the logs it watches; two keys of one name are keys of one log
    #[arg(long, value_name = "VKEY", required = true, num_args = 1..)]
    pub(in crate::cli) log: Vec<String>,
    /// Its name for ever, such as witness.example/w1 [default: made of the key]
    #[arg(long)]
    pub(in crate::cli) name: Option<String>,
}

//! What can be typed behind `mirror`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(in crate::cli) struct Mirror {
    /// Where the ledger is served, or its exported tiles: `http(s)://HOST[:PORT][/PREFIX]`
    #[arg(value_name = "URL")]
    pub(in crate::cli) url: String,
    /// Key the ledger has published; again for each further one
    #[arg(long, value_name = "VKEY", required = true)]
    pub(in crate::cli) vkey: Vec<String>,
    /// The mirror's directory, made when missing
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) data: PathBuf,
    /// Serve what is mirrored on this address [default: serve nothing]
    #[arg(long, value_name = "ADDRESS")]
    pub(in crate::cli) listen: Option<String>,
    /// Sign what is served under this name, as one that has replayed all of it; prints the key
    #[arg(long, value_name = "NAME", requires = "listen")]
    pub(in crate::cli) name: Option<String>,
    /// Seconds between two looks at the ledger
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(in crate::cli) every: u64,
    /// Catch up and end
    #[arg(long, conflicts_with_all = ["listen", "every"])]
    pub(in crate::cli) once: bool,
}

//! What can be typed behind `export`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Data, Where};

#[derive(Debug, Args)]
pub(in crate::cli) struct Export {
    #[command(subcommand)]
    pub(in crate::cli) format: ExportFormat,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ExportFormat {
    /// Checkpoint and tiles (C2SP tlog-tiles), as any host of files serves them; a rerun adds what is new
    Tiles {
        #[command(flatten)]
        data: Data,
        /// The folder to write into, made when missing
        #[arg(long, value_name = "PATH")]
        out: PathBuf,
    },
    /// All entries about a subject, or one entry, with every proof: checked by `verify` without a server
    Bundle(ExportBundle),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ExportBundle {
    /// What it is about, such as r:housing
    #[arg(long, required_unless_present = "seq", conflicts_with = "seq")]
    pub(in crate::cli) subject: Option<String>,
    /// The one entry it is about
    #[arg(long)]
    pub(in crate::cli) seq: Option<u64>,
    #[command(flatten)]
    pub(in crate::cli) from: Where,
    /// The file to write; one that is there is replaced when the new one is complete
    #[arg(long, value_name = "PATH")]
    pub(in crate::cli) out: PathBuf,
    /// Have the server make an index root first, which proves that nothing said until now is left out
    /// (auditors and operators)
    #[arg(long)]
    pub(in crate::cli) fresh: bool,
    /// A checkpoint that somebody kept: the bundle proves that the log extends it
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) since: Option<PathBuf>,
}

//! What can be typed: the commands and their options, before settings fill what was left out.

mod export;
mod mirror;
mod witness;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(super) use export::{Export, ExportBundle, ExportFormat};
pub(super) use mirror::Mirror;
pub(super) use witness::{Witness, WitnessRegister, WitnessRetire, WitnessServe, WitnessVerb};

/// A responsibility ledger for government agencies: who answers for what, since when, on which
/// basis, and proof of it.
#[derive(Debug, Parser)]
#[command(name = "estafet", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(
    after_help = "Settings: flag > ESTAFET_* > estafet.toml > default; `estafet config show` says where each came from.
Exit codes: 0 ok, 1 refused or failed, 2 usage or unreadable input, 3 verification failed, 4 not found,
5 conflict, 6 stopped after a failed write or sync, 7 corruption found on opening, 8 directory in use,
9 directory rolled back, 10 other format version or missing key."
)]
pub struct Cli {
    /// Print data as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Settings file [default: estafet.toml, when it is there]
    #[arg(long, global = true, env = "ESTAFET_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Traces on stderr: error, warn, info, debug, trace, or a filter [default: info for what serves, else warn]
    #[arg(long, global = true, env = "ESTAFET_TRACE", value_name = "LEVEL")]
    pub trace: Option<String>,
    /// Traces as JSON lines
    #[arg(long, global = true, env = "ESTAFET_TRACE_JSON", num_args = 0..=1, default_missing_value = "true", default_value = "false", value_name = "BOOL", hide_possible_values = true, hide_default_value = true)]
    pub trace_json: bool,
    /// File outside the data directory that holds the newest checkpoint: what writes keeps it there, and
    /// refuses a directory that is older
    #[arg(long, global = true, env = "ESTAFET_ANCHOR", value_name = "FILE")]
    pub anchor: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub(super) command: Command,
}

impl Cli {
    /// Whether the command runs until it is stopped, so that its traces are its talk.
    #[must_use]
    pub fn is_service(&self) -> bool {
        matches!(
            self.command,
            Command::Serve(_)
                | Command::Mirror(_)
                | Command::Witness(Witness { verb: WitnessVerb::Serve(_) })
        )
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// A fictional district: what this is for, in six lines, and a server to look around in
    Demo(Demo),
    /// Make a data directory: key, first entries; prints the ledger's verification key
    Init(Init),
    /// Serve a data directory over HTTP until SIGTERM or Ctrl-C
    Serve(Serve),
    /// Tokens that agencies write and read with
    Token(Token),
    /// Make an agency's key pair; prints the kid and the public key
    Keygen(Keygen),
    /// Say statements as an agency: signed with its key, or under its token
    Submit(Submit),
    /// Load statements in bulk, as the operator
    Import(Import),
    /// Who answers for a responsibility, on a day, as known at an entry
    Who(Who),
    /// What is wrong on a day: no owner or two, overlaps, disputes, stalled handoffs, lacking authority
    Findings(Findings),
    /// Entries, decoded
    Log(Log),
    /// One entry with its bytes, links and proof
    Show(Show),
    /// Files for others, who check them with their own programs
    Export(Export),
    /// Check everything that can be checked of a data directory, a served ledger, a bundle or evidence
    Verify(Verify),
    /// Follow somebody's ledger, judge and keep everything, and find out when it shows another face
    Mirror(Mirror),
    /// The ledger's signing key
    Key(Key),
    /// Copy a ledger, beside its server too; the copy is verified before it is there
    Backup(Backup),
    /// Make a data directory of a backup; it writes once the newest checkpoint is shown to it
    Restore(Restore),
    /// Begin a new log that goes on from one that was rolled back
    Reopen(Reopen),
    /// Erase details of an entry, as the registrar: gone for good, by an entry that says so
    Erase(Erase),
    /// Countersign the checkpoints of other agencies' ledgers, so that none is forked unseen; name those
    /// who countersign this one
    Witness(Witness),
    /// Look over a data directory and say what to do about what is found
    Doctor(Doctor),
    /// Completions for a shell
    Completions(Completions),
    /// Settings and where each came from
    Config(Config),
}

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// Address to listen on [default: 127.0.0.1:7878]
    #[arg(long, env = "ESTAFET_LISTEN", value_name = "ADDRESS")]
    pub(super) listen: Option<String>,
    /// Keep the ledger in this directory, made when missing [default: one that goes away]
    #[arg(long, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// Leave after the six lines, without serving
    #[arg(long)]
    pub(super) once: bool,
}

#[derive(Debug, Args)]
pub(super) struct Init {
    /// The directory to make
    #[arg(value_name = "DIR")]
    pub(super) dir: PathBuf,
    /// The ledger's name for ever, such as ledger.example/log1
    #[arg(long, env = "ESTAFET_ORIGIN")]
    pub(super) origin: Option<String>,
    /// Time zone that civil dates are judged in [default: Asia/Jakarta]
    #[arg(long, env = "ESTAFET_ZONE")]
    pub(super) zone: Option<String>,
    /// The agency that keeps the registers
    #[arg(long, value_name = "AGENCY", default_value = "registrar")]
    pub(super) registrar: String,
    /// Its public key, a JWK file (Ed25519 or P-256)
    #[arg(long, value_name = "JWK")]
    pub(super) registrar_key: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Backup {
    #[command(flatten)]
    pub(super) data: Data,
    /// Where the copy is to be: a place where nothing is
    #[arg(value_name = "OUT")]
    pub(super) out: PathBuf,
    /// Copy what there is although the ledger has lost details that nobody erased
    #[arg(long)]
    pub(super) lost_details: bool,
}

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The backup
    #[arg(value_name = "FROM")]
    pub(super) from: PathBuf,
    /// The data directory to make: a place where nothing is
    #[arg(value_name = "DIR")]
    pub(super) dir: PathBuf,
    /// The newest checkpoint or receipt that is known: shown it, the directory may write at once
    #[arg(long, value_name = "FILE")]
    pub(super) seen: Vec<PathBuf>,
    /// Restore what there is although details, or their keys, are lost
    #[arg(long)]
    pub(super) lost_details: bool,
}

#[derive(Debug, Args)]
pub(super) struct Reopen {
    /// The data directory that cannot be written any more
    #[arg(value_name = "OLD")]
    pub(super) old: PathBuf,
    #[command(flatten)]
    pub(super) new: Init,
}

#[derive(Debug, Args)]
pub(super) struct Serve {
    #[command(flatten)]
    pub(super) data: Data,
    /// Address to listen on [default: 127.0.0.1:7878]
    #[arg(long, env = "ESTAFET_LISTEN", value_name = "ADDRESS")]
    pub(super) listen: Option<String>,
    /// A checkpoint or receipt that somebody kept: a directory older than it is served read-only
    #[arg(long, value_name = "FILE")]
    pub(super) seen: Vec<PathBuf>,
    /// Accept, once, a clock that has jumped ahead
    #[arg(long)]
    pub(super) confirm_clock: bool,
    /// An existing folder to which commits beyond head go that are not shown to be this ledger's
    #[arg(long, value_name = "DIR")]
    pub(super) set_aside: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct Token {
    #[command(subcommand)]
    pub(super) verb: TokenVerb,
}

#[derive(Debug, Subcommand)]
pub(super) enum TokenVerb {
    /// Make a token; prints it alone on stdout, once
    Create {
        #[command(flatten)]
        data: Data,
        /// recorder, overseer (they write for their agency), auditor or operator (they never write)
        #[arg(long)]
        role: String,
        /// The agency it speaks for
        #[arg(long)]
        agency: Option<String>,
        /// Last day it is good for
        #[arg(long, value_name = "DATE")]
        expires: Option<String>,
    },
    /// Tokens there are, without their secrets
    List {
        #[command(flatten)]
        data: Data,
    },
    /// End a token
    Revoke {
        #[command(flatten)]
        data: Data,
        /// Its name, as listed
        id: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Keygen {
    /// The file to make: the private key as JWK, for its owner alone
    #[arg(value_name = "OUT")]
    pub(super) out: PathBuf,
    /// Ed25519 or ES256
    #[arg(long, default_value = "Ed25519")]
    pub(super) alg: String,
}

#[derive(Debug, Args)]
pub(super) struct Submit {
    /// One statement a line: {type, data, jti?, after?, corrects?}
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) to: Where,
    /// The agency's private key, a JWK file
    #[arg(long, value_name = "JWK")]
    pub(super) key: Option<PathBuf>,
    /// The agency that signs
    #[arg(long, value_name = "AGENCY")]
    pub(super) iss: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Import {
    #[command(subcommand)]
    pub(super) format: ImportFormat,
}

#[derive(Debug, Subcommand)]
pub(super) enum ImportFormat {
    /// One statement a line: {agency?, type, jti, data, after?, corrects?} or, signed, {jwt}
    Jsonl {
        /// The file; - is stdin
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        data: Data,
        /// Write nothing when one line is refused
        #[arg(long)]
        atomic: bool,
    },
    /// A table of rows, with a map that says what its columns mean
    Csv(Table),
    /// A process log in XES, with a map as for csv: attributes of traces are columns case:<key>
    Xes(Table),
}

#[derive(Debug, Args)]
pub(super) struct Table {
    /// What the columns mean, a TOML file
    #[arg(long, value_name = "MAP")]
    pub(super) map: PathBuf,
    /// The file; it is read more than once
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) data: Data,
    /// Write nothing when one row is refused
    #[arg(long)]
    pub(super) atomic: bool,
}

#[derive(Debug, Args)]
pub(super) struct Who {
    /// The responsibility's id
    pub(super) responsibility: String,
    #[command(flatten)]
    pub(super) from: Where,
    /// The day asked about [default: the day of what was known]
    #[arg(long, value_name = "DATE")]
    pub(super) valid_at: Option<String>,
    /// A time of the day asked about, RFC 3339 with offset; its date as written is the day
    #[arg(long, value_name = "TIME")]
    pub(super) time: Option<String>,
    /// As known at: a seq, an instant with offset, or a date [default: the newest entry]
    #[arg(long, value_name = "K")]
    pub(super) known_at: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Findings {
    #[command(flatten)]
    pub(super) from: Where,
    /// Only findings of a kind: orphan, conflict, dispute, duplication, overlap, stalled, broken-authority, unplaced
    #[arg(long)]
    pub(super) kind: Option<String>,
    /// The day asked about [default: the day of what was known]
    #[arg(long, value_name = "DATE")]
    pub(super) valid_at: Option<String>,
    /// As known at: a seq, an instant with offset, or a date [default: the newest entry]
    #[arg(long, value_name = "K")]
    pub(super) known_at: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct Log {
    #[command(flatten)]
    pub(super) from: Where,
    /// Only entries linked under a subject, such as r:housing
    #[arg(long)]
    pub(super) subject: Option<String>,
    /// Only entries of a type, such as handoff.accepted
    #[arg(long = "type", value_name = "TYPE")]
    pub(super) type_name: Option<String>,
    /// Only entries after a seq
    #[arg(long, value_name = "SEQ")]
    pub(super) after: Option<u64>,
    /// At most so many entries
    #[arg(long, value_name = "N")]
    pub(super) limit: Option<u64>,
}

#[derive(Debug, Args)]
pub(super) struct Show {
    /// The entry's number
    pub(super) seq: u64,
    #[command(flatten)]
    pub(super) from: Where,
}

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// A data directory, where a ledger is served, a bundle, or evidence of a fork
    #[arg(value_name = "DIR|URL|BUNDLE|EVIDENCE")]
    pub(super) path: PathBuf,
    /// The ledger's verification key, as it was published elsewhere; without one the result is
    /// "self-consistent only". A witness's key: it must have cosigned
    #[arg(long, value_name = "VKEY")]
    pub(super) vkey: Vec<String>,
    /// A receipt that somebody kept, of one statement or a batch, or a proof as text
    #[arg(long, value_name = "FILE")]
    pub(super) receipt: Vec<PathBuf>,
    /// A checkpoint that somebody kept: the log must extend it
    #[arg(long, value_name = "FILE")]
    pub(super) since: Option<PathBuf>,
    /// Of a URL: write evidence of a fork here, where what was kept and what is served prove one
    #[arg(long, value_name = "FILE")]
    pub(super) evidence: Option<PathBuf>,
    /// Leave signatures of statements unchecked
    #[arg(long)]
    pub(super) no_signatures: bool,
    /// Leave the rules unreplayed
    #[arg(long)]
    pub(super) no_rules: bool,
    /// Threads to use [default: all cores]
    #[arg(long, value_name = "N")]
    pub(super) threads: Option<usize>,
}

#[derive(Debug, Args)]
pub(super) struct Key {
    #[command(subcommand)]
    pub(super) verb: KeyVerb,
}

#[derive(Debug, Subcommand)]
pub(super) enum KeyVerb {
    /// Let a new key sign from here on, beside the old one; prints its verification key alone on stdout
    Rotate {
        #[command(flatten)]
        data: Data,
    },
}

#[derive(Debug, Args)]
pub(super) struct Erase {
    /// The entry the details belong to
    pub(super) seq: u64,
    /// A detail's name; may be given several times
    #[arg(long, value_name = "NAME", required = true)]
    pub(super) field: Vec<String>,
    /// Why: the ref of an instrument or decision, such as id/uu/2022/27
    #[arg(long, value_name = "REF")]
    pub(super) basis: String,
    /// The entry by which an overseer approved it
    #[arg(long, value_name = "SEQ")]
    pub(super) approval: Vec<u64>,
    #[command(flatten)]
    pub(super) data: Data,
}

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// The data directory
    #[arg(value_name = "DIR")]
    pub(super) dir: Option<PathBuf>,
    /// Also folds the whole log again and compares it with the views that are kept
    #[arg(long)]
    pub(super) deep: bool,
}

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell
    pub(super) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(super) struct Config {
    #[command(subcommand)]
    pub(super) verb: ConfigVerb,
}

#[derive(Debug, Subcommand)]
pub(super) enum ConfigVerb {
    /// Every setting, its value and where it came from
    Show,
}

/// The data directory a command works on.
#[derive(Clone, Debug, Args)]
pub(super) struct Data {
    /// The data directory
    #[arg(long, env = "ESTAFET_DATA", value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
}

/// Where a question is asked: a directory (beside a running server or none), or a server.
#[derive(Clone, Debug, Args)]
pub(super) struct Where {
    #[command(flatten)]
    pub(super) data: Data,
    /// Ask a server instead of a directory
    #[arg(long, env = "ESTAFET_URL", value_name = "URL")]
    pub(super) url: Option<String>,
    /// Token for the server
    #[arg(long, env = "ESTAFET_TOKEN", hide_env_values = true)]
    pub(super) token: Option<String>,
}

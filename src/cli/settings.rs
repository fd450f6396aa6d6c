//! Settings: flag > `ESTAFET_*` > `estafet.toml` > default. Flags and variables are read where the
//! arguments are; this file adds the last two.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Error, Result, arguments};

/// File that is read when it is there and no other was named.
pub(super) const FILE: &str = "estafet.toml";
/// Where a server listens unless told otherwise: this machine only.
pub(super) const LISTEN: &str = "127.0.0.1:7878";
/// Zone of a new ledger unless told otherwise.
pub(super) const ZONE: &str = "Asia/Jakarta";

/// Settings of the file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    pub(super) data: Option<PathBuf>,
    pub(super) url: Option<String>,
    pub(super) token: Option<String>,
    pub(super) listen: Option<String>,
    pub(super) origin: Option<String>,
    pub(super) zone: Option<String>,
    pub(super) anchor: Option<PathBuf>,
    /// The file they were read from.
    #[serde(skip)]
    pub(super) file: Option<PathBuf>,
}

impl Settings {
    /// Reads the file named, or [`FILE`] when it is there.
    pub(super) fn load(named: Option<&Path>) -> Result<Self> {
        let path = named.unwrap_or_else(|| Path::new(FILE));
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(Error::file(path)(error)),
        };
        let bad = |error: toml::de::Error| {
            let hint = "the settings are data, url, token, listen, origin, zone, anchor";
            Error::hinted(path.display().to_string(), error.message().to_owned(), hint)
        };
        let settings: Self = toml::from_str(&text).map_err(bad)?;
        Ok(Self { file: Some(path.to_owned()), ..settings })
    }

    /// With the anchor that was typed, where one was.
    pub(super) fn anchored(self, given: Option<PathBuf>) -> Self {
        Self { anchor: given.or(self.anchor.clone()), ..self }
    }

    /// The data directory a command works on.
    pub(super) fn data(&self, given: &arguments::Data) -> Result<PathBuf> {
        let hint = "give --data DIR, or set ESTAFET_DATA, or write data = \"DIR\" in estafet.toml";
        let missing = || Error::hinted("--data", "no data directory named", hint);
        let dir = given.data.clone().or_else(|| self.data.clone()).ok_or_else(missing)?;
        is_ledger(&dir).map(|()| dir)
    }
}

/// A folder that holds nothing of a ledger was named by mistake: nothing in it is damaged.
fn is_ledger(dir: &Path) -> Result<()> {
    fs::read_dir(dir).map_err(Error::file(dir))?;
    if dir.join("ledger.toml").exists() || dir.join("log").exists() {
        return Ok(());
    }
    let hint = "check the path; `estafet init DIR --origin O` makes a data directory";
    Err(Error::hinted(dir.display().to_string(), "no ledger is here", hint))
}

//! `export`, and of its forms `export tiles`: checkpoint and tiles in a folder, the same bytes that the server gives, so that any
//! host of files can serve the ledger to those who check it.

use std::io;
use std::path::Path;

use serde::Serialize;

use crate::ledger::{Clock as _, SystemClock};
use crate::log::{self, Reader, TilePath};
use crate::peer::cosign::{Published, published_from};

use super::arguments::{Export, ExportFormat};
use super::file::Folder;
use super::output::Output;
use super::settings::Settings;
use super::{Error, OK, Result, bundle, seen};

/// Name of the signed note; written last, so that what it promises is there.
const CHECKPOINT: &str = "checkpoint";

#[derive(Debug, Serialize)]
struct Exported {
    /// Entries that the checkpoint covers.
    size: u64,
    /// Tiles written now.
    written: u64,
    /// Tiles that were there.
    kept: u64,
}

pub(super) fn run(arguments: &Export, settings: &Settings, output: &mut Output) -> Result<u8> {
    let (data, out) = match &arguments.format {
        ExportFormat::Tiles { data, out } => (data, out),
        ExportFormat::Bundle(arguments) => return bundle::run(arguments, settings, output),
    };
    let dir = settings.data(data)?;
    let reader = Reader::open(&dir)?;
    let published = published_from(&dir, &reader, SystemClock.now())?;
    let done = tiles(&reader, &published, out)?;
    if output.json {
        output.value(&done)?;
    } else {
        let Exported { size, written, kept } = done;
        output.line(&format!("{size} entries: {written} tiles written, {kept} were there"))?;
    }
    Ok(OK)
}

/// Brings a folder up to the checkpoint that outsiders are shown; one that is further already, up to what
/// `head` covers.
fn tiles(reader: &Reader, published: &Published, out: &Path) -> Result<Exported> {
    if out.join("ledger.toml").exists() {
        return Err(Error::usage("--out", "this is a data directory; give a folder of its own"));
    }
    let folder = Folder::open(out).map_err(|error| match error.kind() {
        io::ErrorKind::WouldBlock => log::Error::InUse { dir: out.to_owned() }.into(),
        _ => Error::file(out)(error),
    })?;
    let before = exported(reader, &folder, out)?;
    let committed = reader.committed();
    let (size, checkpoint) = match published {
        Published { size, note, .. } if *size >= before => (*size, &**note),
        _ => (committed.size, committed.checkpoint.as_str()),
    };
    let mut done = Exported { size, written: 0, kept: 0 };
    for path in TilePath::all(size) {
        let name = path.to_string();
        // tiles up to the old checkpoint were durable before it; others may be of a run that was cut
        if path.is_in(before) && folder.holds(&name) {
            done.kept += 1;
            continue;
        }
        let bytes = reader.tile(&path)?.ok_or(log::Error::BadProof { size })?;
        folder.put(&name, &bytes).map_err(Error::file(&out.join(&name)))?;
        done.written += 1;
    }
    folder.settle().map_err(Error::file(out))?;
    let put = folder.put(CHECKPOINT, checkpoint.as_bytes()).and_then(|()| folder.settle());
    put.map_err(Error::file(&out.join(CHECKPOINT)))?;
    Ok(done)
}

/// Entries that an earlier run has exported. The ledger must extend them: nothing of another one, and
/// nothing newer, is written over.
fn exported(reader: &Reader, folder: &Folder, out: &Path) -> Result<u64> {
    let path = out.join(CHECKPOINT);
    match folder.read(CHECKPOINT).map_err(Error::file(&path))? {
        Some(checkpoint) => seen::extended(reader, &path, &checkpoint),
        None => Ok(0),
    }
}

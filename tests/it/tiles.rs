//! The log as other people's clients see it (tests/interop): over HTTP and in an exported folder, at the
//! sizes where tiles fill; and that both are the same bytes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::kit::{Connection, Ledger, ORIGIN, Server, check, root, run, skipped, text};

/// A new ledger has two entries; the others stand around the ends of tiles of each level.
const SIZES: [u64; 8] = [2, 255, 256, 257, 300, 1_000, 65_536, 70_000];

/// Brings a ledger to that many entries.
fn grow(ledger: &Ledger, from: u64, to: u64) {
    let statements: Vec<_> = (from..to)
        .map(|n| match n {
            // no index root: the sizes are exact
            2 => {
                json!({"type": "policy.changed", "jti": "policy", "data": {"index_every": u32::MAX}})
            }
            _ => json!({"type": "agency.registered", "jti": format!("n {n}"),
                "data": {"agency": format!("a-{n}"), "name": {"en": "Agency"}, "kind": "office"}}),
        })
        .collect();
    if !statements.is_empty() {
        assert_eq!(ledger.import(&statements).json()["admitted"], to - from);
    }
}

fn export(ledger: &Ledger, out: &Path) -> Value {
    check(&["export", "tiles", "--data", text(&ledger.dir()), "--out", text(out), "--json"], 0).json()
}

/// Every file of a folder, by its name in it.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = text(path.strip_prefix(folder).expect("inside")).to_owned();
                found.push((name, fs::read(&path).expect("a file")));
            }
        }
    }
    found.sort();
    found
}

/// The server gives every file of the folder, byte for byte; the number of them.
fn same_bytes(server: &Server, out: &Path) -> usize {
    let mut connection = Connection::open(&server.address).expect("a connection");
    let files = files(out);
    for (name, bytes) in &files {
        let (status, body) = connection.request("GET", &format!("/{name}"), None, None).expect("an answer");
        assert_eq!(status, 200, "{name}");
        assert!(body == *bytes, "{name}: {} bytes and {}", body.len(), bytes.len());
    }
    files.len()
}

/// The clients there are here: a program and its first arguments.
fn clients() -> Vec<(&'static str, Vec<String>)> {
    let python = std::env::var("ESTAFET_TLOG_PYTHON").ok();
    let python = python.map(|python| vec![python, text(&root().join("tests/interop/tlog.py")).to_owned()]);
    let go = std::env::var("ESTAFET_TLOG_GO").ok().map(|program| vec![program]);
    let found = [("aics-tlog and tlog-scales", python), ("Go's note and tlog", go)];
    let absent: Vec<_> = found.iter().filter(|(_, client)| client.is_none()).map(|(name, _)| *name).collect();
    if !absent.is_empty() {
        skipped(&format!(
            "tiles read by {}: tests/run sets them up where they can be had",
            absent.join(", ")
        ));
    }
    found.into_iter().filter_map(|(name, client)| Some((name, client?))).collect()
}

/// What a client prints about a place, having checked all of it; nothing where it refused.
fn checked(client: &[String], place: &str, vkey: &str, older: &[u64]) -> Result<Value, String> {
    let (program, first) = client.split_first().expect("a program");
    let mut command = Command::new(program);
    command.args(first).args([place, ORIGIN, vkey]).args(older.iter().map(u64::to_string));
    let done = command.env("NO_PROXY", "127.0.0.1").stdin(Stdio::null()).output().expect("the client starts");
    if !done.status.success() {
        return Err(String::from_utf8_lossy(&done.stderr).into_owned());
    }
    serde_json::from_slice(&done.stdout).map_err(|error| error.to_string())
}

/// The server's own word for the root at a size.
fn root_at(server: &Server, size: u64) -> Value {
    server.request("GET", &format!("/v1/audit/consistency?from={size}"), None, None).1["from_root"].clone()
}

/// What a client found is the size and the roots the server tells, from enough of the entries.
fn as_the_server_says(server: &Server, size: u64, older: &[u64], told: &Value) {
    assert_eq!((&told["size"], &told["root"]), (&json!(size), &root_at(server, size)), "{told}");
    for old in older {
        assert_eq!(told["roots"][old.to_string()], root_at(server, *old), "{old} of {told}");
    }
    // of a long log not every entry is proved: "proofs" cost its client a hash for every leaf
    for (count, of_long) in [("proofs", 15), ("leaves", 400), ("records", 400)] {
        let least = if size <= 1_000 { size } else { of_long };
        assert!(told[count].as_u64().is_none_or(|count| count >= least), "{count} of {told}");
    }
}

#[test]
fn other_peoples_clients_verify_the_log_over_http_and_in_an_exported_folder() {
    let clients = clients();
    let ledger = Ledger::new();
    let out = ledger.beside("out");
    let mut before = 2;
    let mut older: Vec<u64> = vec![1];
    for size in SIZES {
        grow(&ledger, before, size);
        before = size;
        let server = Server::start(&ledger.dir());
        // beside the server
        assert_eq!(export(&ledger, &out)["size"], size);
        assert!(same_bytes(&server, &out) > older.len());
        let url = format!("http://{}", server.address);
        // a folder has partial tiles of the sizes it was exported at: of 1 only where the full one is
        let in_folder = if size < 256 { &older[1..] } else { &older[..] };
        let places = [(url.as_str(), &older[..]), (text(&out), in_folder)];
        std::thread::scope(|scope| {
            for (name, client) in &clients {
                for (place, older) in places {
                    let (ledger, server) = (&ledger, &server);
                    scope.spawn(move || {
                        let told = checked(client, place, &ledger.vkey, older);
                        let told = told.unwrap_or_else(|why| panic!("{name} at {size} of {place}: {why}"));
                        as_the_server_says(server, size, older, &told);
                        println!("{name}, {place}: {told}");
                    });
                }
            }
        });
        older.push(size);
        assert_eq!(server.stop(), Some(0));
    }
    damaged_tiles_are_made_again(&ledger, &out);
}

/// The tree's files may be damaged at any time: what is read from them is made of entries again.
fn damaged_tiles_are_made_again(ledger: &Ledger, out: &Path) {
    let path = ledger.dir().join("tree/0");
    let mut bytes = fs::read(&path).expect("tiles");
    // the first and the third tile, below a full one that opening reads
    for at in [5, 2 * (8_192 + 4) + 100] {
        bytes[at] ^= 1;
    }
    let damage = |bytes: &[u8]| fs::write(&path, bytes).expect("written");
    damage(&bytes);
    let again = ledger.beside("again");
    assert_eq!(export(ledger, &again)["kept"], 0);
    for (name, bytes) in files(&again) {
        assert!(fs::read(out.join(&name)).expect("as before") == bytes, "{name}");
    }
    let server = Server::start(&ledger.dir());
    damage(&bytes);
    same_bytes(&server, &again);
    // the writer has put them back
    assert!(fs::read(&path).expect("tiles") != bytes);
}

#[test]
fn clients_refuse_a_folder_in_which_one_byte_was_changed() {
    let ledger = Ledger::new();
    let out = ledger.beside("out");
    grow(&ledger, 2, 300);
    export(&ledger, &out);
    for (name, client) in clients() {
        checked(&client, text(&out), &ledger.vkey, &[]).expect("as exported");
        for file in ["checkpoint", "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000"] {
            let path = out.join(file);
            let whole = fs::read(&path).expect("a file");
            let mut bytes = whole.clone();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(&path, bytes).expect("written");
            assert!(checked(&client, text(&out), &ledger.vkey, &[]).is_err(), "{name} took {file}");
            fs::write(&path, whole).expect("written");
        }
    }
}

/// When each file was written.
fn times(folder: &Path) -> Vec<(String, std::time::SystemTime)> {
    let time = |name: &str| fs::metadata(folder.join(name)).and_then(|file| file.modified()).expect("a time");
    files(folder).into_iter().map(|(name, _)| (name.clone(), time(&name))).collect()
}

#[test]
fn an_export_adds_what_is_new_and_repairs_what_is_missing() {
    let ledger = Ledger::new();
    let out = ledger.beside("deep/out");
    grow(&ledger, 2, 250);
    assert_eq!(export(&ledger, &out), json!({"size": 250, "written": 2, "kept": 0}));
    let first = files(&out);
    assert_eq!(export(&ledger, &out), json!({"size": 250, "written": 0, "kept": 2}));
    grow(&ledger, 250, 600);
    // two full tiles and a partial one, of each kind, and one above
    assert_eq!(export(&ledger, &out), json!({"size": 600, "written": 7, "kept": 0}));
    let tiles = |all: Vec<(String, _)>| all.into_iter().filter(|(name, _)| name != "checkpoint");
    for (name, bytes) in tiles(first) {
        assert_eq!(fs::read(out.join(&name)).ok(), Some(bytes), "{name} stays what it was");
    }
    let written = times(&out);
    fs::remove_file(out.join("tile/entries/001")).expect("removed");
    assert_eq!(export(&ledger, &out), json!({"size": 600, "written": 1, "kept": 6}));
    for ((name, before), (_, after)) in tiles_of(&written).zip(tiles_of(&times(&out))) {
        assert_eq!(before == after, name != "tile/entries/001", "{name}");
    }
    // a run that was cut before its checkpoint: what it left is written again
    fs::remove_file(out.join("checkpoint")).expect("removed");
    fs::write(out.join("tile/0/000"), "half").expect("written");
    assert_eq!(export(&ledger, &out), json!({"size": 600, "written": 7, "kept": 0}));
    let server = Server::start(&ledger.dir());
    assert_eq!(same_bytes(&server, &out), 7 + 2 + 1);
}

fn tiles_of<T: Clone>(all: &[(String, T)]) -> impl Iterator<Item = (String, T)> {
    all.iter().filter(|(name, _)| name != "checkpoint").cloned()
}

#[test]
fn an_export_leaves_alone_what_is_another_ledgers_or_newer() {
    let ledger = Ledger::new();
    let out = ledger.beside("out");
    let copy = ledger.beside("copy");
    grow(&ledger, 2, 10);
    assert!(
        Command::new("cp").args(["-a", text(&ledger.dir()), text(&copy)]).status().expect("cp").success()
    );
    grow(&ledger, 10, 20);
    export(&ledger, &out);
    let exported = files(&out);
    let refused = |data: &Path, out: &Path, exit: i32| {
        check(&["export", "tiles", "--data", text(data), "--out", text(out)], exit).stderr
    };
    assert!(refused(&copy, &out, 9).contains("rolled back"));
    let other = Ledger::new();
    assert!(refused(&other.dir(), &out, 2).contains("checkpoint"));
    assert!(refused(&ledger.dir(), &ledger.dir(), 2).contains("data directory"));
    assert_eq!(files(&out), exported);
    let lock: PathBuf = out.clone();
    let lock = fs::File::open(lock).expect("a folder");
    rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive).expect("the lock");
    assert!(refused(&ledger.dir(), &out, 8).contains("in use"));
    drop(lock);
    assert_eq!(run(&["export", "tiles", "--data", text(&ledger.dir())]).exit, 2);
}

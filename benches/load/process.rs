//! The program as a process: its commands, its server, its memory.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

const ESTAFET: &str = env!("CARGO_BIN_EXE_estafet");

/// A data directory on the disk of the build, not in memory; gone when dropped.
pub struct Ledger {
    folder: TempDir,
    /// Its verification key.
    pub vkey: String,
}

impl Ledger {
    pub fn new() -> Self {
        let folder = folder();
        let dir = folder.path().join("data");
        let vkey = output(command(&["init", text(&dir), "--origin", "ledger.example/bench"]));
        Self { folder, vkey: vkey.trim().to_owned() }
    }

    pub fn dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A token of a recorder.
    pub fn token(&self, agency: &str) -> String {
        let dir = self.dir();
        let arguments = ["token", "create", "--data", text(&dir), "--role", "recorder", "--agency", agency];
        output(command(&arguments)).trim().to_owned()
    }
}

/// A folder where the build is.
pub fn folder() -> TempDir {
    TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(ESTAFET);
    command.args(arguments).stderr(Stdio::null());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ESTAFET_")) {
        command.env_remove(name);
    }
    command
}

fn output(mut command: Command) -> String {
    let done = command.output().unwrap();
    let said = String::from_utf8(done.stdout).unwrap();
    assert!(done.status.success(), "{command:?}: {said}");
    said
}

/// What a command said, how long it took, and its peak of memory in MiB.
pub struct Done {
    pub said: Value,
    pub seconds: f64,
    pub peak_mib: f64,
}

/// Runs a command that answers JSON.
pub fn run(arguments: &[&str]) -> Done {
    let begun = Instant::now();
    let mut child = command(arguments).stdout(Stdio::piped()).spawn().unwrap();
    let id = child.id();
    let stdout = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || std::io::read_to_string(stdout).unwrap());
    let mut peak_mib: f64 = 0.0;
    let status = loop {
        peak_mib = peak_mib.max(peak(id));
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    let (seconds, said) = (begun.elapsed().as_secs_f64(), reader.join().unwrap());
    assert!(status.success(), "{arguments:?}: {}", said.chars().take(2_000).collect::<String>());
    Done { said: serde_json::from_str(&said).unwrap(), seconds, peak_mib }
}

/// The greatest resident memory a process had so far, in MiB.
fn peak(id: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1024.0
}

/// A running server, of the ledger or of the echo; killed when dropped.
pub struct Server {
    child: Child,
    pub address: String,
    /// From its start until it listens.
    pub opened: Duration,
}

impl Server {
    pub fn ledger(dir: &Path) -> Self {
        Self::start(command(&["serve", "--data", text(dir), "--listen", "127.0.0.1:0"]))
    }

    pub fn echo() -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg("echo");
        Self::start(command)
    }

    fn start(mut command: Command) -> Self {
        let begun = Instant::now();
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let opened = begun.elapsed();
        let address = line.trim().strip_prefix("http://").expect("an address").to_owned();
        Self { child, address, opened }
    }

    pub fn peak_mib(&self) -> f64 {
        peak(self.child.id())
    }

    /// Asks it to end and waits.
    pub fn stop(mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

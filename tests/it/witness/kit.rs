//! A log made of the entries of FORMAT section 5, a running witness of it, and requests by hand.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use estafet::log::{Checkpoint, Hash, Signer, Tree, note, tree};

use super::super::kit::{estafet, text};

pub const ORIGIN: &str = "ledger.example/log1";
pub const NAME: &str = "witness.example/w1";
/// The monitoring path of that origin.
pub const PATH: &str = "/5be92bef3f42d5bcd9e2649883a59da25fe073e6e9f4e75607dd36f54d6f94d5/checkpoint";

/// A log whose entries after the first `common` ones are another's.
pub struct TestLog {
    pub signer: Signer,
    tree: Tree,
}

impl TestLog {
    pub fn new(size: u64, common: u64) -> Self {
        let mut tree = Tree::new(Path::new("/nowhere"));
        for n in 0..size {
            let entry = if n < common { format!("event {n}") } else { format!("other {n} of {size}") };
            tree.append(tree::leaf_hash(entry.as_bytes())).expect("a tree");
        }
        let mut seed = [0; 32];
        (0..).zip(&mut seed).for_each(|(n, byte)| *byte = n);
        Self { signer: Signer::new(ORIGIN, &seed), tree }
    }

    pub fn checkpoint(&self, size: u64) -> Checkpoint {
        Checkpoint { origin: ORIGIN.to_owned(), size, root: self.tree.root_at(size).expect("a root") }
    }

    pub fn note(&self, size: u64) -> String {
        self.signer.sign(&self.checkpoint(size).encode())
    }

    pub fn proof(&self, old: u64, new: u64) -> Vec<Hash> {
        self.tree.consistency_proof(old, new).expect("a proof")
    }

    pub fn request(&self, old: u64, new: u64) -> String {
        request(old, &self.proof(old, new), &self.note(new))
    }
}

pub fn request(old: u64, proof: &[Hash], note: &str) -> String {
    let proof: String = proof.iter().map(|hash| format!("{hash}\n")).collect();
    format!("old {old}\n{proof}\n{note}")
}

/// What came back; status 0 when nothing did.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// One request on a connection of its own.
pub fn send(address: &str, method: &str, path: &str, body: &[u8]) -> Answer {
    let mut bytes = Vec::new();
    if let Ok(mut stream) = TcpStream::connect(address) {
        let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
        );
        let _ = stream.write_all(&[head.as_bytes(), body].concat());
        let _ = stream.read_to_end(&mut bytes);
    }
    let answer = String::from_utf8_lossy(&bytes);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

/// A running witness; killed when dropped.
pub struct Witness {
    child: Child,
    pub address: String,
    pub vkey: String,
}

impl Witness {
    pub fn start(dir: &Path, logs: &[&TestLog]) -> Self {
        let keys: Vec<_> = logs.iter().map(|log| log.signer.vkey().to_string()).collect();
        let keys: Vec<_> = keys.iter().map(String::as_str).collect();
        Self::start_for(dir, &keys, Some(NAME))
    }

    pub fn start_for(dir: &Path, keys: &[&str], name: Option<&str>) -> Self {
        let mut arguments = vec!["witness", "serve", "--data", text(dir), "--listen", "127.0.0.1:0"];
        arguments.extend(keys.iter().flat_map(|key| ["--log", key]));
        arguments.extend(name.iter().flat_map(|name| ["--name", name]));
        // one that was killed a moment ago may still be going, and hold the directory
        for _ in 0..100 {
            match Self::run(estafet(&arguments)) {
                Ok(witness) => return witness,
                Err(talk) => assert!(talk.contains("is in use by another process"), "{talk}"),
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the directory stays in use");
    }

    /// Runs a command that serves a witness.
    ///
    /// # Errors
    /// What it said when it ended before it listened.
    pub fn run(mut command: Command) -> Result<Self, String> {
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut vkey = String::new();
        BufReader::new(child.stdout.take().expect("its stdout")).read_line(&mut vkey).expect("a line");
        let mut talk = BufReader::new(child.stderr.take().expect("its stderr"));
        let mut said = String::new();
        let address = loop {
            let before = said.len();
            if talk.read_line(&mut said).unwrap_or(0) == 0 {
                child.wait().expect("gone");
                return Err(said);
            }
            let line = said.get(before..).unwrap_or_default();
            if let Some(address) = line.trim().strip_prefix("listening on http://") {
                break address.to_owned();
            }
        };
        // its talk is read so that it never waits for a full pipe
        std::thread::spawn(move || std::io::copy(&mut talk, &mut std::io::sink()));
        Ok(Self { child, address, vkey: vkey.trim().to_owned() })
    }

    pub fn add(&self, body: &[u8]) -> Answer {
        send(&self.address, "POST", "/add-checkpoint", body)
    }

    pub fn get(&self, path: &str) -> Answer {
        send(&self.address, "GET", path, b"")
    }

    /// Size of the newest head it serves of the test log; 0 when there is none.
    pub fn size(&self) -> u64 {
        note::peek(&self.get(PATH).body).map_or(0, |checkpoint| checkpoint.size)
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, and returns its exit code.
    pub fn stop(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill").success());
        self.child.wait().expect("gone").code()
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

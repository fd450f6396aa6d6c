//! What the integration tests share: the binary, a directory, a server of it, and requests as bytes
//! on a socket, so that nothing of ours stands between a test and the server.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

/// The program under test.
pub const ESTAFET: &str = env!("CARGO_BIN_EXE_estafet");
/// Origin of the ledgers made here.
pub const ORIGIN: &str = "ledger.example/test";

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Says that a test could not run here; tests/run prints it at its end.
pub fn skipped(why: &str) {
    eprintln!("SKIPPED: {why}");
    if let Ok(path) = std::env::var("ESTAFET_SKIPPED") {
        let mut file =
            fs::OpenOptions::new().append(true).create(true).open(path).expect("the list of skips");
        writeln!(file, "{why}").expect("the list of skips");
    }
}

/// A command without the settings of the machine the tests run on.
pub fn estafet(arguments: &[&str]) -> Command {
    let mut command = Command::new(ESTAFET);
    command.args(arguments);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("ESTAFET_")) {
        command.env_remove(name);
    }
    command
}

/// What a command did.
pub struct Done {
    pub exit: i32,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        Self {
            exit: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Done {
    /// Its stdout as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }
}

/// Runs a command to its end.
pub fn run(arguments: &[&str]) -> Done {
    estafet(arguments).output().expect("the program starts").into()
}

/// Runs a command that must end with an exit code.
pub fn check(arguments: &[&str], exit: i32) -> Done {
    let done = run(arguments);
    assert_eq!(done.exit, exit, "estafet {}\n{}{}", arguments.join(" "), done.stdout, done.stderr);
    done
}

/// A data directory that goes with the test.
pub struct Ledger {
    folder: TempDir,
    /// Its verification key, as `init` printed it.
    pub vkey: String,
}

impl Ledger {
    /// Makes one.
    pub fn new() -> Self {
        let folder = TempDir::new().expect("a folder");
        let dir = folder.path().join("data");
        let made = check(&["init", text(&dir), "--origin", ORIGIN], 0);
        Self { folder, vkey: made.stdout.trim().to_owned() }
    }

    /// The data directory.
    pub fn dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A path beside it.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Imports statements.
    pub fn import(&self, statements: &[Value]) -> Done {
        let lines: Vec<_> = statements.iter().map(Value::to_string).collect();
        let file = self.beside("statements.jsonl");
        fs::write(&file, lines.join("\n")).expect("a file");
        run(&["import", "jsonl", text(&file), "--data", text(&self.dir()), "--json"])
    }

    /// A token's secret.
    pub fn token(&self, role: &str, agency: Option<&str>) -> String {
        let dir = self.dir();
        let mut arguments = vec!["token", "create", "--data", text(&dir), "--role", role];
        arguments.extend(agency.iter().flat_map(|agency| ["--agency", agency]));
        check(&arguments, 0).stdout.trim().to_owned()
    }
}

/// A path as text.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

/// The statements that make agencies and one responsibility, held by the first.
pub fn beginning() -> Vec<Value> {
    let agency = |id: &str| {
        json!({"type": "agency.registered", "jti": format!("reg {id}"),
        "data": {"agency": id, "name": {"en": id}, "kind": "ministry"}})
    };
    vec![
        agency("kemen-pu"),
        agency("kemen-pkp"),
        json!({"type": "responsibility.defined", "jti": "def housing", "data": {"responsibility": "housing",
            "name": {"en": "Housing", "id": "Perumahan"}, "code": {"scheme": "functions", "value": "housing"}}}),
        json!({"type": "assignment.made", "jti": "first holder", "data": {"assignment": "housing-first",
            "responsibility": "housing", "agency": "kemen-pu", "role": "accountable",
            "valid": {"from": "2020-01-01"}, "basis": {"ref": "id/uu/2011/1"}}}),
    ]
}

/// A running server; killed when dropped.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: String,
}

impl Server {
    /// Serves a directory on a free port and waits until it listens.
    pub fn start(dir: &Path) -> Self {
        Self::start_with(dir, &[])
    }

    /// [`Server::start`] with more arguments.
    pub fn start_with(dir: &Path, more: &[&str]) -> Self {
        let mut command = estafet(&["serve", "--data", text(dir), "--listen", "127.0.0.1:0"]);
        command.args(more);
        Self::listening(command.stderr(Stdio::piped()))
    }

    /// [`Server::start_with`], its talk and traces in a file.
    pub fn logged(dir: &Path, more: &[&str], to: &Path) -> Self {
        let mut command = estafet(&["serve", "--data", text(dir), "--listen", "127.0.0.1:0"]);
        Self::listening(command.args(more).stderr(fs::File::create(to).expect("a file")))
    }

    fn listening(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the program starts");
        let stdout = child.stdout.take().expect("its stdout");
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        let Some(address) = line.trim().strip_prefix("http://") else {
            let said =
                child.wait_with_output().map(|output| String::from_utf8_lossy(&output.stderr).into_owned());
            panic!("the server did not start: {line:?} {said:?}");
        };
        // its talk is read so that it never waits for a full pipe
        if let Some(stderr) = child.stderr.take() {
            std::thread::spawn(move || std::io::copy(&mut BufReader::new(stderr), &mut std::io::sink()));
        }
        Self { address: address.to_owned(), child }
    }

    /// Ends the process at once, as a power failure of the process would.
    pub fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
    }

    /// Asks it to end, and returns its exit code.
    pub fn stop(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill").success());
        self.child.wait().expect("gone").code()
    }

    /// Its process id, for a kill from another thread.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// One request on a connection of its own.
    pub fn request(&self, method: &str, path: &str, token: Option<&str>, body: Option<&str>) -> (u16, Value) {
        let mut connection = Connection::open(&self.address).expect("a connection");
        let (status, body) = connection.request(method, path, token, body).expect("an answer");
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }
}

/// Ends what a strace runs: it would go on without it, and hold its directory.
pub fn end_traced(strace: u32) {
    let children = std::fs::read_to_string(format!("/proc/{strace}/task/{strace}/children"));
    for child in children.unwrap_or_default().split_whitespace() {
        Command::new("kill").args(["-KILL", child]).output().expect("kill");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A kept connection: HTTP/1.1 by hand.
pub struct Connection {
    stream: BufReader<TcpStream>,
    host: String,
}

impl Connection {
    pub fn open(address: &str) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self { stream: BufReader::new(stream), host: address.to_owned() })
    }

    /// Status and body of an answer that came whole.
    pub fn request(
        &mut self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&str>,
    ) -> std::io::Result<(u16, Vec<u8>)> {
        self.send((method, path), "application/json", token, body.unwrap_or_default())
    }

    /// [`Connection::request`] with a body of a media type.
    pub fn post(
        &mut self,
        path: &str,
        media: &str,
        token: Option<&str>,
        body: &str,
    ) -> std::io::Result<(u16, Vec<u8>)> {
        self.send(("POST", path), media, token, body)
    }

    fn send(
        &mut self,
        (method, path): (&str, &str),
        media: &str,
        token: Option<&str>,
        body: &str,
    ) -> std::io::Result<(u16, Vec<u8>)> {
        let token = token.map(|token| format!("Authorization: Bearer {token}\r\n")).unwrap_or_default();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n{token}Content-Type: {media}\r\nContent-Length: {}\r\n\r\n",
            self.host,
            body.len()
        );
        self.stream.get_mut().write_all(format!("{head}{body}").as_bytes())?;
        self.answer()
    }

    fn answer(&mut self) -> std::io::Result<(u16, Vec<u8>)> {
        let cut = || std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(cut)?;
        let mut length = 0;
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let header = line.trim_end();
            if header.is_empty() {
                break;
            }
            if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().map_err(|_| cut())?;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        Ok((status, body))
    }
}

/// Numbers that look random; the seed is not 0, and is printed, so that a failure can be repeated.
pub struct Random(pub u64);

impl Random {
    /// One of `0..below`.
    pub fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

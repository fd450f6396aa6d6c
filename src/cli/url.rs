//! The thinnest client that can ask a ledger's server a question: one GET over HTTP/1.0 a
//! connection, so that the answer ends where the connection does and is never sent in chunks.

mod pipe;

use std::fmt;
use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use serde_json::Value;

use crate::domain::Code;

use super::{Error, Result};

/// How long a server may take to connect, and between two pieces of its answer.
const WAIT: Duration = Duration::from_secs(30);
/// Most bytes of an answer: a page of 1,000 entries of 64 KiB, each shown twice, and some.
const ANSWER_BYTES_MAX: u64 = 256 << 20;

/// A ledger's server.
#[derive(Debug)]
pub(super) struct Server {
    /// `host:port`.
    authority: String,
    /// What stands before our paths; no slash at its end.
    prefix: String,
    token: Option<String>,
}

impl Server {
    /// Takes `http://host[:port][/prefix]`.
    pub(super) fn parse(url: &str, token: Option<String>) -> Result<Self> {
        let bad = |why: &str| Err(Error::usage("--url", format!("{why}, found {url:?}")));
        if url.starts_with("https://") {
            let hint = "ask through a local proxy that speaks TLS, or on the ledger's own machine";
            return Err(Error::hinted("--url", "this version speaks plain http only", hint));
        }
        let Some(rest) = url.strip_prefix("http://") else { return bad("expected http://HOST[:PORT]") };
        let (authority, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let is_plain = |text: &str| text.bytes().all(|b| b.is_ascii_graphic() && b != b'@');
        if authority.is_empty() || !is_plain(rest) || rest.contains(['?', '#']) {
            return bad("expected http://HOST[:PORT][/PREFIX] and nothing else");
        }
        let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let authority = if has_port { authority.to_owned() } else { format!("{authority}:80") };
        let prefix = format!("/{prefix}").trim_end_matches('/').to_owned();
        if token.as_deref().is_some_and(|token| token.is_empty() || !is_plain(token)) {
            return Err(Error::usage("--token", "not a token"));
        }
        Ok(Self { authority, prefix, token })
    }

    /// The JSON a path answers with; a problem becomes the error it stands for.
    pub(super) fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Vec<u8>> {
        let (status, body) = self.exchange(&self.request(path, query)).map_err(|why| self.failed(why))?;
        if status == 200 {
            return Ok(body);
        }
        Err(self.problem(status, &body))
    }

    /// The error an answer stands for.
    fn problem(&self, status: u16, body: &[u8]) -> Error {
        let problem: Value = serde_json::from_slice(body).unwrap_or_default();
        match (problem.get("code").and_then(Value::as_str), problem.get("detail").and_then(Value::as_str)) {
            (Some(code), Some(detail)) => Error::Problem {
                code: code.to_owned(),
                detail: detail.to_owned(),
                exit: Code::parse(code).map_or(1, Code::exit),
            },
            _ => self.failed(format!("answered {status} without saying why")),
        }
    }

    fn failed(&self, why: String) -> Error {
        Error::Server { url: self.to_string(), why }
    }

    fn request(&self, path: &str, query: &[(&str, String)]) -> String {
        let mut target = format!("{}{path}", self.prefix);
        for (n, (key, value)) in query.iter().enumerate() {
            target.push(if n == 0 { '?' } else { '&' });
            target.push_str(key);
            target.push('=');
            target.push_str(&encoded(value));
        }
        let token = self.token.as_ref().map(|token| format!("Authorization: Bearer {token}\r\n"));
        format!(
            "GET {target} HTTP/1.0\r\nHost: {}\r\nAccept: application/json\r\nUser-Agent: estafet/{}\r\n{}\r\n",
            self.authority,
            env!("CARGO_PKG_VERSION"),
            token.unwrap_or_default()
        )
    }

    fn exchange(&self, request: &str) -> std::result::Result<(u16, Vec<u8>), String> {
        let said = |error: std::io::Error| error.to_string();
        let mut stream = self.connect()?;
        stream.set_read_timeout(Some(WAIT)).map_err(said)?;
        stream.set_write_timeout(Some(WAIT)).map_err(said)?;
        stream.write_all(request.as_bytes()).map_err(said)?;
        let mut answer = Vec::new();
        stream.take(ANSWER_BYTES_MAX + 1).read_to_end(&mut answer).map_err(said)?;
        if answer.len() as u64 > ANSWER_BYTES_MAX {
            return Err(format!("answered more than {ANSWER_BYTES_MAX} bytes"));
        }
        read(&answer).ok_or_else(|| "did not answer as an HTTP server does, or not to the end".to_owned())
    }

    fn connect(&self) -> std::result::Result<TcpStream, String> {
        let mut why = "no such host".to_owned();
        for address in self.authority.to_socket_addrs().map_err(|error| error.to_string())? {
            match TcpStream::connect_timeout(&address, WAIT) {
                Ok(stream) => return Ok(stream),
                Err(error) => why = error.to_string(),
            }
        }
        Err(why)
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}{}", self.authority, self.prefix)
    }
}

/// Status and body of an answer that is all there.
pub(super) fn read(answer: &[u8]) -> Option<(u16, Vec<u8>)> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, body) = answer.split_at_checked(end + 4)?;
    let head = std::str::from_utf8(head).ok()?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.")?.get(2..5)?.parse().ok()?;
    for line in lines {
        let Some((name, value)) = line.split_once(':') else { continue };
        if name.eq_ignore_ascii_case("content-length") && value.trim().parse::<usize>().ok()? != body.len() {
            return None;
        }
        if name.eq_ignore_ascii_case("transfer-encoding") {
            return None;
        }
    }
    Some((status, body.to_vec()))
}

/// A path segment or query value, percent-encoded.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

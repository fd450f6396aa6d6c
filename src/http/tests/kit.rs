//! A service over a real ledger, and a client that speaks plain HTTP/1.1.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::oneshot;

use super::super::{Config, serve};
use crate::domain::event::agency::Jwk;
use crate::domain::event::ledger::Role;
use crate::domain::{AgencyId, Instant, Kid, Zone};
use crate::ledger::{self, Founding, Ledger, Tokens};
use crate::log::Options;
use crate::seal::KeyPair;

pub(super) struct Service {
    pub(super) ledger: Ledger,
    pub(super) address: SocketAddr,
    /// The registrar's secret.
    pub(super) registrar: String,
    tokens: u8,
    jtis: AtomicU64,
    _stop: oneshot::Sender<()>,
    /// Last: removed when nothing is open in it any more.
    pub(super) dir: TempDir,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl Service {
    pub(super) async fn start() -> Self {
        Self::with(Config::default()).await
    }

    pub(super) async fn with(config: Config) -> Self {
        Self::founded(config, None).await
    }

    /// A ledger that knows the registrar's key.
    pub(super) async fn keyed(pair: &KeyPair) -> Self {
        Self::founded(Config::default(), Some((pair.kid().clone(), pair.jwk().clone()))).await
    }

    async fn founded(config: Config, key: Option<(Kid, Jwk)>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data");
        let founding = Founding {
            origin: "ledger.example/http",
            zone: Zone::parse("Asia/Jakarta").unwrap(),
            registrar: AgencyId::parse("registrar").unwrap(),
            key,
            seed: [3; 32],
            continues: None,
            at: Instant::parse("2026-01-01T00:00:00Z").unwrap(),
        };
        ledger::init(&path, founding, Options::default()).unwrap();
        let (ledger, _) = Ledger::open(&path, &ledger::Config::default()).unwrap();
        let mut service = Self::serving(dir, ledger, config);
        service.registrar = service.token(Role::Recorder, Some("registrar"));
        service
    }

    /// The same directory again, closed and served without a writer.
    pub(super) fn into_read_only(self, why: &str) -> Self {
        let Self { dir, ledger, registrar, .. } = self;
        ledger.close().unwrap();
        let ledger = Ledger::open_to_read(&dir.path().join("data"), why).unwrap();
        Self { registrar, ..Self::serving(dir, ledger, Config::default()) }
    }

    fn serving(dir: TempDir, ledger: Ledger, config: Config) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        // what a machine lets them grow to is more than a test can fill
        socket.set_recv_buffer_size(256 << 10).unwrap();
        socket.set_send_buffer_size(256 << 10).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1_024).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        tokio::spawn(serve(ledger.clone(), listener, async { drop(stopped.await) }, config));
        let registrar = String::new();
        Self { dir, ledger, address, registrar, tokens: 0, jtis: AtomicU64::new(0), _stop: stop }
    }

    pub(super) fn path(&self) -> std::path::PathBuf {
        self.dir.path().join("data")
    }

    pub(super) fn token(&mut self, role: Role, agency: Option<&str>) -> String {
        self.tokens += 1;
        let agency = agency.map(|id| AgencyId::parse(id).unwrap());
        Tokens::open(&self.path()).create(&[self.tokens; 32], role, agency, None).unwrap().1
    }

    pub(super) async fn ask(&self, request: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let mut text = format!("{request} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n");
        for (name, value) in headers {
            text += &format!("{name}: {value}\r\n");
        }
        if !body.is_empty() || request.starts_with("POST") {
            text += &format!("content-length: {}\r\n", body.len());
        }
        text += "\r\n";
        stream.write_all(text.as_bytes()).await.unwrap();
        // A body that is refused early may meet a closed connection.
        let _ = stream.write_all(body).await;
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes).await;
        parse(&bytes)
    }

    pub(super) async fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path}"), &[], b"").await
    }

    /// In which form a proof is given to who accepts these.
    pub(super) async fn gives(&self, accept: &str, expected: &str) {
        let answer = self.ask("GET /v1/events/0/proof", &[("accept", accept)], b"").await;
        let found = answer.header("content-type").and_then(|found| found.split(';').next());
        assert_eq!((answer.status, found), (200, Some(expected)), "{accept}");
    }

    pub(super) async fn post(&self, token: &str, media_type: &str, body: &[u8]) -> Answer {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str()), ("content-type", media_type)];
        self.ask("POST /v1/events", &headers, body).await
    }

    /// A statement with a jti of its own.
    pub(super) fn statement(&self, type_name: &str, data: Value) -> Value {
        let n = self.jtis.fetch_add(1, Ordering::Relaxed);
        json!({"jti": format!("t-{n}"), "type": type_name, "data": data})
    }

    pub(super) async fn say(&self, token: &str, type_name: &str, data: Value) -> Answer {
        let statement = self.statement(type_name, data);
        self.post(token, "application/json", statement.to_string().as_bytes()).await
    }

    /// The registrar says it, and it is admitted.
    pub(super) async fn told(&self, type_name: &str, data: Value) -> u64 {
        self.told_by(&self.registrar, type_name, data).await
    }

    pub(super) async fn told_by(&self, token: &str, type_name: &str, data: Value) -> u64 {
        let answer = self.say(token, type_name, data).await;
        assert_eq!(answer.status, 201, "{type_name}: {}", answer.body);
        answer.json()["seq"].as_u64().unwrap()
    }

    pub(super) async fn agency(&self, id: &str) {
        let data = json!({"agency": id, "name": {"en": id}, "kind": "ministry"});
        self.told("agency.registered", data).await;
    }

    pub(super) async fn defined(&self, id: &str) {
        let code = json!({"scheme": "cofog", "value": id});
        let data = json!({"responsibility": id, "name": {"en": id}, "code": code});
        self.told("responsibility.defined", data).await;
    }

    pub(super) async fn made(&self, of: &str, agency: &str) -> u64 {
        let data = json!({"responsibility": of, "agency": agency, "role": "accountable",
            "valid": {"from": "2020-01-01"}, "basis": {"ref": "id/uu/2020/1"}});
        self.told("assignment.made", data).await
    }

    pub(super) fn size(&self) -> u64 {
        self.ledger.views().current().size
    }
}

pub(super) fn parse(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").unwrap_or(bytes.len());
    let (head, body) = bytes.split_at(end);
    let (head, body) = (String::from_utf8_lossy(head).into_owned(), body.get(4..).unwrap_or_default());
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let body = if chunked { unchunk(body) } else { body.to_owned() };
    Answer { status, head, body: String::from_utf8_lossy(&body).into_owned() }
}

fn unchunk(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(line) = body.windows(2).position(|window| window == b"\r\n") {
        let size =
            std::str::from_utf8(&body[..line]).ok().and_then(|text| usize::from_str_radix(text, 16).ok());
        let Some(size) = size.filter(|size| *size > 0 && line + 2 + size <= body.len()) else { break };
        whole.extend(&body[line + 2..line + 2 + size]);
        body = body.get(line + 4 + size..).unwrap_or_default();
    }
    whole
}

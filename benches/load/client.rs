//! Closed-loop writers on one thread: each waits for its answer before it posts again. HTTP/1.1 by
//! hand, so that little of the machine is spent on asking.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::workload::Statement;

/// Every so many answers one is kept, to be checked.
const KEPT: u64 = 1_000;

/// What writers measured.
#[derive(Default)]
pub struct Measured {
    pub rate: f64,
    /// Of each answer, in microseconds, sorted.
    pub took: Vec<u32>,
    /// Bodies sent, with what was answered.
    pub kept: Vec<(String, Vec<u8>)>,
    /// Bytes of the bodies, by average.
    pub bytes: f64,
}

impl Measured {
    /// A share of the answers took no longer than this, in microseconds.
    pub fn percentile(&self, percent: usize) -> f64 {
        f64::from(self.took[(self.took.len() * percent / 100).min(self.took.len() - 1)])
    }
}

/// Posts what the streams say, one writer for each, for this long after a time to warm up.
pub fn run<S: Iterator<Item = Statement> + Send + 'static>(
    address: &str,
    tokens: &Arc<Vec<String>>,
    streams: Vec<S>,
    (warm, long): (Duration, Duration),
) -> Measured {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let begins = Instant::now() + warm;
        let tasks: Vec<_> = streams
            .into_iter()
            .map(|stream| {
                let (address, tokens) = (address.to_owned(), Arc::clone(tokens));
                tokio::spawn(write(address, tokens, stream, (begins, begins + long)))
            })
            .collect();
        let (mut all, mut sent) = (Measured::default(), 0);
        for task in tasks {
            let (one, bytes) = task.await.unwrap();
            all.took.extend(one.took);
            all.kept.extend(one.kept);
            sent += bytes;
        }
        all.rate = all.took.len() as f64 / long.as_secs_f64();
        all.bytes = sent as f64 / all.took.len() as f64;
        all.took.sort_unstable();
        all
    })
}

async fn write(
    address: String,
    tokens: Arc<Vec<String>>,
    mut stream: impl Iterator<Item = Statement>,
    (begins, ends): (Instant, Instant),
) -> (Measured, usize) {
    let mut connection = Connection::open(&address).await;
    let (mut measured, mut bytes, mut posted) = (Measured::default(), 0, 0);
    while Instant::now() < ends {
        let statement = stream.next().unwrap();
        let begun = Instant::now();
        let (status, body) = connection.post(&statement, &tokens).await;
        let done = Instant::now();
        assert!(
            status == 201 || status == 200,
            "{status}: {}\n{}",
            String::from_utf8_lossy(body),
            statement.body
        );
        posted += 1;
        if posted % KEPT == 0 {
            measured.kept.push((statement.body.clone(), body.to_vec()));
        }
        if begun >= begins && done <= ends {
            measured.took.push(u32::try_from((done - begun).as_micros()).unwrap());
            bytes += statement.body.len();
        }
    }
    (measured, bytes)
}

/// A kept connection.
pub struct Connection {
    stream: TcpStream,
    out: Vec<u8>,
    read: Vec<u8>,
}

impl Connection {
    pub async fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, out: Vec::new(), read: Vec::with_capacity(16 << 10) }
    }

    /// The status and the body of the answer. The last token is the registrar's.
    pub async fn post(&mut self, statement: &Statement, tokens: &[String]) -> (u16, &[u8]) {
        let token = &tokens[statement.agency.unwrap_or(tokens.len() - 1)];
        self.out.clear();
        for part in [
            "POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer ",
            token,
            "\r\nContent-Length: ",
            &statement.body.len().to_string(),
            "\r\n\r\n",
            &statement.body,
        ] {
            self.out.extend_from_slice(part.as_bytes());
        }
        self.stream.write_all(&self.out).await.unwrap();
        self.read.clear();
        loop {
            let read = self.stream.read_buf(&mut self.read).await.unwrap();
            assert!(read > 0, "the server closed the connection");
            if let Some((status, from, length)) = head(&self.read)
                && self.read.len() >= from + length
            {
                return (status, &self.read[from..from + length]);
            }
        }
    }
}

/// The status, where the body begins and how long it is, once the head is there.
fn head(bytes: &[u8]) -> Option<(u16, usize, usize)> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().unwrap())
    });
    Some((status, end + 4, length.expect("a length")))
}

//! `POST /v1/events/pipe` from the client's side: lines go out on one thread while answers come in on
//! this one, so that neither waits for the other.

use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;

use super::super::Result;
use super::{Server, WAIT};

/// Bytes of lines sent in one chunk.
const CHUNK_BYTES: usize = 64 << 10;
/// Longest answer to one line: a receipt with its entry and proof.
const LINE_BYTES_MAX: u64 = 1 << 20;

impl Server {
    /// Sends lines, and hands over each answer as it comes.
    pub(in super::super) fn pipe(
        &self,
        lines: impl BufRead + Send,
        answer: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let failed = |error: io::Error| self.failed(error.to_string());
        let stream = self.connect().map_err(|why| self.failed(why))?;
        stream.set_read_timeout(Some(WAIT)).map_err(failed)?;
        stream.set_write_timeout(Some(WAIT)).map_err(failed)?;
        let sending = stream.try_clone().map_err(failed)?;
        let head = self.head();
        thread::scope(|scope| {
            let sender = scope.spawn(move || send(sending, &head, lines));
            let done = self.answers(&stream, answer);
            if done.is_err() {
                // the other thread may wait for a server that reads no more
                let _ = stream.shutdown(Shutdown::Both);
            }
            let sent = sender.join().unwrap_or_else(|_| Err(io::Error::other("the sending thread ended")));
            done.and_then(|()| sent.map_err(failed))
        })
    }

    fn head(&self) -> String {
        let token = self.token.as_ref().map(|token| format!("Authorization: Bearer {token}\r\n"));
        format!(
            "POST {}/v1/events/pipe HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\nConnection: close\r\nUser-Agent: estafet/{}\r\n{}\r\n",
            self.prefix,
            self.authority,
            env!("CARGO_PKG_VERSION"),
            token.unwrap_or_default()
        )
    }

    fn answers(&self, stream: &TcpStream, answer: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let broken = |error: io::Error| self.failed(format!("the pipe broke: {error}"));
        let mut from = BufReader::with_capacity(CHUNK_BYTES, stream);
        let (status, chunked) = head(&mut from).map_err(broken)?;
        if status != 200 || !chunked {
            let mut body = Vec::new();
            // what can be read of it says why
            let _ = from.take(LINE_BYTES_MAX).read_to_end(&mut body);
            return Err(self.problem(status, &body));
        }
        let mut lines = BufReader::new(Chunks { from, left: 0, ended: false });
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = (&mut lines).take(LINE_BYTES_MAX).read_until(b'\n', &mut line).map_err(broken)?;
            if read == 0 {
                return Ok(());
            }
            answer(line.trim_ascii_end())?;
        }
    }
}

fn send(stream: TcpStream, head: &str, mut lines: impl BufRead) -> io::Result<()> {
    let mut to = BufWriter::with_capacity(2 * CHUNK_BYTES, &stream);
    to.write_all(head.as_bytes())?;
    let mut chunk = Vec::with_capacity(2 * CHUNK_BYTES);
    loop {
        let read = lines.read_until(b'\n', &mut chunk)?;
        if read > 0 && chunk.len() < CHUNK_BYTES {
            continue;
        }
        if !chunk.is_empty() {
            write!(to, "{:x}\r\n", chunk.len())?;
            to.write_all(&chunk)?;
            to.write_all(b"\r\n")?;
            to.flush()?;
            chunk.clear();
        }
        if read == 0 {
            to.write_all(b"0\r\n\r\n")?;
            return to.flush();
        }
    }
}

/// Status, and whether the body comes in chunks.
fn head(from: &mut impl BufRead) -> io::Result<(u16, bool)> {
    let bad = || io::Error::other("no answer of an HTTP server");
    let mut line = String::new();
    from.take(LINE_BYTES_MAX).read_line(&mut line)?;
    let status =
        line.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5)?.parse().ok()).ok_or_else(bad)?;
    let mut chunked = false;
    loop {
        line.clear();
        from.take(LINE_BYTES_MAX).read_line(&mut line)?;
        let header = line.trim_end();
        if line.is_empty() {
            return Err(bad());
        }
        if header.is_empty() {
            return Ok((status, chunked));
        }
        let Some((name, value)) = header.split_once(':') else { continue };
        chunked |=
            name.eq_ignore_ascii_case("transfer-encoding") && value.trim().eq_ignore_ascii_case("chunked");
    }
}

/// The body behind RFC 9112 chunks; one that ends before its last chunk is an error.
struct Chunks<R> {
    from: R,
    /// Bytes left of the present chunk.
    left: u64,
    ended: bool,
}

impl<R: BufRead> Chunks<R> {
    fn begin(&mut self) -> io::Result<()> {
        let mut line = String::new();
        (&mut self.from).take(64).read_line(&mut line)?;
        let size = line.trim_end().split(';').next().unwrap_or_default();
        let bad = |_| io::Error::from(io::ErrorKind::UnexpectedEof);
        self.left = u64::from_str_radix(size, 16).map_err(bad)?;
        self.ended = self.left == 0;
        Ok(())
    }
}

impl<R: BufRead> Read for Chunks<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 && !self.ended {
            self.begin()?;
        }
        if self.ended {
            return Ok(0);
        }
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(into.len());
        let read = self.from.read(into.get_mut(..most).unwrap_or_default())?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= read as u64;
        if self.left == 0 {
            let mut end = [0; 2];
            self.from.read_exact(&mut end)?;
        }
        Ok(read)
    }
}

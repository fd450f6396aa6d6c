//! The client against servers that answer, stall, break off, redirect and send without end.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::{Answer, BadBase, Base, CallError, Client, Deadlines};

const LIMIT: usize = 1000;

/// A server of one connection; gives its address, and what it was sent when it ends.
fn once(serve: impl FnOnce(TcpStream) + Send + 'static) -> (String, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("an address");
    let url = format!("http://{}/x", listener.local_addr().expect("an address"));
    let serving = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let (mut sent, mut piece) = (Vec::new(), [0; 4096]);
        // a request without a body ends with an empty line, the one here with the word "end"
        while !sent.ends_with(b"\r\n\r\n") && !sent.ends_with(b"end") {
            let got = stream.read(&mut piece).expect("a request");
            sent.extend_from_slice(&piece[..got]);
        }
        serve(stream);
        sent
    });
    (url, serving)
}

fn answering(answer: &'static str) -> (String, JoinHandle<Vec<u8>>) {
    once(move |mut stream| stream.write_all(answer.as_bytes()).expect("written"))
}

fn client() -> Client {
    let quick = Deadlines { connect: Duration::from_millis(500), answer: Duration::from_millis(700) };
    Client::new(quick).expect("a client")
}

fn wait<T>(call: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(call)
}

fn get(url: &str) -> Result<Answer, CallError> {
    wait(client().get(url, LIMIT))
}

#[test]
fn an_answer_is_status_headers_and_bytes() {
    let (url, serving) = answering(
        "HTTP/1.1 409 Conflict\r\nContent-Type: text/x.tlog.size\r\nContent-Length: 4\r\n\r\n100\n",
    );
    let answer = get(&url).expect("an answer");
    assert_eq!((answer.status, answer.body.as_slice()), (409, b"100\n".as_slice()));
    assert_eq!(answer.header("content-type"), Some("text/x.tlog.size"));
    assert_eq!(answer.header("x-other"), None);
    let sent = String::from_utf8(serving.join().expect("served")).expect("text");
    assert!(sent.starts_with("GET /x HTTP/1.1\r\n"), "{sent}");
    assert!(!sent.to_lowercase().contains("accept-encoding"), "{sent}");
}

#[test]
fn what_is_posted_arrives_with_its_media_type() {
    let (url, serving) =
        answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
    let call = async { client().post(&url, "text/plain", b"old 0\nend".to_vec(), LIMIT).await };
    let answer = wait(call).expect("an answer");
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"ok".as_slice()));
    let sent = String::from_utf8(serving.join().expect("served")).expect("text");
    assert!(sent.starts_with("POST /x HTTP/1.1\r\n") && sent.ends_with("\r\n\r\nold 0\nend"), "{sent}");
    assert!(sent.to_lowercase().contains("content-type: text/plain\r\n"), "{sent}");
}

#[test]
fn a_redirect_is_an_answer_and_is_not_followed() {
    let (url, serving) =
        answering("HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(get(&url).expect("an answer").status, 302);
    serving.join().expect("served");
}

#[test]
fn more_than_the_limit_is_not_taken_into_memory() {
    let (url, serving) = answering("HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n");
    assert_eq!(get(&url).expect_err("too large"), CallError::TooLarge { url: url.clone(), limit: LIMIT });
    serving.join().expect("served");
    // and a server that does not say how much it will send
    let (url, serving) = once(|mut stream| {
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
        while stream.write_all(format!("64\r\n{}\r\n", "x".repeat(100)).as_bytes()).is_ok() {}
    });
    assert_eq!(get(&url).expect_err("too large"), CallError::TooLarge { url: url.clone(), limit: LIMIT });
    serving.join().expect("the client closed the connection");
    let exact = format!("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{}", "x".repeat(1000));
    let (url, _serving) = once(move |mut stream| drop(stream.write_all(exact.as_bytes())));
    assert_eq!(get(&url).expect("an answer").body.len(), LIMIT);
}

#[test]
fn a_server_that_stalls_or_drips_costs_no_more_than_the_deadline() {
    let begun = Instant::now();
    let (url, _stalling) = once(|_stream| std::thread::sleep(Duration::from_secs(3)));
    assert!(matches!(get(&url), Err(CallError::Late { .. })));
    let (url, _dripping) = once(|mut stream| {
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n"));
        while stream.write_all(b"x").is_ok() {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    assert!(matches!(get(&url), Err(CallError::Late { .. })));
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
}

#[test]
fn what_cannot_be_called_says_why() {
    let free = TcpListener::bind("127.0.0.1:0").expect("an address").local_addr().expect("an address");
    let refused = get(&format!("http://{free}/")).expect_err("nobody listens");
    assert!(matches!(refused, CallError::Unreachable { .. }) && refused.may_pass(), "{refused}");
    assert!(refused.to_string().contains("refused"), "{refused}");
    for (answer, what) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", "ends early"),
        ("no HTTP at all\r\n\r\n", "is none"),
        ("", "is empty"),
    ] {
        let (url, _serving) = answering(answer);
        assert!(matches!(get(&url), Err(CallError::Broken { .. })), "{what}");
    }
    assert!(matches!(get("nowhere"), Err(CallError::BadUrl { .. })));
    // a server that speaks no TLS
    let (url, _serving) = once(|mut stream| drop(stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")));
    let failed = get(&url.replace("http://", "https://")).expect_err("no TLS");
    assert!(matches!(failed, CallError::Unreachable { .. } | CallError::Late { .. }), "{failed}");
}

#[test]
fn addresses_are_taken_in_one_form() {
    for (text, at) in [
        ("http://127.0.0.1:80", "http://127.0.0.1:80/checkpoint"),
        ("https://ledger.example/log1//", "https://ledger.example/log1/checkpoint"),
        ("http://[::1]:9/p", "http://[::1]:9/p/checkpoint"),
    ] {
        assert_eq!(Base::parse(text).expect(text).at("checkpoint"), at);
    }
    let long = format!("http://h/{}", "x".repeat(2000));
    for (text, why) in [
        ("ftp://h", BadBase::Scheme),
        ("h:80", BadBase::Scheme),
        ("HTTP://h", BadBase::Scheme),
        ("http://", BadBase::Form),
        ("http:///x", BadBase::Form),
        ("http://u:p@h/", BadBase::Form),
        ("http://h/?q", BadBase::Form),
        ("http://h/#f", BadBase::Form),
        ("http://h/a b", BadBase::Form),
        ("http://h\r\nX: y", BadBase::Form),
        ("http://h:99999/", BadBase::Form),
        (long.as_str(), BadBase::Long),
    ] {
        assert_eq!(Base::parse(text), Err(why), "{text}");
    }
}

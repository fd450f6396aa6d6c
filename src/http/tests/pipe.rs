//! The pipe: a line an answer, in order, whatever its neighbours are and however its client behaves.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::sleep;

use super::super::Config;
use super::kit::{Service, parse};

/// A connection with the head of a request on it; the body goes in chunks.
async fn begun(service: &Service, token: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    // what is not read soon fills them
    socket.set_recv_buffer_size(16 << 10).unwrap();
    socket.set_send_buffer_size(16 << 10).unwrap();
    let mut stream = socket.connect(service.address).await.unwrap();
    let token = if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") };
    let head = format!(
        "POST /v1/events/pipe HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{token}content-type: application/x-ndjson\r\n\
         transfer-encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend(bytes);
    chunk.extend(b"\r\n");
    chunk
}

/// Answers, to the end of the connection.
async fn answers(reader: &mut (impl tokio::io::AsyncRead + Unpin)) -> Vec<Value> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).await.unwrap();
    let answer = parse(&bytes);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Sends lines and reads their answers at the same time.
async fn piped(service: &Service, token: &str, lines: Vec<Vec<u8>>) -> Vec<Value> {
    let (mut reader, mut writer) = begun(service, token).await.into_split();
    let sending = tokio::spawn(async move {
        for line in lines {
            writer.write_all(&chunk(&line)).await.unwrap();
        }
        writer.write_all(b"0\r\n\r\n").await.unwrap();
        writer
    });
    let answers = answers(&mut reader).await;
    drop(sending.await.unwrap());
    answers
}

fn agency(service: &Service, id: &str) -> Vec<u8> {
    let data = json!({"agency": id, "name": {"en": id}, "kind": "ministry"});
    format!("{}\n", service.statement("agency.registered", data)).into_bytes()
}

/// The code of a line's problem; empty for a receipt.
fn code(answer: &Value) -> &str {
    answer["problem"]["code"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn a_thousand_lines_are_answered_in_order_whatever_their_neighbours_are() {
    let service = Service::start().await;
    service.agency("taken").await;
    let size = service.size();
    let (mut lines, mut expected) = (Vec::new(), Vec::new());
    for n in 1..=1_000_u64 {
        let (line, code) = match n % 25 {
            3 => (b"{\"jti\":\n".to_vec(), "malformed"),
            8 => (agency(&service, "taken"), "id-taken"),
            13 => ([" ".repeat(300 << 10).as_bytes(), b"\n"].concat(), "too-large"),
            18 => (b"{\"jti\":\"u\",\"type\":\"no.such\",\"data\":{}}\n".to_vec(), "unknown-type"),
            // counted, and not answered
            23 => (b"\n".to_vec(), "empty"),
            _ => (agency(&service, &format!("agency-{n}")), ""),
        };
        lines.push(line);
        if code != "empty" {
            expected.push((n, code.to_owned()));
        }
    }
    let answers = piped(&service, &service.registrar, lines).await;
    let found: Vec<_> = answers.iter().map(|a| (a["line"].as_u64().unwrap(), code(a).to_owned())).collect();
    assert_eq!(found, expected);
    let seqs: Vec<_> = answers.iter().filter_map(|answer| answer["receipt"]["seq"].as_u64()).collect();
    assert_eq!((seqs.len(), service.size()), (800, size + 800));
    assert!(seqs.windows(2).all(|pair| pair[0] < pair[1]));
}

#[tokio::test]
async fn attested_lines_need_a_token_that_writes_and_an_unknown_token_opens_no_pipe() {
    let service = Service::start().await;
    let size = service.size();
    let lines = vec![agency(&service, "a"), b"{\n".to_vec()];
    let answers = piped(&service, "", lines).await;
    let codes: Vec<_> = answers.iter().map(code).collect();
    assert_eq!((codes, service.size()), (vec!["unauthenticated", "malformed"], size));
    let headers = [("authorization", "Bearer unknown"), ("content-type", "application/x-ndjson")];
    let answer = service.ask("POST /v1/events/pipe", &headers, b"{}\n").await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (401, Some("unauthenticated")));
    let answer = service.ask("POST /v1/events/pipe", &[("content-type", "application/json")], b"{}\n").await;
    assert_eq!(answer.status, 415);
}

#[tokio::test]
async fn a_reader_that_does_not_read_stops_the_pipe_and_nobody_else() {
    const LINES: u64 = 4_000;
    let service = Service::start().await;
    let before = service.size();
    let (mut reader, mut writer) = begun(&service, &service.registrar).await.into_split();
    let lines: Vec<_> = (0..LINES)
        .map(|n| {
            let line = agency(&service, &format!("agency-{n}"));
            // room that the statement does not need, so that the line waits where the client can see it
            chunk(&[" ".repeat(8 << 10).as_bytes(), &line].concat())
        })
        .collect();
    let sending = tokio::spawn(async move {
        for line in lines {
            writer.write_all(&line).await.unwrap();
        }
        writer.write_all(b"0\r\n\r\n").await.unwrap();
        writer
    });
    let mut size = 0;
    while size == 0 || size != service.size() {
        size = service.size();
        sleep(Duration::from_secs(1)).await;
    }
    assert!(size - before < LINES && !sending.is_finished(), "{size} entries, and nobody reads the answers");
    assert_eq!(service.get("/healthz").await.status, 200);
    service.agency("somebody-else").await;
    let answers = answers(&mut reader).await;
    drop(sending.await.unwrap());
    let numbers: Vec<_> = answers.iter().map(|answer| answer["line"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=LINES).collect::<Vec<_>>());
    assert!(answers.iter().all(|answer| code(answer).is_empty()));
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_a_healthy_server_and_whole_statements() {
    let service = Service::start().await;
    for round in 0..3 {
        let mut stream = begun(&service, &service.registrar).await;
        for n in 0..300 {
            stream.write_all(&chunk(&agency(&service, &format!("gone-{round}-{n}")))).await.unwrap();
        }
        let half = agency(&service, &format!("half-{round}"));
        stream.write_all(&chunk(&half[..half.len() / 2])).await.unwrap();
        drop(stream);
    }
    assert_eq!(service.get("/healthz").await.status, 200);
    service.agency("after").await;
    for round in 0..3 {
        assert_eq!(service.get(&format!("/v1/agencies/half-{round}")).await.status, 404);
    }
    let answers = piped(&service, &service.registrar, vec![agency(&service, "piped-after")]).await;
    assert!(answers[0]["receipt"]["seq"].is_number(), "{answers:?}");
}

#[tokio::test]
async fn a_pipe_may_rest_between_lines_and_not_inside_one() {
    let config = Config { body_deadline: Duration::from_millis(300), ..Config::default() };
    let service = Service::with(config).await;
    let (mut reader, mut writer) = begun(&service, &service.registrar).await.into_split();
    writer.write_all(&chunk(&agency(&service, "first"))).await.unwrap();
    sleep(Duration::from_millis(900)).await;
    let second = agency(&service, "second");
    writer.write_all(&chunk(&second)).await.unwrap();
    writer.write_all(&chunk(b"{\"jti\":")).await.unwrap();
    let answers = answers(&mut reader).await;
    let found: Vec<_> = answers.iter().map(|a| (a["line"].as_u64().unwrap(), code(a))).collect();
    assert_eq!(found, [(1, ""), (2, ""), (3, "timeout")]);
}

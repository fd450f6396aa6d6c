//! Deadlines and draining, over real sockets.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::super::{Config, accept};

async fn start(config: Config) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
    let slow = || async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        "slow"
    };
    let router = Router::new().route("/", get(|| async { "quick" })).route("/slow", get(slow));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let served = tokio::spawn(async move {
        accept::run(listener, router, async { drop(stopped.await) }, &config).await;
    });
    (address, stop, served)
}

fn hasty() -> Config {
    Config { head_deadline: Duration::from_millis(200), ..Config::default() }
}

async fn ask(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    answer
}

#[tokio::test]
async fn a_connection_that_sends_nothing_is_closed_at_the_deadline() {
    let (address, _stop, _served) = start(hasty()).await;
    let begun = Instant::now();
    assert!(!ask(address, "").await.contains("200"));
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a6_a_head_that_does_not_end_is_cut_off_and_others_are_served() {
    let (address, _stop, _served) = start(hasty()).await;
    let begun = Instant::now();
    assert!(!ask(address, "GET / HTTP/1.1\r\nhost: x\r\n").await.contains("200"));
    assert!(begun.elapsed() < Duration::from_secs(5));
    let answer = ask(address, "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(answer.ends_with("quick"), "{answer}");
}

#[tokio::test]
async fn a_request_at_work_is_finished_before_the_service_ends() {
    let (address, stop, served) = start(Config::default()).await;
    let asked = tokio::spawn(async move { ask(address, "GET /slow HTTP/1.1\r\nhost: x\r\n\r\n").await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    stop.send(()).unwrap();
    assert!(asked.await.unwrap().ends_with("slow"));
    served.await.unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn more_connections_than_served_are_closed_and_room_is_made_again() {
    let (address, _stop, _served) = start(Config { connections_max: 1, ..Config::default() }).await;
    let mut held = TcpStream::connect(address).await.unwrap();
    held.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut some = [0; 16];
    assert!(held.read(&mut some).await.unwrap() > 0);
    assert_eq!(ask(address, "").await, "");
    drop(held);
    let mut answer = String::new();
    for _ in 0..100 {
        answer = ask(address, "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
        if !answer.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(answer.ends_with("quick"), "{answer}");
}

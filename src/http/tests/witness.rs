//! A witness's routes beside what the protocol says: deadlines, and what a failed disk is told as.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::super::{Config, serve_witness};
use super::kit::{Answer, parse};
use crate::log::storage::{Failure, Kind, Mode};
use crate::log::{FaultyFiles, Signer, Tree, tree};
use crate::peer::witness::Witness;

struct Served {
    files: Arc<FaultyFiles>,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    done: JoinHandle<std::io::Result<()>>,
    _dir: TempDir,
}

fn signer() -> Signer {
    Signer::new("ledger.example/log1", &[4; 32])
}

/// A request for the first entries of a log.
fn request(size: u64) -> String {
    let mut tree = Tree::new(Path::new("/nowhere"));
    (0..size).for_each(|_| tree.append(tree::leaf_hash(b"entry")).unwrap());
    format!("old 0\n\n{}", signer().sign(&format!("ledger.example/log1\n{size}\n{}\n", tree.root())))
}

async fn start() -> Served {
    let (dir, files) = (tempfile::tempdir().unwrap(), Arc::new(FaultyFiles::new()));
    let witness = Witness::open(files.clone(), dir.path(), Some("w"), &[1; 32], &[signer().vkey()]).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, (stop, stopped)) = (listener.local_addr().unwrap(), oneshot::channel());
    let config = Config { body_deadline: Duration::from_millis(200), ..Config::default() };
    let stopped = async { drop(stopped.await) };
    let done = tokio::spawn(serve_witness(Arc::new(witness), listener, stopped, config));
    Served { files, address, stop, done, _dir: dir }
}

async fn ask(address: SocketAddr, head: &str, body: &str) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let text = format!("{head}\r\nhost: x\r\nconnection: close\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    parse(&bytes)
}

async fn add(address: SocketAddr, body: &str) -> Answer {
    ask(address, &format!("POST /add-checkpoint HTTP/1.1\r\ncontent-length: {}", body.len()), body).await
}

#[tokio::test]
async fn a6_a_witness_waits_for_no_slow_body() {
    let served = start().await;
    let head = "POST /add-checkpoint HTTP/1.1\r\ncontent-length: 900";
    let answer = ask(served.address, head, "old 0\n").await;
    assert_eq!((answer.status, answer.body.as_str()), (408, "timeout\n"));
    assert_eq!(add(served.address, &request(3)).await.status, 200);
}

#[tokio::test]
async fn a_failed_disk_is_told_and_the_service_still_drains() {
    let served = start().await;
    let strike = |kind, errno| {
        served.files.fail(Failure { kind: Some(kind), nth: 0, mode: Mode::Lost, errno });
    };
    let health = || ask(served.address, "GET /healthz HTTP/1.1", "");
    strike(Kind::Create, 28);
    let full = add(served.address, &request(3)).await;
    assert_eq!((full.status, full.header("x-content-type-options")), (507, Some("nosniff")));
    assert_eq!(health().await.status, 200);
    strike(Kind::SyncAll, 5);
    assert_eq!(add(served.address, &request(3)).await.status, 503);
    // what is wrong is told; why is in the traces
    let stopped = add(served.address, &request(3)).await;
    assert_eq!((stopped.status, stopped.body.contains("os error")), (503, false), "{}", stopped.body);
    assert_eq!(health().await.status, 503);
    served.stop.send(()).unwrap();
    served.done.await.unwrap().unwrap();
    assert!(TcpStream::connect(served.address).await.is_err());
}

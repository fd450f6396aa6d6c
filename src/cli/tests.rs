//! Unit tests of the command line's own parts; whole commands are run in tests/it/cli.rs.

use clap::CommandFactory;
use serde_json::json;

use super::arguments::Cli;
use super::file::Replacing;
use super::{Error, text, url};

#[test]
fn the_arguments_hold_together() {
    Cli::command().debug_assert();
}

#[test]
fn every_option_says_what_it_does() {
    fn walk(command: &clap::Command) {
        for argument in command.get_arguments() {
            assert!(argument.get_help().is_some(), "{} {}", command.get_name(), argument.get_id());
        }
        for inner in command.get_subcommands() {
            assert!(inner.get_about().is_some(), "{}", inner.get_name());
            walk(inner);
        }
    }
    walk(&Cli::command());
}

#[test]
fn a10_text_cannot_move_the_cursor_or_run_backwards() {
    assert_eq!(text::plain("a\u{1b}[2Jb\n\u{202e}c"), "a\\u{1b}[2Jb\\u{a}\\u{202e}c");
    assert_eq!(text::plain("Perumahan \u{2713} é"), "Perumahan \u{2713} é");
}

#[test]
fn a_basis_is_one_line() {
    let holding = json!({"basis": [{"ref": "id/perpres/2024/139", "article": "33(3)"}, {"unknown": true}]});
    assert_eq!(text::basis(&holding, "/basis"), "id/perpres/2024/139 art. 33(3); unknown");
}

#[test]
fn an_answer_is_read_whole_or_not_at_all() {
    let read = |answer: &str| url::read(answer.as_bytes());
    let whole = "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n{}";
    assert_eq!(read(whole), Some((404, b"{}".to_vec())));
    assert_eq!(read("HTTP/1.0 200 OK\r\n\r\nto the end"), Some((200, b"to the end".to_vec())));
    assert_eq!(read("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}"), None, "cut short");
    assert_eq!(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"), None);
    assert_eq!(read("SSH-2.0-x\r\n\r\n"), None);
    assert_eq!(read("HTTP/1.1 200 OK\r\n"), None);
}

#[test]
fn a_url_names_a_server_and_nothing_else() {
    let shown = |text: &str| url::Server::parse(text, None).map(|server| server.to_string());
    assert_eq!(shown("http://127.0.0.1:7878/").ok().as_deref(), Some("http://127.0.0.1:7878"));
    assert_eq!(shown("http://host/ledger/").ok().as_deref(), Some("http://host:80/ledger"));
    for bad in
        ["127.0.0.1:7878", "https://host", "http://", "http://u@host", "http://h/?q", "http://h/\r\nX: y"]
    {
        assert!(matches!(shown(bad), Err(Error::Usage { .. })), "{bad}");
    }
    assert!(url::Server::parse("http://h", Some("a\r\nX: y".to_owned())).is_err());
    assert_eq!(url::encoded("id/perpres/2024:1 +é"), "id%2Fperpres%2F2024%3A1%20%2B%C3%A9");
}

#[test]
fn an_export_is_whole_or_not_there_and_follows_no_link() {
    let dir = tempfile::tempdir().unwrap();
    let (path, victim) = (dir.path().join("X"), dir.path().join("victim"));
    std::fs::write(&victim, "somebody else's").unwrap();
    for name in ["X.tmp".to_owned(), format!("X.{}-0.tmp", std::process::id())] {
        std::os::unix::fs::symlink(&victim, dir.path().join(name)).unwrap();
    }
    let mut broken_off = Replacing::begin(&path).unwrap();
    broken_off.bytes(b"half").unwrap();
    drop(broken_off);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 3, "nothing is left of it");
    let mut written = Replacing::begin(&path).unwrap();
    written.bytes(b"whole").unwrap();
    written.end().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"whole");
    assert_eq!(std::fs::read(&victim).unwrap(), b"somebody else's");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 4);
}

//! `demo`: six lines about a district that does not exist, then a server until it is asked to end.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::kit::{check, estafet, run, text};

#[test]
fn six_lines_in_ten_seconds_and_the_directory_verifies() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let dir = folder.path().join("district");
    let begun = Instant::now();
    let done = check(&["demo", "--once", "--data", text(&dir)], 0);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    let lines: Vec<_> = done.stdout.lines().collect();
    assert_eq!(lines.len(), 6, "{}", done.stdout);
    let expected = [
        "Nobody: a gap of 72 days",
        "Overlap: r:market-waste and r:waste",
        "Stalled: the handoff clinics-to-health has waited on dinas-sosial",
        "intact",
        "caught at entry",
        "Where to look next",
    ];
    for (n, (line, expected)) in (1..).zip(lines.iter().zip(expected)) {
        assert!(line.starts_with(&format!("{n}. ")) && line.contains(expected), "{line}");
    }
    let caught = lines[4]
        .split(' ')
        .filter_map(|word| word.trim_matches([':', ',']).parse().ok())
        .collect::<Vec<u64>>();
    assert!(matches!(caught[..], [altered, found] if altered == found), "{}", lines[4]);
    check(&["verify", text(&dir)], 0);
    let again = run(&["demo", "--once", "--data", text(&dir)]);
    assert_eq!(again.exit, 2, "{}", again.stderr);
    assert!(again.stderr.contains("hint:"), "{}", again.stderr);
}

#[test]
fn it_serves_until_it_is_interrupted() {
    let mut child = estafet(&["demo", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("its stdout")).lines();
    let lines: Vec<_> = lines.by_ref().take(7).map(|line| line.expect("a line")).collect();
    let address = lines[6].strip_prefix("http://").expect("an address");
    assert!(lines[5].contains(address), "{}", lines[5]);
    let answer = super::kit::Connection::open(address)
        .and_then(|mut connection| connection.request("GET", "/v1/findings?kind=overlap", None, None));
    let (status, body) = answer.expect("an answer");
    assert!(status == 200 && String::from_utf8_lossy(&body).contains("market-waste"));
    let asked = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(asked.success());
    assert_eq!(child.wait().expect("gone").code(), Some(0));
}

//! The mirror as a command: its directory, what it serves, what ends it, and that no kill harms it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::kit::{Connection, ESTAFET, Ledger, Server, check, estafet, run, skipped, text};
use super::kit::{Evil, Face, judged};
use super::later;

fn once(url: &str, vkey: &str, dir: &Path, exit: i32) -> super::super::kit::Done {
    check(&["mirror", url, "--vkey", vkey, "--data", text(dir), "--once", "--json"], exit)
}

/// A running mirror that serves; killed when dropped.
struct Running {
    child: Child,
    address: String,
    /// Its own key, where it signs.
    vkey: String,
}

impl Running {
    fn start(url: &str, vkey: &str, dir: &Path) -> Self {
        Self::start_as(url, vkey, dir, None)
    }

    fn start_as(url: &str, vkey: &str, dir: &Path, name: Option<&str>) -> Self {
        let arguments = ["mirror", url, "--vkey", vkey, "--data", text(dir), "--listen", "127.0.0.1:0"];
        let mut command = estafet(&[&arguments[..], &["--every", "1"]].concat());
        command.args(name.iter().flat_map(|name| ["--name", name]));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its stdout")).lines();
        let mut line = || lines.next().expect("a line").expect("text");
        let vkey = if name.is_some() { line() } else { String::new() };
        let address = line().strip_prefix("http://").expect("an address").to_owned();
        Self { child, address, vkey }
    }

    fn get(&self, path: &str) -> (u16, Vec<u8>) {
        let mut connection = Connection::open(&self.address).expect("a connection");
        connection.request("GET", path, None, None).expect("an answer")
    }

    fn json(&self, path: &str) -> Value {
        serde_json::from_slice(&self.get(path).1).expect("JSON")
    }

    /// Asks it to end; its exit code and its talk.
    fn stop(mut self) -> (Option<i32>, String) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill").success());
        let code = self.child.wait().expect("gone").code();
        let mut talk = String::new();
        let mut stderr = self.child.stderr.take().expect("its stderr");
        std::io::Read::read_to_string(&mut stderr, &mut talk).expect("its talk");
        (code, talk)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_server_that_fails_in_the_middle_is_followed_on_and_accused_of_nothing() {
    let (ledger, face) = Face::first(600);
    let (evil, vkey, dir) = (Evil::serve(&face, 300), face.vkey().to_string(), ledger.beside("m"));
    let running = Running::start(&evil.url, &vkey, &dir);
    let size = || running.json("/v1/audit")["size"].clone();
    assert_eq!(size(), 300);
    // of the two tiles that are new the second is not there for a while
    evil.instead("tile/entries/002.p/88", 503, b"");
    evil.instead("tile/entries/002", 503, b"");
    evil.grow(600);
    std::thread::sleep(Duration::from_secs(4));
    assert_eq!(size(), 300, "no checkpoint is taken before its entries");
    evil.show(&face, 600);
    let begun = Instant::now();
    while size() != 600 {
        assert!(begun.elapsed() < Duration::from_secs(60), "{}", running.json("/v1/audit"));
        std::thread::sleep(Duration::from_millis(100));
    }
    let (code, talk) = running.stop();
    assert_eq!(code, Some(0), "{talk}");
    assert!(
        !dir.join("evidence").is_dir() || fs::read_dir(dir.join("evidence")).expect("read").next().is_none()
    );
    check(&["verify", text(&dir), "--vkey", &vkey], 0);
}

#[test]
fn a_mirror_keeps_no_details_and_both_verifiers_say_so() {
    let ledger = Ledger::new();
    let mut agency = agencies(0, 1).remove(0);
    agency["details"] = json!({"contact": "Budi, +62 812"});
    ledger.import(&[agency]);
    let (server, dir) = (Server::start(&ledger.dir()), ledger.beside("m"));
    let url = format!("http://{}", server.address);
    once(&url, &ledger.vkey, &dir, 0);
    let skipped = |report: &Value| {
        let checks = report["checks"].as_array().expect("checks");
        let details = checks.iter().find(|check| check["check"] == "details").expect("of details");
        assert_eq!(
            (&report["result"], &details["result"]),
            (&json!("intact"), &json!("skipped")),
            "{report}"
        );
    };
    skipped(&check(&["verify", &url, "--vkey", &ledger.vkey, "--json"], 0).json());
    skipped(&check(&["verify", text(&dir), "--vkey", &ledger.vkey, "--json"], 0).json());
    // what somebody keeps there all the same is looked at, and a ledger's own are never left out
    let mut second = super::Second::start(&["--vkey", &ledger.vkey]);
    second.iter_mut().for_each(|second| skipped(&second.ask(&dir)));
    fs::create_dir(dir.join("details")).expect("made");
    assert_eq!(check(&["verify", text(&dir), "--json"], 3).json()["first_bad"]["check"], "details");
    second.iter_mut().for_each(|second| assert_eq!(second.ask(&dir)["first_bad"]["check"], "details"));
    let shown = check(&["show", "2", "--data", text(&dir), "--json"], 0).stdout;
    assert!(!shown.contains("Budi"), "{shown}");
}

#[test]
fn a_mirror_signs_what_it_has_replayed() {
    let (ledger, a) = Face::first(300);
    let evil = Evil::serve(&a, 200);
    let (dir, vkey) = (ledger.beside("m"), a.vkey().to_string());
    let mut keys = Vec::new();
    for size in [200, 300] {
        let mirror = Running::start_as(&evil.url, &vkey, &dir, Some("mirror.example/m1"));
        let key = estafet::log::CosignerVkey::parse(&mirror.vkey).expect("a mirror's key");
        evil.show(&a, size);
        let line = format!("\n{size}\n");
        let shown = || String::from_utf8(mirror.get("/checkpoint").1).expect("text");
        until("the checkpoint", || shown().contains(&line));
        let (checkpoint, time_s) = estafet::log::note::cosigned(&shown(), &key).expect("cosigned");
        assert_eq!(checkpoint, a.checkpoint(size));
        assert!(time_s > 1_700_000_000, "{time_s}");
        estafet::log::note::open(&shown(), &a.vkey()).expect("by the ledger, too");
        assert_eq!(mirror.json("/v1/audit")["vkey"], vkey);
        // what is kept is the ledger's alone
        check(&["verify", text(&dir), "--vkey", &vkey], 0);
        keys.push(mirror.vkey.clone());
        assert_eq!(mirror.stop().0, Some(0));
    }
    assert_eq!(keys[0], keys[1], "the key is kept");
    let arguments = ["mirror", &evil.url, "--vkey", &vkey, "--data", text(&dir), "--listen", "127.0.0.1:0"];
    let refused = check(&[&arguments[..], &["--name", "another"]].concat(), 2);
    assert!(refused.stderr.contains("another"), "{}", refused.stderr);
}

/// Waits until something is so.
fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(30), "waited for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn agencies(from: u64, to: u64) -> Vec<Value> {
    let agency = |n| {
        json!({"type": "agency.registered", "jti": format!("m {n}"),
            "data": {"agency": format!("m-{n}"), "name": {"en": "Agency"}, "kind": "office"}})
    };
    (from..to).map(agency).collect()
}

#[test]
fn a_mirror_is_a_directory_that_every_reading_command_takes() {
    let (ledger, face) = Face::first(300);
    let (evil, vkey) = (Evil::serve(&face, 257), face.vkey().to_string());
    let dir = ledger.beside("m");
    assert_eq!(once(&evil.url, &vkey, &dir, 0).json()["size"], 257);
    evil.show(&face, 300);
    assert_eq!(once(&evil.url, &vkey, &dir, 0).json()["size"], 300);
    let report = check(&["verify", text(&dir), "--vkey", &vkey, "--json"], 0).json();
    assert_eq!((&report["size"], &report["trusted"]), (&json!(300), &json!(true)));
    for command in [
        ["who", "r-13", "--json"],
        ["show", "299", "--json"],
        ["log", "--json", "--limit=40"],
        ["findings", "--json", "--kind=no-owner"],
    ] {
        let of = |dir: &Path| run(&[&command[..], &["--data", text(dir)]].concat());
        let (here, there) = (of(&dir), of(&ledger.dir()));
        assert_eq!((here.exit, &here.stdout), (there.exit, &there.stdout), "{command:?}\n{}", here.stderr);
    }
    // derived state may go, as everywhere
    for name in ["views", "tree", "index"] {
        let _ = fs::remove_dir_all(dir.join(name));
    }
    fs::remove_file(dir.join("offsets")).expect("removed");
    assert_eq!(once(&evil.url, &vkey, &dir, 0).json()["size"], 300);
    // it has no key: nobody writes there, and a ledger is no mirror
    assert_eq!(run(&["serve", "--data", text(&dir), "--listen", "127.0.0.1:0"]).exit, 10);
    let refused = once(&evil.url, &vkey, &ledger.dir(), 2);
    assert!(refused.stderr.contains("no mirror"), "{}", refused.stderr);
    check(&["verify", text(&ledger.dir()), "--vkey", &vkey], 0);
}

#[test]
fn a_mirror_serves_what_the_ledger_serves_and_follows_it() {
    let ledger = Ledger::new();
    ledger.import(&agencies(0, 20));
    let (server, dir) = (Server::start(&ledger.dir()), ledger.beside("m"));
    let url = format!("http://{}", server.address);
    let token = ledger.token("recorder", Some("registrar"));
    let mirror = Running::start(&url, &ledger.vkey, &dir);
    let statement = agencies(20, 21).remove(0).to_string();
    assert_eq!(server.request("POST", "/v1/events", Some(&token), Some(&statement)).0, 201);
    // its token is registered first
    until("the new entry", || mirror.get("/v1/events/23").0 == 200);
    for path in [
        "/checkpoint",
        "/v1/events",
        "/v1/events/23",
        "/v1/events/5/proof",
        "/v1/agencies",
        "/v1/agencies/m-20",
        "/v1/audit/consistency?from=3",
        "/tile/0/000.p/24",
        "/tile/entries/000.p/24",
    ] {
        let mut connection = Connection::open(&server.address).expect("a connection");
        let there = connection.request("GET", path, None, None).expect("an answer");
        assert!(mirror.get(path) == there && there.0 == 200, "{path}");
    }
    let audit = mirror.json("/v1/audit");
    assert_eq!(audit["mode"], "read-only");
    assert!(audit["why"].as_str().is_some_and(|why| why.contains(&url)), "{audit}");
    let mut connection = Connection::open(&mirror.address).expect("a connection");
    let refused =
        connection.request("POST", "/v1/events", Some(&token), Some(&statement)).expect("an answer");
    assert!([401, 503].contains(&refused.0), "{}", String::from_utf8_lossy(&refused.1));
    assert_eq!(mirror.get("/readyz").0, 503);
    // the ledger goes and comes back: the mirror answers on, and follows again
    let address = server.address.clone();
    server.stop();
    assert_eq!(mirror.get("/v1/events/23").0, 200);
    let (code, talk) = mirror.stop();
    assert_eq!(code, Some(0), "{talk}");
    assert!(!talk.contains("error"), "{talk}");
    assert!(Connection::open(&address).is_err());
    // a key that rotates is followed
    let away = ledger.beside("away");
    assert!(Command::new("cp").args(["-r", text(&dir), text(&away)]).status().expect("cp").success());
    let new = check(&["key", "rotate", "--data", text(&ledger.dir())], 0).stdout.trim().to_owned();
    ledger.import(&agencies(21, 25));
    let server = Server::start(&ledger.dir());
    let size = once(&format!("http://{}", server.address), &ledger.vkey, &dir, 0).json()["size"].clone();
    assert_eq!(size, 29, "four agencies and the rotation");
    check(&["verify", text(&dir), "--vkey", &ledger.vkey], 0);
    server.stop();
    // one that was away until the old key had gone is told the new one
    fs::remove_file(ledger.dir().join("keys/ledger")).expect("removed");
    ledger.import(&agencies(25, 26));
    let server = Server::start(&ledger.dir());
    let url = format!("http://{}", server.address);
    let unsigned = once(&url, &ledger.vkey, &away, 3);
    assert!(unsigned.stderr.contains("give the new one"), "{}", unsigned.stderr);
    let both =
        ["mirror", &url, "--vkey", &ledger.vkey, "--vkey", &new, "--data", text(&away), "--once", "--json"];
    assert_eq!(check(&both, 0).json()["size"], 30);
    assert_eq!(once(&url, &ledger.vkey, &dir, 0).json()["size"], 30, "who read the rotation knows the key");
    check(&["verify", &url, "--vkey", &ledger.vkey], 0);
}

#[test]
fn a_fork_ends_a_mirror_that_goes_on_serving_what_it_verified() {
    let (ledger, a) = Face::first(300);
    let (evil, vkey) = (Evil::serve(&a, 300), a.vkey().to_string());
    let dir = ledger.beside("m");
    let mirror = Running::start(&evil.url, &vkey, &dir);
    let before = mirror.get("/checkpoint");
    evil.show(&later(&a, 200), 300);
    until("the fork", || mirror.json("/v1/audit")["why"].to_string().contains("FORKED"));
    evil.show(&a, 300);
    assert_eq!(mirror.get("/checkpoint"), before);
    assert_eq!(mirror.get("/v1/events/299").0, 200);
    let (code, talk) = mirror.stop();
    assert_eq!(code, Some(3), "{talk}");
    assert!(talk.contains("THE LEDGER HAS FORKED"), "{talk}");
    let evidence: Vec<_> = fs::read_dir(dir.join("evidence")).expect("evidence").flatten().collect();
    assert_eq!(evidence.len(), 1);
    assert!(judged(&evidence[0].path(), &a.vkey()));
    evil.show(&later(&a, 299), 300);
    let ended = once(&evil.url, &vkey, &dir, 3);
    assert!(ended.stderr.contains("FORKED") && ended.stderr.contains("evidence"), "{}", ended.stderr);
    check(&["verify", text(&dir), "--vkey", &vkey], 0);
}

#[test]
fn what_was_shown_and_not_reached_is_held_against_the_ledger() {
    let (ledger, a) = Face::first(300);
    let (evil, vkey) = (Evil::serve(&a, 100), a.vkey().to_string());
    let dir = ledger.beside("m");
    once(&evil.url, &vkey, &dir, 0);
    // the tiles of the larger checkpoint fail before its entries have come
    evil.show(&a, 300);
    evil.instead("tile/entries/000", 500, b"");
    assert_eq!(run(&["mirror", &evil.url, "--vkey", &vkey, "--data", text(&dir), "--once"]).exit, 2);
    assert_eq!(check(&["verify", text(&dir), "--json"], 0).json()["size"], 100);
    evil.show(&later(&a, 150), 300);
    let ended = once(&evil.url, &vkey, &dir, 3);
    assert!(ended.stderr.contains("FORKED"), "{}", ended.stderr);
    evil.show(&a, 300);
    assert_eq!(once(&evil.url, &vkey, &dir, 0).json()["size"], 300);
}

/// Runs the mirror under strace, killed at its n-th call of a name; whether it was.
fn killed_at(url: &str, vkey: &str, dir: &Path, call: &str, nth: u32) -> bool {
    let mut command = Command::new("strace");
    let inject = format!("inject={call}:signal=KILL:when={nth}");
    command.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &inject]);
    command.args([ESTAFET, "mirror", url, "--vkey", vkey, "--data", text(dir), "--once"]);
    let done = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("strace runs");
    !done.success()
}

#[test]
fn a_mirror_killed_at_any_write_sync_or_rename_goes_on() {
    if Command::new("strace").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        return skipped("a mirror killed at every write, sync and rename: strace is not installed");
    }
    let (ledger, a) = Face::first(300);
    let (evil, vkey) = (Evil::serve(&a, 300), a.vkey().to_string());
    let mut found = Vec::new();
    for call in ["pwrite64", "fdatasync", "fsync", "rename"] {
        let mut nth = 0;
        loop {
            nth += 1;
            let dir = ledger.beside(&format!("{call}-{nth}"));
            // begun anew, or going on from an entry within a tile
            if nth % 2 == 0 {
                evil.show(&a, 200);
                once(&evil.url, &vkey, &dir, 0);
            }
            evil.show(&a, 300);
            let killed = killed_at(&evil.url, &vkey, &dir, call, nth);
            // another face is found out, whatever stands in the directory
            let kept = dir.join("seen").exists();
            evil.show(&later(&a, 150), 300);
            if kept {
                let ended = run(&["mirror", &evil.url, "--vkey", &vkey, "--data", text(&dir), "--once"]);
                let seen = fs::read_to_string(dir.join("seen")).expect("a note");
                let all = seen.contains("\n300\n");
                assert_eq!(
                    ended.exit,
                    if all || nth % 2 == 0 { 3 } else { 0 },
                    "{call} {nth}: {}",
                    ended.stderr
                );
            }
            evil.show(&a, 300);
            assert_eq!(once(&evil.url, &vkey, &dir, 0).json()["size"], 300, "{call} {nth}");
            check(&["verify", text(&dir), "--vkey", &vkey], 0);
            fs::remove_dir_all(&dir).expect("removed");
            if !killed {
                break;
            }
        }
        found.push((call, nth - 1));
    }
    println!("killed at {found:?}");
    if found.iter().all(|(_, count)| *count == 0) {
        skipped("a mirror killed at every write, sync and rename: strace may not trace here");
    } else {
        assert!(found.iter().all(|(_, count)| *count >= 2), "{found:?}");
    }
}

//! Commands as they are typed: what they print, where, and the exit code they end with.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use serde_json::{Value, json};

use super::kit::{Done, Ledger, ORIGIN, Server, beginning, check, estafet, run, text};

/// A ledger with one responsibility, held.
fn begun() -> Ledger {
    let ledger = Ledger::new();
    assert_eq!(ledger.import(&beginning()).exit, 0);
    ledger
}

fn instruments(count: u64) -> Vec<Value> {
    let one = |n: u64| {
        json!({"type": "instrument.recorded", "jti": format!("i {n}"),
            "data": {"ref": format!("id/test/{n}"), "status": "unverified"}})
    };
    (0..count).map(one).collect()
}

/// What went wrong is said on stderr as an error and, where there is something to do, a hint.
fn says(done: &Done, error: &str, hint: &str) {
    assert_eq!(done.stdout, "", "stdout is data");
    let first = done.stderr.lines().find(|line| line.starts_with("error: ")).unwrap_or_default();
    assert!(first.contains(error), "{error} is not in: {}", done.stderr);
    let last = done.stderr.lines().last().unwrap_or_default();
    assert!(hint.is_empty() || (last.starts_with("hint: ") && last.contains(hint)), "{}", done.stderr);
}

#[test]
fn init_prints_the_key_alone_and_makes_nothing_twice() {
    let ledger = Ledger::new();
    assert!(ledger.vkey.starts_with(&format!("{ORIGIN}+")) && !ledger.vkey.contains(char::is_whitespace));
    let dir = ledger.dir();
    says(&check(&["init", text(&dir), "--origin", ORIGIN], 2), "exists", "does not exist yet");
    says(&check(&["init", text(&ledger.beside("b"))], 2), "--origin", "--origin");
    let other = ledger.beside("c");
    says(&check(&["init", text(&other), "--origin", "x", "--zone", "Nowhere/Land"], 2), "--zone", "");
    assert!(!other.exists());
}

#[test]
fn init_registers_the_registrars_key() {
    let ledger = Ledger::new();
    let (jwk, dir) = (ledger.beside("jwk"), ledger.beside("keyed"));
    let key = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    fs::write(&jwk, key).expect("written");
    check(
        &["init", text(&dir), "--origin", ORIGIN, "--registrar", "setneg", "--registrar-key", text(&jwk)],
        0,
    );
    let log = check(&["log", "--data", text(&dir), "--json"], 0);
    let types: Vec<Value> = log.stdout.lines().map(|line| json_of(line)["type"].clone()).collect();
    assert_eq!(types, ["ledger.opened", "agency.registered", "key.registered"]);
    let thumbprint = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"; // RFC 8037, appendix A.3
    assert!(log.stdout.contains(thumbprint));
    let small_order = "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    fs::write(&jwk, key.replace("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", small_order))
        .expect("written");
    check(&["init", text(&ledger.beside("weak")), "--origin", ORIGIN, "--registrar-key", text(&jwk)], 2);
}

fn json_of(line: &str) -> Value {
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

#[test]
fn what_cannot_be_read_is_usage() {
    says(&check(&["who", "housing"], 2), "--data", "ESTAFET_DATA");
    check(&["who", "housing", "--data", "d", "--url", "http://h"], 2);
    check(&["nothing"], 2);
    let ledger = begun();
    let dir = ledger.dir();
    let ask = |arguments: &[&str], exit| check(&[arguments, &["--data", text(&dir)]].concat(), exit);
    ask(&["who", "Housing!"], 2);
    ask(&["who", "housing", "--valid-at", "yesterday"], 2);
    ask(&["who", "housing", "--time", "2024-01-01"], 2);
    ask(&["who", "housing", "--time", "2024-01-01T10:00:00Z", "--valid-at", "2024-01-02"], 2);
    says(&ask(&["who", "housing", "--known-at", "9999"], 2), "not yet written", "estafet log");
    ask(&["who", "housing", "--known-at", "1999-01-01"], 2);
    ask(&["log", "--subject", "q:x"], 2);
    says(&ask(&["who", "roads"], 4), "not-found", "");
    says(&ask(&["show", "9999"], 4), "not-found", "");
    says(&check(&["verify", "no-such-directory"], 2), "no-such-directory", "path");
    let none = ledger.beside("none");
    says(&check(&["who", "housing", "--data", text(&none)], 2), "none", "path");
    fs::create_dir(&none).expect("a folder");
    says(&check(&["who", "housing", "--data", text(&none)], 2), "no ledger", "estafet init");
    let new = ledger.beside("new");
    for name in ["a b", "", "a+b", "é"] {
        says(&check(&["init", text(&new), "--origin", name], 2), "--origin", "visible ASCII");
        assert!(!new.exists(), "nothing is made under {name:?}");
    }
    says(&ask(&["serve", "--listen", "nowhere"], 2), "--listen", "127.0.0.1:7878");
}

#[test]
fn who_says_the_same_with_and_without_a_server() {
    let ledger = begun();
    let dir = ledger.dir();
    let server = Server::start(&dir);
    let url = format!("http://{}", server.address);
    for command in [
        &["who", "housing"][..],
        &["who", "housing", "--valid-at", "2019-12-31"],
        &["who", "housing", "--known-at", "4"],
        &["who", "housing", "--time", "2019-12-31T23:00:00+07:00"],
        &["findings"],
        &["findings", "--kind", "orphan", "--valid-at", "2019-12-31", "--known-at", "4"],
        &["log"],
        &["log", "--subject", "r:housing", "--after", "4"],
        &["log", "--type", "agency.registered", "--limit", "2"],
        &["show", "3"],
    ] {
        for json in [&["--json"][..], &[]] {
            let here = check(&[command, json, &["--data", text(&dir)]].concat(), 0).stdout;
            let there = check(&[command, json, &["--url", &url]].concat(), 0).stdout;
            assert_eq!(here, there, "{command:?}");
            assert!(!here.is_empty());
        }
    }
    assert_eq!(check(&["who", "roads", "--url", &url], 4).stdout, "");
    check(&["who", "housing", "--known-at", "9999", "--url", &url], 2);
    check(&["findings", "--kind", "strange", "--url", &url], 2);
    check(&["findings", "--kind", "strange", "--data", text(&dir)], 2);
    assert_eq!(server.stop(), Some(0));
    says(&check(&["who", "housing", "--url", &url], 1), &url, "address");
}

#[test]
fn one_entry_is_shown_with_its_proof() {
    let ledger = begun();
    let dir = ledger.dir();
    let shown = check(&["show", "3", "--data", text(&dir), "--json"], 0).json();
    assert_eq!(shown["event"]["seq"], 3);
    assert_eq!(shown["event"]["entry"], shown["receipt"]["entry"]);
    let kept = ledger.beside("receipt.json");
    fs::write(&kept, shown["receipt"].to_string()).expect("written");
    check(&["verify", text(&dir), "--vkey", &ledger.vkey, "--receipt", text(&kept)], 0);
}

#[test]
fn a_closed_pipe_is_success() {
    let ledger = begun();
    ledger.import(&instruments(2_000));
    let mut command = estafet(&["log", "--data", text(&ledger.dir())]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("stdout")).read_line(&mut line).expect("a line");
    assert!(line.contains("ledger.opened"), "{line}");
    let done: Done = child.wait_with_output().expect("ends").into();
    assert_eq!((done.exit, done.stderr.as_str()), (0, ""));
}

#[test]
fn an_import_says_what_was_refused_and_why() {
    let ledger = begun();
    let mut statements = instruments(3);
    statements[1] = json!({"type": "assignment.made", "jti": "second", "data": {"responsibility": "housing",
        "agency": "kemen-pkp", "role": "accountable", "valid": {"from": "2021-01-01"}, "basis": {"unknown": true}}});
    statements.push(json!({"type": "nothing.known", "jti": "x", "data": {}}));
    let done = ledger.import(&statements);
    assert_eq!(done.exit, 1, "{}", done.stderr);
    let report = done.json();
    assert_eq!((&report["admitted"], &report["lines"]), (&json!(2), &json!(4)));
    assert_eq!(report["refused"][0]["line"], 2);
    assert_eq!(report["refused"][0]["code"], "already-accountable");
    assert_eq!(report["refused"][1]["code"], "unknown-type");
    assert!(done.stderr.contains("line 2: already-accountable"), "{}", done.stderr);
    let again = ledger.import(&statements).json();
    assert_eq!((&again["admitted"], &again["repeated"]), (&json!(0), &json!(2)));
    assert_eq!(again["size"], report["size"]);
}

#[test]
fn an_atomic_import_writes_all_or_nothing() {
    let ledger = begun();
    let (dir, file) = (ledger.dir(), ledger.beside("atomic.jsonl"));
    let import = |statements: &[Value], exit| {
        let lines: Vec<_> = statements.iter().map(Value::to_string).collect();
        fs::write(&file, lines.join("\n")).expect("written");
        check(&["import", "jsonl", text(&file), "--data", text(&dir), "--atomic", "--json"], exit).json()
    };
    let mut statements = instruments(5);
    statements[3]["data"]["status"] = json!("perhaps");
    let report = import(&statements, 1);
    assert_eq!((&report["admitted"], &report["refused"][0]["line"]), (&json!(0), &json!(4)));
    statements[3]["data"]["status"] = json!("verified");
    statements[4] = json!({"type": "agency.registered", "jti": "again", "data": {"agency": "kemen-pu", "name": {"en": "x"}, "kind": "ministry"}});
    let report = import(&statements, 1);
    assert_eq!((&report["size"], &report["refused"][0]["code"]), (&json!(6), &json!("id-taken")));
    let report = import(&statements[..4], 0);
    assert_eq!((&report["admitted"], &report["size"]), (&json!(4), &json!(10)));
    assert_eq!(import(&statements[..4], 0)["repeated"], 4);
}

#[test]
fn tokens_are_shown_once_listed_and_revoked() {
    let ledger = begun();
    let dir = ledger.dir();
    let server = Server::start(&dir);
    let token = ledger.token("recorder", Some("kemen-pu"));
    assert!(!token.contains(char::is_whitespace) && token.len() >= 43, "{token}");
    let body = json!({"type": "approval.given", "jti": "1",
        "data": {"approves": format!("sha-256:{}", "0".repeat(64))}})
    .to_string();
    assert_eq!(server.request("POST", "/v1/events", Some(&token), Some(&body)).0, 201);
    let listed = check(&["token", "list", "--data", text(&dir), "--json"], 0).json();
    assert_eq!((&listed["role"], &listed["agency"]), (&json!("recorder"), &json!("kemen-pu")));
    assert!(
        !listed.to_string().contains(&token)
            && !fs::read_to_string(dir.join("tokens.json")).expect("read").contains(&token)
    );
    let id = listed["id"].as_str().expect("an id");
    assert_eq!(check(&["token", "revoke", id, "--data", text(&dir)], 0).stdout, "");
    let listed = check(&["token", "list", "--data", text(&dir)], 0).stdout;
    assert!(listed.contains("revoked"), "{listed}");
    check(&["token", "revoke", "none", "--data", text(&dir)], 4);
    says(&check(&["token", "create", "--role", "king", "--data", text(&dir)], 2), "--role", "recorder");
    says(&check(&["token", "create", "--role", "recorder", "--data", text(&dir)], 2), "--agency", "--agency");
}

#[test]
fn only_one_process_writes() {
    let ledger = begun();
    let dir = ledger.dir();
    let server = Server::start(&dir);
    let file = ledger.beside("statements.jsonl");
    let done = check(&["import", "jsonl", text(&file), "--data", text(&dir)], 8);
    says(&done, "in use", "other process");
    check(&["serve", "--data", text(&dir), "--listen", "127.0.0.1:0"], 8);
    check(&["who", "housing", "--data", text(&dir)], 0);
    assert_eq!(server.stop(), Some(0));
    check(&["import", "jsonl", text(&file), "--data", text(&dir)], 0);
}

#[test]
fn a_directory_without_its_key_is_read_but_not_written() {
    let ledger = begun();
    let dir = ledger.dir();
    fs::remove_dir_all(dir.join("keys")).expect("removed");
    says(&check(&["serve", "--data", text(&dir), "--listen", "127.0.0.1:0"], 10), "key", "keys/");
    check(&["who", "housing", "--data", text(&dir)], 0);
    check(&["verify", text(&dir), "--vkey", &ledger.vkey], 0);
}

#[test]
fn a_damaged_directory_is_not_served() {
    let ledger = begun();
    let dir = ledger.dir();
    let head = dir.join("head");
    fs::write(&head, vec![7; 8_192]).expect("written");
    says(&check(&["serve", "--data", text(&dir), "--listen", "127.0.0.1:0"], 7), "head", "estafet verify");
    check(&["verify", text(&dir)], 3);
}

#[test]
fn verify_trusts_only_the_key_it_is_given() {
    let ledger = begun();
    let dir = ledger.dir();
    let alone = check(&["verify", text(&dir), "--json"], 0).json();
    assert_eq!((&alone["result"], &alone["trusted"]), (&json!("intact"), &json!(false)));
    let trusted = check(&["verify", text(&dir), "--vkey", &ledger.vkey, "--json"], 0).json();
    assert_eq!((&trusted["trusted"], &trusted["size"]), (&json!(true), &json!(6)));
    let other = Ledger::new();
    check(&["verify", text(&dir), "--vkey", &other.vkey], 3);
    check(&["verify", text(&dir), "--vkey", "nonsense"], 2);
    let said = check(&["verify", text(&dir)], 0);
    assert!(
        said.stdout.contains("self-consistent only") && said.stderr.contains("hint: give --vkey"),
        "{}",
        said.stdout
    );
}

#[test]
fn v1_every_flipped_byte_is_found_by_the_command() {
    let ledger = begun();
    ledger.import(&instruments(194));
    let dir = ledger.dir();
    let segment = dir.join("log/00000000000000000000.seg");
    for path in [dir.join("ledger.toml"), dir.join("head"), segment] {
        let whole = fs::read(&path).expect("read");
        let end = whole.iter().rposition(|byte| *byte != 0).expect("not empty") + 1;
        let step = end / 17;
        for at in (0..end).step_by(step.max(1)) {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            fs::write(&path, &flipped).expect("written");
            let done = run(&["verify", text(&dir), "--json"]);
            assert_eq!(done.exit, 3, "byte {at} of {}: {}", path.display(), done.stdout);
            let bad = &done.json()["first_bad"];
            let file = bad["file"].as_str().expect("a file");
            assert!(path.ends_with(file), "byte {at} of {} is said to be in {file}", path.display());
        }
        fs::write(&path, &whole).expect("written");
    }
    check(&["verify", text(&dir), "--vkey", &ledger.vkey], 0);
}

#[test]
fn settings_say_where_they_came_from() {
    let ledger = begun();
    let file = ledger.beside("estafet.toml");
    let dir = ledger.dir();
    fs::write(&file, format!("data = {:?}\ntoken = \"secret\"\n", text(&dir))).expect("written");
    let shown = |name: &str, value: &str| {
        let mut command = estafet(&["config", "show", "--config", text(&file), "--json"]);
        let done: Done = command.env(name, value).output().expect("starts").into();
        assert_eq!(done.exit, 0, "{}", done.stderr);
        done.json()
    };
    let settings = shown("ESTAFET_LISTEN", "127.0.0.1:1");
    let find = |name: &str| {
        let all = settings.as_array().expect("a list");
        all.iter().find(|setting| setting["setting"] == name).unwrap_or_else(|| panic!("{name}")).clone()
    };
    assert_eq!(find("data")["from"], text(&file));
    assert_eq!(
        find("listen"),
        json!({"setting": "listen", "value": "127.0.0.1:1", "from": "ESTAFET_LISTEN"})
    );
    assert_eq!(find("zone")["from"], "default");
    assert!(!settings.to_string().contains("secret"), "a secret is never printed");
    check(&["who", "housing", "--config", text(&file)], 0);
    fs::write(&file, "dato = 1").expect("written");
    says(&check(&["who", "housing", "--config", text(&file)], 2), "dato", "settings are");
}

#[test]
fn the_doctor_changes_nothing_and_says_what_to_do() {
    let ledger = begun();
    let dir = ledger.dir();
    let findings = check(&["doctor", text(&dir), "--json"], 0).json();
    assert!(
        findings.as_array().is_some_and(|all| all.iter().all(|one| one["result"] != "bad")),
        "{findings}"
    );
    let deep = |exit| check(&["doctor", text(&dir), "--deep"], exit).stdout;
    assert!(deep(0).contains("folded anew have one sum"), "{}", deep(0));
    fs::remove_dir_all(dir.join("views")).expect("removed");
    assert!(check(&["doctor", text(&dir)], 0).stdout.contains("without views"));
    assert!(deep(0).contains("no views are kept"), "{}", deep(0));
    assert!(!dir.join("views").exists(), "it changes nothing");
    fs::write(dir.join("head"), "x").expect("written");
    assert!(check(&["doctor", text(&dir)], 7).stdout.contains("bad"));
}

#[test]
fn shells_are_told_what_there_is() {
    for shell in ["bash", "zsh", "fish"] {
        assert!(check(&["completions", shell], 0).stdout.contains("estafet"));
    }
    check(&["completions", "nothing"], 2);
    assert!(check(&["--version"], 0).stdout.starts_with("estafet "));
    assert!(check(&["--help"], 0).stdout.contains("Exit codes"));
}

//! Reads the source and holds it to docs/ARCHITECTURE.md. Each rule is also shown bad text that it
//! must refuse, so that none of them passes by seeing nothing.

mod code;
mod rules;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rules::{Broken, LINES_SOFT, Source};

/// Invariants of docs/INVARIANTS.md that no test's name holds yet. This list only shrinks.
const OPEN: &[&str] = &[
    // held by construction: docs/invariants-log.md says by what
    "L20", "L21", "L24", "L26", // of parts that are not there yet: pages, webhooks
    "A7", "A8", "A15", // telling tokens apart by time
    "A11",
];

/// Longest the list of open invariants may be; lowered whenever one is taken off.
const OPEN_MAX: usize = 8;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every file of source below a folder.
fn sources() -> Vec<Source> {
    let mut paths = Vec::new();
    for folder in ["src", "tests", "benches"] {
        walk(&root().join(folder), &mut paths);
    }
    paths.sort();
    let relative = |path: &Path| path.strip_prefix(root()).ok().and_then(Path::to_str).map(str::to_owned);
    paths.iter().filter_map(|path| relative(path)).map(|path| Source::new(&path, &read(&path))).collect()
}

fn walk(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

fn check(rule: fn(&Source) -> Broken) {
    let all = sources();
    assert!(all.len() > 50, "only {} files of source found", all.len());
    let broken: Broken = all.iter().flat_map(rule).collect();
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

/// The rule refuses the text at that path.
fn refuses(rule: fn(&Source) -> Broken, path: &str, text: &str) {
    assert!(!rule(&Source::new(path, text)).is_empty(), "{path} passed: {text}");
}

/// The rule takes the text at that path.
fn takes(rule: fn(&Source) -> Broken, path: &str, text: &str) {
    assert_eq!(rule(&Source::new(path, text)), Broken::new(), "{path}: {text}");
}

#[test]
fn imports_follow_the_arrow() {
    let rule = rules::imports_follow_the_arrow;
    check(rule);
    refuses(rule, "src/domain/id.rs", "use crate::log::Seq;");
    refuses(rule, "src/log/entry.rs", "use crate::{domain::Seq, ledger::Ledger};");
    refuses(rule, "src/log/entry.rs", "use super::super::http::Page;");
    refuses(rule, "src/views/known.rs", "fn f() { crate::verify::run() }");
    refuses(rule, "src/verify/mod.rs", "use super::views;");
    refuses(rule, "src/seal/mod.rs", "use crate::{\n    domain::{Code, Seq},\n    http,\n};");
    takes(rule, "src/log/entry.rs", "use crate::{domain::Seq, log::Link}; // not crate::http");
    takes(rule, "src/http/routes.rs", "use crate::views; const TEXT: &str = \"crate::cli\";");
    takes(rule, "src/log/tree/tiles.rs", "use super::super::entry;");
}

#[test]
fn one_owner_per_technology() {
    let rule = rules::one_owner_per_technology;
    check(rule);
    refuses(rule, "src/views/known.rs", "use sled::Db;");
    refuses(rule, "src/ledger/mod.rs", "let hash = blake3::hash(b\"\");");
    refuses(rule, "src/views/mod.rs", "use sha2;");
    refuses(rule, "src/cli/init.rs", "std::fs::write(path, text)");
    refuses(rule, "src/ledger/open.rs", "let file = fs::File::create(path);");
    takes(rule, "src/views/store.rs", "use sled::Db; // and blake3::hash in a comment");
    takes(rule, "src/log/note.rs", "use ed25519_dalek::Signer;");
}

#[test]
fn time_and_randomness_enter_as_values() {
    let rule = rules::time_and_randomness_are_values;
    check(rule);
    refuses(rule, "src/views/known.rs", "let now = SystemTime::now();");
    refuses(rule, "src/log/writer.rs", "std::time::Instant::now()");
    refuses(rule, "src/domain/id.rs", "getrandom::fill(&mut bytes)");
    takes(rule, "src/ledger/clock.rs", "SystemTime::now()");
}

#[test]
fn the_domain_is_pure() {
    check(rules::domain_is_pure);
    refuses(rules::domain_is_pure, "src/domain/state/mod.rs", "use std::fs::File;");
    refuses(rules::domain_is_pure, "src/domain/rules/mod.rs", "pub async fn admit() {}");
}

#[test]
fn files_and_functions_stay_small() {
    check(rules::sizes);
    refuses(rules::sizes, "src/log/x.rs", &"// line\n".repeat(601));
    let long = format!("fn long() {{\n{}}}\n", "    f();\n".repeat(70));
    refuses(rules::sizes, "src/log/x.rs", &long);
    takes(rules::sizes, "src/log/x.rs", &long.replacen("    f();\n    f();\n", "", 1));
    let braces = format!("fn short() {{ g('{{', \"{{\") }}\n{}", "// }\n".repeat(80));
    takes(rules::sizes, "src/log/x.rs", &braces);
    for source in sources() {
        let lines = source.text.lines().count();
        if lines > LINES_SOFT {
            println!("{}: {lines} lines, more than {LINES_SOFT}: split it when next touched", source.path);
        }
    }
}

#[test]
fn unit_tests_stand_in_a_sibling_file() {
    check(rules::tests_stand_beside);
    refuses(rules::tests_stand_beside, "src/log/x.rs", "#[cfg(test)]\nmod tests {\n}");
    takes(rules::tests_stand_beside, "src/log/x.rs", "#[cfg(test)]\nmod tests;");
}

#[test]
fn every_file_says_what_it_is_for() {
    check(rules::says_what_it_is_for);
    refuses(rules::says_what_it_is_for, "src/log/x.rs", "use std::fmt;");
    refuses(rules::says_what_it_is_for, "src/log/x.rs", "//!");
}

#[test]
fn names_say_something() {
    check(rules::names_say_something);
    refuses(rules::names_say_something, "src/log/util.rs", "//! x");
    refuses(rules::names_say_something, "src/http/x.rs", "struct EventHandler;");
    refuses(rules::names_say_something, "src/http/x.rs", "fn string_utils() {}");
    takes(rules::names_say_something, "src/http/x.rs", "impl Utility for Commonwealth { fn impleds() {} }");
}

/// Ids of the table in docs/INVARIANTS.md.
fn invariants() -> BTreeSet<String> {
    let text = read("docs/INVARIANTS.md") + &read("docs/invariants-log.md");
    let cell =
        |line: &str| line.strip_prefix("| ").and_then(|rest| rest.split(' ').next().map(str::to_owned));
    let is_id = |id: &String| {
        let mut chars = id.chars();
        chars.next().is_some_and(|c| "DLVA".contains(c)) && id.len() > 1 && chars.all(|c| c.is_ascii_digit())
    };
    text.lines().filter_map(cell).filter(is_id).collect()
}

/// Ids that occur in the names of tests, as words: `fn d4_one_open_handoff` holds D4.
fn named_in_tests(sources: &[Source]) -> BTreeSet<String> {
    let tests = sources.iter().filter(|source| source.is_test());
    let names = tests.flat_map(|source| rules::functions(&source.code)).map(|(_, name, _)| name);
    names.flat_map(|name| name.to_uppercase().split('_').map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[test]
fn every_invariant_is_in_a_tests_name() {
    let (ids, named) = (invariants(), named_in_tests(&sources()));
    assert!(ids.len() > 40, "only {} invariants found in docs/INVARIANTS.md", ids.len());
    assert!(OPEN.len() <= OPEN_MAX, "the list of open invariants only shrinks");
    let open: BTreeSet<String> = OPEN.iter().map(|id| (*id).to_owned()).collect();
    let untested: Vec<_> = ids.iter().filter(|id| !named.contains(*id) && !open.contains(*id)).collect();
    assert!(untested.is_empty(), "in no test's name: {untested:?}");
    let closed: Vec<_> = open.iter().filter(|id| named.contains(*id)).collect();
    assert!(closed.is_empty(), "tested by now, take them off the open list: {closed:?}");
    let unknown: Vec<_> = open.difference(&ids).collect();
    assert!(unknown.is_empty(), "open but not in docs/INVARIANTS.md: {unknown:?}");
}

/// Paths of routes, as `.route("..")` in src/http/routes.rs names them.
fn routes(text: &str) -> Vec<String> {
    let after = text.split(".route(").skip(1);
    after
        .filter_map(|rest| rest.trim_start().strip_prefix('"')?.split('"').next().map(str::to_owned))
        .collect()
}

/// Whether a route stands in the document, as `GET /path` or `/path`, alone or before its parameters.
fn documented(api: &str, route: &str) -> bool {
    let ends = ["`", "?"];
    [" ", "`"].iter().any(|begin| ends.iter().any(|end| api.contains(&format!("{begin}{route}{end}"))))
}

#[test]
fn every_route_and_code_is_documented() {
    assert_eq!(routes("x.route(\"/a\", get(b))\n  .route(\n \"/v1/{c}\", d)"), ["/a", "/v1/{c}"]);
    let api = read("docs/API.md");
    let routes = routes(&(read("src/http/routes.rs") + &read("src/http/witness.rs")));
    assert!(routes.len() > 20, "only {} routes found", routes.len());
    let missing: Vec<_> = routes.iter().filter(|route| !documented(&api, route)).collect();
    assert!(missing.is_empty(), "not in docs/API.md: {missing:?}");
    let codes = estafet::domain::Code::ALL.iter().map(|code| code.as_str());
    let missing: Vec<_> = codes.filter(|code| !api.contains(code)).collect();
    assert!(missing.is_empty(), "codes not in docs/API.md: {missing:?}");
}

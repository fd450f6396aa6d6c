//! What the project depends on: licences, sources and bans, read from `cargo metadata`. The list is
//! that of deny.toml, which cargo-deny checks where it is installed.

use std::process::Command;

use serde_json::Value;

const ALLOWED: &[&str] = &[
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Zlib",
];
/// File-level copyleft: its files stay under it, ours do not change licence. And a list of certificates
/// that nothing on Linux is built with.
const EXCEPTIONS: &[(&str, &str)] =
    &[("imbl", "MPL-2.0+"), ("imbl-sized-chunks", "MPL-2.0+"), ("webpki-root-certs", "CDLA-Permissive-2.0")];
const BANNED: &[&str] = &["openssl", "openssl-sys", "rsa"];
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

/// Whether a licence expression can be satisfied from the list: every part of an AND, one of an OR.
fn satisfied(expression: &str) -> bool {
    let expression = expression.replace(" / ", " OR ").replace('/', " OR ").replace(['(', ')'], "");
    expression.split(" AND ").all(|part| part.split(" OR ").any(|licence| ALLOWED.contains(&licence.trim())))
}

#[test]
fn licence_expressions_are_read() {
    assert!(satisfied("MIT"));
    assert!(satisfied("MIT/GPL-3.0"));
    assert!(satisfied("(MIT OR GPL-3.0) AND Unicode-3.0"));
    assert!(!satisfied("GPL-3.0"));
    assert!(!satisfied("MIT AND GPL-3.0"));
}

#[test]
fn dependencies_are_allowed() {
    let cargo = option_env!("CARGO").unwrap_or("cargo");
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let arguments =
        ["metadata", "--offline", "--locked", "--format-version", "1", "--manifest-path", manifest];
    let output = Command::new(cargo).args(arguments).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    assert!(packages.len() > 20, "only {} packages", packages.len());
    let mut broken = Vec::new();
    for package in packages.iter().filter(|package| package["name"] != "estafet") {
        let name = package["name"].as_str().unwrap_or_default();
        let licence = package["license"].as_str().unwrap_or_default();
        if !satisfied(licence) && !EXCEPTIONS.contains(&(name, licence)) {
            broken.push(format!("{name}: licence {licence:?}"));
        }
        if package["source"] != REGISTRY {
            broken.push(format!("{name}: from {}", package["source"]));
        }
        if BANNED.contains(&name) {
            broken.push(format!("{name}: banned in deny.toml"));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_two_lists_are_one() {
    let deny = include_str!("../../deny.toml");
    for word in ALLOWED.iter().chain(BANNED) {
        assert!(deny.contains(&format!("\"{word}\"")), "{word} is not in deny.toml");
    }
}

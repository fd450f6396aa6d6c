//! The rules of docs/ARCHITECTURE.md that one file of source can break, each a function from the
//! file to what is wrong with it.

use super::code::{blank, is_word, line_of, places};

/// A file of source, its path relative to the repository.
pub struct Source {
    /// Such as `src/log/entry.rs`.
    pub path: String,
    /// As it stands.
    pub text: String,
    /// Comments and literals blanked.
    pub code: String,
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned(), code: blank(text) }
    }

    pub fn is_test(&self) -> bool {
        self.path.starts_with("tests/") || self.path.starts_with("benches/") || {
            let inside = self.path.split('/').any(|part| part == "tests");
            inside || self.path.ends_with("/tests.rs") || self.path.ends_with("/faulty.rs")
        }
    }
}

/// What breaks a rule: path, line, what.
pub type Broken = Vec<String>;

fn say(source: &Source, at: usize, what: &str) -> String {
    format!("{}:{}: {what}", source.path, line_of(&source.code, at))
}

/// Layers from left to right; those of one row do not know each other.
const LAYERS: &[&[&str]] = &[
    &["domain"],
    &["log"],
    &["seal"],
    &["verify", "views"],
    &["ledger"],
    &["interop", "peer"],
    &["http"],
    &["cli"],
];

fn rank(layer: &str) -> Option<usize> {
    LAYERS.iter().position(|row| row.contains(&layer))
}

/// Rule 1: a module uses only what stands to its left.
pub fn imports_follow_the_arrow(source: &Source) -> Broken {
    let own = source.path.strip_prefix("src/").and_then(|path| path.split('/').next()).unwrap_or_default();
    let Some(own_rank) = rank(own.trim_end_matches(".rs")) else { return Broken::new() };
    let own = own.trim_end_matches(".rs");
    used_modules(source)
        .into_iter()
        .filter(|(_, used)| used != own && rank(used).is_some_and(|used| used >= own_rank))
        .map(|(at, used)| say(source, at, &format!("{own} may not use {used}: it stands to its right")))
        .collect()
}

/// Top-level modules of the crate that a file names, by `crate::` or by climbing with `super::`.
fn used_modules(source: &Source) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let inner = source.path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
    let climb = "super::".repeat(inner.split('/').count());
    for root in ["crate::", climb.as_str()] {
        for at in places(&source.code, root) {
            if source.code[..at].ends_with("super::") {
                continue;
            }
            let after = &source.code[at + root.len()..];
            found.extend(first_names(after).into_iter().map(|name| (at, name)));
        }
    }
    found
}

/// The names a path goes on with: one, or those of a brace list at its first level.
fn first_names(after: &str) -> Vec<String> {
    let word = |text: &str| text.chars().take_while(|c| is_word(*c)).collect::<String>();
    let Some(list) = after.strip_prefix('{') else { return vec![word(after)] };
    let mut names = vec![word(list.trim_start())];
    let mut depth = 1;
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            ',' if depth == 1 => names.push(word(list[at + 1..].trim_start())),
            _ => {}
        }
    }
    names
}

/// Rule 2: what names a technology, and the only places that may.
const OWNERS: &[(&[&str], &[&str])] = &[
    (&["sled"], &["src/views/store"]),
    (&["axum", "hyper", "hyper_util", "tower", "tower_http"], &["src/http/"]),
    (&["clap", "clap_complete", "indicatif"], &["src/cli/"]),
    (&["blake3"], &["src/log/"]),
    (&["sha2"], &["src/log/", "src/seal/"]),
    (&["ed25519_dalek", "p256"], &["src/seal/", "src/seal.rs", "src/log/note"]),
    (&["chacha20poly1305"], &["src/seal/"]),
    (&["quick_xml"], &["src/interop/"]),
    (&["reqwest", "rustls"], &["src/peer/"]),
    (&["serde_json_canonicalizer"], &["src/seal/"]),
    (&["tracing_subscriber"], &["src/main.rs"]),
];

/// File writes of truth have one home. Beside it stand what is derived (rebuilt when damaged) and
/// the operator's own state: each with the reason it is not truth.
const WRITERS: &[&str] = &[
    "src/log/storage",   // truth
    "src/log/tree",      // derived
    "src/log/index",     // derived
    "src/log/subjects",  // derived
    "src/log/offsets",   // derived
    "src/ledger/tokens", // the operator's state
    "src/log/access",    // the operator's record, cut through log/storage.rs
    "src/ledger/clock",  // how far the clocks were apart: a hint for the next start
    "src/views/store",   // derived
    "src/cli/file",      // what commands write for their users
];
const WRITES: &[&str] = &[
    "File::create",
    "OpenOptions",
    "fs::write",
    "fs::rename",
    "fs::remove_file",
    "fs::remove_dir_all",
    "set_len",
];

/// Rule 2: one owner per technology.
pub fn one_owner_per_technology(source: &Source) -> Broken {
    let at_home = |homes: &[&str]| homes.iter().any(|home| source.path.starts_with(home));
    let mut broken = Broken::new();
    if source.is_test() || !source.path.starts_with("src/") {
        return broken;
    }
    for (crates, homes) in OWNERS.iter().filter(|(_, homes)| !at_home(homes)) {
        for name in *crates {
            let named = [format!("{name}::"), format!("use {name};"), format!("use {name} as")];
            let found = named.iter().flat_map(|token| places(&source.code, token));
            broken
                .extend(found.map(|at| say(source, at, &format!("{name} belongs to {}", homes.join(", ")))));
        }
    }
    if !at_home(WRITERS) {
        let found = WRITES.iter().flat_map(|token| places(&source.code, token));
        broken.extend(found.map(|at| say(source, at, "file writes belong to log/storage.rs")));
    }
    broken
}

/// Where the outer world's time and randomness may enter as values: the ledger's clock, and the
/// two doors, which measure durations and make request ids and secrets.
const NOW: &[&str] = &["src/ledger/clock", "src/ledger/random", "src/http/", "src/cli/", "src/main.rs"];
const NOWS: &[&str] = &[
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "getrandom::",
    "Uuid::new",
    "Uuid::now",
];

/// Rule 3: time and randomness enter as values.
pub fn time_and_randomness_are_values(source: &Source) -> Broken {
    let may = NOW.iter().any(|home| source.path.starts_with(home));
    if may || source.is_test() || !source.path.starts_with("src/") {
        return Broken::new();
    }
    let found = NOWS.iter().flat_map(|token| places(&source.code, token));
    found.map(|at| say(source, at, "take time and randomness as a value")).collect()
}

const IMPURE: &[&str] = &[
    "std::fs",
    "std::io",
    "std::net",
    "std::thread",
    "std::time",
    "std::env",
    "tokio::",
    "async fn",
    "tracing::",
];

/// The domain is pure: no IO, no clock, no async, no randomness, no hashing.
pub fn domain_is_pure(source: &Source) -> Broken {
    if !source.path.starts_with("src/domain/") || source.is_test() {
        return Broken::new();
    }
    let found = IMPURE.iter().flat_map(|token| places(&source.code, token));
    found.map(|at| say(source, at, "the domain is pure")).collect()
}

/// Lines a file may have before it is worth splitting, and before it must be.
pub const LINES_SOFT: usize = 400;
const LINES_MAX: usize = 600;
const FUNCTION_LINES_MAX: usize = 70;

/// Rule 4: files and functions have a size a reader can hold.
pub fn sizes(source: &Source) -> Broken {
    let lines = source.text.lines().count();
    let mut broken = Broken::new();
    if lines > LINES_MAX {
        broken.push(format!("{}: {lines} lines, at most {LINES_MAX}", source.path));
    }
    for (at, name, lines) in functions(&source.code) {
        // what a test tries may be a table as long as it has rows
        if lines > FUNCTION_LINES_MAX && !source.is_test() {
            broken.push(say(source, at, &format!("fn {name}: {lines} lines, at most {FUNCTION_LINES_MAX}")));
        }
    }
    broken
}

/// Place, name and lines of each function with a body.
pub fn functions(code: &str) -> Vec<(usize, String, usize)> {
    let mut found = Vec::new();
    for at in places(code, "fn ") {
        let name: String = code[at + 3..].chars().take_while(|c| is_word(*c)).collect();
        let Some(end) = (!name.is_empty()).then(|| body_end(code, at)).flatten() else { continue };
        found.push((at, name, code[at..end].matches('\n').count() + 1));
    }
    found
}

fn body_end(code: &str, from: usize) -> Option<usize> {
    let (mut depth, mut round) = (0_i32, 0_i32);
    for (at, c) in code[from..].char_indices() {
        match c {
            '(' | '[' => round += 1,
            ')' | ']' => round -= 1,
            ';' if depth == 0 && round == 0 => return None,
            '{' => depth += 1,
            '}' if depth == 1 => return Some(from + at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// Rule 4: unit tests stand in a sibling file.
pub fn tests_stand_beside(source: &Source) -> Broken {
    let inline = places(&source.code, "mod tests {");
    inline.into_iter().map(|at| say(source, at, "unit tests belong in a sibling tests.rs")).collect()
}

/// Rule 5: a file says first what it is for.
pub fn says_what_it_is_for(source: &Source) -> Broken {
    let first = source.text.lines().next().unwrap_or_default();
    let says = first.strip_prefix("//! ").is_some_and(|text| text.len() > 10);
    if says { Broken::new() } else { vec![format!("{}: begins without //! and a sentence", source.path)] }
}

const EMPTY_WORDS: &[&str] =
    &["manager", "helper", "helpers", "util", "utils", "common", "handler", "impl", "misc"];

/// Names say what a thing is.
pub fn names_say_something(source: &Source) -> Broken {
    let mut broken = Broken::new();
    for part in source.path.split('/') {
        if EMPTY_WORDS.contains(&part.trim_end_matches(".rs")) {
            broken.push(format!("{}: {part} says nothing", source.path));
        }
    }
    for keyword in ["fn ", "struct ", "enum ", "trait ", "mod ", "type "] {
        for at in places(&source.code, keyword) {
            let name: String =
                source.code[at + keyword.len()..].chars().take_while(|c| is_word(*c)).collect();
            if words(&name).iter().any(|word| EMPTY_WORDS.contains(&word.as_str())) {
                broken.push(say(source, at, &format!("{name} says nothing")));
            }
        }
    }
    broken
}

/// Words of a name in snake or camel case, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in name.chars() {
        if c == '_' || c.is_uppercase() {
            words.push(String::new());
        }
        if let Some(last) = words.last_mut().filter(|_| c != '_') {
            last.extend(c.to_lowercase());
        }
    }
    words
}

//! Bundles as the server and the command line give them: whole, checked by both verifiers without either,
//! and refused when one entry is left out.

use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use estafet::domain::AgencyId;
use estafet::log::Entry;
use estafet::seal::{self, Alg, KeyPair};
use estafet::verify::Options;
use serde_json::{Value, json};

use super::super::kit::{ORIGIN, Server, check, run, text};
use super::bundle::ours;
use super::world::{World, claim, now, pair_of, post, signed};
use super::{Second, agree, result, with};

/// A world in which kemen-pu has replaced its key, with a bundle about its responsibility.
pub(super) struct Replaced {
    pub(super) world: World,
    auditor: String,
    /// The bundle an auditor was given, under an index root made for it.
    pub(super) bundle: Value,
    /// The same for a recorder of the agency, and one entry behind the index.
    later: Value,
    /// A checkpoint from before.
    pub(super) since: PathBuf,
}

/// The key that takes the place of the first.
fn second_pair() -> KeyPair {
    KeyPair::new(Alg::Es256, &[8; 32]).expect("a key")
}

fn signed_with(pair: &KeyPair, statement: &Value) -> String {
    let iss = AgencyId::parse("kemen-pu").expect("an id");
    let said = seal::sign(pair, &iss, ORIGIN, now(), statement, estafet::ledger::random).expect("signed");
    said.canonical.to_string()
}

/// A bundle as the command line fetches it.
pub(super) fn fetch(world: &World, server: &Server, token: Option<&str>, about: &[&str]) -> Value {
    let (url, out) = (format!("http://{}", server.address), world.ledger.beside("fetched.json"));
    let mut arguments = vec!["export", "bundle", "--url", &url, "--out", text(&out)];
    arguments.extend(token.iter().flat_map(|token| ["--token", token]));
    arguments.extend(about);
    check(&arguments, 0);
    serde_json::from_slice(&fs::read(&out).expect("a bundle")).expect("JSON")
}

impl Replaced {
    pub(super) fn new() -> Self {
        let world = World::new();
        let since = world.ledger.beside("since");
        fs::write(&since, &world.checkpoint).expect("written");
        let auditor = world.ledger.token("auditor", None);
        let recorder = world.ledger.token("recorder", Some("kemen-pu"));
        let server = Server::start(&world.ledger.dir());
        let (first, second) = (pair_of("kemen-pu"), second_pair());
        let key = json!({"type": "key.registered", "jti": "second key",
            "data": {"agency": "kemen-pu", "kid": second.kid(), "jwk": second.jwk()}});
        let revoked = json!({"type": "key.revoked", "jti": "first key revoked",
            "data": {"agency": "kemen-pu", "kid": first.kid()}});
        post(&server, "application/jwt", None, &signed("kemen-pu", &key));
        post(&server, "application/jwt", None, &signed_with(&second, &revoked));
        post(&server, "application/jwt", None, &signed_with(&second, &claim("by-the-second-key")));
        let bundle = fetch(&world, &server, Some(&auditor), &["--subject", "r:housing", "--fresh"]);
        post(&server, "application/jwt", None, &signed_with(&second, &claim("behind-the-index")));
        let later = fetch(&world, &server, Some(&recorder), &["--subject", "r:housing"]);
        assert_eq!(server.stop(), Some(0));
        Self { world, auditor, bundle, later, since }
    }
}

/// The places in a bundle of the entries that a subject has, and what each says.
fn history(bundle: &Value, subject: &str) -> Vec<(usize, u64)> {
    let entries = bundle["entries"].as_array().expect("entries").iter().enumerate();
    let linked = entries.filter(|(_, one)| {
        let bytes = URL_SAFE_NO_PAD.decode(one["entry"].as_str().expect("text")).expect("base64url");
        Entry::decode(&bytes).expect("an entry").link(subject).is_some()
    });
    linked.map(|(place, one)| (place, one["seq"].as_u64().expect("a number"))).collect()
}

fn without(bundle: &Value, place: usize) -> Value {
    let mut bundle = bundle.clone();
    bundle["entries"].as_array_mut().expect("entries").remove(place);
    bundle
}

/// Takes what is said of a subject down by one entry.
fn told_less(bundle: &mut Value, subject: &str, last: u64) {
    let subjects = bundle["subjects"].as_array_mut().expect("subjects").iter_mut();
    for one in subjects.filter(|one| one["name"] == subject) {
        one["count"] = (one["count"].as_u64().expect("a count") - 1).into();
        one["last"] = last.into();
    }
}

/// Both verifiers asked about a bundle.
struct Both {
    second: Second,
    options: Options,
    file: PathBuf,
}

impl Both {
    fn ask(&mut self, what: &str, bundle: &Value) -> Value {
        let text = bundle.to_string();
        fs::write(&self.file, &text).expect("written");
        let (ours, theirs) = (ours(&text, &self.options), self.second.ask(&self.file));
        agree(what, &ours, &theirs);
        assert_eq!(
            (&ours["complete_below"], &ours["erased"]),
            (&theirs["complete_below"], &theirs["erased"])
        );
        ours
    }
}

#[test]
fn v10_a_bundle_is_whole_below_its_index_and_refused_when_an_entry_is_left_out() {
    let Replaced { world, bundle, later, .. } = Replaced::new();
    let vkey = world.ledger.vkey.clone();
    let Some(second) = Second::start(&["--vkey", &vkey]) else { return };
    let mut both = Both { second, options: with(&vkey), file: world.ledger.beside("asked.json") };
    let report = both.ask("as it was given", &bundle);
    assert_eq!((&report["result"], &report["trusted"]), (&json!("intact"), &json!(true)), "{report}");
    let below = report["complete_below"].as_u64().expect("a size");
    let seqs = history(&bundle, "r:housing");
    assert!(seqs.iter().all(|(_, seq)| *seq < below), "an index made for it covers all: {seqs:?} {below}");
    assert!(super::detail(&report, "rules").contains("statements admitted again"), "{report}");
    assert_eq!(result(&report, "details"), "ok", "an auditor sees details: {report}");

    // the first, a middle one and the last below complete_below, of every subject that is carried
    let names: Vec<_> = bundle["subjects"].as_array().expect("subjects").iter().collect();
    assert!(names.len() > 5, "{names:?}");
    for name in names.iter().map(|one| one["name"].as_str().expect("a name")) {
        let mut seqs = history(&bundle, name);
        seqs.retain(|(_, seq)| *seq < below);
        for at in [0, seqs.len() / 2, seqs.len() - 1] {
            let (place, seq) = seqs[at];
            let what = format!("entry {seq} of {name} left out");
            let report = both.ask(&what, &without(&bundle, place));
            assert_eq!(report["result"], "failed", "{what}: {report}");
            assert_eq!(result(&report, "links"), "failed", "{what}: {report}");
        }
    }
    let (index, _) = *history(&bundle, "l:ledger").last().expect("the index");
    assert_eq!(both.ask("the index left out", &without(&bundle, index))["first_bad"]["check"], "index");
    let first = format!("k:kemen-pu/{}", pair_of("kemen-pu").kid());
    let keys = history(&bundle, &first);
    let (revoked, _) = *keys.last().expect("the key.revoked");
    let mut unrevoked = without(&bundle, revoked);
    assert_eq!(both.ask("the key.revoked left out", &unrevoked)["first_bad"]["check"], "links");
    told_less(&mut unrevoked, &first, keys[keys.len() - 2].1);
    let report = both.ask("and its subject told so", &unrevoked);
    assert_eq!(result(&report, "index"), "failed", "the index root says otherwise: {report}");

    // behind the index the end of a history can be left out: the report says from where on
    let seqs = history(&later, "r:housing");
    let below = later["complete_below"].as_u64().expect("a size");
    let (place, seq) = *seqs.last().expect("one");
    assert!(seq >= below);
    let report = both.ask("with an entry behind", &later);
    assert!(result(&report, "index") == "ok" && report["result"] == "intact", "{report}");
    let mut cut = without(&later, place);
    cut["subjects"].as_array_mut().expect("subjects").retain(|one| one["count"] != 0);
    let report = both.ask("an entry behind left out, with the claim that it made", &cut);
    assert_eq!(report["result"], "intact", "{report}");
    let said = format!("none is left out below entry {below}; behind it, what the server knew");
    assert!(super::detail(&report, "links").contains(&said), "{report}");
    let (place, _) = *seqs.iter().rfind(|(_, seq)| *seq < below).expect("one");
    assert_eq!(both.ask("the last below left out", &without(&later, place))["first_bad"]["check"], "links");
}

#[test]
fn bundles_from_a_directory_and_a_server_verify_and_are_for_who_may_ask() {
    let Replaced { world, auditor, since, .. } = Replaced::new();
    let (dir, vkey) = (world.ledger.dir(), world.ledger.vkey.clone());
    let out = world.ledger.beside("out.json");
    let (path, data) = (text(&out), text(&dir));
    let export = |about: &[&str], exit: i32| {
        check(&[&["export", "bundle", "--data", data, "--out", path], about].concat(), exit);
    };
    // of every subject, and of every entry
    for subject in ["a:kemen-pu", "g:kemen-pu", "c:batch-0", "i:id/law/0", "l:ledger", "as:housing-first"] {
        export(&["--subject", subject], 0);
        check(&["verify", path, "--vkey", &vkey], 0);
    }
    let size = check(&["verify", data, "--json"], 0).json()["size"].as_u64().expect("a size");
    for seq in 0..size {
        export(&["--seq", &seq.to_string()], 0);
        let report = check(&["verify", path, "--vkey", &vkey, "--json"], 0).json();
        assert!(report["complete_below"].is_u64(), "{report}");
    }
    export(&["--subject", "r:housing", "--since", text(&since)], 0);
    check(&["verify", path, "--vkey", &vkey, "--since", text(&since)], 0);
    let receipt = world.ledger.beside("receipt.json");
    fs::write(&receipt, &world.receipts[0]).expect("written");
    check(&["verify", path, "--vkey", &vkey, "--receipt", text(&receipt)], 0);
    let bundle = fs::read_to_string(&out).expect("a bundle");
    fs::write(&out, bundle.replacen("\"count\":", "\"count\":1", 1)).expect("written");
    let failed = run(&["verify", path, "--vkey", &vkey]);
    assert!(failed.exit == 3 && failed.stdout.contains("links"), "{}{}", failed.stdout, failed.stderr);
    fs::write(&out, "{}").expect("written");
    check(&["verify", path, "--vkey", &vkey], 2);
    export(&["--subject", "r:nobody"], 4);
    export(&["--seq", &size.to_string()], 4);
    export(&["--subject", "r:housing", "--fresh"], 2);
    export(&["--subject", "nothing"], 2);

    let recorder = world.ledger.token("recorder", Some("kemen-pu"));
    let server = Server::start(&dir);
    let ask = |query: &str, token: Option<&str>| {
        let (status, answer) = server.request("GET", &format!("/v1/audit/bundle{query}"), token, None);
        (status, answer["code"].as_str().unwrap_or_default().to_owned())
    };
    let refused = |status: u16, code: &str| (status, code.to_owned());
    assert_eq!(ask("?subject=r:nobody", None), refused(404, "not-found"));
    assert_eq!(ask(&format!("?seq={}", size + 100), None), refused(404, "not-found"));
    for query in
        ["", "?subject=r:housing&seq=1", "?subject=housing", "?seq=-1", "?seq=1&fresh=2", "?seq=1&x=1"]
    {
        assert_eq!(ask(query, None), refused(400, "bad-parameter"), "{query}");
    }
    assert_eq!(ask("?seq=1&fresh=1", None), refused(401, "unauthenticated"));
    assert_eq!(ask("?seq=1&fresh=1", Some(&recorder)), refused(403, "not-entitled"));
    let shown = |bundle: &Value| -> usize {
        let entries = bundle["entries"].as_array().expect("entries").iter();
        entries.map(|one| one["disclosures"].as_array().expect("a list").len()).sum()
    };
    let reads = || server.request("GET", "/v1/access?limit=1000", Some(&auditor), None).1["access"].clone();
    let before = reads().as_array().expect("lines").len();
    assert_eq!(shown(&fetch(&world, &server, None, &["--subject", "r:housing"])), 0);
    assert_eq!(reads().as_array().expect("lines").len(), before, "nothing was shown");
    // to an agency those of entries that are linked to it, to an auditor all; and it is recorded
    assert_eq!(shown(&fetch(&world, &server, Some(&recorder), &["--subject", "r:housing"])), 4);
    assert_eq!(shown(&fetch(&world, &server, Some(&auditor), &["--subject", "r:housing"])), 8);
    let lines = reads();
    let lines = &lines.as_array().expect("lines")[before..];
    assert!(
        lines.iter().all(|line| line["path"] == "/v1/audit/bundle" && line["what"] == "read"),
        "{lines:?}"
    );
    assert_eq!(lines.iter().map(|line| line["details"].as_array().expect("a list").len()).sum::<usize>(), 6);
}

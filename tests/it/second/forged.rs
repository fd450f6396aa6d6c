//! Ledgers that the holder of the ledger's key wrote wrongly: chained, hashed and signed soundly, so that
//! only what the entries say gives them away.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use estafet::domain::{Instant, Seq, Subject};
use estafet::log::{self, Body, Entry, Log, Reader, RealFiles, Signer};
use estafet::seal::{self, Alg, KeyPair};
use serde_json::{Value, json};

use super::super::kit::ORIGIN;
use super::world::{World, pair, pair_of};
use super::written::{Speaker, Told, told, write};
use super::{Second, agree, ours, with};

/// A JWT with other parts, signed as it says.
fn jwt(pair: &KeyPair, header: &str, claims: &str) -> String {
    seal::jws::compact(pair, header.as_bytes(), claims.as_bytes())
}

fn header(pair: &KeyPair) -> String {
    format!(r#"{{"alg":"{}","kid":"{}","typ":"estafet+jwt"}}"#, pair.alg().as_str(), pair.kid())
}

/// The parts of a JWT, decoded.
fn parts(jwt: &str) -> [Vec<u8>; 3] {
    let decoded = jwt.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).expect("base64url"));
    decoded.collect::<Vec<_>>().try_into().expect("three parts")
}

/// Forgeries in the place of a signed statement of `agency`: what, and the text.
fn jwts(agency: &str, sound: &str) -> Vec<(&'static str, String)> {
    let pair = pair_of(agency);
    let other = pair_of(if agency == "kemen-pu" { "kemen-pkp" } else { "kemen-pu" });
    let stranger = KeyPair::new(pair.alg(), &[9; 32]).expect("a key");
    let [head, body, signature] = parts(sound);
    let (head, body) = (String::from_utf8(head).expect("UTF-8"), String::from_utf8(body).expect("UTF-8"));
    let signed_as = |head: &str, signature: &[u8]| {
        format!(
            "{}.{}.{}",
            URL_SAFE_NO_PAD.encode(head),
            URL_SAFE_NO_PAD.encode(&body),
            URL_SAFE_NO_PAD.encode(signature)
        )
    };
    let claims = |member: &str, value: Value| {
        let mut claims: Value = serde_json::from_str(&body).expect("JSON");
        claims[member] = value;
        jwt(&pair, &header(&pair), &claims.to_string())
    };
    let raw = |from: &str, to: &str| jwt(&pair, &header(&pair), &body.replacen(from, to, 1));
    let headed = |from: &str, to: &str| jwt(&pair, &head.replacen(from, to, 1), &body);
    let mut flipped = signature.clone();
    flipped[40] ^= 1;
    let mut small = signature.clone();
    small[..32].copy_from_slice(&[[1; 1].as_slice(), &[0; 31]].concat());
    let alias = if pair.alg() == Alg::Ed25519 { "EdDSA" } else { "ES256" };
    let spare = format!("{}{}", &sound[..sound.len() - 1], if sound.ends_with('A') { 'B' } else { 'C' });
    vec![
        ("sound", sound.to_owned()),
        ("signed again", claims("jti", "again".into())),
        ("alias of the algorithm", headed(pair.alg().as_str(), alias)),
        ("after that is null", claims("after", Value::Null)),
        ("corrects that is empty", claims("corrects", json!({}))),
        ("a hash without details", claims("_sd_alg", "sha-256".into())),
        ("a signature flipped", signed_as(&head, &flipped)),
        ("a signature of zeros", signed_as(&head, &[0; 64])),
        ("a small R", signed_as(&head, &small)),
        ("a short signature", signed_as(&head, &signature[..63])),
        ("a signature with spare bits", spare),
        ("no algorithm", headed(pair.alg().as_str(), "none")),
        ("the algorithm of another key", headed(pair.alg().as_str(), other.alg().as_str())),
        ("another type", headed("estafet+jwt", "JWT")),
        ("a header more", headed("{", r#"{"cty":"json","#)),
        ("a header twice", headed("{", r#"{"typ":"estafet+jwt","#)),
        ("signed by a stranger", jwt(&stranger, &head, &body)),
        ("a stranger's key", jwt(&stranger, &header(&stranger), &body)),
        ("the key of another", jwt(&other, &header(&other), &body)),
        ("said by another", claims("iss", "registrar".into())),
        ("for another ledger", claims("aud", "ledger.example/other".into())),
        ("for two ledgers", claims("aud", json!([ORIGIN]))),
        ("a claim more", claims("nbf", 1.into())),
        ("a jti that is used", claims("jti", "claim kemen-pu-0".into())),
        ("a jti too long", claims("jti", "x".repeat(129).into())),
        ("an instant in halves", raw("\"iat\":1", "\"iat\":0.5,\"iat\":1")),
        ("an integer too large", claims("iat", 9_007_199_254_740_992_u64.into())),
        ("another hash", claims("_sd_alg", "sha-512".into())),
        ("details that are none", claims("details", Value::Null)),
        ("details in the open", claims("details", json!({"title": "x"}))),
        ("a digest twice", claims("details", json!({"_sd": ["A".repeat(43), "A".repeat(43)]}))),
        ("details nobody keeps", claims("details", json!({"_sd": ["A".repeat(43)]}))),
        ("a number with a point", raw("\"jti\":\"", "\"corrects\":1.0,\"jti\":\"")),
        ("half a surrogate pair", raw("\"jti\":\"", "\"jti\":\"\\ud800")),
        ("a key twice", raw("\"jti\":\"", "\"jti\":\"x\",\"jti\":\"")),
        ("white space", raw("{", "{ ")),
        ("escapes", raw("\"jti\"", "\"\\u006ati\"")),
        ("no JSON", raw("{", "{,")),
        (
            "nested deep",
            claims(
                "after",
                serde_json::from_str(&format!("{}1{}", "[".repeat(40), "]".repeat(40))).expect("JSON"),
            ),
        ),
    ]
}

/// Forgeries in the place of an attested statement.
fn statements(sound: &str) -> Vec<(&'static str, String)> {
    let value: Value = serde_json::from_str(sound).expect("JSON");
    let with = |member: &str, to: Value| {
        let mut value = value.clone();
        value[member] = to;
        value.to_string()
    };
    let weak = json!({"agency": "registrar", "kid": "A".repeat(43), "jwk": {"kty": "OKP", "crv": "Ed25519", "x": format!("AQ{}", "A".repeat(41))}});
    let known = pair(Alg::Es256);
    let wrong_kid = json!({"agency": "registrar", "kid": "A".repeat(43), "jwk": known.jwk()});
    let plain = r#"{"data":"#;
    vec![
        ("sound", sound.to_owned()),
        (
            "another order",
            format!(
                r#"{{"type":{},{}}}"#,
                value["type"],
                sound[1..sound.len() - 1].replace(&format!(r#","type":{}"#, value["type"]), "")
            ),
        ),
        ("escapes", sound.replacen("type", "typ\\u0065", 1)),
        ("a key twice", sound.replacen(plain, r#"{"data":{},"data":"#, 1)),
        ("after that is empty", with("after", json!({}))),
        ("corrects that is null", with("corrects", Value::Null)),
        ("a member more", with("iss", "registrar".into())),
        ("a number with a point", sound.replacen(plain, r#"{"corrects":1.5,"data":"#, 1)),
        ("minus zero", sound.replacen(plain, r#"{"corrects":-0,"data":"#, 1)),
        ("an integer too large", with("corrects", 9_007_199_254_740_992_u64.into())),
        ("no JSON", sound.replacen(plain, r#"{,"data":"#, 1)),
        ("half a surrogate pair", sound.replacen(plain, r#"{"\ud800":1,"data":"#, 1)),
        (
            "nested deep",
            sound.replacen(plain, &format!(r#"{{"after":{}{},"data":"#, "[".repeat(40), "]".repeat(40)), 1),
        ),
        ("details in the open", with("details", json!({"title": "x"}))),
        ("details that are none", with("details", Value::Null)),
        ("no digests", with("details", json!({"_sd": []}))),
        ("details nobody keeps", with("details", json!({"_sd": ["A".repeat(43)]}))),
        ("a digest with spare bits", with("details", json!({"_sd": [format!("{}B", "A".repeat(42))]}))),
        ("a weak key", json!({"data": weak, "jti": "weak", "type": "key.registered"}).to_string()),
        (
            "a key of another name",
            json!({"data": wrong_kid, "jti": "kid", "type": "key.registered"}).to_string(),
        ),
        (
            "data in a list",
            json!({"data": ["x", {"en": "X"}, "office"], "jti": "x", "type": "agency.registered"})
                .to_string(),
        ),
        ("a second beginning", json!({"data": {}, "jti": "x", "type": "ledger.opened"}).to_string()),
    ]
}

/// Those who look at forgeries, each in a folder of its own.
struct Forge<'a> {
    world: &'a World,
    second: Second,
    count: usize,
}

impl Forge<'_> {
    fn look(&mut self, what: &str, told: &[Told]) -> Value {
        let dir: PathBuf = self.world.ledger.beside(&format!("forged-{}", self.count));
        write(&self.world.ledger.dir(), &dir, told);
        let report = ours(&dir, &with(&self.world.ledger.vkey));
        agree(what, &report, &self.second.ask(&dir));
        std::fs::remove_dir_all(&dir).expect("removed");
        self.count += 1;
        report
    }
}

#[test]
fn both_verifiers_agree_on_what_the_keys_holder_forged() {
    let world = World::new();
    let Some(second) = Second::start(&["--vkey", &world.ledger.vkey]) else { return };
    let mut forge = Forge { world: &world, second, count: 0 };
    let sound = told(&world.ledger.dir());
    assert_eq!(forge.look("sound", &sound)["result"], "intact");

    let mut caught = 0;
    for agency in ["kemen-pu", "kemen-pkp"] {
        let registered = |one: &Told| one.text.contains(pair_of(agency).kid().as_str());
        let key = sound.iter().position(registered).expect("a key");
        // the second of the agency's statements has no details
        let at = key + 2;
        for (what, text) in jwts(agency, &sound[at].text) {
            let mut told = sound.clone();
            told[at].text = text;
            caught += usize::from(forge.look(&format!("{agency}: {what}"), &told)["result"] == "failed");
        }
        // said before its key was registered: the registration comes later
        let mut told = sound.clone();
        let at = told[key].at;
        told.swap(key, key + 1);
        (told[key].at, told[key + 1].at) = (at, at);
        let report = forge.look(&format!("{agency}: before its key"), &told);
        assert_eq!(report["first_bad"]["check"], "signatures", "{report}");
        // signed with a key that is revoked
        let mut told = sound.clone();
        let revoked = json!({"data": {"agency": agency, "kid": pair_of(agency).kid()}, "jti": "revoked", "type": "key.revoked"});
        let speaker = Speaker::Attested("registrar".to_owned(), "import".to_owned());
        let subjects = [
            "a:registrar".to_owned(),
            format!("a:{agency}"),
            format!("k:{agency}/{}", pair_of(agency).kid()),
        ];
        let subjects = subjects.iter().map(|one| Subject::parse(one).expect("a subject")).collect();
        told.insert(key + 2, Told { at: told[key + 1].at, subjects, speaker, text: revoked.to_string() });
        let report = forge.look(&format!("{agency}: a revoked key"), &told);
        assert_eq!(report["first_bad"]["seq"], key + 3, "{report}");
    }
    let laws: Vec<_> = (0..sound.len()).filter(|n| sound[*n].text.contains("instrument.recorded")).collect();
    for (what, text) in statements(&sound[laws[1]].text) {
        let mut told = sound.clone();
        told[laws[1]].text = text;
        caught += usize::from(forge.look(&format!("attested: {what}"), &told)["result"] == "failed");
    }
    assert!(caught >= 70, "{caught}");
    places(&mut forge, &sound, &laws);
}

/// Entries in places that are not theirs.
fn places(forge: &mut Forge<'_>, sound: &[Told], laws: &[usize]) {
    let mut told = sound.to_vec();
    told.insert(laws[1] + 1, told[laws[1]].clone());
    let report = forge.look("an entry twice", &told);
    assert_eq!(report["first_bad"]["check"], "rules", "{report}");

    // without an entry the ledger's own jtis stand at other seqs
    let mut told = sound.to_vec();
    told.remove(laws[1]);
    let report = forge.look("an entry left out", &told);
    assert_eq!(report["first_bad"]["check"], "rules", "{report}");

    let mut told = sound.to_vec();
    told.remove(0);
    forge.look("without its beginning", &told);

    let mut told = sound.to_vec();
    told[1].speaker = Speaker::Attested("registrar".to_owned(), "import".to_owned());
    forge.look("the registrar registers itself", &told);

    // The limit, which both have: the last entry left out leaves a sound, shorter log.
    let mut told = sound.to_vec();
    told.pop();
    assert_eq!(forge.look("without the last entry", &told)["result"], "intact");
}

/// What ours finds and the second cannot, because only the domain's rules say it.
#[test]
fn what_only_the_domain_rules_find_is_left_to_us_and_said() {
    let world = World::new();
    let Some(mut second) = Second::start(&["--vkey", &world.ledger.vkey]) else { return };
    let sound = told(&world.ledger.dir());
    let law = sound.iter().position(|one| one.text.contains("instrument.recorded")).expect("a law");
    let mut unlinked = sound.clone();
    unlinked[law].subjects.push(Subject::parse("r:other").expect("a subject"));
    let mut unentitled = sound.clone();
    unentitled[law].speaker = Speaker::Attested("kemen-pu".to_owned(), "import".to_owned());
    let mut unknown = sound.clone();
    unknown[law].text = unknown[law].text.replacen("instrument.recorded", "instrument.recordea", 1);
    for (n, (told, check)) in
        [(unlinked, "links"), (unentitled, "rules"), (unknown, "rules")].iter().enumerate()
    {
        let dir = world.ledger.beside(&format!("other-{n}"));
        write(&world.ledger.dir(), &dir, told);
        let (ours, theirs) = (ours(&dir, &with(&world.ledger.vkey)), second.ask(&dir));
        assert_eq!((&ours["first_bad"]["check"], &ours["first_bad"]["seq"]), (&json!(check), &json!(law)));
        assert_eq!(theirs["result"], "intact", "{theirs}");
        let rules = theirs["checks"].as_array().expect("checks").iter().find(|one| one["check"] == "rules");
        let rules = rules.expect("rules");
        assert_eq!(rules["result"], "skipped");
        assert!(rules["detail"].as_str().expect("text").contains("replayed by estafet only"), "{rules}");
    }
}

/// What the comparison brought up in ours, held without Python.
#[test]
fn v6_a_key_counts_from_its_registration_on_and_data_has_one_spelling() {
    let world = World::new();
    let sound = told(&world.ledger.dir());
    let found = |name: &str, told: &[Told]| {
        let dir = world.ledger.beside(name);
        write(&world.ledger.dir(), &dir, told);
        ours(&dir, &with(&world.ledger.vkey))["first_bad"].clone()
    };
    let kid = pair_of("kemen-pu").kid().clone();
    let key = sound.iter().position(|one| one.text.contains(kid.as_str())).expect("a key");
    let mut early = sound.clone();
    let at = early[key].at;
    early.swap(key, key + 1);
    (early[key].at, early[key + 1].at) = (at, at);
    let bad = found("early", &early);
    assert_eq!((&bad["check"], &bad["seq"]), (&json!("signatures"), &json!(key)), "{bad}");

    let law = sound.iter().position(|one| one.text.contains("instrument.recorded")).expect("a law");
    let mut listed = sound.clone();
    let data = json!({"data": ["x", {"en": "X"}, "office"], "jti": "x", "type": "agency.registered"});
    listed[law].text = data.to_string();
    let bad = found("listed", &listed);
    assert_eq!((&bad["check"], &bad["seq"]), (&json!("rules"), &json!(law)), "{bad}");
}

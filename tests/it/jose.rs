//! Statements that other people's JOSE libraries made (tests/interop): admitted, verified, and every
//! altered one refused with its code.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::kit::{Connection, Ledger, ORIGIN, Server, check, root, skipped, text};

/// What a maker printed; nothing where it cannot run here.
fn made(agency: &str, maker: &str) -> Option<Value> {
    let file = root().join("tests/interop").join(maker);
    let (program, folder) = if maker.ends_with(".py") {
        (std::env::var("ESTAFET_PYTHON").ok()?, String::new())
    } else {
        ("node".to_owned(), std::env::var("ESTAFET_NODE_MODULES").ok()?)
    };
    let done = Command::new(program).arg(file).args([ORIGIN, agency]).env("NODE_PATH", folder).output();
    let done = done.expect("the maker starts");
    assert!(done.status.success(), "{maker}: {}", String::from_utf8_lossy(&done.stderr));
    Some(serde_json::from_slice(&done.stdout).expect("JSON"))
}

struct House {
    ledger: Ledger,
    server: Server,
}

impl House {
    fn say(&self, body: &str, media: &str, token: Option<&str>) -> (u16, Value) {
        let mut connection = Connection::open(&self.server.address).expect("a connection");
        let (status, body) = connection.post("/v1/events", media, token, body).expect("an answer");
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    fn signed(&self, statement: &Value) -> (u16, Value) {
        let jwt = statement["jwt"].as_str().expect("a JWT");
        self.say(&format!("{jwt}{}", behind(&disclosures(statement))), "application/jwt", None)
    }
}

fn disclosures(statement: &Value) -> Vec<&str> {
    let all = statement["disclosures"].as_array().into_iter().flatten();
    all.map(|one| one.as_str().expect("a disclosure")).collect()
}

/// Disclosures as they stand behind a JWT.
fn behind(disclosures: &[&str]) -> String {
    if disclosures.is_empty() { String::new() } else { format!("~{}~", disclosures.join("~")) }
}

#[test]
fn a2_statements_of_other_libraries_are_admitted_and_altered_ones_refused() {
    let makers = [("maker-py", "statements.py"), ("maker-js", "statements.mjs")];
    let makers: Vec<_> =
        makers.iter().filter_map(|(agency, file)| Some((*agency, made(agency, file)?))).collect();
    if makers.len() < 2 {
        skipped(
            "JOSE libraries of others: ESTAFET_PYTHON and ESTAFET_NODE_MODULES are set by tests/run where they can be had",
        );
    }
    if makers.is_empty() {
        return;
    }
    let ledger = Ledger::new();
    let agencies: Vec<_> = makers.iter().map(|(agency, _)| {
        json!({"type": "agency.registered", "jti": agency, "data": {"agency": agency, "name": {"en": agency}, "kind": "office"}})
    }).collect();
    assert_eq!(ledger.import(&agencies).exit, 0);
    let server = Server::start(&ledger.dir());
    let house = House { ledger, server };
    let mut signed = 0;
    let mut mutations = 0;
    for (agency, made) in &makers {
        let token = house.ledger.token("recorder", Some(agency));
        let early = &made["good"][0];
        assert_eq!(house.signed(early).1["code"], "key-not-valid", "before registration");
        for (n, key) in made["keys"].as_array().expect("keys").iter().enumerate() {
            let registered = json!({"type": "key.registered", "jti": format!("{agency} key {n}"),
                "data": {"agency": agency, "kid": key["kid"], "jwk": key["jwk"]}});
            if n == 0 {
                let answer = house.say(&registered.to_string(), "application/json", Some(&token));
                assert_eq!(answer.0, 201, "{answer:?}");
            } else {
                // only the first key comes under a token: the registrar registers the second
                let line = registered.to_string();
                let registrar = house.ledger.token("recorder", Some("registrar"));
                let answer = house.say(&line, "application/json", Some(&registrar));
                assert_eq!(answer.0, 201, "{answer:?}");
            }
        }
        for good in made["good"].as_array().expect("statements") {
            let answer = house.signed(good);
            assert_eq!(answer.0, 201, "{answer:?}\n{good}");
            let again = house.signed(good);
            assert_eq!((again.0, &again.1["seq"]), (200, &answer.1["seq"]));
            signed += 1;
            let altered = altered(good, &made["keys"]).into_iter().chain(disclosed_otherwise(good));
            for (name, codes, altered) in altered {
                let answer = house.say(&altered, "application/jwt", None);
                let code = answer.1["code"].as_str().unwrap_or("none");
                assert!(codes.contains(&code), "{agency}: {name}: {answer:?}\n{altered}");
                mutations += 1;
            }
        }
        for bad in made["bad"].as_array().expect("statements") {
            let answer = house.signed(bad);
            assert_eq!(answer.1["code"], bad["code"], "{answer:?}\n{bad}");
            mutations += 1;
        }
    }
    assert!(makers.len() < 2 || mutations >= 300, "{mutations} mutations");
    assert_eq!(house.server.stop(), Some(0));
    let verified =
        check(&["verify", text(&house.ledger.dir()), "--vkey", &house.ledger.vkey, "--json"], 0).json();
    assert_eq!(verified["signed"], signed, "{verified}");
}

/// A statement altered in every way, each with the codes it may be refused with.
fn altered(good: &Value, keys: &Value) -> Vec<(&'static str, Vec<&'static str>, String)> {
    let jwt = good["jwt"].as_str().expect("a JWT");
    let [head, body, signature] = jwt.split('.').collect::<Vec<_>>()[..] else { panic!("{jwt}") };
    let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).expect("base64url");
    let header: Value = serde_json::from_slice(&decoded(head)).expect("a header");
    let claims: Value = serde_json::from_slice(&decoded(body)).expect("claims");
    let encoded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let with = |value: &Value, name: &str, to: Value| {
        let mut value = value.clone();
        value[name] = to;
        encoded(&value)
    };
    let other =
        keys.as_array().expect("keys").iter().find(|key| key["kid"] != header["kid"]).expect("another");
    let flip = |part: &str, at: usize| {
        let mut bytes = decoded(part);
        bytes[at] ^= 1;
        URL_SAFE_NO_PAD.encode(bytes)
    };
    let malformed = || vec!["malformed"];
    let tail = behind(&disclosures(good));
    let refused = || vec!["alg-refused"];
    let forged = || vec!["bad-signature"];
    let altered = vec![
        ("signature flipped", forged(), format!("{head}.{body}.{}", flip(signature, 5))),
        ("signature of another", forged(), format!("{head}.{body}.{}", flip(signature, 40))),
        (
            "claims changed",
            forged(),
            format!("{head}.{}.{signature}", with(&claims, "jti", "another".into())),
        ),
        (
            "issuer changed",
            vec!["key-not-valid", "bad-signature"],
            format!("{head}.{}.{signature}", with(&claims, "iss", "registrar".into())),
        ),
        (
            "audience changed",
            vec!["bad-signature"],
            format!("{head}.{}.{signature}", with(&claims, "aud", "x".into())),
        ),
        ("alg none", refused(), format!("{}.{body}.{signature}", with(&header, "alg", "none".into()))),
        ("alg HS256", refused(), format!("{}.{body}.{signature}", with(&header, "alg", "HS256".into()))),
        (
            "alg of another key",
            refused(),
            format!(
                "{}.{body}.{signature}",
                with(&header, "alg", if header["alg"] == "ES256" { "EdDSA" } else { "ES256" }.into())
            ),
        ),
        (
            "kid of another key",
            vec!["alg-refused", "bad-signature"],
            format!("{}.{body}.{signature}", with(&header, "kid", other["kid"].clone())),
        ),
        (
            "kid unknown",
            vec!["key-not-valid"],
            format!("{}.{body}.{signature}", with(&header, "kid", "A".repeat(43).into())),
        ),
        ("a header more", refused(), format!("{}.{body}.{signature}", with(&header, "cty", "json".into()))),
        ("no signature", vec!["malformed", "bad-signature"], format!("{head}.{body}.")),
        ("two parts", malformed(), format!("{head}.{body}")),
        ("four parts", malformed(), format!("{jwt}.{signature}")),
        ("padded", malformed(), format!("{head}.{body}.{signature}=")),
        ("truncated", vec!["malformed", "bad-signature"], jwt[..jwt.len() - 4].to_owned()),
        ("not base64url", malformed(), format!("{head}.{body}.{}+/", &signature[..signature.len() - 2])),
        ("line ends inside", malformed(), format!("{head}.\n{body}.{signature}")),
    ];
    altered.into_iter().map(|(name, codes, jwt)| (name, codes, jwt + &tail)).collect()
}

/// A statement with other disclosures than it commits to.
fn disclosed_otherwise(good: &Value) -> Vec<(&'static str, Vec<&'static str>, String)> {
    let (jwt, all) = (good["jwt"].as_str().expect("a JWT"), disclosures(good));
    let made = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let foreign = made(r#"["1234567890123456789012","a","b"]"#);
    let mut with = vec![
        ("a disclosure without digest", [all.as_slice(), &[&*foreign]].concat()),
        ("a disclosure that is none", [all.as_slice(), &["x"]].concat()),
        ("an empty disclosure", [all.as_slice(), &[""]].concat()),
    ];
    let [first, rest @ ..] = all.as_slice() else {
        let with =
            with.into_iter().map(|(name, all)| (name, vec!["malformed"], format!("{jwt}{}", behind(&all))));
        return with.collect();
    };
    let read = String::from_utf8(URL_SAFE_NO_PAD.decode(first).expect("base64url")).expect("UTF-8");
    let spaced = made(&format!(" {read}"));
    let deep = made(&format!(r#"["1234567890123456789012","a",{}1{}]"#, "[".repeat(40), "]".repeat(40)));
    let hostile = made(r#"["1234567890123456789012","_sd",["x"]]"#);
    with.extend([
        ("none of the disclosures", Vec::new()),
        ("a disclosure left out", rest.to_vec()),
        ("a disclosure twice", [&[*first], all.as_slice()].concat()),
        ("a disclosure spelt otherwise", [&[&*spaced], rest].concat()),
        ("a disclosure of another", [&[&*foreign], rest].concat()),
        ("a disclosure nested deep", [&[&*deep], rest].concat()),
        ("a disclosure of digests", [&[&*hostile], rest].concat()),
    ]);
    let mut altered: Vec<_> = with
        .into_iter()
        .map(|(name, all)| (name, vec!["malformed"], format!("{jwt}{}", behind(&all))))
        .collect();
    altered.push(("a key-binding JWT", vec!["malformed"], format!("{jwt}{}{jwt}", behind(&all))));
    altered.push(("an open list", vec!["malformed"], format!("{jwt}{}x", behind(&all))));
    altered
}

//! What is read, what it becomes, and what is refused.

mod jws;

use super::*;

fn token() -> Speaker {
    Speaker::Token { agency: AgencyId::parse("a").unwrap(), token: TokenId::parse("t").unwrap() }
}

fn read(text: &str) -> Result<Submission, Unreadable> {
    attested(text.as_bytes(), token())
}

#[test]
fn a_statement_is_stored_in_its_canonical_form() {
    let read = read(
        r#" {"type":"responsibility.retired", "jti":"j1","after":{},"corrects":null,
            "data":{"responsibility":"housing","effective":"2026-01-01"}} "#,
    )
    .unwrap();
    let want = r#"{"data":{"effective":"2026-01-01","responsibility":"housing"},"jti":"j1","type":"responsibility.retired"}"#;
    assert_eq!(&*read.canonical, want);
    assert_eq!(read.sha256, <[u8; 32]>::from(Sha256::digest(want)));
    assert_eq!(Statement::from_entry(want).unwrap(), read.statement);
    assert!(read.approval.is_none());
}

#[test]
fn an_approval_is_of_the_statement_without_its_approvals() {
    let with = read(
        r#"{"type":"responsibility.retired","jti":"j1","data":{"responsibility":"h","effective":"2026-01-01","approvals":[4]}}"#,
    )
    .unwrap();
    let form = r#"{"data":{"effective":"2026-01-01","responsibility":"h"},"type":"responsibility.retired"}"#;
    let hex: String = Sha256::digest(form).iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(with.approval.unwrap().as_str(), format!("sha-256:{hex}"));
    let again = approval(&serde_json::from_str(&with.canonical).unwrap()).unwrap();
    assert_eq!(again.as_str(), format!("sha-256:{hex}"));
}

#[test]
fn what_cannot_be_read_says_why() {
    let code = |text: &str| read(text).unwrap_err().code;
    assert_eq!(code("{"), Code::Malformed);
    assert_eq!(code(r#"{"type":"x.y","jti":"j","data":{}}"#), Code::UnknownType);
    let details = r#"{"type":"handoff.closed","jti":"j","data":{"handoff":"h"},"details":{}}"#;
    assert_eq!(code(details), Code::Malformed);
    let long = format!(
        r#"{{"type":"instrument.recorded","jti":"j","data":{{"ref":"i","status":"verified","repeals":[{}]}}}}"#,
        vec!["\"abcdefghij\""; 4000].join(",")
    );
    assert_eq!(code(&long), Code::TooLarge);
}

#[test]
fn objects_are_written_as_objects() {
    let code = |type_name: &str, data: &str| {
        read(&format!(r#"{{"type":"{type_name}","jti":"j","data":{data}}}"#))
            .map_err(|why| (why.code, why.field))
    };
    let made = |valid: &str, basis: &str| {
        let data = format!(
            r#"{{"responsibility":"r","agency":"a","role":"accountable","valid":{valid},"basis":{basis}}}"#
        );
        code("assignment.made", &data).map(drop)
    };
    let (valid, basis) = (r#"{"from":"2020-01-01"}"#, r#"{"ref":"id/uu/1"}"#);
    assert_eq!(made(valid, basis), Ok(()));
    let at = |field: &str| Err((Code::Malformed, Some(field.to_owned())));
    assert_eq!(made(r#"["2020-01-01",null]"#, basis), at("data.valid"));
    let agency = |name: &str| {
        let data = format!(r#"{{"agency":"a","name":{name},"kind":"k","powers":["overseer"]}}"#);
        code("agency.registered", &data).map(drop)
    };
    assert_eq!(agency(r#"{"en":"A"}"#), Ok(()));
    assert_eq!(agency(r#"["A","A"]"#), at("data.name"));
    assert_eq!(code("agency.registered", r#"["a",{"en":"A"},"k"]"#).map(drop), at("data"));
    let goals = |goal: &str| {
        let data = format!(
            r#"{{"programme":"p","coordinator":"a","members":[],"responsibilities":[],"goals":[{goal}]}}"#
        );
        code("programme.started", &data).map(drop)
    };
    let goal = r#"{"goal":"g","by":"a","unit":"u","direction":"up","target":"1","due":"2026-01-01"}"#;
    assert_eq!(goals(goal), Ok(()));
    assert_eq!(goals(&format!(r#"{goal},["h","a","u","up",null,"1","2026-01-01"]"#)), at("data.goals[1]"));
}

#[test]
fn thumbprints_are_those_of_rfc_8037_and_keys_are_checked() {
    let key =
        br#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","use":"sig"}"#;
    let (_, kid) = jwk::parse(key).unwrap();
    assert_eq!(kid.as_str(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    // Small order, private, of another kind, no point.
    for bad in [
        r#"{"kty":"OKP","crv":"Ed25519","x":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#,
        r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"x"}"#,
        r#"{"kty":"oct","k":"AA"}"#,
        r#"{"kty":"EC","crv":"P-256","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","y":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
    ] {
        assert_eq!(jwk::parse(bad.as_bytes()).unwrap_err().code, Code::Malformed, "{bad}");
    }
}

#[test]
fn a_witness_is_registered_with_its_own_key_under_its_own_name() {
    const VKEY: &str = "witness.example/w1+20324abe+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X";
    let read = |name: &str, vkey: &str| {
        let data = serde_json::json!({"name": name, "vkey": vkey, "url": "http://w"});
        let said = serde_json::json!({"type": "witness.registered", "jti": "w", "data": data});
        let agency = AgencyId::parse("registrar").unwrap();
        value(said, Speaker::Import { agency }).map(drop).map_err(|bad| (bad.code, bad.field.unwrap()))
    };
    assert_eq!(read("witness.example/w1", VKEY), Ok(()));
    let bad = |field: &str| Err((Code::Malformed, field.to_owned()));
    assert_eq!(read("witness.example/w2", VKEY), bad("data.name"));
    // a changed name, a ledger's key, no key at all
    let log = "ledger.example/log1+7d41893d+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
    for vkey in [&VKEY.replace("w1", "w2"), log, "w", &VKEY[..VKEY.len() - 2]] {
        assert_eq!(read("witness.example/w1", vkey), bad("data.vkey"), "{vkey}");
    }
    assert_eq!(read("witness.example/w1", &"v".repeat(201)), bad("data.vkey"));
    assert_eq!(read("w w", VKEY), Err((Code::BadId, "data.name".to_owned())));
}

#[test]
fn the_ledgers_own_statements_are_named_by_voice_and_seq() {
    let data = strict::parse(br#"{"token":"t1"}"#).unwrap();
    let data = Data::read("token.revoked", data).unwrap().unwrap();
    let own = own(Voice::Token, &data, Seq(7)).unwrap();
    assert_eq!(&*own.canonical, r#"{"data":{"token":"t1"},"jti":"token-7","type":"token.revoked"}"#);
    assert_eq!(own.speaker.key(), "ledger:");
}

fn json() -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::prelude::*;
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        "[\u{0}-\u{1f}\u{7f}\"\\\\/\u{2028}\u{e000}\u{1f600}]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::btree_map("[a-zA-Z_\u{e9}\u{e000}\u{1f600}]{0,4}", inner, 0..6)
                .prop_map(|map| map.into_iter().collect::<Value>()),
        ]
    })
}

proptest::proptest! {
    #[test]
    fn the_short_way_to_canonical_form_is_the_long_one(value in json()) {
        let long = serde_json_canonicalizer::to_string(&value).unwrap();
        proptest::prop_assert_eq!(canonical(&value).unwrap(), long);
    }
}

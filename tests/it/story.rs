//! One story over HTTP, with the keys of its agencies: two levels of government run a programme on the
//! same duty, one claims it, a forum decides, the duty is handed over with a reservation, a court annuls
//! the decision from its start, and the handover is reversed. Every step is asked about on its day and
//! as it was known then.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use estafet::domain::AgencyId;
use estafet::seal::key::{Alg, KeyPair};
use estafet::seal::{self};
use serde_json::{Value, json};

use super::kit::{Connection, Ledger, ORIGIN, Server, check, text};

/// An agency with its key.
struct Agency {
    id: &'static str,
    pair: KeyPair,
}

/// The ledger and those who speak.
struct House {
    ledger: Ledger,
    server: Server,
    agencies: Vec<Agency>,
    said: std::cell::Cell<u64>,
}

impl House {
    fn new() -> Self {
        let ledger = Ledger::new();
        let register = |id: &str, kind: &str, powers: Value| {
            json!({"type": "agency.registered", "jti": format!("register {id}"), "data": {"agency": id, "name": {"en": id},
                "kind": kind, "powers": powers, "valid": {"from": "2001-01-01"}}})
        };
        let define = |id: &str| {
            json!({"type": "responsibility.defined", "jti": format!("define {id}"), "data": {"responsibility": id,
                "name": {"en": id}, "code": {"scheme": "urusan", "value": "water.irrigation"}, "valid": {"from": "2020-01-01"}}})
        };
        let hold = |id: &str, agency: &str| {
            json!({"type": "assignment.made", "jti": format!("hold {id}"), "data": {"assignment": format!("{id}-first"),
                "responsibility": id, "agency": agency, "role": "accountable", "valid": {"from": "2020-01-01"},
                "basis": {"ref": "id/uu/2019/17"}}})
        };
        let told = ledger.import(&[
            register("kabupaten", "regency", json!([])),
            register("provinsi", "province", json!([])),
            register("bakorwil", "coordination", json!([])),
            register("ptun", "court", json!(["court"])),
            define("irrigation-kab"),
            define("irrigation-prov"),
            hold("irrigation-kab", "kabupaten"),
            hold("irrigation-prov", "provinsi"),
        ]);
        assert_eq!(told.exit, 0, "{}{}", told.stdout, told.stderr);
        let algs = [
            ("kabupaten", Alg::Ed25519),
            ("provinsi", Alg::Es256),
            ("bakorwil", Alg::Ed25519),
            ("ptun", Alg::Es256),
        ];
        let agencies = algs
            .iter()
            .zip(1_u8..)
            .map(|((id, alg), n)| Agency { id, pair: KeyPair::new(*alg, &[n; 32]).expect("a key") })
            .collect();
        let server = Server::start(&ledger.dir());
        let house = Self { ledger, server, agencies, said: std::cell::Cell::new(0) };
        for agency in &house.agencies {
            let token = house.ledger.token("recorder", Some(agency.id));
            let key = json!({"type": "key.registered", "jti": "key", "data": {"agency": agency.id,
                "kid": agency.pair.kid(), "jwk": agency.pair.jwk()}});
            let (status, answer) =
                house.server.request("POST", "/v1/events", Some(&token), Some(&key.to_string()));
            assert_eq!(status, 201, "{answer}");
        }
        house
    }

    /// Says something, signed; the answer.
    fn try_say(&self, id: &str, type_name: &str, data: Value) -> (u16, Value) {
        let agency = self.agencies.iter().find(|agency| agency.id == id).expect("an agency");
        self.said.set(self.said.get() + 1);
        let statement =
            json!({"type": type_name, "jti": format!("{type_name} {}", self.said.get()), "data": data});
        let iat = i64::try_from(
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock").as_secs(),
        )
        .expect("seconds");
        let iss = AgencyId::parse(id).expect("an id");
        let signed =
            seal::sign(&agency.pair, &iss, ORIGIN, iat, &statement, estafet::ledger::random).expect("signed");
        let mut connection = Connection::open(&self.server.address).expect("a connection");
        let (status, body) =
            connection.post("/v1/events", "application/jwt", None, &signed.canonical).expect("an answer");
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// Says something that must be admitted; its seq.
    fn say(&self, id: &str, type_name: &str, data: Value) -> u64 {
        let (status, answer) = self.try_say(id, type_name, data);
        assert_eq!(status, 201, "{id} {type_name}: {answer}");
        let entry = URL_SAFE_NO_PAD.decode(answer["entry"].as_str().expect("an entry")).expect("base64url");
        assert!(String::from_utf8(entry).expect("text").contains("\"jwt\":\""));
        answer["seq"].as_u64().expect("a seq")
    }

    /// Says something that must be refused with a code.
    fn refused(&self, id: &str, type_name: &str, data: Value, code: &str) {
        let (_, answer) = self.try_say(id, type_name, data);
        assert_eq!(answer["code"], code, "{id} {type_name}: {answer}");
    }

    fn get(&self, path: &str) -> Value {
        let (status, answer) = self.server.request("GET", path, None, None);
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// Who answers for the regency's irrigation on a day, as known at an entry.
    fn holders(&self, day: &str, known_at: u64) -> Vec<String> {
        let on = self.get(&format!("/v1/responsibilities/irrigation-kab?valid_at={day}&known_at={known_at}"));
        on["accountable"]
            .as_array()
            .expect("holders")
            .iter()
            .map(|h| h["agency"].as_str().expect("an agency").to_owned())
            .collect()
    }

    /// Keys of the findings of a kind on a day, as known at an entry.
    fn findings(&self, kind: &str, day: &str, known_at: u64) -> Vec<String> {
        let all = self.get(&format!("/v1/findings?kind={kind}&valid_at={day}&known_at={known_at}"));
        all["findings"]
            .as_array()
            .expect("findings")
            .iter()
            .map(|f| f["finding"].as_str().expect("a key").to_owned())
            .collect()
    }
}

#[test]
fn a_duty_is_claimed_decided_handed_over_and_given_back() {
    let house = House::new();
    let (kab, prov, forum, court) = ("kabupaten", "provinsi", "bakorwil", "ptun");

    // two programmes on one duty
    let programme = |id: &str, coordinator: &str, duty: &str| {
        json!({"programme": id, "coordinator": coordinator, "members": [coordinator], "responsibilities": [duty],
            "goals": [{"goal": "canals", "by": coordinator, "unit": "km", "direction": "up", "target": "120", "due": "2025-12-31"}]})
    };
    house.say(kab, "programme.started", programme("prog-kab", kab, "irrigation-kab"));
    let started = house.say(prov, "programme.started", programme("prog-prov", prov, "irrigation-prov"));
    house.say(
        kab,
        "programme.reported",
        json!({"programme": "prog-kab", "goal": "canals", "value": "38.5", "on": "2025-01-15"}),
    );
    house.refused(
        prov,
        "programme.reported",
        json!({"programme": "prog-kab", "goal": "canals", "value": "1", "on": "2025-01-15"}),
        "not-a-party",
    );
    let duplicated = house.findings("duplication", "2025-02-01", started);
    assert!(duplicated.contains(&"duplication:irrigation-kab,irrigation-prov".to_owned()), "{duplicated:?}");
    assert!(duplicated.contains(&"duplication:prog-kab,prog-prov".to_owned()), "{duplicated:?}");

    // the province claims it; a forum is formed and the claim referred to it
    let before = house.say(
        forum,
        "forum.formed",
        json!({"forum": "irrigation-forum", "convener": forum,
        "members": [forum, kab, prov], "rule": "majority", "basis": {"ref": "id/perpres/2024/1"}}),
    );
    let raised = house.say(prov, "claim.raised", json!({"claim": "who-irrigates", "kind": "duplication", "on": "2025-02-03",
        "about": ["r:irrigation-kab", "r:irrigation-prov"], "against": [kab], "finding": "duplication:irrigation-kab,irrigation-prov"}));
    house.say(kab, "claim.answered", json!({"claim": "who-irrigates", "on": "2025-02-10"}));
    house.refused(
        forum,
        "claim.referred",
        json!({"claim": "who-irrigates", "forum": "irrigation-forum", "on": "2025-02-11"}),
        "not-a-party",
    );
    let referred = house.say(
        prov,
        "claim.referred",
        json!({"claim": "who-irrigates", "forum": "irrigation-forum", "on": "2025-02-11"}),
    );
    let disputed = |known_at: u64| {
        house.get(&format!("/v1/responsibilities/irrigation-kab?valid_at=2025-02-20&known_at={known_at}"))["disputed"].clone()
    };
    assert_eq!((disputed(before), disputed(raised)), (false.into(), true.into()));
    assert_eq!(house.findings("dispute", "2025-02-20", referred), ["dispute:who-irrigates"]);

    // the forum decides; one member says that it voted otherwise
    house.say(
        forum,
        "forum.met",
        json!({"forum": "irrigation-forum", "held_on": "2025-03-03", "present": [forum, kab, prov]}),
    );
    let decision = |votes: Value| {
        json!({"decision": "forum-1", "about": ["c:who-irrigates", "r:irrigation-kab"], "decided_by": "f:irrigation-forum",
        "decided_on": "2025-03-03", "capacity": "own", "basis": {"ref": "id/perpres/2024/1"}, "votes": votes, "in_force": {"from": "2025-03-03"}})
    };
    let vote = |agency: &str, vote: &str| json!({"agency": agency, "vote": vote});
    house.refused(
        forum,
        "decision.recorded",
        decision(json!([vote(forum, "for"), vote(kab, "against"), vote(prov, "abstain")])),
        "not-carried",
    );
    house.refused(
        forum,
        "decision.recorded",
        decision(json!([vote(forum, "for"), vote(court, "for")])),
        "not-a-member",
    );
    house.refused(
        prov,
        "decision.recorded",
        decision(json!([vote(forum, "for"), vote(prov, "for")])),
        "not-a-party",
    );
    let decided = house.say(
        forum,
        "decision.recorded",
        decision(json!([vote(forum, "for"), vote(kab, "for"), vote(prov, "for")])),
    );
    let dissent = house.say(kab, "decision.voted", json!({"decision": "forum-1", "vote": "against"}));
    house.refused(court, "decision.voted", json!({"decision": "forum-1", "vote": "for"}), "not-a-member");
    assert!(!house.findings("dispute", "2025-03-10", decided).contains(&"dispute:forum-1".to_owned()));
    assert!(house.findings("dispute", "2025-03-10", dissent).contains(&"dispute:forum-1".to_owned()));
    let votes = house.get("/v1/decisions/forum-1?valid_at=2025-03-10")["votes"].clone();
    let own: Vec<_> = votes.as_array().expect("votes").iter().map(|vote| vote["own"].clone()).collect();
    let signed = json!({"vote": "against", "seq": dissent, "assurance": "signed"});
    assert_eq!(own, [Value::Null, signed, Value::Null], "{votes}");
    house.refused(
        prov,
        "claim.resolved",
        json!({"claim": "who-irrigates", "outcome": "upheld", "on": "2025-03-04"}),
        "not-a-party",
    );
    let resolved = house.say(forum, "claim.resolved", json!({"claim": "who-irrigates", "outcome": "upheld", "keeps": prov, "decision": "forum-1", "on": "2025-03-04"}));
    assert_eq!(disputed(resolved), true, "on 2025-02-20 it was");
    assert_eq!(house.get("/v1/claims/who-irrigates?valid_at=2025-03-05")["state"], "resolved");

    // the regency hands over, the province accepts with a reservation
    house.say(kab, "handoff.proposed", json!({"handoff": "canals", "responsibilities": ["irrigation-kab"], "from": kab, "to": prov,
        "regime": "by_agreement", "on": "2025-03-20", "effective": "2025-04-01", "basis": {"ref": "d:forum-1"},
        "steps": [{"step": "budget", "kind": "budget", "by": kab}]}));
    house.refused(kab, "handoff.accepted", json!({"handoff": "canals"}), "not-a-party");
    let accepted = house.say(
        prov,
        "handoff.accepted",
        json!({"handoff": "canals", "on": "2025-03-25",
        "reservations": [{"reservation": "pumps", "responsibility": "irrigation-kab"}]}),
    );
    house.say(kab, "handoff.step_done", json!({"handoff": "canals", "step": "budget", "on": "2025-04-10"}));
    house.say(
        prov,
        "handoff.step_confirmed",
        json!({"handoff": "canals", "step": "budget", "on": "2025-04-12"}),
    );
    house.refused(
        prov,
        "handoff.closed",
        json!({"handoff": "canals", "on": "2025-05-01"}),
        "reservation-open",
    );
    house.say(
        prov,
        "handoff.reservation_lifted",
        json!({"handoff": "canals", "reservation": "pumps", "on": "2025-05-02"}),
    );
    let closed = house.say(prov, "handoff.closed", json!({"handoff": "canals", "on": "2025-05-05"}));
    for known_at in [accepted, closed] {
        assert_eq!(house.holders("2025-03-31", known_at), [kab]);
        assert_eq!(house.holders("2025-04-01", known_at), [prov]);
    }
    assert_eq!(house.holders("2025-04-01", resolved), [kab], "as it was known before");

    // what the province decides and does then rests on its holding
    let ruled = house.say(prov, "decision.recorded", json!({"decision": "canal-rules", "about": ["r:irrigation-kab"], "decided_by": prov,
        "decided_on": "2025-06-02", "capacity": "own", "basis": {"ref": "d:forum-1"}, "in_force": {"from": "2025-06-02"}}));
    let acted = house.say(
        prov,
        "act.recorded",
        json!({"act": "dredging", "code": {"scheme": "works", "value": "dredging"},
        "responsibility": "irrigation-kab", "agency": prov, "capacity": "own", "on": "2025-06-10"}),
    );
    assert_eq!(house.get("/v1/decisions/canal-rules")["authority"], "alive");
    assert_eq!(house.findings("broken-authority", "2025-07-01", acted), Vec::<String>::new());

    // the court annuls the forum's decision from its start; the handover is reversed
    house.refused(kab, "decision.recorded", json!({"decision": "no", "about": ["r:irrigation-kab"], "decided_by": kab, "decided_on": "2025-09-01",
        "capacity": "own", "basis": {"ref": "id/uu/1986/5"}, "in_force": {"from": "2025-09-01"},
        "relations": [{"verb": "annuls", "decision": "forum-1", "effect": "from_start", "ground": "authority"}]}), "not-entitled");
    let annulled = house.say(court, "decision.recorded", json!({"decision": "ruling-7", "about": ["r:irrigation-kab"], "decided_by": court, "decided_on": "2025-09-01",
        "capacity": "own", "basis": {"ref": "id/uu/1986/5"}, "in_force": {"from": "2025-09-01"},
        "relations": [{"verb": "annuls", "decision": "forum-1", "effect": "from_start", "ground": "authority"}]}));
    assert_eq!(
        house.get(&format!("/v1/decisions/forum-1?valid_at=2025-09-02&known_at={annulled}"))["state"],
        "void"
    );
    assert_eq!(
        house.get(&format!("/v1/decisions/forum-1?valid_at=2025-09-02&known_at={ruled}"))["state"],
        "in_force"
    );
    assert_eq!(house.holders("2025-09-02", annulled), [prov], "an annulment moves no holding by itself");
    house.refused(
        prov,
        "handoff.reversed",
        json!({"handoff": "canals", "effective": "2025-04-01", "decision": "ruling-7"}),
        "not-entitled",
    );
    let reversed = house.say(
        court,
        "handoff.reversed",
        json!({"handoff": "canals", "effective": "2025-04-01", "decision": "ruling-7"}),
    );
    assert_eq!(house.holders("2025-06-10", reversed), [kab]);
    assert_eq!(house.holders("2025-06-10", annulled), [prov], "as it was known before");
    assert_eq!(house.get("/v1/decisions/canal-rules")["authority"], "annulled-later");
    assert_eq!(house.get(&format!("/v1/decisions/canal-rules?known_at={annulled}"))["authority"], "alive");
    let broken = house.findings("broken-authority", "2025-10-01", reversed);
    assert_eq!(broken, ["broken-authority:canal-rules", "broken-authority:dredging"]);

    assert_eq!(house.server.stop(), Some(0));
    let report =
        check(&["verify", text(&house.ledger.dir()), "--vkey", &house.ledger.vkey, "--json"], 0).json();
    assert_eq!(report["result"], "intact");
    assert!(report["signed"].as_u64().expect("a number") > 20, "{report}");
}

//! Acts and findings over HTTP.

use serde_json::json;

use super::kit::Service;
use crate::domain::event::ledger::Role;

/// Two agencies that both answer for one thing under two names, and an overseer.
async fn service() -> Service {
    let service = Service::start().await;
    for id in ["a", "b"] {
        service.agency(id).await;
    }
    for (id, agency) in [("one", "a"), ("two", "b")] {
        let code = json!({"scheme": "cofog", "value": "06"});
        let data = json!({"responsibility": id, "name": {"en": id}, "code": code});
        service.told("responsibility.defined", data).await;
        service.made(id, agency).await;
    }
    let overseer = json!({"agency": "over", "name": {"en": "o"}, "kind": "k", "powers": ["overseer"]});
    service.told("agency.registered", overseer).await;
    service
}

#[tokio::test]
async fn findings_come_in_pages_filtered_and_as_known_then() {
    let mut service = service().await;
    for id in ["three", "four"] {
        service.defined(id).await;
    }
    let keys = async |service: &Service, query: &str| {
        let answer = service.get(&format!("/v1/findings{query}")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let list = answer.json();
        let keys =
            list["findings"].as_array().unwrap().iter().map(|f| f["finding"].as_str().unwrap().to_owned());
        (keys.collect::<Vec<_>>(), list["next"].clone(), answer.header("link").map(str::to_owned))
    };
    let all = ["duplication:one,two", "orphan:four", "orphan:three"];
    assert_eq!(keys(&service, "").await.0, all);
    let (first, next, link) = keys(&service, "?limit=2&kind=orphan").await;
    assert_eq!(first, all[1..]);
    assert_eq!((next.is_null(), link), (true, None));
    let (first, next, link) = keys(&service, "?limit=2").await;
    assert_eq!(first, all[..2]);
    assert_eq!(next.as_str(), Some("orphan:four"));
    assert_eq!(link.unwrap(), "</v1/findings?limit=2&cursor=orphan%3Afour>; rel=\"next\"");
    assert_eq!(keys(&service, "?limit=2&cursor=orphan%3Afour").await.0, all[2..]);
    assert_eq!(keys(&service, "?agency=a").await.0, all[..1]);
    assert_eq!(keys(&service, "?valid_at=2019-12-31&kind=duplication").await.0, [""; 0]);
    assert_eq!(keys(&service, "?known_at=5&kind=duplication").await.0, [""; 0]);
    for (query, code) in
        [("?kind=strange", "bad-parameter"), ("?agency=A%20", "bad-parameter"), ("?x=1", "bad-parameter")]
    {
        let answer = service.get(&format!("/v1/findings{query}")).await;
        assert_eq!((answer.status, answer.json()["code"].as_str().unwrap()), (400, code), "{query}");
    }
    // borne with until a day: then shown with the entry that says so
    let over = service.token(Role::Overseer, Some("over"));
    let data = json!({"finding": "duplication:one,two", "until": "2999-01-01", "basis": {"unknown": true}});
    let seq = service.told_by(&over, "finding.tolerated", data).await;
    let tolerated = async |query: &str| {
        let list = service.get(&format!("/v1/findings?kind=duplication{query}")).await.json();
        list["findings"][0]["tolerated_by"].clone()
    };
    assert_eq!(tolerated("").await, seq);
    assert!(tolerated("&valid_at=2999-01-01").await.is_null());
    assert!(tolerated(&format!("&known_at={}", seq - 1)).await.is_null());
    let finding =
        service.get("/v1/findings?kind=duplication&valid_at=2020-01-11").await.json()["findings"][0].clone();
    assert_eq!((&finding["since"], &finding["days"]), (&json!("2020-01-01"), &json!(10)));
    assert_eq!((&finding["severity"], &finding["agencies"]), (&json!("high"), &json!(["a", "b"])));
    assert_eq!(finding["about"], json!(["r:one", "r:two"]));
}

#[tokio::test]
async fn d8_a_withdrawal_is_told_alike_of_the_past_along_links_and_from_the_whole_log() {
    let service = service().await;
    let helps = json!({"responsibility": "one", "agency": "a", "role": "supporter",
        "valid": {"from": "2020-01-01"}, "basis": {"unknown": true}});
    let made = service.told("assignment.made", helps).await;
    let gone = service.told("record.withdrawn", json!({"seq": made})).await;
    let second = service.get("/v1/responsibilities/one").await.json();
    let withdrawn =
        service.told("record.withdrawn", json!({"seq": second["accountable"][0]["evidence"][0]})).await;
    service.agency("later").await;
    for (known_at, status) in [(gone, "held"), (withdrawn, "orphan")] {
        let one = service.get(&format!("/v1/responsibilities/one?known_at={known_at}")).await.json();
        assert_eq!(one["status"], status);
        let all = service.get(&format!("/v1/responsibilities?known_at={known_at}")).await.json();
        assert_eq!(all["responsibilities"][0]["status"], status);
    }
}

#[tokio::test]
async fn acts_are_listed_shown_and_compared() {
    let mut service = service().await;
    let a = service.token(Role::Recorder, Some("a"));
    let act = |id: &str, on: &str| {
        json!({"act": id, "code": {"scheme": "s", "value": "done"}, "responsibility": "one", "agency": "a",
            "capacity": "own", "on": on})
    };
    let seq = service.told_by(&a, "act.recorded", act("ac", "2024-02-01")).await;
    service.told_by(&a, "act.recorded", act("before", "2019-12-31")).await;
    let shown = service.get("/v1/acts/ac").await.json();
    assert_eq!((&shown["authority"], &shown["evidence"]), (&json!("alive"), &json!([seq])));
    assert_eq!((&shown["omission"], &shown["answer"]), (&json!(false), &json!(1)));
    assert_eq!(service.get("/v1/acts/before").await.json()["authority"], "without-authority");
    assert_eq!(service.get("/v1/acts").await.json()["acts"].as_array().unwrap().len(), 2);
    assert_eq!(service.get("/v1/acts?valid_at=2020-01-01").await.json()["acts"][0]["act"], "before");
    let early = service.get("/v1/acts/ac?valid_at=2024-01-31").await;
    assert_eq!((early.status, early.json()["code"].as_str().unwrap()), (404, "not-found"));
    let ended = json!({"responsibility": "one", "agency": "a", "role": "accountable", "effective": "2023-01-01",
        "reason": "revoked", "basis": {"unknown": true}});
    let ended = service.told("assignment.ended", ended).await;
    let compared = service.get(&format!("/v1/acts/ac?compare={seq}")).await.json();
    let sides = ["a", "b"].map(|side| compared[side]["answer"]["authority"].clone());
    assert_eq!(sides, ["annulled-later", "alive"]);
    assert_eq!(compared["changed_by"][0]["seq"], ended);
    // taken back by its author, it is gone; its id is not given again
    service.told_by(&a, "record.withdrawn", json!({"seq": seq})).await;
    assert_eq!(service.get("/v1/acts/ac").await.status, 404);
    assert_eq!(service.get(&format!("/v1/acts/ac?known_at={seq}")).await.json()["act"], "ac");
    let again = service.say(&a, "act.recorded", act("ac", "2024-02-01")).await;
    assert_eq!((again.status, again.json()["code"].as_str().unwrap()), (409, "id-taken"));
}

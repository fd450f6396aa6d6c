//! What became of an entry, and of an object whose making was withdrawn.

use serde_json::{Value, json};

use super::kit::Service;

fn correction(service: &Service, type_name: &str, data: Value, corrects: u64) -> Vec<u8> {
    let mut said = service.statement(type_name, data);
    said["corrects"] = corrects.into();
    said.to_string().into_bytes()
}

#[tokio::test]
async fn d8_an_entry_says_what_became_of_it_and_a_withdrawn_object_says_by_which_entry() {
    let service = Service::start().await;
    let data = |name: &str| json!({"responsibility": "housing", "name": {"en": name}, "code": {"scheme": "cofog", "value": "06"}});
    let first = service.told("responsibility.defined", data("Housing")).await;
    let of = |seq: u64| format!("/v1/events/{seq}");
    let event = service.get(&of(first)).await;
    let tag = event.header("etag").unwrap().to_owned();
    assert_eq!((&event.json()["corrected_by"], &event.json()["withdrawn_by"]), (&Value::Null, &Value::Null));
    let body = correction(&service, "responsibility.defined", data("Dwelling"), first);
    let said = service.post(&service.registrar, "application/json", &body).await;
    let second = said.json()["seq"].as_u64().unwrap();
    let corrected = service.ask(&format!("GET {}", of(first)), &[("If-None-Match", &tag)], b"").await;
    assert_eq!(corrected.status, 200, "another answer: {}", corrected.body);
    assert_eq!(
        (&corrected.json()["corrected_by"], &corrected.json()["withdrawn_by"]),
        (&second.into(), &Value::Null)
    );
    let gone = service.told("record.withdrawn", json!({"seq": second})).await;
    for (seq, by) in [(first, Some(second)), (second, None)] {
        let expected = (json!(by), json!(gone));
        let event = service.get(&of(seq)).await.json();
        assert_eq!((event["corrected_by"].clone(), event["withdrawn_by"].clone()), expected, "{seq}");
        let page = service.get(&format!("/v1/events?after={}", seq - 1)).await.json();
        let event = &page["events"][0];
        assert_eq!((event["corrected_by"].clone(), event["withdrawn_by"].clone()), expected, "{seq}");
    }
    let csv = service.get(&format!("/v1/events.csv?after={}", first - 1)).await.body;
    let row = csv.lines().nth(1).unwrap();
    assert!(row.contains(&format!(",,{second},{gone},")), "{row}");
    let lines = service.get(&format!("/v1/events.ndjson?after={}", first - 1)).await.body;
    assert!(lines.lines().next().unwrap().contains(&format!("\"withdrawn_by\":{gone}")), "{lines}");

    for path in ["", "/timeline", "?known_at=SEQ", "?compare=SEQ"] {
        let path = path.replace("SEQ", &gone.to_string());
        let absent = service.get(&format!("/v1/responsibilities/housing{path}")).await;
        assert_eq!((absent.status, &absent.json()["seq"]), (404, &json!(gone)), "{path}: {}", absent.body);
    }
    let before = service.get(&format!("/v1/responsibilities/housing?known_at={second}")).await;
    assert_eq!(before.status, 200, "as known then");
    let never = service.get("/v1/responsibilities/never").await;
    assert_eq!((never.status, never.json().get("seq")), (404, None));
}

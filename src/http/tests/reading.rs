//! A ledger without a writer, served as it is: every question has its answer, nothing is admitted.

use serde_json::json;

use super::kit::Service;

#[tokio::test]
async fn a_ledger_without_a_writer_is_served_to_be_read() {
    let service = Service::start().await;
    let written = service.get("/v1/events/1").await;
    let checkpoint = service.get("/checkpoint").await.body;
    let service = service.into_read_only("this directory is older than what was shown");
    let ready = service.get("/readyz").await;
    assert_eq!((ready.status, ready.json()["code"].as_str()), (503, Some("read-only")));
    assert!(ready.json()["detail"].as_str().unwrap().contains("older than what was shown"), "{ready:?}");
    let audit = service.get("/v1/audit").await.json();
    assert_eq!(audit["mode"], "read-only");
    assert_eq!(audit["why"], "this directory is older than what was shown");
    let statement =
        service.statement("agency.registered", json!({"agency":"x","name":{"en":"X"},"kind":"ministry"}));
    let refused =
        service.post(&service.registrar, "application/json", statement.to_string().as_bytes()).await;
    assert_eq!((refused.status, refused.json()["code"].as_str()), (503, Some("read-only")), "{refused:?}");
    assert_eq!(service.get("/v1/events/1").await.json(), written.json());
    assert_eq!(service.get("/checkpoint").await.body, checkpoint);
    for path in
        ["/healthz", "/v1/agencies", "/v1/audit/inclusion?seq=1", "/tile/0/000.p/2", "/v1/events/1/proof"]
    {
        assert_eq!(service.get(path).await.status, 200, "{path}");
    }
    service.ledger.close().unwrap();
}

//! `/api/fax/cancel/{uuid}/`

use faxgate_test_support::{TestDb, on_both_databases};

use crate::under_test::Gateway;

on_both_databases![a_fax_that_waits_is_canceled_once];

async fn a_fax_that_waits_is_canceled_once(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let uuid = gateway.fax(&token, "5559876543,5555551234").await;
    let cancel = |token: &str, uuid: &str| {
        gateway
            .ask("POST", &format!("/api/fax/cancel/{uuid}/"))
            .token(token)
    };

    let reader = gateway.member("default", "reader", "read-only").await;
    cancel(&reader, &uuid)
        .send()
        .await
        .refused(403, "ROLE_FORBIDDEN", "role");
    assert_eq!(gateway.status(&token, &uuid).await["status"], "pending");

    let body = cancel(&token, &uuid).send().await.expect(200);
    assert_eq!(body["status"], "canceled");
    for item in body["queue_items"].as_array().unwrap() {
        assert_eq!(
            (item["status"].as_str(), item["is_processed"].as_bool()),
            (Some("canceled"), Some(true))
        );
    }
    assert_eq!(body, gateway.status(&token, &uuid).await);

    cancel(&token, &uuid)
        .send()
        .await
        .refused(409, "ALREADY_FINISHED", "canceled");
    cancel(&token, "nonsense")
        .send()
        .await
        .refused(404, "NOT_FOUND", "Transaction not found");
    cancel(&token, "3bca1e12-f50e-4bc2-a667-c67956c051b0")
        .send()
        .await
        .refused(404, "NOT_FOUND", "Transaction not found");
}

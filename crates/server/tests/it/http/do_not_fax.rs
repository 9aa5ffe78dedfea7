//! The do-not-fax lists, as whoever sends meets them.

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::json;

use crate::under_test::{DID, Gateway};

on_both_databases![a_send_to_a_listed_number_is_refused_whole_and_names_number_and_list];

async fn a_send_to_a_listed_number_is_refused_whole_and_names_number_and_list(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let stranger = gateway.another_tenant("clinic", "+15557654321").await;
    let list = async |arguments: &[&str]| {
        let arguments = [&["do-not-fax"], arguments].concat();
        gateway.manage(&arguments, "").await
    };
    list(&[
        "add",
        "(555) 987-6543",
        "--tenant",
        "default",
        "--reason",
        "asked us to stop",
    ])
    .await;
    list(&["add", "+15550109999", "--reason", "court order 4711"]).await;

    let filename = gateway.upload(&token, 1).await;
    let send = async |numbers: &str| {
        let body = json!({"username": DID, "filename": filename, "numbers": numbers});
        let ask = gateway.ask("POST", "/api/fax/send/").token(&token);
        ask.json(&body).send().await
    };
    let answer = send("5550100001,555-987-6543,5550109999").await;
    answer.refused(400, "DO_NOT_FAX", "2 of the recipients");
    let named = answer.json()["details"]["numbers"].clone();
    assert_eq!(
        named,
        json!([
            "5550109999 is on the do-not-fax list that holds for everybody",
            "555-987-6543 is on your organization's do-not-fax list: asked us to stop",
        ])
    );
    assert_eq!(gateway.count(&token).await, 0);
    send("5550100001").await.expect(200);

    // Another tenant's list is its own; the one for everybody holds for it as well.
    let theirs = gateway.upload(&stranger, 1).await;
    let send_theirs = async |number: &str| {
        let body = json!({"username": "5557654321", "filename": theirs, "numbers": number});
        let ask = gateway.ask("POST", "/api/fax/send/").token(&stranger);
        ask.json(&body).send().await
    };
    send_theirs("5559876543").await.expect(200);
    send_theirs("5550109999")
        .await
        .refused(400, "DO_NOT_FAX", "nothing was queued");

    list(&["remove", "5559876543", "--tenant", "default"]).await;
    send("5559876543").await.expect(200);
}

//! One tenant and another

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::json;

use crate::under_test::{DID, Gateway};

on_both_databases![
    what_is_another_tenants_is_not_there,
    a_tenant_is_chosen_by_slug_or_id,
    unknown_and_foreign_tenants_are_refused_alike,
];

async fn what_is_another_tenants_is_not_there(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let ours = gateway.sign_in().await;
    let theirs = gateway.another_tenant("clinic", "5557654321").await;
    let filename = gateway.upload(&ours, 1).await;
    let uuid = gateway.fax(&ours, "5559876543").await;

    assert_eq!(gateway.count(&theirs).await, 0);
    for (method, path) in [("GET", "status"), ("POST", "cancel"), ("GET", "document")] {
        let ask = gateway
            .ask(method, &format!("/api/fax/{path}/{uuid}/"))
            .token(&theirs);
        ask.send()
            .await
            .refused(404, "NOT_FOUND", "Transaction not found");
    }
    // Neither another's file nor another's number can be used.
    let send = |username: &str, filename: &str| {
        let body = json!({"username": username, "filename": filename, "numbers": "5559876543"});
        gateway
            .ask("POST", "/api/fax/send/")
            .token(&theirs)
            .json(&body)
    };
    send("5557654321", &filename)
        .send()
        .await
        .refused(400, "FILE_NOT_FOUND", "File not found");
    let own = gateway.upload(&theirs, 1).await;
    send(DID, &own)
        .send()
        .await
        .refused(400, "UNKNOWN_SENDER", DID);
    send("5557654321", &own).send().await.expect(200);
    assert_eq!(
        (gateway.count(&ours).await, gateway.count(&theirs).await),
        (1, 1)
    );
    assert_eq!(gateway.status(&ours, &uuid).await["status"], "pending");
}

async fn a_tenant_is_chosen_by_slug_or_id(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    gateway.fax(&token, "5559876543").await;
    let listed = gateway.manage(&["tenant", "list"], "").await;
    let id = listed.lines().next().unwrap().rsplit('\t').next().unwrap();
    for tenant in ["default", id] {
        let ask = gateway
            .ask("GET", "/api/fax/list/")
            .token(&token)
            .header("X-Tenant-ID", tenant);
        assert_eq!(ask.send().await.expect(200)["count"], 1, "{tenant}");
    }
}

async fn unknown_and_foreign_tenants_are_refused_alike(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let theirs = gateway.another_tenant("clinic", "5557654321").await;
    let mut texts = Vec::new();
    for tenant in [
        "default",
        "nobody",
        "3bca1e12-f50e-4bc2-a667-c67956c051b0",
        "' OR 1=1 --",
        "é",
    ] {
        let ask = gateway
            .ask("GET", "/api/fax/list/")
            .token(&theirs)
            .header("X-Tenant-ID", tenant);
        let answer = ask.send().await;
        answer.refused(403, "TENANT_FORBIDDEN", "X-Tenant-ID");
        texts.push(answer.text().to_owned());
    }
    texts.dedup();
    assert_eq!(texts.len(), 1);
    let send = gateway
        .ask("POST", "/api/fax/send/")
        .token(&token)
        .header("X-Tenant-ID", "nobody");
    send.json(&json!({}))
        .send()
        .await
        .refused(403, "TENANT_FORBIDDEN", "X-Tenant-ID");
}

//! A FreeSWITCH that shares no folder with the gateway: pages by signed link, records and received pages by webhook.

use faxgate_test_support::{DEADLINE, TestDb, eventually, on_both_databases};

use crate::under_test::{Gateway, RemoteLine};

on_both_databases![
    a_fax_goes_out_and_comes_back_without_a_shared_folder,
    a_link_that_is_changed_opens_nothing,
];

/// A number of ours that the remote line knows: what is sent there comes back as a received fax.
const OWN: &str = "5551234568";

async fn a_fax_goes_out_and_comes_back_without_a_shared_folder(db: TestDb) {
    let line = RemoteLine::start(OWN).await;
    let gateway = Gateway::start(db, "all", |settings| {
        line.settings(settings)
            .with("BOOTSTRAP__DIDS", &format!("5551234567,{OWN}"))
    })
    .await;
    let token = gateway.sign_in().await;
    let fax = gateway.fax(&token, OWN).await;
    let body = gateway.until(&token, &fax, "sent").await;
    assert!(body.get("simulated").is_none(), "{body}");
    let received = eventually("the fax comes back", DEADLINE, async || {
        let answer = gateway
            .ask("GET", "/api/fax/list/?direction=inbound")
            .token(&token)
            .send()
            .await;
        let body = answer.expect(200);
        let fax = body["results"].get(0)?.clone();
        (fax["status"] == "received").then_some(fax)
    })
    .await;
    assert_eq!(received["pages"], 1);
    assert_eq!(received["recipient_number"], format!("+1{OWN}"));
    let call = line.calls().await.remove(0);
    assert_eq!(call["outcome"], "delivered", "{call}");
    let fetched = line.fetched();
    assert!(!fetched.is_empty());
    // The gateway was never told of the line's folder, and wrote nothing there.
    assert!(!line.spool().join("tx").exists());
}

async fn a_link_that_is_changed_opens_nothing(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let signature = "0".repeat(64);
    for path in [
        "/api/fax/pages/".to_owned(),
        "/api/fax/pages/tenant/pages/a.tif".to_owned(),
        format!("/api/fax/pages/tenant/pages/a.tif?expires=9999999999&signature={signature}"),
        format!("/api/fax/pages/../../etc/passwd?expires=1&signature={signature}"),
        "/api/fax/pages/tenant/pages/a.tif?expires=x&signature=y".to_owned(),
    ] {
        let answer = gateway.ask("GET", &path).send().await;
        assert_eq!(answer.status, 404, "{path}");
    }
}

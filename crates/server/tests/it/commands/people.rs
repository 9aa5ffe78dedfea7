//! `faxgate user`, `token` and `did`

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::json;

use crate::under_test::{DID, Gateway, PASSWORD, USERNAME};

on_both_databases![
    a_new_password_takes_the_place_of_the_old_one,
    a_revoked_token_is_refused_at_once,
    a_number_is_not_taken_away_while_faxes_wait_to_be_sent_from_it,
];

async fn a_new_password_takes_the_place_of_the_old_one(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let set = ["user", "set-password", USERNAME, "--password-stdin"];
    gateway.manage(&set, "another password\n").await;
    let login = async |password: &str| {
        let body = json!({"username": USERNAME, "password": password});
        gateway
            .ask("POST", "/api/auth/token/")
            .json(&body)
            .send()
            .await
    };
    login(PASSWORD)
        .await
        .refused(401, "INVALID_CREDENTIALS", "");
    login("another password").await.expect(200);
    // Tokens go on, unless asked otherwise.
    assert_eq!(gateway.count(&token).await, 0);
    let set = [&set[..], &["--revoke-tokens"]].concat();
    gateway.manage(&set, "a third password").await;
    let list = gateway
        .ask("GET", "/api/fax/list/")
        .token(&token)
        .send()
        .await;
    list.refused(401, "INVALID_TOKEN", "");
    let unknown = ["user", "set-password", "nobody", "--password-stdin"];
    assert!(
        gateway
            .refuses(&unknown)
            .await
            .contains("at least 8 characters")
    );
}

async fn a_revoked_token_is_refused_at_once(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let (one, other) = (gateway.sign_in().await, gateway.sign_in().await);
    let listed = gateway.manage(&["token", "list"], "").await;
    let first = listed.lines().next().unwrap();
    let id = first.rsplit('\t').next().unwrap();
    gateway.manage(&["token", "revoke", id], "").await;
    let list = async |token: &str| {
        gateway
            .ask("GET", "/api/fax/list/")
            .token(token)
            .send()
            .await
    };
    list(&one).await.refused(401, "INVALID_TOKEN", "");
    list(&other).await.expect(200);
    assert!(
        gateway
            .refuses(&["token", "revoke", id])
            .await
            .contains("no token")
    );
    let all = ["token", "revoke", "--user", USERNAME];
    assert_eq!(
        gateway.manage(&all, "").await,
        format!("{USERNAME}\t1 tokens revoked")
    );
    list(&other).await.refused(401, "INVALID_TOKEN", "");
    assert!(gateway.refuses(&["token", "revoke"]).await.contains("<ID>"));
}

async fn a_number_is_not_taken_away_while_faxes_wait_to_be_sent_from_it(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    gateway.fax(&token, "5559876543").await;
    let refused = gateway.refuses(&["did", "remove", DID]).await;
    assert!(
        refused.contains("1 fax is not finished") && refused.contains("--force"),
        "{refused}"
    );
    assert_eq!(
        gateway.manage(&["did", "list"], "").await,
        "+15551234567\tdefault"
    );
    gateway.manage(&["did", "remove", DID, "--force"], "").await;
    assert_eq!(gateway.manage(&["did", "list"], "").await, "");
    assert!(
        gateway
            .refuses(&["did", "remove", DID])
            .await
            .contains("no number of this gateway")
    );
}

//! `GET /v1/uploads/public/{storage_key}`

use faxgate_test_support::{TestDb, on_both_databases};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::refused;
use crate::under_test::{Gateway, Rows, SECRET, pdf};

on_both_databases![
    the_link_of_an_upload_opens_it_and_nothing_else,
    an_expired_or_forged_link_is_403_and_a_document_that_is_gone_is_404,
];

/// Uploads a document; gives what its link leads to.
async fn link(gateway: &Gateway, token: &str, content: &[u8]) -> String {
    let ask = gateway.ask("POST", "/v1/uploads").token(token);
    let answer = ask.file("document.pdf", content).send().await;
    answer.expect(200);
    let header = answer.header("Link");
    let path = header.strip_prefix('<').unwrap();
    path.strip_suffix(">; rel=\"alternate\"")
        .unwrap()
        .to_owned()
}

/// The signature that the gateway would make.
fn signature(key: &str, expires: i64) -> String {
    let keyed = |key: &[u8]| Hmac::<Sha256>::new_from_slice(key).unwrap();
    let purpose = b"faxgate: links to documents, 1";
    let derived = keyed(SECRET.as_bytes()).chain_update(purpose).finalize();
    let mac = keyed(&derived.into_bytes()).chain_update(format!("{expires}\n{key}"));
    hex::encode(mac.finalize().into_bytes())
}

async fn the_link_of_an_upload_opens_it_and_nothing_else(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let content = pdf(2);
    let path = link(&gateway, &token, &content).await;
    let answer = gateway.ask("GET", &path).send().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, content);
    assert_eq!(answer.header("Content-Type"), "application/pdf");
    assert_eq!(answer.header("Cache-Control"), "private, no-store");
    assert_eq!(
        answer.header("Content-Security-Policy"),
        "sandbox; default-src 'none'"
    );

    // The key tells neither the tenant nor where the file lies, and opens nothing by itself.
    let (key, query) = path.rsplit('/').next().unwrap().split_once('?').unwrap();
    assert_eq!(key.len(), 40, "{key}");
    refused(
        &gateway
            .ask("GET", &format!("/v1/uploads/public/{key}"))
            .send()
            .await,
        403,
        "Invalid",
    );
    let other = link(&gateway, &token, &pdf(1)).await;
    let other = other.split_once('?').unwrap().0;
    refused(
        &gateway.ask("GET", &format!("{other}?{query}")).send().await,
        403,
        "Invalid",
    );
    for elsewhere in ["/api/fax/pages/", "/v1/fax/jobs/"] {
        let answer = gateway
            .ask("GET", &format!("{elsewhere}{key}?{query}"))
            .send()
            .await;
        assert!(
            matches!(answer.status, 401 | 404),
            "{elsewhere}: {}",
            answer.status
        );
    }
}

async fn an_expired_or_forged_link_is_403_and_a_document_that_is_gone_is_404(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let path = link(&gateway, &token, &pdf(1)).await;
    let key = path.rsplit('/').next().unwrap().split_once('?').unwrap().0;
    let now = Rows::now().unix_seconds();
    let get = async |key: &str, query: &str| {
        let path = format!("/v1/uploads/public/{key}?{query}");
        gateway.ask("GET", &path).send().await
    };
    let good = format!("exp={}&sig={}", now + 60, signature(key, now + 60));
    assert_eq!(get(key, &good).await.status, 200);

    let late = format!("exp={}&sig={}", now - 1, signature(key, now - 1));
    let longer = format!("exp={}&sig={}", now + 61, signature(key, now + 60));
    let twice = format!("{good}&{good}");
    for wrong in [
        late.as_str(),
        longer.as_str(),
        twice.as_str(),
        "exp=9999999999&sig=",
        "exp=9999999999&sig=0000",
        "exp=soon&sig=x",
        "",
    ] {
        refused(&get(key, wrong).await, 403, "Invalid or expired upload URL");
    }
    // Signed well, but there is no such document.
    for gone in ["01a1fca0-1b31-7046-b779-527c653a0e98.pdf", "nothing", "a.b"] {
        let query = format!("exp={}&sig={}", now + 60, signature(gone, now + 60));
        refused(&get(gone, &query).await, 404, "Upload not found");
    }
    std::fs::remove_dir_all(gateway.folder().join("files")).unwrap();
    refused(&get(key, &good).await, 404, "Upload not found");
}

//! `POST /v1/uploads`

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{invalid, refused};
use crate::under_test::{Gateway, form, pdf, tiff};

on_both_databases![
    an_upload_is_answered_as_in_the_example,
    what_is_no_upload_is_refused_as_in_the_example,
];

async fn an_upload_is_answered_as_in_the_example(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let ask = || gateway.ask("POST", "/v1/uploads").token(&token);
    for (name, content, kind, pages) in [
        ("document.pdf", pdf(3), "application/pdf", 3),
        // Known by its content, not by its name.
        ("scan.pdf", tiff(2), "image/tiff", 2),
    ] {
        let answer = ask().file(name, &content).send().await;
        let body = answer.expect(200);
        let expected = json!({
            "document_upload_id": body["document_upload_id"], "mime_type": kind, "page_count": pages,
            "checksum": hex::encode(Sha256::digest(&content)), "file_size_bytes": content.len(),
        });
        assert_eq!(body, expected);
        let id = body["document_upload_id"].as_str().unwrap();
        assert_eq!(id.len(), 36, "{id}");
        assert_eq!(answer.number("X-RateLimit-Limit"), 50);
    }
}

async fn what_is_no_upload_is_refused_as_in_the_example(db: TestDb) {
    let gateway = Gateway::start(db, "api", |s| {
        s.with("SERVER__UPLOAD_LIMIT_BYTES", "200000")
    })
    .await;
    let token = gateway.sign_in().await;
    let ask = || gateway.ask("POST", "/v1/uploads").token(&token);
    refused(
        &ask().file("doc.txt", b"not a fax").send().await,
        400,
        "PDF, TIFF",
    );
    refused(&ask().file("doc.pdf", b"").send().await, 400, "empty");
    let large = vec![b' '; 200_001];
    refused(&ask().file("doc.pdf", &large).send().await, 400, "200000");
    let elsewhere = form(&[("name=\"document\"; filename=\"a.pdf\"", &pdf(1))]);
    invalid(&ask().form(&elsewhere).send().await, "file", "missing");
    invalid(&ask().send().await, "file", "missing");

    let reader = gateway.member("default", "reader", "read-only").await;
    let ask = gateway.ask("POST", "/v1/uploads").token(&reader);
    refused(&ask.file("a.pdf", &pdf(1)).send().await, 403, "role");
}

//! `/api/fax/document/{uuid}/`

use faxgate_test_support::{TestDb, on_both_databases};
use serde_json::json;

use crate::under_test::{DID, Gateway, png_size};

on_both_databases![
    the_pages_come_as_pdf_tiff_and_png,
    pages_that_are_not_there_are_told_apart,
];

async fn the_pages_come_as_pdf_tiff_and_png(db: TestDb) {
    let gateway = Gateway::whole(db).await;
    let token = gateway.sign_in().await;
    let filename = gateway.upload(&token, 2).await;
    let body = json!({"username": DID, "filename": filename, "numbers": "5559876543"});
    let sent = gateway
        .ask("POST", "/api/fax/send/")
        .token(&token)
        .json(&body)
        .send()
        .await
        .expect(200);
    let uuid = sent["uuid"].as_str().unwrap();
    gateway.until(&token, uuid, "sent").await;
    for (query, media_type, start, extension) in [
        ("", "application/pdf", b"%PDF".as_slice(), "pdf"),
        ("?format=pdf", "application/pdf", b"%PDF", "pdf"),
        ("?format=tiff", "image/tiff", b"II*\0", "tif"),
        ("?format=png", "image/png", b"\x89PNG", "png"),
        ("?format=png&page=2", "image/png", b"\x89PNG", "png"),
    ] {
        let path = format!("/api/fax/document/{uuid}/{query}");
        let answer = gateway.ask("GET", &path).token(&token).send().await;
        assert_eq!(
            answer.status,
            200,
            "{query}: {}",
            String::from_utf8_lossy(&answer.body)
        );
        assert_eq!(answer.header("Content-Type"), media_type);
        assert!(answer.body.starts_with(start), "{query}");
        let name = answer.header("Content-Disposition");
        assert!(
            name.starts_with("attachment; filename=\"")
                && name.ends_with(&format!(".{extension}\"")),
            "{name}"
        );
        assert_eq!(answer.header("X-Content-Type-Options"), "nosniff");
        assert_eq!(
            answer.header("Content-Security-Policy"),
            "sandbox; default-src 'none'"
        );
        assert_eq!(answer.header("Cache-Control"), "no-store");
        if media_type == "image/png" {
            assert_eq!(png_size(&answer.body).0, 1728);
        }
        let head = gateway.ask("HEAD", &path).token(&token).send().await;
        assert_eq!((head.status, head.body.len()), (200, 0));
        assert_eq!(
            head.number("Content-Length"),
            i64::try_from(answer.body.len()).unwrap()
        );
    }
    let ask = |query: &str| {
        gateway
            .ask("GET", &format!("/api/fax/document/{uuid}/{query}"))
            .token(&token)
    };
    ask("?format=png&page=3")
        .send()
        .await
        .refused(404, "NO_SUCH_PAGE", "2 pages");
    ask("?format=gif")
        .send()
        .await
        .refused(400, "INVALID_QUERY", "pdf, tiff, png");
    ask("?page=1")
        .send()
        .await
        .refused(400, "INVALID_QUERY", "format=png");
    ask("?format=png&page=0")
        .send()
        .await
        .refused(400, "INVALID_QUERY", "page");
}

async fn pages_that_are_not_there_are_told_apart(db: TestDb) {
    let gateway = Gateway::api(db).await;
    let token = gateway.sign_in().await;
    let uuid = gateway.fax(&token, "5559876543").await;
    let ask = |uuid: &str| {
        gateway
            .ask("GET", &format!("/api/fax/document/{uuid}/"))
            .token(&token)
    };
    // Nobody makes pages here: the API runs alone.
    let waiting = ask(&uuid).send().await;
    waiting.refused(409, "NOT_READY", "try again");
    assert!(waiting.number("Retry-After") > 0);
    ask("3bca1e12-f50e-4bc2-a667-c67956c051b0")
        .send()
        .await
        .refused(404, "NOT_FOUND", "Transaction not found");
    ask("nonsense")
        .send()
        .await
        .refused(404, "NOT_FOUND", "Transaction not found");
}

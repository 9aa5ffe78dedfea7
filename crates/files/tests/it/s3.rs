//! What only S3 does.

use bytes::Bytes;
use faxgate_files::{Files, Options};

use crate::key;
use crate::s3_double::S3Double;

async fn open(double: &S3Double) -> Files {
    let options = Options {
        max_bytes: 1000,
        s3: double.options(),
    };
    Files::open("s3://faxes/some/prefix/", options)
        .await
        .unwrap()
}

#[tokio::test]
async fn keys_lie_behind_bucket_and_prefix() {
    let double = S3Double::start().await;
    let files = open(&double).await;
    files.put(&key("a.pdf"), Bytes::from("x")).await.unwrap();
    assert_eq!(
        double.names(),
        ["/faxes/some/prefix/tenant-1/originals/a.pdf"]
    );
    assert_eq!(files.local_path(&key("a.pdf")), None);
    assert!(files.delete(&key("a.pdf")).await.unwrap());
    assert!(double.names().is_empty());
}

#[tokio::test]
async fn requests_are_signed_with_the_key_given() {
    let double = S3Double::start().await;
    let files = open(&double).await;
    files.put(&key("a"), Bytes::from("x")).await.unwrap();
    let signed = double.authorizations();
    assert!(!signed.is_empty());
    for line in signed {
        assert!(
            line.starts_with("AWS4-HMAC-SHA256 Credential=some-id/"),
            "{line}"
        );
        assert!(line.contains("/eu-test-1/s3/aws4_request"), "{line}");
    }
}

#[tokio::test]
async fn a_service_that_refuses_us_is_not_called_unavailable() {
    let double = S3Double::start().await;
    let files = open(&double).await;
    double.answer_all_with("403 Forbidden");
    let error = files.put(&key("a"), Bytes::from("x")).await.unwrap_err();
    assert!(!error.is_unavailable() && !error.is_conflict(), "{error:?}");
}

#[tokio::test]
async fn a_service_that_is_gone_is_unavailable() {
    let double = S3Double::start().await;
    let files = open(&double).await;
    drop(double);
    let error = files.get(&key("a")).await.unwrap_err();
    assert!(error.is_unavailable(), "{error:?}");
}

#[test]
fn the_key_is_never_shown() {
    let options = Options {
        s3: faxgate_files::S3Options {
            secret_access_key: Some("hush".into()),
            ..Default::default()
        },
        ..Options::default()
    };
    assert!(!format!("{options:?}").contains("hush"));
}

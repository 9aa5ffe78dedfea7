//! What errors tell, and what they do not.

use std::time::Duration;

use faxgate_telnyx::{Client, Config, Delivery, SecretString};

use crate::support::{KEY, Server, answer, client, config, fax};

#[tokio::test]
async fn a_refusal_carries_telnyx_code_title_and_detail() {
    let body = r#"{"errors":[{"code":"10016","title":"Phone number must be in +E.164 format",
        "detail":"The 'to' number is not","source":{"pointer":"/to"},"meta":{"url":"https://…"}},
        {"code":10015,"title":"Bad Request"},"nonsense"]}"#;
    let server = Server::start([answer("422 Unprocessable", "", body)]).await;
    let error = client(&server.url).faxes().send(&fax()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "telnyx answered 422: 10016 Phone number must be in +E.164 format: The \\'to\\' number is not; \
         10015 Bad Request"
    );
    assert_eq!(error.errors().len(), 2);
    assert!(error.has_code("10016") && error.has_code("10015") && !error.has_code("10011"));
    let source = error.errors()[0].source.as_ref().unwrap();
    assert_eq!(source.pointer.as_deref(), Some("/to"));
    assert!(!error.is_authentication() && !error.is_rate_limited() && !error.is_not_found());
}

#[tokio::test]
async fn the_predicates_know_their_statuses() {
    for (status, authentication, missing, limited) in [
        ("401 Unauthorized", true, false, false),
        ("403 Forbidden", true, false, false),
        ("404 Not Found", false, true, false),
        ("429 Too Many Requests", false, false, true),
    ] {
        let server = Server::start([answer(status, "x-ratelimit-reset: 9\r\n", "{}")]).await;
        let error = client(&server.url).faxes().send(&fax()).await.unwrap_err();
        assert_eq!(error.is_authentication(), authentication, "{status}");
        assert_eq!(error.is_not_found(), missing, "{status}");
        assert_eq!(error.is_rate_limited(), limited, "{status}");
        let nine = limited.then_some(Duration::from_secs(9));
        assert_eq!(error.retry_after(), nine, "{status}");
    }
}

#[tokio::test]
async fn neither_errors_nor_settings_nor_the_client_tell_the_key() {
    let server = Server::start([answer("401 Unauthorized", "", "{}")]).await;
    let config = config(&server.url);
    let shown = format!("{config:?}");
    let client = Client::new(config).unwrap();
    let error = client.faxes().send(&fax()).await.unwrap_err();
    assert!(server.seen()[0].head.contains(&format!("Bearer {KEY}")));
    for text in [shown, format!("{client:?}"), format!("{error:?} {error}")] {
        assert!(!text.contains(KEY), "{text}");
    }
}

#[tokio::test]
async fn an_error_of_the_connection_tells_no_address() {
    let server = Server::start([crate::support::Act::Close]).await;
    let mut config = config(&server.url);
    config.retries.most = 0;
    let client = Client::new(config).unwrap();
    let error = client.faxes().get(&"secret-id".into()).await.unwrap_err();
    assert!(!format!("{error:?}").contains("secret-id"));
}

#[test]
fn a_base_url_that_cannot_be_used_is_refused_at_the_start() {
    for url in [
        "ftp://h/",
        "mailto:a@b",
        "http://h/?a=b",
        "http://h/#a",
        "http://u:p@h/",
    ] {
        let config = Config::at(url.parse().unwrap(), SecretString::from(KEY));
        let error = Client::new(config).unwrap_err();
        assert!(error.to_string().contains("base url"), "{url}: {error}");
        assert_eq!(error.delivery(), Delivery::NotSent);
    }
}

#[test]
fn a_key_that_no_header_can_carry_is_refused_at_the_start() {
    let config = Config::new(SecretString::from("KEY\r\nX: y")).unwrap();
    assert!(Client::new(config).is_err());
}

#[tokio::test]
async fn the_version_stands_in_the_path_once_whatever_the_base_url_ends_with() {
    for (suffix, path) in [
        ("", "/v2/faxes/a"),
        ("/", "/v2/faxes/a"),
        ("/v2", "/v2/faxes/a"),
        ("/v2/", "/v2/faxes/a"),
        ("/mock/telnyx", "/mock/telnyx/v2/faxes/a"),
    ] {
        let server = Server::start([answer("404 Not Found", "", "{}")]).await;
        let client = client(&format!("{}{suffix}", server.url));
        assert!(client.faxes().get(&"a".into()).await.unwrap().is_none());
        let head = &server.seen()[0].head;
        assert!(head.starts_with(&format!("GET {path} HTTP/1.1")), "{head}");
    }
}

#[tokio::test]
async fn an_identifier_cannot_ask_for_something_else() {
    let server = Server::start([answer("404 Not Found", "", "{}")]).await;
    let client = client(&server.url);
    for unfit in ["", ".", ".."] {
        let error = client.faxes().delete(&unfit.into()).await.unwrap_err();
        assert_eq!(error.delivery(), Delivery::NotSent);
    }
    let hostile = "../phone_numbers/1?x=y#z".into();
    assert!(!client.faxes().delete(&hostile).await.unwrap());
    let head = &server.seen()[0].head;
    assert!(
        head.starts_with("DELETE /v2/faxes/..%2Fphone_numbers%2F1%3Fx=y%23z HTTP/1.1"),
        "{head}"
    );
}

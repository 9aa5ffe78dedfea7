//! The POST of a CDR.

use std::borrow::Cow;

use crate::event::percent_encoded;
use crate::options::{RecordBody, RecordPost};
use crate::switch::Switch;

/// Posts a document until somebody takes it; false when nobody did.
pub(super) async fn send(switch: &Switch, post: &RecordPost, uuid: &str, document: &str) -> bool {
    let Some(client) = switch.http.posting() else {
        return false;
    };
    let content_type = match post.body {
        RecordBody::Json => "application/json",
        RecordBody::Form => "application/x-www-form-urlencoded",
    };
    let body = body(post.body, document).into_owned();
    for nth in 0..=post.retries {
        if nth > 0 {
            tokio::time::sleep(switch.options.pace.patience(post.delay)).await;
        }
        let mut request = client
            .post(format!("{}?uuid={uuid}", post.url))
            .timeout(post.timeout)
            .header("Content-Type", content_type)
            .header("User-Agent", "freeswitch-json/1.0")
            .body(body.clone());
        if let Some(credentials) = &post.credentials {
            request = request.basic_auth(&credentials.user, Some(&credentials.password));
        }
        match request.send().await {
            Ok(answer) if answer.status().is_success() => return true,
            Ok(answer) => {
                tracing::warn!(
                    uuid,
                    status = answer.status().as_u16(),
                    "the CDR was not taken"
                );
            }
            Err(error) => tracing::warn!(uuid, %error, "the CDR cannot be posted"),
        }
    }
    false
}

/// The bytes of the request.
pub(super) fn body(form: RecordBody, document: &str) -> Cow<'_, str> {
    match form {
        RecordBody::Json => Cow::Borrowed(document),
        RecordBody::Form => Cow::Owned(format!("cdr={}", percent_encoded(document))),
    }
}

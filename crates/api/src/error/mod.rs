//! One error inside ([`faxgate_core::Error`]), rendered by scope.

pub(crate) mod body;
pub(crate) mod fallback;
mod render;
mod scope;

pub(crate) use render::render;
pub(crate) use scope::Scope;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use actix_web::body::to_bytes;
    use faxgate_core::Error;
    use insta::assert_snapshot;

    use super::*;

    /// The answer as text: status, the headers that errors set, body.
    async fn shown(scope: Scope, error: Error) -> String {
        let response = render(scope, error);
        let mut headers: Vec<_> = response
            .headers()
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        headers.sort();
        let text = format!("{}\n{}", response.status(), headers.join("\n"));
        let body = to_bytes(response.into_body()).await.unwrap();
        format!("{text}\n\n{}", String::from_utf8(body.to_vec()).unwrap())
    }

    #[actix_web::test]
    async fn an_error_of_send_has_the_documented_keys_first() {
        let error = Error::bad_input("FILE_NOT_FOUND", "File not found")
            .field("filename", "upload it first");
        assert_snapshot!(shown(Scope::Send, error).await, @r#"
        400 Bad Request
        content-type: application/json

        {"status":"Error","code":400,"message":"File not found","error":"File not found","error_code":"FILE_NOT_FOUND","details":{"filename":["upload it first"]}}
        "#);
    }

    #[actix_web::test]
    async fn an_error_elsewhere_has_error_code_and_details() {
        let error = Error::not_found("NOT_FOUND", "Transaction not found");
        assert_snapshot!(shown(Scope::Api, error).await, @r#"
        404 Not Found
        content-type: application/json

        {"error":"Transaction not found","code":"NOT_FOUND","details":{}}
        "#);
    }

    #[actix_web::test]
    async fn a_401_names_both_schemes_and_the_webhook_asks_for_a_signature() {
        let error = || Error::unauthenticated("INVALID_TOKEN", "Invalid token.");
        assert_snapshot!(shown(Scope::Send, error()).await, @r#"
        401 Unauthorized
        content-type: application/json
        www-authenticate: Bearer realm="faxgate"
        www-authenticate: Token realm="faxgate"

        {"status":"Error","code":401,"message":"Invalid token.","error":"Invalid token.","error_code":"INVALID_TOKEN","details":{}}
        "#);
        assert_snapshot!(shown(Scope::Webhook, error()).await, @r#"
        401 Unauthorized
        content-type: application/json
        www-authenticate: HMAC-SHA256 realm="faxgate", header="X-Webhook-Signature"

        {"error":"Invalid token.","code":"INVALID_TOKEN","details":{}}
        "#);
    }

    #[actix_web::test]
    async fn waiting_is_told_in_whole_seconds() {
        let error = Error::rate_limited("RATE_LIMITED", "too many requests")
            .retry_after(Duration::from_millis(1500));
        assert_snapshot!(shown(Scope::Api, error).await, @r#"
        429 Too Many Requests
        content-type: application/json
        retry-after: 2

        {"error":"too many requests","code":"RATE_LIMITED","details":{}}
        "#);
    }

    #[actix_web::test]
    async fn the_cause_of_an_internal_error_stays_inside() {
        assert_snapshot!(shown(Scope::Api, Error::internal("password=hunter2")).await, @r#"
        500 Internal Server Error
        content-type: application/json

        {"error":"internal error","code":"INTERNAL_ERROR","details":{}}
        "#);
    }
}

//! What every answer has in common: an id, a line in the log, headers that make browsers careful.

use std::time::Instant;

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use actix_web::middleware::Next;
use tracing::{Instrument, field};

use crate::api::Api;

tokio::task_local! {
    static SEEN: Seen;
}

/// The request that is being answered: what goes into envelopes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seen {
    /// Its id.
    pub(crate) id: String,
    /// When it came in, RFC 3339 in whole seconds.
    pub(crate) at: String,
}

impl Seen {
    /// The request that the running task answers; empty outside of one.
    pub(crate) fn now() -> Self {
        SEEN.try_with(Self::clone).unwrap_or_default()
    }
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Runs a request in a span of its own and finishes its answer.
pub(crate) async fn observe(
    api: Api,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id = request_id(request.headers()).unwrap_or_else(|| api.app.ambient().uuid().to_string());
    // The pattern, not the path: what strangers type stays out of the log.
    let route = request
        .match_pattern()
        .unwrap_or_else(|| "unmatched".to_owned());
    let method = request.method().clone();
    let span = tracing::info_span!(
        "request",
        http.method = %method,
        http.route = %route,
        request.id = %id,
        user = field::Empty,
        tenant = field::Empty,
    );
    let address = api.address(request.request());
    let seen = Seen {
        id: id.clone(),
        at: api.app.now().to_seconds(),
    };
    let answered = async move {
        let started = Instant::now();
        let mut response = next.call(request).await?;
        let status = response.status().as_u16();
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        if route.starts_with("/health") {
            tracing::debug!(
                http.status = status,
                duration_ms,
                "{method} {route} answered {status} in {duration_ms} ms"
            );
        } else {
            tracing::info!(
                http.status = status,
                duration_ms,
                "{method} {route} answered {status} in {duration_ms} ms"
            );
        }
        finish(response.headers_mut(), &id);
        Ok(response)
    };
    let answered = faxgate_core::coming_from(address, answered);
    SEEN.scope(seen, answered).instrument(span).await
}

/// The id that the caller gave the request: 1 to 64 harmless characters, otherwise none.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let harmless = (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    harmless.then(|| id.to_owned())
}

/// Adds the common headers; what an endpoint chose itself stands.
fn finish(headers: &mut HeaderMap, id: &str) {
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
    ] {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(value: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(REQUEST_ID, HeaderValue::from_str(value).unwrap());
        request_id(&headers)
    }

    #[test]
    fn only_harmless_request_ids_are_taken_over() {
        assert_eq!(id("a-B_9.z").as_deref(), Some("a-B_9.z"));
        for wrong in ["", "a b", "a\tb", "{}", "<x>", &"a".repeat(65)] {
            assert_eq!(id(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_an_endpoint_chose_stands() {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        finish(&mut headers, "id-1");
        assert_eq!(headers.get(CACHE_CONTROL).unwrap(), "no-cache");
        assert_eq!(headers.get("X-Request-Id").unwrap(), "id-1");
        assert_eq!(headers.get("X-Content-Type-Options").unwrap(), "nosniff");
    }
}

//! Which shape an error takes, and how a caller is asked for credentials.

use actix_web::HttpResponseBuilder;
use actix_web::http::header::WWW_AUTHENTICATE;

/// A part of the API whose errors look alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// `/api/fax/send/`: `status`, `code` (a number), `message`.
    Send,
    /// The rest: `error`, `code` (a word), `details`.
    Api,
    /// `/api/v1`: the envelope, `error` with `code`, `message`, `details`, `request_id` and `ts`.
    V1,
    /// `/v1`: `detail`, as the Telnyx example has it.
    Job,
    /// Like [`Scope::Api`], but asks for a signature instead of a token.
    Webhook,
    /// Like [`Scope::Api`], but asks for a signature of Telnyx'.
    TelnyxWebhook,
    /// Like [`Scope::Api`], but asks for HTTP Basic.
    CdrWebhook,
}

impl Scope {
    /// The scope of a path, for errors that no endpoint made.
    pub(crate) fn of(path: &str) -> Self {
        match path.trim_end_matches('/') {
            "/api/fax/send" => Self::Send,
            "/api/fax/webhook/cdr" => Self::CdrWebhook,
            path if path.starts_with("/api/fax/webhook/telnyx") => Self::TelnyxWebhook,
            path if path.starts_with("/api/fax/webhook") => Self::Webhook,
            path if path == "/api/v1" || path.starts_with("/api/v1/") => Self::V1,
            path if path == "/v1" || path.starts_with("/v1/") => Self::Job,
            _ => Self::Api,
        }
    }

    /// Says which credentials a 401 wants (RFC 9110, 11.6.1).
    pub(crate) fn challenge(self, response: &mut HttpResponseBuilder) {
        match self {
            Self::Send | Self::Api | Self::V1 | Self::Job => {
                response.append_header((WWW_AUTHENTICATE, "Token realm=\"faxgate\""));
                response.append_header((WWW_AUTHENTICATE, "Bearer realm=\"faxgate\""));
            }
            Self::CdrWebhook => {
                response.append_header((WWW_AUTHENTICATE, "Basic realm=\"faxgate\""));
            }
            Self::TelnyxWebhook => {
                response.append_header((
                    WWW_AUTHENTICATE,
                    "Ed25519 realm=\"faxgate\", header=\"telnyx-signature-ed25519\"",
                ));
            }
            Self::Webhook => {
                response.append_header((
                    WWW_AUTHENTICATE,
                    "HMAC-SHA256 realm=\"faxgate\", header=\"X-Webhook-Signature\"",
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_tells_its_scope_with_and_without_the_trailing_slash() {
        assert_eq!(Scope::of("/api/fax/send/"), Scope::Send);
        assert_eq!(Scope::of("/api/fax/send"), Scope::Send);
        assert_eq!(Scope::of("/api/fax/sender"), Scope::Api);
        assert_eq!(Scope::of("/api/fax/webhook/inbound/"), Scope::Webhook);
        assert_eq!(Scope::of("/api/fax/webhook/cdr"), Scope::CdrWebhook);
        assert_eq!(Scope::of("/v1/fax/jobs/"), Scope::Job);
        assert_eq!(Scope::of("/api/v1/numbers/"), Scope::V1);
        assert_eq!(Scope::of("/api/v11"), Scope::Api);
        assert_eq!(Scope::of("/v11"), Scope::Api);
        assert_eq!(
            Scope::of("/api/fax/webhook/telnyx/failover/"),
            Scope::TelnyxWebhook
        );
        assert_eq!(Scope::of("/nowhere"), Scope::Api);
    }
}

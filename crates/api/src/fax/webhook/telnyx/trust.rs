//! Whether an event was signed by the account.

use actix_web::http::header::HeaderMap;
use faxgate_core::Error;
use faxgate_telnyx::webhook::{SIGNATURE_HEADER, TIMESTAMP_HEADER, Verifier};
use faxgate_types::Timestamp;

use crate::extract::headers::single;
use crate::options::ApiOptions;

/// What a request shows, before its body is read.
#[derive(Debug)]
pub(super) struct Signed<'a> {
    verifier: &'a Verifier,
    timestamp: &'a str,
    signature: &'a str,
}

/// Looks for a key and for both headers.
///
/// # Errors
/// `WEBHOOK_DISABLED` (403) without a key, `MISSING_SIGNATURE` (401) without a header, or with two of one kind.
pub(super) fn of<'a>(headers: &'a HeaderMap, options: &'a ApiOptions) -> Result<Signed<'a>, Error> {
    let verifier = options.telnyx_webhooks.as_ref().ok_or_else(|| {
        Error::forbidden(
            "WEBHOOK_DISABLED",
            "this webhook is switched off; set FAXGATE_TELNYX__PUBLIC_KEY on the gateway to the account's public key (Telnyx portal: Keys & Credentials)",
        )
    })?;
    let shown = |name| {
        single(headers, name)
            .ok()
            .flatten()
            .and_then(|value| value.to_str().ok())
            .ok_or_else(|| {
                Error::unauthenticated(
                    "MISSING_SIGNATURE",
                    format!("the event must be signed: send {TIMESTAMP_HEADER} and {SIGNATURE_HEADER}, once each"),
                )
            })
    };
    Ok(Signed {
        verifier,
        timestamp: shown(TIMESTAMP_HEADER)?,
        signature: shown(SIGNATURE_HEADER)?,
    })
}

impl Signed<'_> {
    /// Checks the bytes as they came.
    ///
    /// # Errors
    /// `INVALID_SIGNATURE` (401), which tells whether it is the time.
    pub(super) fn check(&self, body: &[u8], now: Timestamp) -> Result<(), Error> {
        self.verifier
            .verify(self.timestamp, self.signature, body, now.unix_seconds())
            .map_err(|error| Error::unauthenticated("INVALID_SIGNATURE", error.to_string()))
    }
}

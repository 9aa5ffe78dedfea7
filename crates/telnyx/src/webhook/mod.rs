//! Webhooks that Telnyx sends: checking who signed them, and reading them.
//!
//! Verify the raw bytes first ([`Verifier`]), then read them ([`Event::parse`]). Events come at least once, in any order,
//! sometimes together: keep them by [`Event::id`], answer 2xx within two seconds, work afterwards.

mod event;
mod key;
mod payload;
mod signature;

pub use event::{Event, EventError, EventType, MAX_EVENT_BYTES, Meta};
pub use key::KeyError;
pub use payload::Payload;
pub use signature::{DEFAULT_TOLERANCE, SignatureError, Verifier};

/// The header with the time of signing, Unix seconds.
pub const TIMESTAMP_HEADER: &str = "telnyx-timestamp";

/// The header with the signature, base64.
pub const SIGNATURE_HEADER: &str = "telnyx-signature-ed25519";

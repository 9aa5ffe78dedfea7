//! `/api/v1`, and `/phone_numbers`.

pub(crate) mod envelope;
pub(crate) mod numbers;
pub(crate) mod phone_numbers;

use actix_web::http::header::HeaderMap;
use faxgate_core::{Error, Idempotency};
use sha2::{Digest as _, Sha256};

use crate::extract::headers;

/// The caller's idempotency key with what makes two requests the same.
fn idempotency(from: &HeaderMap, body: &[u8]) -> Result<Option<Idempotency>, Error> {
    let key = headers::either_idempotency_key(from)?;
    Ok(key.map(|key| Idempotency {
        key,
        body_sha256: Sha256::digest(body).into(),
    }))
}

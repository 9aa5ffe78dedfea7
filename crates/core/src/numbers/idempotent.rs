//! Requests with an idempotency key: the same one has its effect once.

use faxgate_db::System;
use faxgate_db::idempotency::{self, Answered, Key};
use faxgate_types::Timestamp;

use super::Asker;
use crate::error::{Error, Result};
use crate::submit::Idempotency;

/// The answer that was given before under the asker's key, if one was.
pub(super) async fn answered(
    tx: &mut System,
    asker: &Asker,
    endpoint: &str,
    idempotency: Option<&Idempotency>,
) -> Result<Option<String>> {
    let Some((key, body)) = key(asker, endpoint, idempotency) else {
        return Ok(None);
    };
    let before = idempotency::find(tx, key).await?;
    before.map(|before| replay(before, &body)).transpose()
}

/// Takes the asker's idempotency key, with its answer, in the transaction of the effect. `Some`: the answer that was given before,
/// and nothing is to be done.
pub(super) async fn once(
    tx: &mut System,
    asker: &Asker,
    endpoint: &str,
    idempotency: Option<&Idempotency>,
    answer: &str,
    now: Timestamp,
) -> Result<Option<String>> {
    let Some((key, body)) = key(asker, endpoint, idempotency) else {
        return Ok(None);
    };
    let before = idempotency::take(tx, key, &body, answer, now).await?;
    before.map(|before| replay(before, &body)).transpose()
}

/// The key and the body's hash; `None`: there is no key, or it is the console.
fn key<'a>(
    asker: &Asker,
    endpoint: &'a str,
    idempotency: Option<&'a Idempotency>,
) -> Option<(Key<'a>, String)> {
    let (given, tenant, user) = (idempotency?, asker.tenant()?, asker.user()?);
    let key = Key {
        tenant: tenant.id,
        user,
        endpoint,
        key: &given.key,
    };
    Some((key, hex::encode(given.body_sha256)))
}

fn replay(before: Answered, body: &str) -> Result<String> {
    if before.body_sha256 == body {
        return Ok(before.answer);
    }
    Err(Error::conflict(
        "IDEMPOTENCY_KEY_REUSED",
        "this Idempotency-Key was used for another request; use a new key for a new request",
    ))
}

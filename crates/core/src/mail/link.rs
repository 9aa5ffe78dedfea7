//! Links to a fax's pages in mail: signed, and good for a while.

use std::time::Duration;

use bytes::Bytes;
use faxgate_types::{FaxId, TenantId, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::pages::Pdf;
use crate::app::App;
use crate::audit::{Actor, Entry};
use crate::error::{Error, Result};

/// What the key of these links is derived for: no other use of the same secret makes the same signatures.
const PURPOSE: &[u8] = b"faxgate: links in mail, 1";

impl App {
    /// Path and query of a link to a fax's pages, to be put behind the gateway's own address; and until when it is good.
    #[must_use]
    pub(super) fn mail_link(
        &self,
        tenant: TenantId,
        fax: FaxId,
        lasts: Duration,
    ) -> (String, Timestamp) {
        let expires = self.now() + lasts;
        let seconds = expires.unix_seconds();
        let signature = mac(&self.settings.secret, tenant, fax, seconds).finalize();
        let signature = hex::encode(signature.into_bytes());
        let path =
            format!("/api/fax/shared/{tenant}/{fax}.pdf?expires={seconds}&signature={signature}");
        (path, expires)
    }

    /// The PDF that a link in a mail opens. That somebody did is audited.
    ///
    /// # Errors
    /// `NOT_FOUND`, whatever is wrong with the link, and when the pages are no longer kept; and when the store cannot be reached.
    pub async fn shared_pages(
        &self,
        tenant: &str,
        fax: &str,
        expires: i64,
        signature: &str,
    ) -> Result<Bytes> {
        let nothing = || Error::not_found("NOT_FOUND", "there is nothing here");
        let (tenant, fax) = match (tenant.parse(), fax.parse()) {
            (Ok(tenant), Ok(fax)) => (tenant, fax),
            _ => return Err(nothing()),
        };
        let mut given = [0; 32];
        let good = hex::decode_to_slice(signature, &mut given).is_ok()
            && mac(&self.settings.secret, tenant, fax, expires)
                .verify_slice(&given)
                .is_ok()
            && expires >= self.now().unix_seconds();
        if !good {
            return Err(nothing());
        }
        match self.pdf_of(tenant, fax).await? {
            Pdf::There(bytes) => {
                let sha256 = hex::encode(Sha256::digest(&bytes));
                let details =
                    json!({"file": format!("{fax}.pdf"), "sha256": sha256, "expires": expires});
                let entry = Entry::new(Actor::Link, "fax.document.read", fax).details(details);
                let app = self.clone();
                self.on_main(async move {
                    let mut tx = app.db.write(tenant).await?;
                    app.audit(&mut tx, tenant, entry).await?;
                    tx.commit().await?;
                    Ok(())
                })
                .await?;
                Ok(bytes)
            }
            Pdf::Gone(_) => Err(nothing()),
        }
    }
}

fn mac(secret: &SecretString, tenant: TenantId, fax: FaxId, expires: i64) -> Hmac<Sha256> {
    let derived = keyed(secret.expose_secret().as_bytes()).chain_update(PURPOSE);
    keyed(&derived.finalize().into_bytes()).chain_update(format!("{expires}\n{tenant}/{fax}"))
}

#[expect(
    clippy::expect_used,
    reason = "HMAC takes a key of any length (RFC 2104)"
)]
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("a key of any length")
}

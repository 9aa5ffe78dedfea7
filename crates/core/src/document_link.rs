//! Short-lived links to uploaded documents, for whoever the caller hands them to.

use std::time::Duration;

use bytes::Bytes;
use faxgate_db::documents;
use faxgate_files::StorageKey;
use faxgate_imaging::Kind;
use faxgate_types::{DocumentId, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::app::App;
use crate::audit::{Actor, Entry};
use crate::error::{Error, Result};

/// How long a link to a document is good for.
pub const DOCUMENT_LINK_LASTS: Duration = Duration::from_secs(3600);

/// What the key of these links is derived for: no other use of the same secret makes the same signatures.
const PURPOSE: &[u8] = b"faxgate: links to documents, 1";

/// A link to one uploaded document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentLink {
    /// The document's name in it. It tells neither whose the document is nor where it lies.
    pub key: String,
    /// When it stops to work, in seconds since 1970.
    pub expires: i64,
    /// HMAC-SHA256 of both, in lower-case hex.
    pub signature: String,
}

/// A document that was fetched by a link.
#[derive(Clone, Debug)]
pub struct LinkedDocument {
    /// Its bytes, as they were uploaded.
    pub bytes: Bytes,
    /// Their media type.
    pub media_type: &'static str,
    /// A name to save them under.
    pub file_name: String,
}

impl App {
    /// A link to the document of this name, as the upload answered it. It is good for [`DOCUMENT_LINK_LASTS`].
    #[must_use]
    pub fn document_link(&self, filename: &str) -> DocumentLink {
        let expires = (self.now() + DOCUMENT_LINK_LASTS).unix_seconds();
        let signature = mac(&self.settings.secret, filename, expires).finalize();
        DocumentLink {
            key: filename.to_owned(),
            expires,
            signature: hex::encode(signature.into_bytes()),
        }
    }

    /// The document that a link names.
    ///
    /// # Errors
    /// `INVALID_LINK` (403) when it is forged or too old; `NOT_FOUND` when the document is gone; and when the database or
    /// the store cannot be reached.
    pub async fn linked_document(
        &self,
        key: &str,
        expires: Option<i64>,
        signature: Option<&str>,
    ) -> Result<LinkedDocument> {
        let good = expires.zip(signature).is_some_and(|(expires, signature)| {
            opens(&self.settings.secret, key, expires, signature, self.now())
        });
        if !good {
            return Err(Error::forbidden(
                "INVALID_LINK",
                "Invalid or expired upload URL",
            ));
        }
        let gone = || Error::not_found("NOT_FOUND", "Upload not found");
        let (id, ending) = key.split_once('.').ok_or_else(gone)?;
        let id: DocumentId = id.parse().map_err(|_| gone())?;
        let kind = Kind::ALL.iter().find(|kind| kind.extension() == ending);
        let kind = kind.ok_or_else(gone)?;
        let mut tx = self.db.system_read("a document by its link").await?;
        let document = documents::linked(&mut tx, id).await?;
        tx.commit().await?;
        let document = document.filter(|found| found.filename == key);
        let document = document.ok_or_else(gone)?;
        let stored: StorageKey = document.storage_key.parse().map_err(Error::internal)?;
        let bytes = self.vault.get(&stored).await?.ok_or_else(gone)?;
        let tenant = stored.tenant().parse().map_err(Error::internal)?;
        let entry = Entry::new(Actor::Link, "document.read", document.id);
        let app = self.clone();
        self.on_main(async move {
            let mut tx = app.db.write(tenant).await?;
            app.audit(&mut tx, tenant, entry).await?;
            Ok(tx.commit().await?)
        })
        .await?;
        Ok(LinkedDocument {
            bytes,
            media_type: kind.media_type(),
            file_name: document.filename,
        })
    }
}

/// Whether a link is ours and still good.
fn opens(secret: &SecretString, key: &str, expires: i64, signature: &str, now: Timestamp) -> bool {
    let mut given = [0; 32];
    hex::decode_to_slice(signature, &mut given).is_ok()
        && mac(secret, key, expires).verify_slice(&given).is_ok()
        && expires >= now.unix_seconds()
}

fn mac(secret: &SecretString, key: &str, expires: i64) -> Hmac<Sha256> {
    let derived = keyed(secret.expose_secret().as_bytes()).chain_update(PURPOSE);
    keyed(&derived.finalize().into_bytes()).chain_update(format!("{expires}\n{key}"))
}

#[expect(
    clippy::expect_used,
    reason = "HMAC takes a key of any length (RFC 2104)"
)]
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("a key of any length")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "01a1fca0-1b31-7046-b779-527c653a0e98.pdf";

    fn signed(secret: &str, key: &str, expires: i64) -> String {
        hex::encode(
            mac(&secret.to_owned().into(), key, expires)
                .finalize()
                .into_bytes(),
        )
    }

    #[test]
    fn a_link_opens_one_document_until_it_ends() {
        let secret: SecretString = "0123456789abcdef".to_owned().into();
        let good = signed("0123456789abcdef", KEY, 1000);
        let at = |key: &str, expires, signature: &str, seconds: i64| {
            let now = Timestamp::from_unix_micros(seconds * 1_000_000).unwrap();
            opens(&secret, key, expires, signature, now)
        };
        assert!(at(KEY, 1000, &good, 0) && at(KEY, 1000, &good, 1000));
        assert!(!at(KEY, 1000, &good, 1001), "too old");
        assert!(!at(KEY, 1001, &good, 0), "made to last longer");
        assert!(!at("another.pdf", 1000, &good, 0));
        let foreign = signed("0123456789abcdeg", KEY, 1000);
        assert!(!at(KEY, 1000, &foreign, 0), "another gateway's");
        for wrong in ["", "0", "not hex", &good[2..]] {
            assert!(!at(KEY, 1000, wrong, 0), "{wrong}");
        }
    }
}

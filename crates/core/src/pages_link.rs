//! Short-lived links to fax pages, for a FreeSWITCH that shares no disk with us, and for carriers.

use std::time::Duration;

use bytes::Bytes;
use faxgate_files::StorageKey;
use faxgate_types::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use crate::app::App;
use crate::error::{Error, Result};

/// How long a link to pages is good for that FreeSWITCH fetches.
pub const LINK_LASTS: Duration = Duration::from_secs(600);

/// The storage segment of what has no tenant.
const UNCLAIMED: &str = "inbound";

/// What the key of these links is derived for: no other use of the same secret makes the same signatures.
const PURPOSE: &[u8] = b"faxgate: links to pages, 1";

/// A link to one fax's pages, as they go over the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagesLink {
    /// Path and query, to be put behind the gateway's own address.
    pub path: String,
    /// When it stops to work.
    pub expires: Timestamp,
}

/// What a link to pages opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedPages {
    /// The file.
    pub body: Bytes,
    /// `image/tiff`, or `application/pdf` of what is kept under a name that ends so.
    pub media_type: &'static str,
}

impl App {
    /// A link to the pages that are kept under `key`. It is good for so long and for nothing else.
    #[must_use]
    pub fn pages_link(&self, key: &str, lasts: Duration) -> PagesLink {
        let expires = self.now() + lasts;
        let seconds = expires.unix_seconds();
        let signature = hex::encode(
            mac(&self.settings.secret, key, seconds)
                .finalize()
                .into_bytes(),
        );
        PagesLink {
            path: format!("/api/fax/pages/{key}?expires={seconds}&signature={signature}"),
            expires,
        }
    }

    /// The key of something that can be fetched by a link, to try out whether that works.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn test_pages(&self) -> Result<String> {
        let name = format!("canary-{}.tif", self.node());
        let key = StorageKey::new(UNCLAIMED, "pages", &name).map_err(Error::internal)?;
        if self.vault.get(&key).await?.is_none() {
            self.vault.put(&key, Bytes::from_static(b"test\n")).await?;
        }
        Ok(key.to_string())
    }

    /// The pages that a link names. A link that is forged, too old, or of pages that are gone is no link at all.
    ///
    /// # Errors
    /// `NOT_FOUND`, whatever is wrong with the link; and when the store cannot be reached.
    pub async fn linked_pages(
        &self,
        key: &str,
        expires: i64,
        signature: &str,
    ) -> Result<LinkedPages> {
        let nothing = || Error::not_found("NOT_FOUND", "there is nothing here");
        if !opens(&self.settings.secret, key, expires, signature, self.now()) {
            return Err(nothing());
        }
        let media_type = match key.ends_with(".pdf") {
            true => "application/pdf",
            false => "image/tiff",
        };
        let key = key.parse().map_err(|_| nothing())?;
        let body = self.vault.get(&key).await?.ok_or_else(nothing)?;
        Ok(LinkedPages { body, media_type })
    }
}

/// Whether a link is ours and still good. How far ahead it ends is signed, so it is no matter here: clocks of nodes differ.
fn opens(secret: &SecretString, key: &str, expires: i64, signature: &str, now: Timestamp) -> bool {
    let mut given = [0; 32];
    hex::decode_to_slice(signature, &mut given).is_ok()
        && mac(secret, key, expires).verify_slice(&given).is_ok()
        && expires >= now.unix_seconds()
}

fn mac(secret: &SecretString, key: &str, expires: i64) -> Hmac<Sha256> {
    let derived = keyed(secret.expose_secret().as_bytes())
        .chain_update(PURPOSE)
        .finalize()
        .into_bytes();
    keyed(&derived).chain_update(format!("{expires}\n{key}"))
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

    #[test]
    fn a_link_of_a_node_whose_clock_is_ahead_opens_until_it_ends() {
        let secret = "0123456789abcdef".to_owned().into();
        let (key, expires) = ("t/pages/a.tif", 1_000_000);
        let signature = hex::encode(mac(&secret, key, expires).finalize().into_bytes());
        let at = |seconds: i64| {
            let now = Timestamp::from_unix_micros(seconds * 1_000_000).unwrap();
            opens(&secret, key, expires, &signature, now)
        };
        assert!(
            at(expires - 900),
            "its maker's clock is minutes ahead of ours"
        );
        assert!(at(expires));
        assert!(!at(expires + 1));
    }

    #[test]
    fn a_signature_is_for_one_key_one_moment_and_one_secret() {
        let of = |secret: &str, key: &str, expires| {
            mac(&secret.to_owned().into(), key, expires)
                .finalize()
                .into_bytes()
        };
        let mine = of("0123456789abcdef", "t/pages/a.tif", 1);
        assert_eq!(mine, of("0123456789abcdef", "t/pages/a.tif", 1));
        for other in [
            of("0123456789abcdeg", "t/pages/a.tif", 1),
            of("0123456789abcdef", "t/pages/b.tif", 1),
            of("0123456789abcdef", "t/pages/a.tif", 11),
        ] {
            assert_ne!(mine, other);
        }
    }
}

//! Fetching what a carrier received: by its link, and by a fresh one when that has expired.

use bytes::Bytes;
use faxgate_outbound::{HeaderMap, HeaderValue, OutboundError, header};
use secrecy::ExposeSecret;

use crate::app::App;
use crate::error::{Error, Result};

impl App {
    /// The media of a fax that a carrier received. Its links last for minutes; when this one is too old, the carrier is asked
    /// for another.
    ///
    /// # Errors
    /// `MEDIA_UNAVAILABLE`: another time, perhaps.
    pub(super) async fn media(&self, fax: &str, url: &str) -> Result<Bytes> {
        let expired = match self.fetched(url).await? {
            Ok(bytes) => return Ok(bytes),
            Err(error) if !is_expired(&error) => return Err(unavailable(error)),
            Err(expired) => expired,
        };
        let Some(carrier) = &self.carrier else {
            return Err(unavailable(expired));
        };
        match carrier.fresh_media(fax).await {
            Ok(Some(url)) => self.fetched(&url).await?.map_err(unavailable),
            Ok(None) => Err(unavailable(expired)),
            Err(error) => Err(Error::unavailable(
                "MEDIA_UNAVAILABLE",
                "the link to the fax's media has expired, and the carrier gives no other",
            )
            .because(error)),
        }
    }

    /// The answer to one request, through the address guard.
    async fn fetched(&self, url: &str) -> Result<Result<Bytes, OutboundError>> {
        let mut headers = HeaderMap::new();
        if let Some((host, key)) = &self.settings.telnyx_media
            && self
                .outbound
                .check(url)
                .ok()
                .and_then(|url| url.host_str().map(str::to_owned))
                .as_ref()
                == Some(host)
        {
            let bearer = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret()))
                .map_err(Error::internal)?;
            headers.insert(header::AUTHORIZATION, bearer);
        }
        let fetched = self.outbound.get(url, headers).await;
        Ok(fetched.map(|fetched| fetched.bytes))
    }
}

/// How a signed link that is too old is answered: stores say 403, a carrier that has removed the file 404 or 410.
fn is_expired(error: &OutboundError) -> bool {
    error
        .status()
        .is_some_and(|status| [403, 404, 410].contains(&status.as_u16()))
}

fn unavailable(error: OutboundError) -> Error {
    Error::unavailable("MEDIA_UNAVAILABLE", "the fax's media cannot be fetched").because(error)
}

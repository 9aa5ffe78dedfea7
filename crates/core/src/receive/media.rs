//! Fetching what a carrier received: by the link that came with its notice, and by a fresh one.

use bytes::Bytes;
use faxgate_outbound::{HeaderMap, HeaderValue, Outbound, header};
use secrecy::ExposeSecret;

use super::notice::{ReceptionEvent, TelnyxNotice};
use crate::app::App;
use crate::error::{Error, Result};

/// Where a link comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    /// It came with the notice, and works for minutes.
    Told,
    /// The carrier is asked for it.
    Fresh,
}

/// Which links are tried, in turn: what a notice brought works at first or never again, however its store says so.
const fn in_turn(is_first_try: bool) -> [Link; 2] {
    if is_first_try {
        [Link::Told, Link::Fresh]
    } else {
        [Link::Fresh, Link::Told]
    }
}

impl App {
    /// The media of a fax that a carrier received; `None` when it received none.
    ///
    /// # Errors
    /// `MEDIA_UNAVAILABLE`: another time, perhaps.
    pub(super) async fn media(
        &self,
        notice: &TelnyxNotice,
        is_first_try: bool,
    ) -> Result<Option<Bytes>> {
        if notice.event == ReceptionEvent::Failed && notice.media_url.is_none() {
            return Ok(None);
        }
        let mut trouble = None;
        for link in in_turn(is_first_try) {
            let url = match link {
                Link::Told => Ok(notice.media_url.clone()),
                Link::Fresh => self.fresh_link(&notice.id).await,
            };
            let fetched = match url {
                Ok(Some(url)) => self.fetched(&url).await,
                Ok(None) => continue,
                Err(error) => Err(error),
            };
            match fetched {
                Ok(bytes) => return Ok(Some(bytes)),
                Err(error) => trouble = Some(error),
            }
        }
        Err(trouble.unwrap_or_else(|| {
            Error::unavailable(
                "MEDIA_UNAVAILABLE",
                "no link to the fax's media came with its notice, and the carrier gives none",
            )
        }))
    }

    /// `None`: there is no account that could be asked, or the carrier has no link.
    async fn fresh_link(&self, fax: &str) -> Result<Option<String>> {
        let Some(carrier) = &self.carrier else {
            return Ok(None);
        };
        carrier.fresh_media(fax).await.map_err(|error| {
            Error::unavailable(
                "MEDIA_UNAVAILABLE",
                "the carrier does not give a fresh link to the fax's media",
            )
            .because(error)
        })
    }

    /// The answer to one request, through the address guard.
    async fn fetched(&self, url: &str) -> Result<Bytes> {
        let mut headers = HeaderMap::new();
        if let Some((origin, key)) = &self.settings.telnyx_media
            && leads_to(origin, url, &self.outbound)
        {
            let bearer = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret()))
                .map_err(Error::internal)?;
            headers.insert(header::AUTHORIZATION, bearer);
        }
        let fetched = self.outbound.get(url, headers).await.map_err(|error| {
            Error::unavailable("MEDIA_UNAVAILABLE", "the fax's media cannot be fetched")
                .because(error)
        })?;
        Ok(fetched.bytes)
    }
}

/// Whether a link leads to this scheme, host and port: a key for one of them is a secret before every other, on the same host
/// too.
fn leads_to(origin: &str, link: &str, outbound: &Outbound) -> bool {
    let link = outbound.check(link);
    link.is_ok_and(|url| url.origin().ascii_serialization() == origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_scheme_host_and_port_are_the_carriers_own() {
        let outbound = Outbound::new(faxgate_outbound::Config::default()).unwrap();
        let own = |link: &str| leads_to("https://api.telnyx.com", link, &outbound);
        for link in [
            "https://api.telnyx.com/v2/faxes/1/media",
            "https://api.telnyx.com:443/",
            "HTTPS://API.Telnyx.com",
        ] {
            assert!(own(link), "{link}");
        }
        for link in [
            "http://api.telnyx.com/",
            "http://api.telnyx.com:80/",
            "http://api.telnyx.com:443/",
            "https://api.telnyx.com:80/",
            "https://api.telnyx.com:8443/",
            "https://api.telnyx.com.example.com/",
            "https://telnyx.com/",
            "https://example.com/https://api.telnyx.com",
            "https://api.telnyx.com@example.com/",
            "https://a@api.telnyx.com/",
            "api.telnyx.com",
            "",
        ] {
            assert!(!own(link), "{link}");
        }
    }
}

//! What Telnyx is given for a call.

use std::time::Duration;

use faxgate_core::{CallOrder, Placed};
use faxgate_telnyx::{ClientState, Contents, DisplayName, Media, Number, Quality, SendFax};
use faxgate_types::{AttemptId, Resolution};
use url::Url;

use super::Office;
use crate::pages::withheld;

/// How long Telnyx may take to fetch a document.
const DOCUMENT_LASTS: Duration = Duration::from_secs(3600);
/// Where its events go.
const EVENTS: &str = "/api/fax/webhook/telnyx/";

/// The note by which a fax is known again.
pub(super) fn state(attempt: AttemptId) -> ClientState {
    ClientState::of(attempt.to_string())
}

impl Office {
    /// The whole order. All that takes time is done here, before the clock is asked.
    pub(super) async fn order(&self, order: &CallOrder) -> Result<SendFax, Placed> {
        let failed = |error| withheld("Telnyx", &error);
        let pdf = self.app.carrier_pdf(order).await.map_err(failed)?;
        let base = self.config.public_url.as_ref();
        let media = match base.filter(|_| self.config.links) {
            None => Media::Contents(Contents {
                file_name: format!("{}.pdf", order.attempt),
                media_type: "application/pdf".to_owned(),
                bytes: pdf,
            }),
            Some(base) => {
                let key = self
                    .app
                    .keep_carrier_document(order.tenant, order.attempt, pdf)
                    .await
                    .map_err(failed)?;
                let link = self.app.pages_link(&key, DOCUMENT_LASTS);
                let url = beneath(base, &link.path).ok_or_else(|| {
                    Placed::Impossible("server.public_url has no path".to_owned())
                })?;
                Media::Url(url)
            }
        };
        let (from, to) = (order.sender.as_str(), order.destination.as_str());
        let mut fax = SendFax::new(
            self.config.connection.clone(),
            Number::new(from),
            Number::new(to),
            media,
        );
        fax.from_display_name = order.caller_name.as_deref().and_then(DisplayName::of);
        fax.quality = Some(quality(order.resolution));
        fax.t38_enabled = Some(order.settings.t38);
        fax.client_state = Some(state(order.attempt));
        fax.webhook_url = base.and_then(|base| beneath(base, EVENTS));
        Ok(fax)
    }
}

/// An address of ours: `path` may bring a query.
fn beneath(base: &Url, path: &str) -> Option<Url> {
    let base = base.as_str().trim_end_matches('/');
    Url::parse(&format!("{base}{path}")).ok()
}

/// The quality that keeps every row of the pages.
fn quality(resolution: Resolution) -> Quality {
    match resolution {
        Resolution::Standard => Quality::Normal,
        Resolution::Fine => Quality::High,
        Resolution::Superfine => Quality::VeryHigh,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_keep_the_path_of_the_public_one_and_the_query_of_the_link() {
        let base = Url::parse("https://fax.example.com/gate/").unwrap();
        assert_eq!(
            beneath(
                &base,
                "/api/fax/pages/t/carrier/a.pdf?expires=1&signature=00"
            )
            .unwrap()
            .as_str(),
            "https://fax.example.com/gate/api/fax/pages/t/carrier/a.pdf?expires=1&signature=00"
        );
        let base = Url::parse("https://fax.example.com").unwrap();
        assert_eq!(
            beneath(&base, EVENTS).unwrap().as_str(),
            "https://fax.example.com/api/fax/webhook/telnyx/"
        );
    }

    #[test]
    fn no_row_of_a_page_is_lost() {
        for (resolution, word) in [
            (Resolution::Standard, "normal"),
            (Resolution::Fine, "high"),
            (Resolution::Superfine, "very_high"),
        ] {
            assert_eq!(quality(resolution).as_str(), word);
        }
    }
}

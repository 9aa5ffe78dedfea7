//! What was sent to an endpoint, and how that went.

use faxgate_db::webhooks::{self, Attempt, Delivery, Listed, Wanted};
use faxgate_types::{DeliveryId, DeliveryState, Timestamp, WebhookId};

use super::scope::no_such_webhook;
use crate::app::App;
use crate::error::{Error, Result};
use crate::numbers::{Asker, Page};

/// Which deliveries are asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeliveryQuery {
    /// Only those that stand so.
    pub state: Option<DeliveryState>,
    /// Only those that came to be then or later.
    pub since: Option<Timestamp>,
    /// Only those that came to be before then.
    pub until: Option<Timestamp>,
    /// At most so many.
    pub limit: u32,
    /// After so many.
    pub offset: u64,
}

/// A delivery with its tries.
#[derive(Clone, Debug)]
pub struct LoggedDelivery {
    /// The delivery.
    pub delivery: Delivery,
    /// Its tries, in order.
    pub attempts: Vec<Attempt>,
}

/// There is no such delivery of this endpoint.
pub(super) fn no_such_delivery() -> Error {
    Error::not_found("NO_SUCH_DELIVERY", "there is no such delivery")
}

impl App {
    /// The deliveries to an endpoint, newest first.
    ///
    /// # Errors
    /// `NO_SUCH_WEBHOOK`.
    pub async fn webhook_deliveries(
        &self,
        asker: &Asker,
        id: WebhookId,
        query: DeliveryQuery,
    ) -> Result<Page<Listed>> {
        let tenant = self.webhook_tenant(asker, id).await?;
        let wanted = Wanted {
            state: query.state,
            since: query.since,
            until: query.until,
            limit: query.limit.into(),
            offset: i64::try_from(query.offset).unwrap_or(i64::MAX),
        };
        let mut tx = self.db.read(tenant).await?;
        webhooks::find(&mut tx, tenant, id)
            .await?
            .ok_or_else(no_such_webhook)?;
        let (total, results) = webhooks::page_of_deliveries(&mut tx, tenant, id, wanted).await?;
        tx.commit().await?;
        Ok(Page {
            total: u64::try_from(total).unwrap_or(0),
            results,
        })
    }

    /// One delivery, with what is sent and each try.
    ///
    /// # Errors
    /// `NO_SUCH_DELIVERY`.
    pub async fn webhook_delivery(
        &self,
        asker: &Asker,
        id: WebhookId,
        delivery: DeliveryId,
    ) -> Result<LoggedDelivery> {
        let tenant = self.webhook_tenant(asker, id).await?;
        let mut tx = self.db.read(tenant).await?;
        let found = webhooks::find_delivery(&mut tx, tenant, id, delivery).await?;
        let found = found.ok_or_else(no_such_delivery)?;
        let attempts = webhooks::of_delivery(&mut tx, tenant, delivery).await?;
        tx.commit().await?;
        Ok(LoggedDelivery {
            delivery: found,
            attempts,
        })
    }
}

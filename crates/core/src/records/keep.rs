//! How long a tenant's things are kept.

use std::time::Duration;

use faxgate_db::retention::{self, Cutoffs};
use faxgate_types::{KeepChoice, Timestamp};
use serde_json::json;

use super::Keep;
use crate::app::App;
use crate::audit::Entry;
use crate::error::{Error, Result};
use crate::numbers::Asker;

const DAY: Duration = Duration::from_secs(24 * 3600);

impl Keep {
    /// With what the tenant has of its own.
    #[must_use]
    pub fn with(self, own: &KeepChoice) -> Self {
        Self {
            sent: own.sent_days.unwrap_or(self.sent),
            failed: own.failed_days.unwrap_or(self.failed),
            received: own.received_days.unwrap_or(self.received),
            unsent: own.unsent_days.unwrap_or(self.unsent),
        }
    }

    /// What came to its end before this is due.
    pub(super) fn cutoffs(self, now: Timestamp) -> Cutoffs {
        Cutoffs {
            sent: before(now, self.sent),
            failed: before(now, self.failed),
            received: before(now, self.received),
        }
    }

    /// Uploads from before this are due, when they were never sent.
    pub(super) fn unsent_cutoff(self, now: Timestamp) -> Option<Timestamp> {
        before(now, self.unsent)
    }
}

fn before(now: Timestamp, days: u32) -> Option<Timestamp> {
    (days > 0).then(|| now - DAY * days)
}

impl App {
    /// How long a tenant (by slug or id) keeps things: what it has of its own, and what holds. For whoever administers it.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TENANT`.
    pub async fn retention(&self, asker: &Asker, tenant: &str) -> Result<(KeepChoice, Keep)> {
        asker.may_administer("see how long things are kept")?;
        let tenant = self.tenant_for(asker, tenant).await?;
        let mut tx = self.db.read(tenant.id).await?;
        let own = retention::kept(&mut tx, tenant.id)
            .await?
            .unwrap_or_default();
        tx.commit().await?;
        Ok((own, self.settings.records.keep.with(&own)))
    }

    /// Has a tenant (by slug or id) keep things for another time; what is absent is as the gateway has it. For operators: keeping costs
    /// room, and removing cannot be taken back.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TENANT`, `INVALID_RETENTION`.
    pub async fn change_retention(
        &self,
        asker: &Asker,
        tenant: &str,
        choice: KeepChoice,
    ) -> Result<Keep> {
        asker.must_operate("changing how long things are kept")?;
        choice.validate().map_err(|wrong| {
            Error::bad_input("INVALID_RETENTION", wrong.to_string())
                .field(wrong.0, wrong.to_string())
        })?;
        let tenant = self.tenant_for(asker, tenant).await?;
        let (app, asker) = (self.clone(), asker.clone());
        self.on_main(async move {
            let mut tx = app.db.write(tenant.id).await?;
            let before = retention::kept(&mut tx, tenant.id)
                .await?
                .unwrap_or_default();
            retention::keep(&mut tx, tenant.id, &choice).await?;
            let entry = Entry::new(&asker, "tenant.retention.changed", tenant.id)
                .details(json!({"before": before, "after": choice}));
            app.audit(&mut tx, tenant.id, entry).await?;
            tx.commit().await?;
            Ok(app.settings.records.keep.with(&choice))
        })
        .await
    }
}

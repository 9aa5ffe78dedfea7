//! The outbox, as a tenant's administrators see it.

use faxgate_db::mail;
use faxgate_db::tenants::Tenant;
use faxgate_types::{MailId, MailState, Timestamp};
use serde_json::json;

use super::view::may_manage;
use crate::app::App;
use crate::audit::Entry;
use crate::error::{Error, Result};
use crate::numbers::{Asker, Page};

pub use faxgate_db::mail::Listed as OutboxEntry;

/// Messages that one request has tried again.
const MOST_RETRIED: i64 = 1000;

impl App {
    /// A page of a tenant's messages, newest first, in one state or all.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`.
    pub async fn mail_outbox(
        &self,
        asker: &Asker,
        tenant: &Tenant,
        state: Option<MailState>,
        limit: u32,
        offset: u64,
    ) -> Result<Page<OutboxEntry>> {
        may_manage(asker)?;
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        let mut tx = self.db.read(tenant.id).await?;
        let (total, results) =
            mail::page(&mut tx, tenant.id, state, i64::from(limit), offset).await?;
        tx.commit().await?;
        Ok(Page {
            total: u64::try_from(total).unwrap_or(0),
            results,
        })
    }

    /// Has all messages that were given up at `since` or later tried again, the oldest first: 1,000 at most. How many.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`.
    pub async fn retry_failed_mail(
        &self,
        asker: &Asker,
        tenant: &Tenant,
        since: Timestamp,
    ) -> Result<usize> {
        may_manage(asker)?;
        let (app, asker, tenant) = (self.clone(), asker.clone(), tenant.id);
        self.on_main(async move {
            let mut tx = app.db.write(tenant).await?;
            let now = app.now();
            let retried = mail::retry_failed(&mut tx, tenant, since, now, MOST_RETRIED).await?;
            let entry = Entry::new(&asker, "mail.retried", tenant)
                .details(json!({"failed_since": since.to_seconds(), "messages": retried}));
            app.audit(&mut tx, tenant, entry).await?;
            tx.commit().await?;
            app.mail_added.notify_one();
            Ok(retried)
        })
        .await
    }

    /// Has a message that waits or was given up tried now; its schedule begins anew.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`; `NOT_FOUND`; `ALREADY_SENT` when it is sent, or being sent.
    pub async fn retry_mail(&self, asker: &Asker, tenant: &Tenant, id: MailId) -> Result<()> {
        may_manage(asker)?;
        let (app, asker, tenant) = (self.clone(), asker.clone(), tenant.id);
        self.on_main(async move {
            let mut tx = app.db.write(tenant).await?;
            match mail::retry(&mut tx, tenant, id, app.now()).await? {
                None => return Err(Error::not_found("NOT_FOUND", "there is no such message")),
                Some(false) => {
                    return Err(Error::conflict(
                        "ALREADY_SENT",
                        "the message is sent, or being sent",
                    ));
                }
                Some(true) => {}
            }
            let entry = Entry::new(&asker, "mail.retried", id);
            app.audit(&mut tx, tenant, entry).await?;
            tx.commit().await?;
            app.mail_added.notify_one();
            Ok(())
        })
        .await
    }
}

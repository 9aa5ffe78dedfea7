//! Sending to those whom a broadcast did not reach, again.

use faxgate_db::broadcasts::{self, Broadcast, Counts};
use faxgate_db::{documents, events};
use faxgate_types::{BroadcastId, BroadcastState, RecipientState, Timestamp};
use serde_json::json;

use super::{locked, not_now};
use crate::app::App;
use crate::audit::Entry;
use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::idempotent::Once;

impl App {
    /// Makes a new broadcast of one that has ended, to those recipients whose fax failed, and starts it at `send_at`, or at once. Who may
    /// have the fax (`unknown`) is not among them.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_BROADCAST`, `BROADCAST_STATE`, `NOTHING_TO_RETRY`, `DOCUMENT_GONE`, `INVALID_SEND_AT`.
    pub async fn retry_broadcast(
        &self,
        caller: &Caller,
        id: BroadcastId,
        send_at: Option<Timestamp>,
        once: Once<Broadcast>,
    ) -> Result<Broadcast> {
        caller.may_send()?;
        let (app, caller) = (self.clone(), caller.clone());
        let again = self
            .on_main(async move {
                let tenant = caller.tenant.id;
                let now = app.now();
                let mut tx = app.db.write(tenant).await?;
                let before = locked(&mut tx, tenant, id).await?;
                if !before.state.is_final() {
                    return Err(not_now(&before, "wait for its end"));
                }
                let kept = match before.document_id {
                    Some(document) => documents::hold(&mut tx, tenant, document).await?,
                    None => None,
                };
                if kept.is_none() {
                    return Err(Error::conflict(
                        "DOCUMENT_GONE",
                        "the broadcast's document is not kept any more; make a new broadcast",
                    ));
                }
                let mut again = Broadcast {
                    id: BroadcastId::generate(&app.ambient),
                    user_id: Some(caller.user.id),
                    state: BroadcastState::Draft,
                    send_at: None,
                    retry_of: Some(id),
                    error: None,
                    counts: Counts::default(),
                    created_at: now,
                    updated_at: now,
                    started_at: None,
                    finished_at: None,
                    ..before
                };
                broadcasts::add(&mut tx, &again).await?;
                let both = (id, again.id);
                let failed = RecipientState::Failed;
                let copied = broadcasts::copy_recipients(&mut tx, tenant, both, failed).await?;
                if copied == 0 {
                    return Err(Error::conflict(
                        "NOTHING_TO_RETRY",
                        "no recipient of the broadcast failed",
                    ));
                }
                let copied = i64::try_from(copied).unwrap_or(i64::MAX);
                again.counts.add(RecipientState::Waiting, copied);
                let event = app.set_going(&mut tx, &mut again, send_at).await?;
                broadcasts::save(&mut tx, &again, now).await?;
                once.complete(&mut tx, &again).await?;
                if let Some(event) = event {
                    events::append(&mut tx, tenant, &event).await?;
                }
                let entry = Entry::new(&caller, "broadcast.retried", id);
                let entry =
                    entry.details(json!({"as": again.id.to_string(), "recipients": copied}));
                app.audit(&mut tx, tenant, entry).await?;
                tx.commit().await?;
                Ok(again)
            })
            .await?;
        self.work_added.notify_one();
        Ok(again)
    }
}

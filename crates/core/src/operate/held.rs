//! Recipients of whom nobody knows whether they have the fax: a person decides.

use faxgate_db::events::{self, Event};
use faxgate_db::faxes::Fax;
use faxgate_db::held::{self, Held};
use faxgate_db::items::{self, Change, Item};
use faxgate_db::{Tx, Wake, faxes};
use faxgate_types::{FaxId, ItemState, TenantId, Timestamp};
use serde_json::json;

use crate::app::App;
use crate::audit::{Actor, Entry};
use crate::error::{Error, Result};

/// At most so many are listed.
const MOST: u32 = 1000;

/// What becomes of a held recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// It is sent again, from the first page that was not confirmed.
    ResendUnconfirmed,
    /// It is sent again, every page.
    ResendAll,
    /// The fax arrived, as the recipient says.
    CloseSent,
    /// The fax is given up.
    CloseFailed,
}

impl App {
    /// Recipients that wait for a person's decision, of one tenant (by slug) or of all, longest first; at most 1000.
    ///
    /// # Errors
    /// `NO_SUCH_TENANT`.
    pub async fn held(&self, tenant: Option<&str>) -> Result<Vec<Held>> {
        let tenant = match tenant {
            Some(slug) => Some(self.tenant_by_slug(slug).await?.id),
            None => None,
        };
        let mut tx = self.db.system_read("list held recipients").await?;
        let held = held::list(&mut tx, tenant, MOST).await?;
        tx.commit().await?;
        Ok(held)
    }

    /// Decides about a fax's held recipients: all of them, or the one with this number. `by` is who decided, for the
    /// timeline. Says which recipients it were, as they came in.
    ///
    /// # Errors
    /// `NOT_FOUND`; `NOT_HELD` when there is none to decide about, or somebody else has just decided.
    pub async fn release_held(
        &self,
        fax: FaxId,
        recipient: Option<&str>,
        what: Release,
        by: &str,
    ) -> Result<Vec<String>> {
        let mut tx = self.db.system_read("find a held fax").await?;
        let tenant = held::owner(&mut tx, fax).await?;
        tx.commit().await?;
        let tenant = tenant
            .ok_or_else(|| Error::not_found("NOT_FOUND", format!("there is no fax {fax}")))?;
        let (app, recipient) = (self.clone(), recipient.map(str::to_owned));
        let by = by.to_owned();
        let released = self
            .on_main(async move {
                app.release(tenant, fax, recipient.as_deref(), what, &by)
                    .await
            })
            .await?;
        self.queue_changed.notify_one();
        Ok(released)
    }

    async fn release(
        &self,
        tenant: TenantId,
        fax: FaxId,
        recipient: Option<&str>,
        what: Release,
        by: &str,
    ) -> Result<Vec<String>> {
        let mut tx = self.db.write(tenant).await?;
        // The fax first, as everybody who changes its items does.
        let fax = faxes::lock(&mut tx, tenant, fax)
            .await?
            .ok_or_else(|| Error::not_found("NOT_FOUND", "there is no such fax"))?;
        let mut released = Vec::new();
        let mut told = Vec::new();
        for item in items::of_fax(&mut tx, tenant, fax.id).await? {
            let meant = recipient.is_none_or(|number| is(&item, number));
            if item.state == ItemState::Held && meant {
                told.push(self.decide(&mut tx, &fax, &item, what, by).await?);
                released.push(item.recipient_raw);
            }
        }
        if released.is_empty() {
            return Err(Error::conflict(
                "NOT_HELD",
                match recipient {
                    Some(number) => {
                        format!("{number} is no recipient of fax {} that is held", fax.id)
                    }
                    None => format!("no recipient of fax {} is held", fax.id),
                },
            ));
        }
        let left = items::of_fax(&mut tx, tenant, fax.id).await?;
        let error = left
            .into_iter()
            .rev()
            .filter(|item| matches!(item.state, ItemState::Failed | ItemState::Held))
            .find_map(|item| item.error);
        let standing = self.refresh_status(&mut tx, &fax, 0, error).await?;
        told.extend(standing.ended);
        // Last: whoever settles another call of the tenant waits from here on.
        events::append_all(&mut tx, tenant, &told).await?;
        tx.wake(Wake::Queue);
        let entry = Entry::new(Actor::Console, "held.decided", fax.id).details(
            json!({"decision": format!("{what:?}"), "by": by, "recipients": released.len()}),
        );
        self.audit(&mut tx, tenant, entry).await?;
        tx.commit().await?;
        Ok(released)
    }

    async fn decide(
        &self,
        tx: &mut Tx,
        fax: &Fax,
        item: &Item,
        what: Release,
        by: &str,
    ) -> Result<Event> {
        let now = self.now();
        let (change, kind, text) = decision(item, fax.pages, what, by, now);
        if !items::change(tx, fax.tenant_id, item.id, item.fence, &change, now).await? {
            return Err(Error::conflict(
                "NOT_HELD",
                format!("{} is not held any more", item.recipient_raw),
            ));
        }
        if change.state == ItemState::Queued {
            held::begin_anew(tx, item, now).await?;
        } else {
            self.let_go(tx, item, now).await?;
            self.count_ended(tx, fax, change.state, 1, now).await?;
        }
        let event = Event {
            fax: Some(fax.id),
            item: Some(item.id),
            attempt: None,
            kind: kind.to_owned(),
            text,
            data: None,
            at: now,
        };
        tracing::info!(fax = %fax.id, decision = ?what, by, "decided about a held recipient of fax {}", fax.id);
        Ok(event)
    }
}

/// What a held item becomes, and what the timeline says.
fn decision(
    item: &Item,
    pages: i32,
    what: Release,
    by: &str,
    now: Timestamp,
) -> (Change, &'static str, String) {
    match what {
        Release::ResendUnconfirmed | Release::ResendAll => {
            let mut change = Change::of(item, ItemState::Queued);
            // A document of which every page is confirmed has no page to go on with.
            if what == Release::ResendAll || item.confirmed_pages >= pages {
                change.confirmed_pages = 0;
            }
            change.due_at = now;
            change.waiting_for = None;
            (change.tries, change.tries_partial, change.waits) = ([0; 4], 0, 0);
            let from = match change.confirmed_pages {
                0 => "every page, which may arrive twice".to_owned(),
                n => format!("from page {} (unconfirmed, so it may arrive twice)", n + 1),
            };
            let text = format!("{by} decided to send it again, {from}");
            (change, "recipient.resent", text)
        }
        Release::CloseSent => {
            let mut change = Change::of(item, ItemState::Sent);
            change.error = None;
            let text = format!("closed as sent by {by}, who knows that it arrived");
            (change, "recipient.sent", text)
        }
        Release::CloseFailed => {
            let mut change = Change::of(item, ItemState::Failed);
            let text = format!("given up by {by}: nobody knew whether it had arrived");
            change.error = Some(text.clone());
            (change, "recipient.failed", text)
        }
    }
}

/// Whether a number, as typed, is this recipient.
fn is(item: &Item, typed: &str) -> bool {
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    let typed_digits = digits(typed);
    typed.trim() == item.recipient_raw
        || typed_digits == digits(&item.recipient_raw)
        || typed_digits == item.destination.digits()
}

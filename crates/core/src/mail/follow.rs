//! From events to messages.

use std::sync::atomic::{AtomicBool, Ordering};

use faxgate_db::mail::{self, NewLetter};
use faxgate_db::{Tx, broadcasts, faxes};
use faxgate_mail::{Notice, NoticeKind};
use faxgate_types::failpoint::{self, Failpoint};
use faxgate_types::{EmailAddress, FaxId, MailId, TenantId};
use serde_json::Value;

use super::FOLLOWER;
use super::alerts::alert;
use super::choices::MailChoices;
use super::view::choices_of;
use crate::app::App;
use crate::error::{Error, Result};
use crate::receive::spellings;
use crate::tell::{EventType, Follower, PublicEvent};

/// Writes a message for everybody who is to be told of an event.
pub(super) struct Notices {
    app: App,
    /// Whether there are new ones.
    added: AtomicBool,
}

impl Notices {
    pub(super) fn new(app: App) -> Self {
        Self {
            app,
            added: AtomicBool::new(false),
        }
    }
}

impl Follower for Notices {
    fn name(&self) -> &'static str {
        FOLLOWER
    }

    async fn tell(&self, tx: &mut Tx, tenant: TenantId, events: &[PublicEvent]) -> Result<()> {
        // A gateway that sends none keeps none: when it is set up, nobody is flooded with the past.
        if self.app.settings.mail.out.is_none() {
            return Ok(());
        }
        let mut choices = None;
        for event in events {
            let kind = kind(event);
            if kind.is_none() && !is_alert(event) {
                continue;
            }
            if choices.is_none() {
                choices = Some(choices_of(tx, tenant).await?.0);
            }
            let Some(chosen) = &choices else { continue };
            if let Some((notice, to)) = alert(event, chosen) {
                self.add(tx, tenant, event, &notice, to.to_vec(), None)
                    .await?;
            } else if let (Some(kind), Some(fax)) = (kind, event.fax) {
                self.of_fax(tx, tenant, event, kind, fax, chosen).await?;
            }
        }
        Ok(())
    }

    fn committed(&self) {
        if self.added.swap(false, Ordering::Relaxed) {
            failpoint::reach(Failpoint::MailFollowed);
            self.app.mail_added.notify_one();
        }
    }
}

impl Notices {
    async fn of_fax(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        event: &PublicEvent,
        kind: NoticeKind,
        id: FaxId,
        choices: &MailChoices,
    ) -> Result<()> {
        let Some(fax) = faxes::find(tx, tenant, id).await? else {
            return Ok(());
        };
        let inbound = matches!(kind, NoticeKind::Received | NoticeKind::ReceiveFailed);
        let mut to: Vec<EmailAddress> = Vec::new();
        if inbound {
            to.extend(choices.inbound.to.iter().cloned());
            // As it was told, which is not always E.164.
            for number in spellings(&fax.recipient_number) {
                let here = choices.inbound.by_number.get(&number);
                to.extend(here.into_iter().flatten().cloned());
            }
        } else {
            // One word at its end for a whole broadcast, not one for each of its faxes.
            if broadcasts::has_fax(tx, tenant, id).await? {
                return Ok(());
            }
            if told_of(choices, kind) {
                to.extend(choices.results.to.iter().cloned());
            }
            to.extend(mail::wishes(tx, tenant, id).await?);
        }
        let text = |name: &str| event.data[name].as_str().map(str::to_owned);
        let notice = Notice {
            faxes: vec![id.to_string()],
            from: Some(fax.sender_number.clone()),
            to: text("recipient_number").or_else(|| Some(fax.recipient_number.clone())),
            station: fax.remote_station_id.clone().filter(|_| inbound),
            pages: u32::try_from(fax.pages).ok(),
            at: Some(event.timestamp),
            reason: text("error"),
            ..Notice::new(kind)
        };
        self.add(tx, tenant, event, &notice, to, Some(id)).await
    }

    /// A message for each of these addresses.
    async fn add(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        event: &PublicEvent,
        notice: &Notice,
        mut to: Vec<EmailAddress>,
        fax: Option<FaxId>,
    ) -> Result<()> {
        let json = serde_json::to_string(notice).map_err(Error::internal)?;
        let app = &self.app;
        to.sort_unstable_by_key(EmailAddress::folded);
        to.dedup_by_key(|address| address.folded());
        for recipient in to {
            let letter = NewLetter {
                id: MailId::generate(&app.ambient),
                subject_key: format!("event:{}:{}", event.seq, recipient.folded()),
                kind: event.kind.as_str().to_owned(),
                recipient,
                fax,
                notice: json.clone(),
            };
            mail::add(tx, tenant, &letter, app.now()).await?;
            self.added.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// What an event is to readers of mail; `None`: nothing.
fn kind(event: &PublicEvent) -> Option<NoticeKind> {
    let inbound = event.data["direction"] == "inbound";
    match event.kind {
        EventType::FaxSent => Some(NoticeKind::Sent),
        EventType::FaxFailed if inbound => Some(NoticeKind::ReceiveFailed),
        EventType::FaxFailed => Some(NoticeKind::Failed),
        // Where nobody has to decide, the next call will tell.
        EventType::FaxUnknown if event.data["held"] == Value::Bool(true) => {
            Some(NoticeKind::Unknown)
        }
        EventType::FaxReceived => Some(NoticeKind::Received),
        _ => None,
    }
}

/// Whether an event is told of that is no fax's.
fn is_alert(event: &PublicEvent) -> bool {
    matches!(
        event.kind,
        EventType::BroadcastCompleted
            | EventType::BroadcastFailed
            | EventType::WebhookDisabled
            | EventType::TenantLimitNear
            | EventType::TenantLimitReached
            | EventType::TenantBalanceLow
    )
}

fn told_of(choices: &MailChoices, kind: NoticeKind) -> bool {
    match kind {
        NoticeKind::Sent => choices.results.sent,
        NoticeKind::Failed => choices.results.failed,
        NoticeKind::Unknown => choices.results.unknown,
        _ => true,
    }
}

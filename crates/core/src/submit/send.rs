//! Accepting a fax.

use std::collections::HashSet;

use faxgate_db::events::{self, Event};
use faxgate_db::faxes::{self, Fax};
use faxgate_db::{
    Wake, covers as stored_covers, dids, documents, items, jobs, mail, routes, tenants,
};
use faxgate_types::{
    Direction, E164, EmailAddress, FaxId, FaxStatus, ItemId, JobId, MailIntakeId, Priority,
    Resolution, Timestamp,
};
use serde_json::json;

use super::times::Times;
use super::{do_not_fax, numbers};
use crate::app::App;
use crate::audit::Entry;
use crate::auth::Caller;
use crate::covers::{self, CoverSaid};
use crate::error::{Error, Result};
use crate::idempotent::Once;
use crate::records::no_upload;
use crate::tell::facts::Facts;
use crate::{words, work};

/// A fax to send.
#[derive(Clone, Debug)]
pub struct SendRequest {
    /// The sending DID, however it is written.
    pub username: String,
    /// The name that the upload was given.
    pub filename: String,
    /// Recipients, separated by commas.
    pub numbers: String,
    /// Superfine instead of fine.
    pub is_enhanced: bool,
    /// Its place among the tenant's own faxes.
    pub priority: Priority,
    /// Not before this moment; in the past: now.
    pub send_at: Option<Timestamp>,
    /// Never to a real line.
    pub test_mode: bool,
    /// Who else is told of its result, and which message it comes from.
    pub by_mail: ByMail,
    /// What its cover says; `None`: it has none.
    pub cover: Option<CoverSaid>,
    /// The caller's idempotency key, if there is one.
    pub once: Once<SendReply>,
}

/// What mail has to do with a fax.
#[derive(Clone, Debug, Default)]
pub struct ByMail {
    /// Who is told of its result besides those that the tenant chose.
    pub wishes: Vec<EmailAddress>,
    /// The message that it comes from, and which document of it: that is sent once.
    pub part: Option<(MailIntakeId, i32)>,
}

/// A fax that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendReply {
    /// Its id.
    pub fax: FaxId,
    /// The recipients, as they were typed.
    pub queued: Vec<String>,
    /// Whether it only goes to the simulator.
    pub simulated: bool,
}

impl App {
    /// Accepts a fax: durable once this returns.
    ///
    /// # Errors
    /// What is wrong with the request, by field; and when the database cannot be reached.
    pub async fn send(&self, caller: &Caller, request: SendRequest) -> Result<SendReply> {
        caller.may_send()?;
        if let Some(said) = &request.cover {
            said.check()?;
        }
        if request.test_mode && !self.takes_test_faxes().await? {
            return Err(Error::unavailable(
                "TEST_MODE_UNAVAILABLE",
                "this gateway has no simulator for X-Test-Mode, or the process that has it is not running; \
                 an operator can set FAXGATE_SIMULATOR__ENABLED=true",
            ));
        }
        let (app, caller) = (self.clone(), caller.clone());
        let reply = self
            .on_main(async move { app.accept(&caller, request).await })
            .await?;
        self.work_added.notify_one();
        self.queue_changed.notify_one();
        Ok(reply)
    }

    async fn accept(&self, caller: &Caller, request: SendRequest) -> Result<SendReply> {
        let tenant = &caller.tenant;
        let recipients = numbers::recipients(&request.numbers, tenant)?;
        let ours = match request.test_mode || self.settings.only_simulator {
            true => HashSet::new(),
            false => self.ours(&recipients).await?,
        };
        let mut tx = self.db.write(tenant.id).await?;
        let sender = numbers::sender(
            &request.username,
            tenant,
            &dids::senders(&mut tx, tenant.id).await?,
            request.test_mode || self.settings.only_simulator,
        )?;
        do_not_fax::check(&mut tx, tenant.id, &recipients).await?;
        let document = documents::to_send(&mut tx, tenant.id, request.filename.trim()).await?;
        let document = match document {
            Some(document) => document,
            None => return Err(no_upload(&mut tx, tenant.id, &request.filename).await?),
        };
        let now = self.now();
        let policy = tenants::policy(&mut tx, tenant.id)
            .await?
            .unwrap_or_default();
        let times = Times::read(&policy, &request, now)?;
        let first = recipients
            .first()
            .map(|r| r.raw.clone())
            .unwrap_or_default();
        let fax = Fax {
            id: FaxId::generate(&self.ambient),
            tenant_id: tenant.id,
            user_id: Some(caller.user.id),
            direction: Direction::Outbound,
            status: FaxStatus::Pending,
            sender_number: request.username.trim().to_owned(),
            sender_e164: Some(sender),
            recipient_number: first,
            document_id: Some(document.id),
            resolution: if request.is_enhanced {
                Resolution::Superfine
            } else {
                Resolution::Fine
            },
            pages: document.pages,
            duration: 0,
            pages_key: None,
            line_seconds: 0,
            simulated: request.test_mode,
            is_partial: false,
            error: None,
            remote_station_id: None,
            call_key: None,
            created_at: now,
            updated_at: now,
            priority: request.priority,
            send_at: request.send_at,
        };
        let reply = SendReply {
            fax: fax.id,
            queued: recipients.iter().map(|r| r.raw.clone()).collect(),
            simulated: request.test_mode,
        };
        // Early: somebody who has taken the request over ends this one here.
        request.once.complete(&mut tx, &reply).await?;
        faxes::insert(&mut tx, &fax).await?;
        let has_cover = request.cover.is_some();
        if let Some(said) = request.cover {
            let written = covers::written(&mut tx, tenant, said).await?;
            stored_covers::attach(&mut tx, tenant.id, fax.id, &written.json()?).await?;
        }
        for address in &request.by_mail.wishes {
            mail::wish(&mut tx, tenant.id, fax.id, address).await?;
        }
        if let Some((message, part)) = request.by_mail.part {
            mail::part_became(&mut tx, tenant.id, message, part, fax.id).await?;
        }
        let items: Vec<_> = recipients
            .into_iter()
            .map(|recipient| {
                let (due_at, waiting_for) = times.due(&recipient.number);
                items::NewItem {
                    id: ItemId::generate(&self.ambient),
                    recipient_raw: recipient.raw,
                    destination: recipient.number,
                    due_at,
                    waiting_for,
                }
            })
            .collect();
        let of = items::ItemsOf {
            tenant: tenant.id,
            fax: fax.id,
            simulated: fax.simulated || self.settings.only_simulator,
            priority: fax.priority,
        };
        items::insert_all(&mut tx, of, &items, now).await?;
        // Test faxes have one line.
        if let Some(sender) = fax.sender_e164.as_ref().filter(|_| !of.simulated) {
            let rules = routes::for_sender(&mut tx, tenant.id, sender).await?;
            let route = |item: &items::NewItem| {
                let chosen = rules.choose(&item.destination, ours.contains(&item.destination))?;
                Some((item.id, chosen.route))
            };
            let routes: Vec<_> = items.iter().filter_map(route).collect();
            routes::write(&mut tx, tenant.id, &routes).await?;
        }
        let event = Event {
            fax: Some(fax.id),
            item: None,
            attempt: None,
            kind: "fax.queued".to_owned(),
            text: format!(
                "accepted {} for {} from {}{}",
                document.filename,
                words::recipients(items.len()),
                caller.user.username,
                times.told()
            ),
            data: Facts::fax(&fax)
                .and(json!({
                    "recipients": items.len(),
                    "send_at": fax.send_at.map(|at| at.to_string()),
                }))
                .data(),
            at: now,
        };
        events::append(&mut tx, tenant.id, &event).await?;
        if has_cover
            || !self
                .take_pages_made_before(&mut tx, &fax, &document)
                .await?
        {
            let (job, subject) = (
                JobId::generate(&self.ambient),
                work::FaxRef(tenant.id, fax.id),
            );
            jobs::add(&mut tx, job, work::RENDER, subject, now).await?;
            tx.wake(Wake::Jobs);
        }
        let entry = Entry::new(caller, "fax.submitted", fax.id).details(json!({
            "document": document.id, "sha256": document.sha256, "from": fax.sender_number,
            "recipients": items.len(), "pages": fax.pages, "simulated": fax.simulated,
        }));
        self.audit(&mut tx, tenant.id, entry).await?;
        tx.commit().await?;
        tracing::info!(
            tenant = %tenant.slug, fax = %fax.id, recipients = items.len(), simulated = fax.simulated,
            "accepted fax {} of {} for {}", fax.id, words::pages(fax.pages), words::recipients(items.len())
        );
        Ok(reply)
    }
}

impl App {
    /// Those of the recipients that are numbers of this gateway, whoever has them. One that becomes one right now goes by a call.
    async fn ours(&self, recipients: &[numbers::Recipient]) -> Result<HashSet<E164>> {
        let numbers: Vec<E164> = recipients.iter().map(|r| r.number.clone()).collect();
        let mut tx = self.db.system_read("which recipients are our own").await?;
        let ours = routes::ours(&mut tx, &numbers).await?;
        tx.commit().await?;
        Ok(ours.into_iter().collect())
    }
}

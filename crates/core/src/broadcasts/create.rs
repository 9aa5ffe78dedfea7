//! Making a broadcast.

use bytes::Bytes;
use faxgate_db::broadcasts::{self, Broadcast, Counts};
use faxgate_db::documents::{self, Document};
use faxgate_db::{Tx, dids};
use faxgate_types::{BroadcastId, BroadcastState, Resolution, TenantId, Timestamp};
use serde_json::json;

use super::add::{AddRecipients, SomeRecipient};
use super::no_such_broadcast;
use crate::app::App;
use crate::audit::Entry;
use crate::auth::Caller;
use crate::covers::{self, CoverSaid};
use crate::error::{Error, Result};
use crate::idempotent::Once;
use crate::records::no_upload;
use crate::submit::numbers;

/// Characters that a broadcast's name may have.
const LONGEST_NAME: usize = 200;

/// A broadcast to make.
#[derive(Clone, Debug)]
pub struct NewBroadcast {
    /// Its name, for people.
    pub name: String,
    /// The document: the name that its upload was given.
    pub filename: String,
    /// The sending DID, however it is written; `None`: the tenant's default one.
    pub from: Option<String>,
    /// How fine the pages are.
    pub resolution: Resolution,
    /// What all covers have in common; `None`: there is no cover.
    pub cover: Option<CoverSaid>,
    /// Never to a real line.
    pub test_mode: bool,
    /// Its first recipients; there may be none yet.
    pub recipients: SomeRecipient,
    /// Whether it starts by itself: at `send_at`, or at once.
    pub start: bool,
    /// Not before this moment; in the past: now.
    pub send_at: Option<Timestamp>,
    /// The caller's idempotency key, if there is one.
    pub once: Once<Broadcast>,
}

/// A CSV file with recipients.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The file.
    pub file: Bytes,
    /// Whether one wrong line is enough to take in nothing.
    pub all_or_nothing: bool,
    /// Only say what would happen.
    pub dry_run: bool,
}

impl App {
    /// Makes a broadcast with its first recipients, and starts it when it is to start by itself. When anything of it is wrong, nothing
    /// is left of it.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `INVALID_FIELDS`, `UNKNOWN_SENDER`, `NO_NUMBER`, `FILE_NOT_FOUND`, `TEST_MODE_UNAVAILABLE`; those of
    /// [`App::add_recipients`] and of [`App::schedule_broadcast`].
    pub async fn create_broadcast(&self, caller: &Caller, new: NewBroadcast) -> Result<Broadcast> {
        caller.may_send()?;
        if new.test_mode && !self.takes_test_faxes().await? {
            return Err(Error::unavailable(
                "TEST_MODE_UNAVAILABLE",
                "this gateway has no simulator for X-Test-Mode, or the process that has it is not running; \
                 an operator can set FAXGATE_SIMULATOR__ENABLED=true",
            ));
        }
        let (app, caller) = (self.clone(), caller.clone());
        self.on_main(async move {
            let draft = app.draft(&caller, &new).await?;
            let made = app.fill_draft(&caller, &draft, new).await;
            if made.is_err() {
                let mut tx = app.db.write(caller.tenant.id).await?;
                broadcasts::remove(&mut tx, caller.tenant.id, draft.id).await?;
                tx.commit().await?;
            }
            made
        })
        .await
    }

    async fn draft(&self, caller: &Caller, new: &NewBroadcast) -> Result<Broadcast> {
        let tenant = &caller.tenant;
        let name = name(&new.name)?;
        let mut tx = self.db.write(tenant.id).await?;
        let cover = match &new.cover {
            Some(said) => {
                said.check()?;
                // So that a template that is not there is known of now.
                covers::written(&mut tx, tenant, said.clone()).await?;
                Some(serde_json::to_string(said).map_err(Error::internal)?)
            }
            None => None,
        };
        let document = document(&mut tx, tenant.id, &new.filename).await?;
        let own = dids::senders(&mut tx, tenant.id).await?;
        let from = match &new.from {
            Some(from) => from.trim().to_owned(),
            None => {
                let default = dids::default_of(&mut tx, tenant.id).await?;
                let default = default.ok_or_else(|| {
                    Error::bad_input(
                        "NO_NUMBER",
                        "this tenant has no fax number to send from; ask an operator to add one",
                    )
                })?;
                default.number.to_string()
            }
        };
        let simulated = new.test_mode || self.settings.only_simulator;
        let sender = numbers::sender(&from, tenant, &own, simulated)?;
        let now = self.now();
        let draft = Broadcast {
            id: BroadcastId::generate(&self.ambient),
            tenant_id: tenant.id,
            user_id: Some(caller.user.id),
            name,
            state: BroadcastState::Draft,
            document_id: Some(document.id),
            sender_number: from,
            sender,
            resolution: new.resolution,
            cover,
            simulated,
            send_at: new.send_at,
            retry_of: None,
            error: None,
            counts: Counts::default(),
            created_at: now,
            updated_at: now,
            started_at: None,
            finished_at: None,
        };
        broadcasts::add(&mut tx, &draft).await?;
        tx.commit().await?;
        Ok(draft)
    }

    async fn fill_draft(
        &self,
        caller: &Caller,
        draft: &Broadcast,
        new: NewBroadcast,
    ) -> Result<Broadcast> {
        let tenant = caller.tenant.id;
        let add = AddRecipients {
            some: new.recipients,
            once: Once::default(),
        };
        self.take_recipients(caller, draft.id, add).await?;
        let mut tx = self.db.write(tenant).await?;
        let found = broadcasts::lock(&mut tx, tenant, draft.id).await?;
        let mut broadcast = found.ok_or_else(no_such_broadcast)?;
        let event = match new.start {
            true => self.set_going(&mut tx, &mut broadcast, new.send_at).await?,
            false => None,
        };
        broadcasts::save(&mut tx, &broadcast, self.now()).await?;
        new.once.complete(&mut tx, &broadcast).await?;
        if let Some(event) = event {
            faxgate_db::events::append(&mut tx, tenant, &event).await?;
        }
        let entry = Entry::new(caller, "broadcast.created", broadcast.id);
        let entry = entry.details(json!({
            "name": broadcast.name,
            "recipients": broadcast.counts.total(),
            "status": broadcast.state.as_str(),
        }));
        self.audit(&mut tx, tenant, entry).await?;
        tx.commit().await?;
        self.work_added.notify_one();
        Ok(broadcast)
    }
}

pub(super) fn name(said: &str) -> Result<String> {
    let name = said.trim();
    let count = name.chars().count();
    if count == 0 || count > LONGEST_NAME || name.contains(char::is_control) {
        let problem = format!("must be one line of 1 to {LONGEST_NAME} characters");
        let error = Error::bad_input("INVALID_FIELDS", format!("name {problem}"));
        return Err(error.field("name", problem));
    }
    Ok(name.to_owned())
}

async fn document(tx: &mut Tx, tenant: TenantId, filename: &str) -> Result<Document> {
    match documents::to_send(tx, tenant, filename.trim()).await? {
        Some(document) => Ok(document),
        None => Err(no_upload(tx, tenant, filename).await?),
    }
}

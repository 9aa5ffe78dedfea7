//! Faxes of the job API: one uploaded document to one number, from the tenant's own.

use std::time::Duration;

use faxgate_db::{dids, documents};
use faxgate_types::{Country, DocumentId, E164, EmailAddress, FaxId, Priority};
use tokio::time::{Instant, sleep};

use super::send::{ByMail, SendReply, SendRequest};
use crate::app::App;
use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::idempotent::Once;
use crate::show::Job;

/// How long a cancellation waits for a call on the line to end.
const CALLS_END_WITHIN: Duration = Duration::from_secs(3);
/// How often it looks.
const LOOKED_AT_EVERY: Duration = Duration::from_millis(100);

/// A fax to send, as the job API has it.
#[derive(Clone, Debug)]
pub struct JobRequest {
    /// The uploaded document.
    pub document: DocumentId,
    /// The recipient, as it was typed.
    pub destination: String,
    /// The country in which it is read, when it is not written with its own: two letters.
    pub country: String,
    /// Never to a real line.
    pub test_mode: bool,
    /// Who is told of its result besides those that the tenant chose.
    pub notify: Option<EmailAddress>,
    /// The caller's idempotency key, if there is one.
    pub once: Once<SendReply>,
}

impl App {
    /// Accepts a fax: durable once this returns.
    ///
    /// # Errors
    /// `COUNTRY_NOT_ALLOWED`, `INVALID_NUMBER`, `NO_NUMBER` when the tenant has none to send from, `NOT_FOUND` for the document; then those
    /// of [`App::send`].
    pub async fn create_job(&self, caller: &Caller, request: JobRequest) -> Result<SendReply> {
        caller.may_send()?;
        let tenant = &caller.tenant;
        let numbers = destination(&request, caller)?;
        let mut tx = self.db.read(tenant.id).await?;
        let document = documents::find(&mut tx, tenant.id, request.document).await?;
        let sender = dids::default_of(&mut tx, tenant.id).await?;
        tx.commit().await?;
        let document =
            document.ok_or_else(|| Error::not_found("NOT_FOUND", "Document upload not found"))?;
        let sender = sender.ok_or_else(|| {
            Error::bad_input(
                "NO_NUMBER",
                "this tenant has no fax number to send from; ask an operator to add one",
            )
        })?;
        let send = SendRequest {
            username: sender.number.to_string(),
            filename: document.filename,
            numbers: numbers.to_string(),
            is_enhanced: false,
            priority: Priority::Normal,
            send_at: None,
            test_mode: request.test_mode,
            cover: None,
            by_mail: ByMail {
                wishes: request.notify.into_iter().collect(),
                part: None,
            },
            once: request.once,
        };
        self.send(caller, send).await
    }

    /// Stops a fax, as [`App::cancel`] does, and waits a moment for its call to end, since clients of the job API
    /// take the answer for the end of it.
    ///
    /// # Errors
    /// `NOT_FOUND`; `ALREADY_FINISHED` when there is nothing left to stop.
    pub async fn cancel_job(&self, caller: &Caller, id: FaxId, once: Once<Job>) -> Result<Job> {
        let mut job = self.job(caller, id).await?;
        self.stop(caller, id, once.reservation()).await?;
        let patience = Instant::now() + CALLS_END_WITHIN;
        loop {
            job = self.job(caller, job.id).await?;
            if job.state.is_final() || Instant::now() >= patience {
                return Ok(job);
            }
            sleep(LOOKED_AT_EVERY).await;
        }
    }
}

/// The recipient, read in the country that the request names.
fn destination(request: &JobRequest, caller: &Caller) -> Result<E164> {
    let allowed = &caller.tenant.allowed_countries.0;
    let country: Option<Country> = request.country.parse().ok();
    let country = country
        .filter(|country| allowed.contains(country))
        .ok_or_else(|| {
            let named: String = request.country.chars().take(2).collect();
            Error::bad_input(
                "COUNTRY_NOT_ALLOWED",
                format!(
                    "Destination country {} is not supported",
                    named.to_ascii_uppercase()
                ),
            )
        })?;
    E164::read(&request.destination, country)
        .map_err(|error| Error::bad_input("INVALID_NUMBER", format!("Invalid fax number: {error}")))
}

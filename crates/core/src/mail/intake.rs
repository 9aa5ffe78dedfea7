//! Mail that came in, as a tenant's administrators see it; and the door for an SMTP server.

use std::collections::HashMap;

use async_trait::async_trait;
use faxgate_db::mail;
use faxgate_db::tenants::Tenant;
use faxgate_mail::{Envelope, Intake, Verdict};
use faxgate_types::{EmailAddress, FaxId};

use super::address::Destination;
use super::take::{MailTaken, Patience};
use super::view::may_manage;
use crate::app::App;
use crate::error::Result;
use crate::numbers::{Asker, Page};

/// A message that came in, and the faxes it became.
#[derive(Clone, Debug)]
pub struct IntakeEntry {
    /// The message.
    pub message: mail::Intake,
    /// The faxes, in the order of its documents.
    pub faxes: Vec<FaxId>,
}

impl App {
    /// A page of the messages that came in for a tenant, newest first.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`.
    pub async fn mail_intake(
        &self,
        asker: &Asker,
        tenant: &Tenant,
        limit: u32,
        offset: u64,
    ) -> Result<Page<IntakeEntry>> {
        may_manage(asker)?;
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        let mut tx = self.db.read(tenant.id).await?;
        let (total, messages) =
            mail::page_of_intake(&mut tx, tenant.id, i64::from(limit), offset).await?;
        let ids: Vec<_> = messages.iter().map(|message| message.id).collect();
        let mut faxes: HashMap<_, Vec<FaxId>> = HashMap::new();
        for (message, fax) in mail::faxes_of(&mut tx, tenant.id, &ids).await? {
            faxes.entry(message).or_default().push(fax);
        }
        tx.commit().await?;
        let entry = |message: mail::Intake| IntakeEntry {
            faxes: faxes.remove(&message.id).unwrap_or_default(),
            message,
        };
        Ok(Page {
            total: u64::try_from(total).unwrap_or(0),
            results: messages.into_iter().map(entry).collect(),
        })
    }
}

/// The door for the SMTP server: what it answers is committed.
pub struct MailDoor(pub App);

#[async_trait]
impl Intake for MailDoor {
    async fn recipient(&self, address: &EmailAddress) -> Result<(), String> {
        let settings = self.0.settings.mail.intake.as_ref();
        let found = settings.and_then(|intake| Destination::read(address, &intake.domain));
        match found {
            Some(_) => Ok(()),
            None => Err("there is no fax number at this address".to_owned()),
        }
    }

    async fn take(&self, envelope: Envelope, message: Vec<u8>) -> Verdict {
        if envelope.from.is_none() {
            return Verdict::Refused("bounces are not faxed".to_owned());
        }
        // The mail server has a patience of its own.
        let taken = self
            .0
            .take_mail("smtp", Some(&envelope.to), &message, Patience::More);
        match taken.await {
            Ok(MailTaken::Faxes(faxes)) => {
                let faxes: Vec<String> = faxes.iter().map(ToString::to_string).collect();
                Verdict::Accepted(format!("goes out as fax {}", faxes.join(", ")))
            }
            Ok(MailTaken::Refused(why)) => Verdict::Refused(why),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "mail to fax cannot be taken now; the mail server keeps it"
                );
                Verdict::Later("it cannot be taken now; come again".to_owned())
            }
        }
    }
}

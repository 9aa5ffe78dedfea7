//! Answers to mail that was to be faxed. Only senders whom the tenant knows are answered.

use faxgate_db::Tx;
use faxgate_db::mail::{self, NewLetter};
use faxgate_mail::{Incoming, Notice, NoticeKind, Reply};
use faxgate_types::{FaxId, MailId, MailIntakeId, TenantId};

use crate::app::App;
use crate::error::{Error, Result};

/// What became of a message.
pub(super) enum Became<'a> {
    /// These faxes.
    Faxes(&'a [FaxId], &'a str),
    /// Nothing; why.
    Nothing(&'a str),
}

impl App {
    /// Writes the answer to a message, in the transaction that settles it.
    pub(super) async fn answer_mail(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        intake: MailIntakeId,
        message: &Incoming,
        became: Became<'_>,
    ) -> Result<()> {
        if self.settings.mail.out.is_none() {
            return Ok(());
        }
        let reply = Some(Reply {
            message_id: message.message_id.clone(),
            subject: message.subject.clone(),
        });
        let (kind, notice) = match became {
            Became::Faxes(faxes, numbers) => (
                "intake.accepted",
                Notice {
                    faxes: faxes.iter().map(ToString::to_string).collect(),
                    to: Some(numbers.to_owned()),
                    reply,
                    ..Notice::new(NoticeKind::Accepted)
                },
            ),
            Became::Nothing(why) => (
                "intake.refused",
                Notice {
                    reason: Some(why.to_owned()),
                    reply,
                    ..Notice::new(NoticeKind::Refused)
                },
            ),
        };
        let letter = NewLetter {
            id: MailId::generate(&self.ambient),
            subject_key: format!("{kind}:{intake}"),
            kind: kind.to_owned(),
            recipient: message.from.clone(),
            fax: None,
            notice: serde_json::to_string(&notice).map_err(Error::internal)?,
        };
        mail::add(tx, tenant, &letter, self.now()).await?;
        Ok(())
    }
}

//! The post: hands the outbox to the mail server.

use std::time::Duration;

use faxgate_db::mail::{self, Letter};
use faxgate_db::{DbResult, tenants};
use faxgate_mail::{Brand, Carried, Heading, Notice, NoticeKind, Relay, SendError, compose};
use faxgate_types::failpoint::{self, Failpoint};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::choices::Carry;
use super::follow::Notices;
use super::pages::Pdf;
use super::settings::MailOut;
use super::view::choices_of;
use crate::app::App;
use crate::error::{Error, Kind, Result};

/// Messages that are handed over at the same time.
const AT_ONCE: usize = 8;
const POLL: Duration = Duration::from_secs(1);
/// Beyond what a message may take, before somebody else may take it.
const LEASE_BEYOND: Duration = Duration::from_secs(180);
/// How long a stop waits for messages that are being handed over; the next start sends them again, and their Message-ID tells.
const STOP_WAITS: Duration = Duration::from_secs(5);
/// When what could not even be composed is looked at again.
const OWN_TROUBLE: Duration = Duration::from_secs(60);
/// How long messages that ended are shown.
const ENDED_LAST: Duration = Duration::from_secs(30 * 24 * 3600);
const TIDY_EVERY: Duration = Duration::from_secs(3600);

/// How handing a message over went.
enum Outcome {
    Sent(String),
    Later(String),
    Never(String),
    /// It is our trouble: it was not tried.
    NotTried(String),
}

impl App {
    /// Does all about mail until `stop` says so: writes notices, hands them over, and looks into the maildir.
    pub async fn run_mail(&self, stop: watch::Receiver<bool>) {
        let notices = Notices(self.clone());
        tokio::join!(
            self.follow(&notices, stop.clone()),
            self.post_mail(stop.clone()),
            self.watch_maildir(stop),
        );
    }

    async fn post_mail(&self, mut stop: watch::Receiver<bool>) {
        let Some(out) = self.settings.mail.out.clone() else {
            let _ = stop.wait_for(|stop| *stop).await;
            return;
        };
        self.hand_back_mail().await;
        let relay = Relay::new(out.relay.clone());
        let mut running = JoinSet::new();
        let mut tidy_at = tokio::time::Instant::now();
        while !*stop.borrow() {
            if tokio::time::Instant::now() >= tidy_at {
                tidy_at += TIDY_EVERY;
                self.forget_mail().await;
            }
            while running.try_join_next().is_some() {}
            match self
                .claim_mail(&out, AT_ONCE.saturating_sub(running.len()))
                .await
            {
                Ok(letters) => {
                    for letter in letters {
                        let (app, relay, out) = (self.clone(), relay.clone(), out.clone());
                        running.spawn(async move { app.post(&letter, &relay, &out).await });
                    }
                }
                Err(error) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "mail that is to be sent cannot be claimed"
                ),
            }
            tokio::select! {
                () = self.mail_added.notified() => {}
                Some(_) = running.join_next() => {}
                () = tokio::time::sleep(POLL) => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
        }
        let _ = timeout(STOP_WAITS, async {
            while running.join_next().await.is_some() {}
        })
        .await;
    }

    async fn hand_back_mail(&self) {
        let hand_back = async {
            let mut tx = self.db.system("hand back mail").await?;
            mail::hand_back(&mut tx, self.node()).await?;
            tx.commit().await
        };
        if let Err(error) = hand_back.await {
            // The leases run out.
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "mail from before the start cannot be handed back"
            );
        }
    }

    async fn forget_mail(&self) {
        let forget = async {
            let mut tx = self.db.system("forget old mail").await?;
            mail::forget(&mut tx, self.now() - ENDED_LAST).await?;
            tx.commit().await
        };
        if let Err(error) = forget.await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "old mail cannot be forgotten"
            );
        }
    }

    async fn claim_mail(&self, out: &MailOut, room: usize) -> DbResult<Vec<Letter>> {
        if room == 0 {
            return Ok(Vec::new());
        }
        let now = self.now();
        let until = now + out.relay.timeout + LEASE_BEYOND;
        let room = i64::try_from(room).unwrap_or(1);
        let mut tx = self.db.system("claim mail").await?;
        let claimed = mail::claim(&mut tx, self.node(), now, until, room).await?;
        tx.commit().await?;
        Ok(claimed)
    }

    /// Sends one message and writes down how that went.
    async fn post(&self, letter: &Letter, relay: &Relay, out: &MailOut) {
        failpoint::reach(Failpoint::MailClaimed);
        let outcome = match self.compose_letter(letter, out).await {
            Ok(message) => match relay.send(&out.from, &letter.recipient, &message).await {
                Ok(answer) => Outcome::Sent(answer),
                Err(SendError::Later(why)) => Outcome::Later(why),
                Err(SendError::Never(why)) => Outcome::Never(why),
            },
            Err(error) if matches!(error.kind, Kind::Unavailable) => {
                Outcome::NotTried(error.to_string())
            }
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error, mail = %letter.id,
                    "a message cannot be composed"
                );
                Outcome::Later(
                    "the message could not be composed; the gateway's log tells more".to_owned(),
                )
            }
        };
        failpoint::reach(Failpoint::MailSent);
        if let Err(error) = self.note_posted(letter, out, &outcome).await {
            // The lease runs out, and it comes again with the same Message-ID.
            tracing::error!(
                error = &error as &dyn std::error::Error, mail = %letter.id,
                "it cannot be written down how sending a message went"
            );
        }
    }

    async fn note_posted(&self, letter: &Letter, out: &MailOut, outcome: &Outcome) -> DbResult<()> {
        let (now, node) = (self.now(), self.node());
        let mut tx = self.db.system("how sending a message went").await?;
        let tried = usize::try_from(letter.tries).unwrap_or(0);
        let kept = match (outcome, out.retry.get(tried)) {
            (Outcome::Sent(answer), _) => mail::sent(&mut tx, letter, node, answer, now).await?,
            (Outcome::Later(why), Some(wait)) => {
                mail::fail(&mut tx, letter, node, why, now + *wait).await?
            }
            (Outcome::NotTried(why), _) => {
                mail::give_back(&mut tx, letter, node, why, now + OWN_TROUBLE).await?
            }
            (Outcome::Later(why) | Outcome::Never(why), _) => {
                mail::give_up(&mut tx, letter, node, why, now).await?
            }
        };
        tx.commit().await?;
        let tenant = letter.tenant_id;
        match outcome {
            Outcome::Sent(_) => tracing::debug!(mail = %letter.id, %tenant, kept, "mail was sent"),
            Outcome::Never(why) => {
                tracing::warn!(mail = %letter.id, %tenant, "mail was refused for good: {why}");
            }
            Outcome::Later(why) | Outcome::NotTried(why) => {
                tracing::info!(mail = %letter.id, %tenant, tries = letter.tries + 1, "mail was not sent: {why}");
            }
        }
        Ok(())
    }

    async fn compose_letter(&self, letter: &Letter, out: &MailOut) -> Result<Vec<u8>> {
        let notice: Notice = serde_json::from_str(&letter.notice).map_err(Error::internal)?;
        let mut tx = self.db.read(letter.tenant_id).await?;
        let tenant = tenants::find(&mut tx, letter.tenant_id).await?;
        let (choices, _) = choices_of(&mut tx, letter.tenant_id).await?;
        tx.commit().await?;
        let tenant = tenant.ok_or_else(|| Error::internal("the message's tenant is gone"))?;
        let branding = choices.branding.clone();
        let name = branding.name.unwrap_or(tenant.name);
        let brand = Brand {
            from_name: branding.from_name.unwrap_or_else(|| name.clone()),
            name,
            from: out.from.clone(),
            reply_to: branding.reply_to,
            colour: branding.colour,
            logo_url: branding.logo_url,
            footer: branding.footer,
            zone: tenant.time_zone,
        };
        let carry = match notice.kind {
            NoticeKind::Sent | NoticeKind::Failed | NoticeKind::Unknown => choices.results.document,
            NoticeKind::Received => choices.inbound.document,
            _ => Carry::None,
        };
        let carried = self.carried(letter, carry, out).await?;
        let heading = Heading {
            id: letter.id.to_string(),
            to: letter.recipient.clone(),
            date: letter.created_at,
        };
        compose(&notice, &brand, &heading, carried).map_err(Error::internal)
    }

    async fn carried(&self, letter: &Letter, carry: Carry, out: &MailOut) -> Result<Carried> {
        let Some(fax) = letter.fax_id.filter(|_| carry != Carry::None) else {
            return Ok(Carried::Nothing);
        };
        let pdf = match self.pdf_of(letter.tenant_id, fax).await {
            Ok(Pdf::There(pdf)) => pdf,
            Ok(Pdf::Gone(why)) => return Ok(Carried::Missing(why.to_owned())),
            // Pages that cannot be shown must not keep the notice.
            Err(error) if error.kind != Kind::Unavailable => {
                tracing::warn!(error = &error as &dyn std::error::Error, %fax, "a fax's pages cannot be put into a mail");
                return Ok(Carried::Missing("The document cannot be shown.".to_owned()));
            }
            Err(error) => return Err(error),
        };
        if carry == Carry::Attach && pdf.len() as u64 <= out.attach_most_bytes {
            return Ok(Carried::Attached(format!("fax-{fax}.pdf"), pdf.to_vec()));
        }
        let Some(base) = &self.settings.mail.public_url else {
            let why = "The document can be fetched from the gateway.";
            return Ok(Carried::Missing(why.to_owned()));
        };
        let (path, until) = self.mail_link(letter.tenant_id, fax, out.links_last);
        Ok(Carried::Linked(format!("{base}{path}"), until))
    }
}

//! The post: hands the outbox to the mail server.

use std::collections::HashMap;
use std::time::Duration;

use faxgate_db::mail::{self, Letter};
use faxgate_db::{DbResult, tenants};
use faxgate_mail::{Brand, Carried, Heading, Notice, NoticeKind, Relay, SendError, compose};
use faxgate_types::TenantId;
use faxgate_types::failpoint::{self, Failpoint};
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::timeout;

use super::choices::Carry;
use super::follow::Notices;
use super::pages::Pdf;
use super::settings::MailOut;
use super::view::choices_of;
use crate::app::App;
use crate::error::{Error, Kind, Result};

/// Messages that are handed over at the same time, and how many of them may be one tenant's.
const AT_ONCE: usize = 8;
const OF_ONE_TENANT: usize = 4;
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
        let notices = Notices::new(self.clone());
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
        let mut whose: HashMap<Id, TenantId> = HashMap::new();
        let mut last = None;
        let mut tidy_at = tokio::time::Instant::now();
        while !*stop.borrow() {
            if tokio::time::Instant::now() >= tidy_at {
                tidy_at += TIDY_EVERY;
                self.forget_mail().await;
            }
            while let Some(ended) = running.try_join_next_with_id() {
                forget(&mut whose, &ended);
            }
            match self.claim_mail(&out, &whose, &mut last).await {
                Ok(letters) => {
                    for letter in letters {
                        let (app, relay, out) = (self.clone(), relay.clone(), out.clone());
                        let tenant = letter.tenant_id;
                        let task =
                            running.spawn(async move { app.post(&letter, &relay, &out).await });
                        whose.insert(task.id(), tenant);
                    }
                }
                Err(error) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "mail that is to be sent cannot be claimed"
                ),
            }
            tokio::select! {
                () = self.mail_added.notified() => {}
                Some(ended) = running.join_next_with_id() => forget(&mut whose, &ended),
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

    /// Tenants take turns, one message each: those behind the one that was served last come first.
    async fn claim_mail(
        &self,
        out: &MailOut,
        whose: &HashMap<Id, TenantId>,
        last: &mut Option<TenantId>,
    ) -> DbResult<Vec<Letter>> {
        let room = AT_ONCE.saturating_sub(whose.len());
        if room == 0 {
            return Ok(Vec::new());
        }
        let now = self.now();
        let until = now + out.relay.timeout * 2 + LEASE_BEYOND;
        // Mostly nothing is due, and nobody is kept from writing.
        let mut tx = self.db.system_read("mail that is due").await?;
        let ready = mail::ready(&mut tx, now).await?;
        tx.commit().await?;
        let under_way = |tenant: TenantId| whose.values().filter(|own| **own == tenant).count();
        let shares = shares(&ready, *last, room, under_way);
        if shares.is_empty() {
            return Ok(Vec::new());
        }
        let mut all = Vec::new();
        let mut tx = self.db.system("claim mail").await?;
        for (tenant, share) in shares {
            let times = (now, until);
            all.extend(mail::claim(&mut tx, tenant, self.node(), times, share).await?);
            *last = Some(tenant);
        }
        tx.commit().await?;
        Ok(all)
    }

    /// Sends one message and writes down how that went.
    async fn post(&self, letter: &Letter, relay: &Relay, out: &MailOut) {
        failpoint::reach(Failpoint::MailClaimed);
        let outcome = match self.compose_and_send(letter, relay, out).await {
            Ok(Ok(answer)) => Outcome::Sent(answer),
            Ok(Err(SendError::Later(why))) => Outcome::Later(why),
            Ok(Err(SendError::Never(why) | SendError::TooLarge(why))) => Outcome::Never(why),
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

    /// The inner result is the mail server's. What it finds too large with the document attached goes once more with a link to it.
    async fn compose_and_send(
        &self,
        letter: &Letter,
        relay: &Relay,
        out: &MailOut,
    ) -> Result<Result<String, SendError>> {
        let message = self
            .compose_letter(letter, out, out.attach_most_bytes)
            .await?;
        let sent = relay.send(&out.from, &letter.recipient, &message).await;
        if !matches!(sent, Err(SendError::TooLarge(_))) {
            return Ok(sent);
        }
        let smaller = self.compose_letter(letter, out, 0).await?;
        if smaller.len() >= message.len() {
            return Ok(sent);
        }
        Ok(relay.send(&out.from, &letter.recipient, &smaller).await)
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

    /// The message; a document of more bytes than `attach_most` is linked.
    async fn compose_letter(
        &self,
        letter: &Letter,
        out: &MailOut,
        attach_most: u64,
    ) -> Result<Vec<u8>> {
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
        let carried = self.carried(letter, carry, out, attach_most).await?;
        let heading = Heading {
            id: letter.id.to_string(),
            to: letter.recipient.clone(),
            date: letter.created_at,
        };
        compose(&notice, &brand, &heading, carried).map_err(Error::internal)
    }

    async fn carried(
        &self,
        letter: &Letter,
        carry: Carry,
        out: &MailOut,
        attach_most: u64,
    ) -> Result<Carried> {
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
        if carry == Carry::Attach && pdf.len() as u64 <= attach_most {
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

fn forget<T>(whose: &mut HashMap<Id, TenantId>, ended: &Result<(Id, T), JoinError>) {
    let id = match ended {
        Ok((id, _)) => *id,
        Err(broken) => broken.id(),
    };
    whose.remove(&id);
}

/// How many messages of each tenant are handed over next: dealt out one by one, until the room is used up.
fn shares(
    ready: &[TenantId],
    last: Option<TenantId>,
    room: usize,
    under_way: impl Fn(TenantId) -> usize,
) -> Vec<(TenantId, i64)> {
    let behind = last.map_or(0, |last| ready.partition_point(|tenant| *tenant <= last));
    let mut queue = ready.to_vec();
    queue.rotate_left(behind);
    let mut shares: Vec<(TenantId, i64, usize)> = queue
        .into_iter()
        .map(|tenant| (tenant, 0, OF_ONE_TENANT.saturating_sub(under_way(tenant))))
        .filter(|(_, _, left)| *left > 0)
        .collect();
    let mut room = room;
    while room > 0 && shares.iter().any(|(_, _, left)| *left > 0) {
        for (_, share, left) in shares
            .iter_mut()
            .filter(|(_, _, left)| *left > 0)
            .take(room)
        {
            (*share, *left) = (*share + 1, *left - 1);
            room -= 1;
        }
    }
    shares
        .into_iter()
        .filter(|(_, share, _)| *share > 0)
        .map(|(tenant, share, _)| (tenant, share))
        .collect()
}

#[cfg(test)]
mod tests {
    use faxgate_types::Ambient;

    use super::*;

    #[test]
    fn tenants_take_turns_and_none_has_every_hand() {
        let ambient = Ambient::system();
        let mut ids: Vec<TenantId> = (0..3).map(|_| TenantId::generate(&ambient)).collect();
        ids.sort_unstable();
        let free = |_| 0;
        assert_eq!(shares(&ids[..1], None, 8, free), [(ids[0], 4)]);
        assert_eq!(
            shares(&ids, None, 8, free),
            [(ids[0], 3), (ids[1], 3), (ids[2], 2)]
        );
        assert_eq!(shares(&ids, Some(ids[0]), 1, free), [(ids[1], 1)]);
        assert_eq!(shares(&ids, Some(ids[2]), 1, free), [(ids[0], 1)]);
        let busy = |tenant| if tenant == ids[0] { OF_ONE_TENANT } else { 0 };
        assert_eq!(shares(&ids, None, 4, busy), [(ids[1], 2), (ids[2], 2)]);
        assert!(shares(&ids[..1], None, 4, busy).is_empty());
    }
}

//! Taking mail that is to be faxed.
//!
//! Whoever is not known is told nothing, for what a message says of its sender can be forged: an answer would reach a stranger.

use std::num::NonZeroU32;
use std::time::Duration;

use faxgate_db::mail::{self, Intake, NewIntake};
use faxgate_db::tenants::{self, Tenant};
use faxgate_db::{System, users};
use faxgate_mail::Incoming;
use faxgate_types::failpoint::{self, Failpoint};
use faxgate_types::{EmailAddress, FaxId, IntakeState, MailIntakeId, Priority, Quota, Rights};

use super::address::Destination;
use super::answer::Became;
use super::change::token_hash;
use super::settings::MailIntake;
use super::view::choices_of;
use crate::app::App;
use crate::auth::{Caller, User};
use crate::error::{Error, Kind, Result};
use crate::idempotent::Once;
use crate::submit::{ByMail, SendRequest, Upload};

const HOUR: Duration = Duration::from_secs(3600);

/// What became of a message. A message of which nothing can be said now is an error, and comes again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MailTaken {
    /// It became these faxes, now or before.
    Faxes(Vec<FaxId>),
    /// It is refused; why, as a sentence.
    Refused(String),
}

/// Whether a message may come again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// It may, and does, when nothing can be said of it now.
    More,
    /// It has come often enough: what keeps it from being faxed is told to its sender.
    Over,
}

/// Somebody who may send, and what.
struct Allowed {
    caller: Caller,
    /// From which number.
    number: String,
    /// To which, as they were typed.
    numbers: Vec<String>,
    /// Faxes that the user may send by mail in an hour.
    most: Option<NonZeroU32>,
}

impl App {
    /// Takes a message. `envelope`: to whom the mail server said that it is; otherwise the message itself tells. The same message
    /// becomes the same faxes, however often it comes.
    ///
    /// # Errors
    /// When it cannot be decided now: the database, the store or the renderer is away. It has to come again.
    pub(super) async fn take_mail(
        &self,
        source: &'static str,
        envelope: Option<&[EmailAddress]>,
        bytes: &[u8],
        patience: Patience,
    ) -> Result<MailTaken> {
        let Some(settings) = &self.settings.mail.intake else {
            return Ok(refused("this gateway takes no mail"));
        };
        let message = match Incoming::read(bytes, settings.limits) {
            Ok(message) => message,
            Err(error) => return Ok(refused(error.to_string())),
        };
        if let Some(why) = message.automatic {
            return Ok(refused(format!("it is not faxed, and not answered: {why}")));
        }
        let recipients = recipients(&message, envelope, settings);
        let allowed = match self.allowed(&message, &recipients, settings).await? {
            Ok(allowed) => allowed,
            Err(why) => {
                tracing::info!(from = %message.from, "mail to fax was refused: {why}");
                return Ok(MailTaken::Refused(why));
            }
        };
        self.take_of(source, &message, &recipients, &allowed, patience)
            .await
    }

    /// Who sends it, if he may. The inner error: why not.
    async fn allowed(
        &self,
        message: &Incoming,
        recipients: &[EmailAddress],
        settings: &MailIntake,
    ) -> Result<Result<Allowed, String>> {
        let destinations: Vec<Destination> = recipients
            .iter()
            .filter_map(|address| Destination::read(address, &settings.domain))
            .collect();
        let Some(first) = destinations.first() else {
            return Ok(Err(format!(
                "it is to no fax number: write to NUMBER@{}",
                settings.domain
            )));
        };
        if destinations
            .iter()
            .any(|other| other.tenant != first.tenant)
        {
            return Ok(Err("it is to numbers of several tenants".to_owned()));
        }
        let unknown = || format!("{} may not send faxes by mail", message.from);
        let mut tx = self.db.system_read("who may send faxes by mail").await?;
        let named = first.tenant.as_deref();
        let Some(tenant) = addressed(&mut tx, named, &message.from).await? else {
            return Ok(Err(match named {
                Some(_) => unknown(),
                None => format!(
                    "{} is of no tenant's confirmed domain: write to NUMBER@TENANT.{}",
                    message.from, settings.domain
                ),
            }));
        };
        let Some(sender) = mail::permission(&mut tx, tenant.id, &message.from).await? else {
            return Ok(Err(unknown()));
        };
        let (choices, _) = choices_of(&mut tx, tenant.id).await?;
        let token = mail::settings(&mut tx, tenant.id).await?.token_sha256;
        let user = users::find(&mut tx, sender.user_id).await?;
        let default = faxgate_db::dids::default_of(&mut tx, tenant.id).await?;
        tx.commit().await?;
        if !choices.intake {
            return Ok(Err("the tenant takes no mail to fax".to_owned()));
        }
        if let Some(server) = &settings.vouched_by
            && !message.is_vouched_for_by(server)
        {
            return Ok(Err(format!(
                "{server} does not say that it really is from {}",
                message.from
            )));
        }
        match token {
            Some(wanted) if !has_token(&wanted, &destinations, &message.subject) => {
                return Ok(Err("it lacks the tenant's token".to_owned()));
            }
            None if settings.vouched_by.is_none() => {
                let why = "nobody vouches for its sender, and the tenant asks for no token";
                return Ok(Err(why.to_owned()));
            }
            _ => {}
        }
        let Some(user) = user.filter(|user| !user.disabled) else {
            return Ok(Err(unknown()));
        };
        let user = User {
            id: user.id,
            username: user.username,
            token: None,
            session: None,
            rights: Rights::ALL,
            bound_to: Some(tenant.id),
            ends_at: None,
        };
        let caller = match self.caller(user, Some(&tenant.slug)).await {
            Ok(caller) => caller,
            Err(error) if is_ours(&error) => return Err(error),
            Err(error) => return Ok(Err(error.message)),
        };
        let number = sender.number.or(default.map(|did| did.number));
        let Some(number) = number else {
            return Ok(Err("the tenant has no number to send from".to_owned()));
        };
        Ok(Ok(Allowed {
            most: quota(&caller.tenant, settings),
            caller,
            number: number.to_string(),
            numbers: destinations.into_iter().map(|to| to.number).collect(),
        }))
    }

    async fn take_of(
        &self,
        source: &'static str,
        message: &Incoming,
        recipients: &[EmailAddress],
        allowed: &Allowed,
        patience: Patience,
    ) -> Result<MailTaken> {
        let tenant = allowed.caller.tenant.id;
        let to: Vec<&str> = recipients.iter().map(EmailAddress::as_str).collect();
        let new = NewIntake {
            id: MailIntakeId::generate(&self.ambient),
            message_key: message.key(recipients),
            message_id: message.message_id.clone(),
            source,
            user: allowed.caller.user.id,
            sender: message.from.to_string(),
            recipients: to.join(", "),
            subject: message.subject.clone(),
        };
        let mut tx = self.db.write(tenant).await?;
        let intake = mail::take(&mut tx, tenant, &new, self.now()).await?;
        let too_many = match allowed.most {
            Some(most) if intake.state == IntakeState::Taking => {
                let then = self.now() - HOUR;
                let others = mail::sends_since(&mut tx, tenant, new.user, intake.id, then).await?;
                (others >= i64::from(most.get())).then(|| {
                    let text = format!(
                        "{} has sent {most} faxes by mail within an hour",
                        message.from
                    );
                    Error::rate_limited("RATE_LIMITED", text)
                })
            }
            _ => None,
        };
        if let Some(error) = too_many {
            if patience == Patience::More {
                return Err(error);
            }
            tx.commit().await?;
            let became = Became::Nothing(&error.message);
            self.settle_mail(&intake, message, allowed, became).await?;
            return Ok(MailTaken::Refused(error.message));
        }
        let known = mail::faxes_of(&mut tx, tenant, &[intake.id]).await?;
        tx.commit().await?;
        if intake.state == IntakeState::Accepted {
            return Ok(MailTaken::Faxes(
                known.into_iter().map(|(_, fax)| fax).collect(),
            ));
        }
        match self.fax_mail(&intake, message, allowed).await {
            Ok(faxes) => {
                failpoint::reach(Failpoint::MailFaxed);
                let numbers = allowed.numbers.join(", ");
                let became = Became::Faxes(&faxes, &numbers);
                self.settle_mail(&intake, message, allowed, became).await?;
                tracing::info!(
                    tenant = %allowed.caller.tenant.slug, from = %message.from, faxes = faxes.len(),
                    "a message of {} became {} faxes", message.from, faxes.len()
                );
                Ok(MailTaken::Faxes(faxes))
            }
            Err(error) if is_ours(&error) && patience == Patience::More => Err(error),
            Err(error) => {
                let why = match is_ours(&error) {
                    true => "the gateway could not fax it for too long; send it again, or ask its operator".to_owned(),
                    false => error.message,
                };
                let became = Became::Nothing(&why);
                self.settle_mail(&intake, message, allowed, became).await?;
                Ok(MailTaken::Refused(why))
            }
        }
    }

    /// A fax for each document. All of them are opened first, so that a message is faxed as a whole or not at all.
    async fn fax_mail(
        &self,
        intake: &Intake,
        message: &Incoming,
        allowed: &Allowed,
    ) -> Result<Vec<FaxId>> {
        let tenant = allowed.caller.tenant.id;
        if message.documents.is_empty() {
            return Err(Error::bad_input(
                "NO_DOCUMENT",
                "there is no document attached: attach a PDF, TIFF, PNG, JPEG, GIF or BMP (the text of a message is not faxed)",
            ));
        }
        let mut ready = Vec::new();
        for (part, document) in (0..).zip(&message.documents) {
            let mut tx = self.db.read(tenant).await?;
            let before = mail::fax_of_part(&mut tx, tenant, intake.id, part).await?;
            tx.commit().await?;
            if let Some(fax) = before {
                ready.push((part, Err(fax)));
                continue;
            }
            let bytes = document.bytes.clone();
            if faxgate_imaging::sniff(&bytes).is_none() {
                return Err(Error::bad_input(
                    "DOCUMENT_REFUSED",
                    format!(
                        "{} is no PDF, TIFF, PNG, JPEG, GIF or BMP; nothing of the message was faxed",
                        document.name
                    ),
                ));
            }
            let upload = Upload {
                original_name: document.name.clone(),
                bytes,
                once: Once::default(),
            };
            let uploaded = self.upload(&allowed.caller, upload).await;
            let uploaded = uploaded.map_err(|error| named(error, &document.name))?;
            ready.push((part, Ok(uploaded.filename)));
        }
        let mut faxes = Vec::new();
        for (part, document) in ready {
            let filename = match document {
                Err(before) => {
                    faxes.push(before);
                    continue;
                }
                Ok(filename) => filename,
            };
            let request = SendRequest {
                username: allowed.number.clone(),
                filename,
                numbers: allowed.numbers.join(","),
                is_enhanced: false,
                priority: Priority::Normal,
                send_at: None,
                test_mode: false,
                cover: None,
                by_mail: ByMail {
                    wishes: vec![message.from.clone()],
                    part: Some((intake.id, part)),
                },
                once: Once::default(),
            };
            let sent = self.send(&allowed.caller, request).await;
            if let Err(error) = &sent
                && is_ours(error)
            {
                // Somebody else may have taken the same message just now, by another door.
                let mut tx = self.db.read(tenant).await?;
                let meanwhile = mail::fax_of_part(&mut tx, tenant, intake.id, part).await?;
                tx.commit().await?;
                if let Some(fax) = meanwhile {
                    faxes.push(fax);
                    continue;
                }
            }
            faxes.push(sent?.fax);
        }
        Ok(faxes)
    }

    /// Writes down what became of a message, and its answer.
    async fn settle_mail(
        &self,
        intake: &Intake,
        message: &Incoming,
        allowed: &Allowed,
        became: Became<'_>,
    ) -> Result<()> {
        let (tenant, now) = (allowed.caller.tenant.id, self.now());
        let (state, error) = match &became {
            Became::Faxes(..) => (IntakeState::Accepted, None),
            Became::Nothing(why) => (IntakeState::Refused, Some(*why)),
        };
        let mut tx = self.db.write(tenant).await?;
        if mail::finish_intake(&mut tx, tenant, intake.id, state, error, now).await? {
            self.answer_mail(&mut tx, tenant, intake.id, message, became)
                .await?;
        }
        tx.commit().await?;
        self.mail_added.notify_one();
        Ok(())
    }
}

/// Faxes by mail that a user may send in an hour: as many as by the API, and counted apart.
fn quota(tenant: &Tenant, settings: &MailIntake) -> Option<NonZeroU32> {
    match tenant.rate_limits.get(Quota::Send) {
        Some(own) => NonZeroU32::new(own),
        None => settings.sends_an_hour,
    }
}

fn refused(why: impl Into<String>) -> MailTaken {
    MailTaken::Refused(why.into())
}

/// The tenant that a message is to: the one that its address names; else the one whose the sender's domain is, as an operator has confirmed.
/// What tenants say of their senders themselves makes nobody else's mail theirs.
async fn addressed(
    tx: &mut System,
    named: Option<&str>,
    from: &EmailAddress,
) -> Result<Option<Tenant>> {
    if let Some(slug) = named {
        return Ok(tenants::by_slug(tx, slug).await?);
    }
    match mail::owner_of_domain(tx, from.domain()).await? {
        Some(tenant) => Ok(tenants::find(tx, tenant).await?),
        None => Ok(None),
    }
}

/// To whom it is: as the mail server says; as it wrote into the message; as the message itself says, as far as that is ours.
fn recipients(
    message: &Incoming,
    envelope: Option<&[EmailAddress]>,
    settings: &MailIntake,
) -> Vec<EmailAddress> {
    if let Some(envelope) = envelope {
        return envelope.to_vec();
    }
    let ours = |address: &&EmailAddress| Destination::read(address, &settings.domain).is_some();
    match message.delivered_to.iter().find(ours) {
        Some(delivered) => vec![delivered.clone()],
        None => message.addressed_to.iter().filter(ours).cloned().collect(),
    }
}

/// Whether an address, or the subject in square brackets, has the token.
fn has_token(wanted: &str, destinations: &[Destination], subject: &str) -> bool {
    let addressed = destinations.iter().filter_map(|to| to.token.as_deref());
    let bracketed = subject
        .split('[')
        .skip(1)
        .filter_map(|rest| rest.split_once(']').map(|(token, _)| token));
    // Hashes are compared: how long that takes tells nothing of the token.
    addressed
        .chain(bracketed)
        .take(50)
        .any(|token| token_hash(token) == wanted)
}

/// Whether it is our trouble, so that the message comes again.
fn is_ours(error: &Error) -> bool {
    matches!(
        error.kind,
        Kind::Unavailable | Kind::Internal | Kind::RateLimited
    )
}

/// Says which document it is.
fn named(mut error: Error, name: &str) -> Error {
    if !is_ours(&error) {
        error.message = format!(
            "{name}: {}; nothing of the message was faxed",
            error.message
        );
    }
    error
}

//! Changing a tenant's mail.

use faxgate_db::mail::{self, Sender};
use faxgate_db::tenants::Tenant;
use faxgate_db::{System, dids};
use faxgate_types::{E164, EmailAddress};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::choices::MailChoices;
use super::view::{MailView, SenderView, may_manage, user_in};
use crate::app::App;
use crate::audit::Entry;
use crate::error::{Error, Result};
use crate::numbers::Asker;

/// Addresses in one list at most.
const MOST_ADDRESSES: usize = 50;
/// Senders at most.
const MOST_SENDERS: usize = 1000;
const LONGEST_NAME: usize = 80;
const LONGEST_FOOTER: usize = 1000;
const LONGEST_URL: usize = 500;
const TOKEN_DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// All of a tenant's mail, as it is to be.
#[derive(Clone, Debug)]
pub struct MailChange {
    /// What the tenant chooses.
    pub choices: MailChoices,
    /// Who may send faxes by mail.
    pub senders: Vec<SenderView>,
    /// Whether mail to fax has to bring a token. The first time one is made, and shown once.
    pub needs_token: bool,
    /// Makes another token in place of the one there is.
    pub renew_token: bool,
}

impl App {
    /// Puts a tenant's mail settings in the place of what was there.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`; `INVALID_FIELDS` with what is wrong with which.
    pub async fn set_mail(
        &self,
        asker: &Asker,
        tenant: &Tenant,
        change: MailChange,
    ) -> Result<MailView> {
        may_manage(asker)?;
        check(&change)?;
        let intake = self.settings.mail.intake.as_ref();
        let vouched = intake.is_some_and(|intake| intake.vouched_by.is_some());
        if change.choices.intake && !change.needs_token && !vouched {
            let problem = "needs_token must be true: no mail server vouches for senders here (mail.intake_vouched_by), and \
                           whoever knows the address of one could fax in your name";
            return Err(wrong("intake", problem.to_owned()));
        }
        let (app, asker, tenant) = (self.clone(), asker.clone(), tenant.clone());
        let new_token = self
            .on_main(async move {
                let now = app.now();
                let mut tx = app.db.system("change a tenant's mail").await?;
                let senders = senders(&mut tx, &tenant, &change).await?;
                numbers(&mut tx, &tenant, &change.choices).await?;
                let before = mail::settings(&mut tx, tenant.id).await?;
                let json = serde_json::to_string(&change.choices).map_err(Error::internal)?;
                mail::save(&mut tx, tenant.id, &json, now).await?;
                mail::set_senders(&mut tx, tenant.id, &senders).await?;
                let wants_new = before.token_sha256.is_none() || change.renew_token;
                let new_token = match (change.needs_token, wants_new) {
                    (true, true) => Some(app.new_mail_token()),
                    _ => None,
                };
                if let Some(token) = &new_token {
                    mail::set_token(&mut tx, tenant.id, Some(&token_hash(token))).await?;
                } else if !change.needs_token {
                    mail::set_token(&mut tx, tenant.id, None).await?;
                }
                let details = json!({
                    "results_to": change.choices.results.to,
                    "alerts_to": change.choices.alerts.to,
                    "inbound_to": change.choices.inbound.to,
                    "inbound_by_number": change.choices.inbound.by_number.keys().map(E164::as_str).collect::<Vec<_>>(),
                    "intake": change.choices.intake,
                    "senders": change.senders.iter().map(|sender| &sender.from).collect::<Vec<_>>(),
                    "needs_token": change.needs_token,
                    "new_token": new_token.is_some(),
                });
                let entry = Entry::new(&asker, "mail.changed", tenant.id).details(details);
                app.audit(&mut tx, tenant.id, entry).await?;
                tx.commit().await?;
                Ok((tenant.id, new_token))
            })
            .await?;
        self.mail_view(new_token.0, new_token.1).await
    }

    /// 80 random bits, for an address or a subject: without letters that look like others.
    fn new_mail_token(&self) -> String {
        let bytes = self.ambient.bytes::<16>();
        let digit = |byte: &u8| char::from(TOKEN_DIGITS[usize::from(byte % 32)]);
        bytes.iter().map(digit).collect()
    }
}

/// What is kept of a token.
pub(super) fn token_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.trim().to_lowercase()))
}

async fn senders(tx: &mut System, tenant: &Tenant, change: &MailChange) -> Result<Vec<Sender>> {
    let own = dids::of_tenant(tx, tenant.id).await?;
    let mut senders: Vec<Sender> = Vec::new();
    for sender in &change.senders {
        let shown: String = sender.username.chars().take(64).collect();
        let user_id = user_in(tx, tenant.id, &sender.username)
            .await?
            .ok_or_else(|| wrong("senders", format!("{shown} is no user of this tenant")))?;
        if let Some(number) = &sender.number {
            own_number("senders", number, &own)?;
        }
        let pattern = sender.from.trim().to_lowercase();
        if senders.iter().any(|other| other.pattern == pattern) {
            return Err(wrong("senders", format!("{pattern} is there twice")));
        }
        senders.push(Sender {
            pattern,
            user_id,
            number: sender.number.clone(),
        });
    }
    Ok(senders)
}

async fn numbers(tx: &mut System, tenant: &Tenant, choices: &MailChoices) -> Result<()> {
    let own = dids::of_tenant(tx, tenant.id).await?;
    for number in choices.inbound.by_number.keys() {
        own_number("inbound", number, &own)?;
    }
    Ok(())
}

fn own_number(field: &str, number: &E164, own: &[E164]) -> Result<()> {
    match own.contains(number) {
        true => Ok(()),
        false => Err(wrong(
            field,
            format!("{number} is no number of this tenant"),
        )),
    }
}

fn check(change: &MailChange) -> Result<()> {
    let branding = &change.choices.branding;
    for name in [&branding.name, &branding.from_name].into_iter().flatten() {
        let length = name.chars().count();
        if name.trim().is_empty() || length > LONGEST_NAME || name.chars().any(char::is_control) {
            let problem = format!("names have 1 to {LONGEST_NAME} characters, on one line");
            return Err(wrong("branding", problem));
        }
    }
    if let Some(footer) = &branding.footer
        && (footer.chars().count() > LONGEST_FOOTER
            || footer
                .chars()
                .any(|c| c.is_control() && c != '\n' && c != '\r'))
    {
        let problem = format!("a footer has at most {LONGEST_FOOTER} characters");
        return Err(wrong("branding", problem));
    }
    if let Some(url) = &branding.logo_url
        && (!url.starts_with("https://")
            || url.len() > LONGEST_URL
            || !url.bytes().all(|b| b.is_ascii_graphic()))
    {
        return Err(wrong(
            "branding",
            "logo_url begins with https://".to_owned(),
        ));
    }
    let inbound = &change.choices.inbound;
    let lists = inbound.by_number.values();
    let others = [
        &change.choices.results.to,
        &inbound.to,
        &change.choices.alerts.to,
    ];
    for list in lists.chain(others) {
        if list.len() > MOST_ADDRESSES {
            let problem = format!("at most {MOST_ADDRESSES} addresses in one list");
            return Err(wrong("to", problem));
        }
    }
    if change.senders.len() > MOST_SENDERS {
        return Err(wrong("senders", format!("at most {MOST_SENDERS}")));
    }
    for sender in &change.senders {
        let from = sender.from.trim();
        let address = match from.strip_prefix('@') {
            Some(domain) => format!("anybody@{domain}"),
            None => from.to_owned(),
        };
        if address.parse::<EmailAddress>().is_err() {
            let shown: String = from.chars().take(80).collect();
            let problem = format!("{shown} is neither name@example.com nor @example.com");
            return Err(wrong("senders", problem));
        }
    }
    Ok(())
}

fn wrong(field: &str, problem: String) -> Error {
    Error::bad_input("INVALID_FIELDS", format!("{field}: {problem}")).field(field, problem)
}

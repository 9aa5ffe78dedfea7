//! A tenant's mail, as its administrators see it.

use faxgate_db::mail;
use faxgate_db::tenants::Tenant;
use faxgate_db::{Tx, users};
use faxgate_types::{E164, TenantId, UserId};

use super::choices::MailChoices;
use crate::app::App;
use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::numbers::Asker;

/// Somebody who may send faxes by mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SenderView {
    /// `nurse@clinic.example`, or `@clinic.example` for everybody there.
    pub from: String,
    /// The user in whose name, by the name to sign in with.
    pub username: String,
    /// From which number; `None`: the tenant's default one.
    pub number: Option<E164>,
}

/// A tenant's mail.
#[derive(Clone, Debug)]
pub struct MailView {
    /// What the tenant chose.
    pub choices: MailChoices,
    /// Who may send faxes by mail.
    pub senders: Vec<SenderView>,
    /// The domains that an operator has confirmed to be the tenant's: mail from there need not name the tenant.
    pub domains: Vec<String>,
    /// Whether mail to fax has to bring a token.
    pub has_token: bool,
    /// That token, only when it was just made.
    pub new_token: Option<String>,
    /// Whether the gateway sends mail at all.
    pub sends: bool,
    /// The domain of addresses for mail to fax; `None`: the gateway takes none.
    pub intake_domain: Option<String>,
    /// The mail server that has to vouch for each sender; `None`: none has to, and a token is needed.
    pub vouched_by: Option<String>,
}

impl App {
    /// A tenant's mail settings. For its administrators; at the console the tenant is named.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TENANT`.
    pub async fn mail_settings(&self, asker: &Asker, tenant: &Tenant) -> Result<MailView> {
        may_manage(asker)?;
        self.mail_view(tenant.id, None).await
    }

    pub(super) async fn mail_view(
        &self,
        tenant: TenantId,
        new_token: Option<String>,
    ) -> Result<MailView> {
        // Users are nobody's tenant's: it takes the wider view.
        let mut tx = self.db.system_read("a tenant's mail settings").await?;
        let (choices, has_token) = choices_of(&mut tx, tenant).await?;
        let mut senders = Vec::new();
        for sender in mail::senders(&mut tx, tenant).await? {
            let user = users::find(&mut tx, sender.user_id).await?;
            senders.push(SenderView {
                from: sender.pattern,
                username: user.map(|user| user.username).unwrap_or_default(),
                number: sender.number,
            });
        }
        let domains = mail::domains(&mut tx, tenant).await?;
        tx.commit().await?;
        let intake = self.settings.mail.intake.as_ref();
        Ok(MailView {
            choices,
            senders,
            domains,
            has_token,
            new_token,
            sends: self.settings.mail.out.is_some(),
            intake_domain: intake.map(|intake| intake.domain.clone()),
            vouched_by: intake.and_then(|intake| intake.vouched_by.clone()),
        })
    }
}

/// What a tenant chose, and whether mail to fax has to bring a token.
pub(super) async fn choices_of(tx: &mut Tx, tenant: TenantId) -> Result<(MailChoices, bool)> {
    let stored = mail::settings(tx, tenant).await?;
    let choices = match &stored.json {
        Some(json) => serde_json::from_str(json).map_err(Error::internal)?,
        None => MailChoices::default(),
    };
    Ok((choices, stored.token_sha256.is_some()))
}

/// Refuses whoever does not administer the tenant.
pub(super) fn may_manage(asker: &Asker) -> Result<()> {
    match asker {
        Asker::Caller(caller) if !caller.role.can_manage() => Err(Error::forbidden(
            "ROLE_FORBIDDEN",
            "your role in this tenant may not see or change its mail; ask its administrator",
        )),
        _ => Ok(()),
    }
}

/// The user of this name, if he is in the tenant.
pub(super) async fn user_in(
    tx: &mut faxgate_db::System,
    tenant: TenantId,
    username: &str,
) -> Result<Option<UserId>> {
    let Some(user) = users::by_username(tx, username).await? else {
        return Ok(None);
    };
    let memberships = users::memberships(tx, user.id).await?;
    let here = memberships.iter().any(|place| place.tenant.id == tenant);
    Ok(here.then_some(user.id))
}

impl From<&Caller> for Asker {
    fn from(caller: &Caller) -> Self {
        Self::Caller(Box::new(caller.clone()))
    }
}

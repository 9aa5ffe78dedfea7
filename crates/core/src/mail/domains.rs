//! Whose senders' domains are.

use faxgate_db::mail;
use faxgate_db::tenants::Tenant;
use faxgate_types::EmailAddress;
use serde_json::json;

use crate::app::App;
use crate::audit::Entry;
use crate::error::{Error, Result};
use crate::numbers::Asker;

impl App {
    /// Writes down that an operator has made sure that a domain is the tenant's: mail from there need not name the tenant.
    ///
    /// # Errors
    /// `INVALID_FIELDS` when it is no domain; `DOMAIN_TAKEN` when it is another tenant's.
    pub async fn confirm_mail_domain(&self, tenant: &Tenant, domain: &str) -> Result<()> {
        let domain = read(domain)?;
        let (app, tenant) = (self.clone(), tenant.id);
        self.on_main(async move {
            let mut tx = app.db.system("confirm a domain of senders").await?;
            let owner = mail::confirm_domain(&mut tx, tenant, &domain, app.now()).await?;
            if owner != Some(tenant) {
                return Err(Error::conflict(
                    "DOMAIN_TAKEN",
                    format!("{domain} is another tenant's; take it from there first"),
                ));
            }
            let entry = Entry::new(&Asker::Console, "mail.domain_confirmed", tenant)
                .details(json!({"domain": domain}));
            app.audit(&mut tx, tenant, entry).await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// Takes a domain from a tenant: mail from there has to name its tenant from now on.
    ///
    /// # Errors
    /// `NOT_FOUND` when it is not the tenant's.
    pub async fn withdraw_mail_domain(&self, tenant: &Tenant, domain: &str) -> Result<()> {
        let domain = read(domain)?;
        let (app, tenant) = (self.clone(), tenant.id);
        self.on_main(async move {
            let mut tx = app.db.system("withdraw a domain of senders").await?;
            if !mail::withdraw_domain(&mut tx, tenant, &domain).await? {
                let text = format!("{domain} is not confirmed for this tenant");
                return Err(Error::not_found("NOT_FOUND", text));
            }
            let entry = Entry::new(&Asker::Console, "mail.domain_withdrawn", tenant)
                .details(json!({"domain": domain}));
            app.audit(&mut tx, tenant, entry).await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }
}

fn read(domain: &str) -> Result<String> {
    let domain = domain.trim().trim_start_matches('@');
    let address = format!("anybody@{domain}").parse::<EmailAddress>();
    let address = address.map_err(|_| {
        let problem = "must be a domain such as example.com".to_owned();
        Error::bad_input("INVALID_FIELDS", format!("domain {problem}")).field("domain", problem)
    })?;
    Ok(address.domain().to_owned())
}

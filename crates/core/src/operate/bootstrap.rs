//! The first tenant and the first user, from the settings.

use faxgate_types::{Country, E164, Role, TimeZone};
use secrecy::{ExposeSecret, SecretString};

use super::NewTenant;
use crate::app::App;
use crate::error::{Kind, Result};
use crate::idempotent::Once;
use crate::numbers::Asker;

impl App {
    /// Creates tenant, user and numbers at the first start; at later ones nothing that is there changes.
    ///
    /// # Errors
    /// When something cannot be created for another reason than being there already.
    pub async fn bootstrap(
        &self,
        tenant: &str,
        country: Country,
        user: Option<(&str, &SecretString)>,
        dids: &[E164],
    ) -> Result<()> {
        let new = NewTenant {
            slug: tenant.to_owned(),
            name: None,
            country,
            time_zone: TimeZone::UTC,
        };
        unless_there(
            self.create_tenant(&Asker::Console, new, Once::default())
                .await
                .map(|_| ()),
        )?;
        if let Some((username, password)) = user {
            let password = password.expose_secret();
            unless_there(
                self.create_user(username, password, tenant, Role::Operator)
                    .await,
            )?;
        }
        for number in dids {
            unless_there(self.add_did(number.as_str(), tenant).await.map(|_| ()))?;
        }
        Ok(())
    }
}

fn unless_there(result: Result<()>) -> Result<()> {
    match result {
        Err(error) if error.kind == Kind::Conflict => Ok(()),
        other => other,
    }
}

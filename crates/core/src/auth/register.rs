//! People who let themselves in.

use faxgate_db::tenants::{self, Tenant};
use faxgate_db::{System, members, users};
use faxgate_types::{Role, TimeZone, UserId};
use serde_json::json;

use super::{Registration, password};
use crate::app::App;
use crate::audit::{Actor, Entry};
use crate::error::{Error, Result};
use crate::operate::NewTenant;
use crate::people;

impl App {
    /// Adds a user who asked for it, and opens a session; gives its JWT. They become a member of the tenant that the settings name, or
    /// get one of their own, which they administer.
    ///
    /// # Errors
    /// `REGISTRATION_OFF`, `INVALID_USERNAME`, `WEAK_PASSWORD`, `USERNAME_TAKEN`.
    pub async fn register(
        &self,
        username: &str,
        new_password: &str,
        agent: Option<String>,
    ) -> Result<String> {
        let registration = self.registration()?;
        people::must_be_a_name(username)?;
        password::must_be_good(self, new_password)?;
        let hash = password::hash(self, new_password).await?;
        let user = users::User {
            id: UserId::generate(&self.ambient),
            username: username.to_owned(),
            password_hash: hash,
            disabled: false,
        };
        let app = self.clone();
        self.on_main(async move {
            let now = app.now();
            let mut tx = app.db.system("register a user").await?;
            if users::by_username(&mut tx, &user.username).await?.is_some() {
                return Err(people::username_taken(&user.username));
            }
            let (tenant, role) = match &registration.tenant {
                Some(slug) => (named(&mut tx, slug).await?, Role::Member),
                None => {
                    let slug = app.free_slug(&mut tx, &user.username).await?;
                    (
                        app.own_tenant(&mut tx, slug, &registration).await?,
                        Role::Admin,
                    )
                }
            };
            match users::insert(&mut tx, &user, now).await {
                Err(taken) if taken.is_unique_violation() => {
                    return Err(people::username_taken(&user.username));
                }
                other => other?,
            }
            users::join(&mut tx, user.id, tenant.id, role, now).await?;
            members::logged_in(&mut tx, user.id, &user.password_hash, now).await?;
            let (_, jwt) = app.open_session(&mut tx, user.id, agent).await?;
            let actor = Actor::User {
                id: user.id,
                name: user.username.clone(),
                token: None,
            };
            let entry = Entry::new(actor, "user.registered", user.id)
                .details(json!({"username": user.username, "role": role.as_str()}));
            app.audit(&mut tx, tenant.id, entry).await?;
            tx.commit().await?;
            tracing::info!(user = %user.id, tenant = %tenant.slug, "{} registered", user.username);
            Ok(jwt)
        })
        .await
    }

    /// What becomes of whoever registers.
    ///
    /// # Errors
    /// `REGISTRATION_OFF`, which names the setting.
    pub fn registration(&self) -> Result<Registration> {
        self.settings.auth.registration.clone().ok_or_else(|| {
            Error::forbidden(
                "REGISTRATION_OFF",
                "nobody can register here; an operator allows it with auth.allow_registration (FAXGATE_AUTH__ALLOW_REGISTRATION=true)",
            )
        })
    }

    /// A slug like the user's name that no tenant has.
    async fn free_slug(&self, tx: &mut System, username: &str) -> Result<String> {
        let like = slug_like(username);
        if tenants::by_slug(tx, &like).await?.is_none() {
            return Ok(like);
        }
        let suffix = hex::encode(self.ambient.bytes::<6>());
        Ok(format!("{like}-{suffix}"))
    }

    async fn own_tenant(
        &self,
        tx: &mut System,
        slug: String,
        registration: &Registration,
    ) -> Result<Tenant> {
        let new = NewTenant {
            slug,
            name: None,
            country: registration.country,
            time_zone: TimeZone::UTC,
        };
        let tenant = new.into_tenant(&self.ambient)?;
        tenants::insert(tx, &tenant, self.now()).await?;
        Ok(tenant)
    }
}

async fn named(tx: &mut System, slug: &str) -> Result<Tenant> {
    let tenant = tenants::by_slug(tx, slug).await?;
    tenant.ok_or_else(|| {
        Error::unavailable(
            "NO_REGISTRATION_TENANT",
            format!(
                "auth.registration_tenant is {slug}, which is no tenant; an operator corrects that"
            ),
        )
    })
}

/// What of a name can stand in a slug, up to 48 characters.
fn slug_like(name: &str) -> String {
    let signs = name.chars().map(|c| match c.to_ascii_lowercase() {
        c @ ('a'..='z' | '0'..='9') => c,
        _ => '-',
    });
    let slug: String = signs.take(48).collect();
    match slug.trim_matches('-') {
        "" => "tenant".to_owned(),
        slug => slug.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_like_the_name() {
        assert_eq!(
            slug_like("Ada.Lovelace@example.org"),
            "ada-lovelace-example-org"
        );
        assert_eq!(slug_like("--"), "tenant");
        assert_eq!(slug_like("張三"), "tenant");
        assert_eq!(slug_like(&"a".repeat(150)).len(), 48);
    }
}

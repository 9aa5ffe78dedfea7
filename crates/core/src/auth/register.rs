//! People who let themselves in.

use faxgate_db::tenants::{self, Tenant};
use faxgate_db::{DbError, System, members, users};
use faxgate_types::{Role, TimeZone, UserId};
use serde_json::json;

use super::{Registration, password};
use crate::app::App;
use crate::audit::{Actor, Entry};
use crate::error::{Error, Result};
use crate::operate::{NewTenant, means_something_else};
use crate::people;

/// How often a registration looks again for what others take at the same time.
const TRIES: u32 = 3;

/// Why somebody was not registered.
enum Refused {
    /// Somebody else was, at the same time, with the same name or slug: look again.
    Taken(DbError),
    For(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::For(error)
    }
}

impl From<DbError> for Refused {
    fn from(error: DbError) -> Self {
        match error.is_unique_violation() {
            true => Self::Taken(error),
            false => Self::For(error.into()),
        }
    }
}

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
            let mut tries = 0;
            loop {
                tries += 1;
                match app
                    .try_to_register(&user, &registration, agent.as_deref())
                    .await
                {
                    // Somebody else took the name or the slug since it was looked for.
                    Err(Refused::Taken(_)) if tries < TRIES => {}
                    Err(Refused::Taken(error)) => return Err(error.into()),
                    Err(Refused::For(error)) => return Err(error),
                    Ok(jwt) => return Ok(jwt),
                }
            }
        })
        .await
    }

    async fn try_to_register(
        &self,
        user: &users::User,
        registration: &Registration,
        agent: Option<&str>,
    ) -> Result<String, Refused> {
        let now = self.now();
        let mut tx = self.db.system("register a user").await?;
        if users::by_username(&mut tx, &user.username).await?.is_some() {
            return Err(people::username_taken(&user.username).into());
        }
        let (tenant, role) = match &registration.tenant {
            Some(slug) => (named(&mut tx, slug).await?, Role::Member),
            None => (
                self.own_tenant(&mut tx, user, registration).await?,
                Role::Admin,
            ),
        };
        users::insert(&mut tx, user, now).await?;
        users::join(&mut tx, user.id, tenant.id, role, now).await?;
        members::logged_in(&mut tx, user.id, &user.password_hash, now).await?;
        let (_, jwt) = self
            .open_session(&mut tx, user.id, agent.map(str::to_owned))
            .await?;
        let actor = Actor::User {
            id: user.id,
            name: user.username.clone(),
            token: None,
        };
        let entry = Entry::new(actor, "user.registered", user.id)
            .details(json!({"username": user.username, "role": role.as_str()}));
        self.audit(&mut tx, tenant.id, entry).await?;
        tx.commit().await?;
        tracing::info!(user = %user.id, tenant = %tenant.slug, "{} registered", user.username);
        Ok(jwt)
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
        let is_free = !means_something_else(&like) && tenants::by_slug(tx, &like).await?.is_none();
        if is_free {
            return Ok(like);
        }
        let suffix = hex::encode(self.ambient.bytes::<6>());
        Ok(format!("{like}-{suffix}"))
    }

    async fn own_tenant(
        &self,
        tx: &mut System,
        user: &users::User,
        registration: &Registration,
    ) -> Result<Tenant, Refused> {
        let new = NewTenant {
            slug: self.free_slug(tx, &user.username).await?,
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

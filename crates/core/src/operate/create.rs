//! Tenants, users, numbers and tokens.

use std::time::Duration;

use faxgate_db::tenants::Tenant;
use faxgate_db::users::User;
use faxgate_db::{dids, tenants, tokens, users};
use faxgate_types::{Countries, Country, E164, Role, TenantId, TimeZone, UserId};

use crate::app::App;
use crate::auth;
use crate::error::{Error, Result};

/// A tenant to add.
#[derive(Clone, Debug)]
pub struct NewTenant {
    /// Its short name: 1 to 63 of `a-z0-9-`.
    pub slug: String,
    /// Its name on paper; the slug when there is none.
    pub name: Option<String>,
    /// Where it is; at first, that is where it may call.
    pub country: Country,
    /// Its clocks.
    pub time_zone: TimeZone,
}

impl App {
    /// Adds a tenant.
    ///
    /// # Errors
    /// `INVALID_SLUG`, `SLUG_TAKEN`.
    pub async fn create_tenant(&self, new: NewTenant) -> Result<Tenant> {
        let slug = new.slug;
        let good = (1..=63).contains(&slug.len())
            && slug
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !slug.starts_with('-');
        if !good {
            return Err(Error::bad_input(
                "INVALID_SLUG",
                "a tenant's slug has 1 to 63 of a-z, 0-9 and -",
            ));
        }
        let tenant = Tenant {
            id: TenantId::generate(&self.ambient),
            name: new.name.unwrap_or_else(|| slug.clone()),
            slug,
            country: new.country,
            allowed_countries: Countries(vec![new.country]),
            time_zone: new.time_zone,
        };
        let mut tx = self.db.system("add a tenant").await?;
        match tenants::insert(&mut tx, &tenant, self.now()).await {
            Err(taken) if taken.is_unique_violation() => Err(Error::conflict(
                "SLUG_TAKEN",
                format!("there is a tenant `{}` already", tenant.slug),
            )),
            Err(error) => Err(error.into()),
            Ok(()) => {
                tx.commit().await?;
                Ok(tenant)
            }
        }
    }

    /// All tenants, by slug.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn tenants(&self) -> Result<Vec<Tenant>> {
        let mut tx = self.db.system_read("list tenants").await?;
        let tenants = tenants::list(&mut tx).await?;
        tx.commit().await?;
        Ok(tenants)
    }

    /// The tenant with this slug.
    ///
    /// # Errors
    /// `NO_SUCH_TENANT`.
    pub async fn tenant_by_slug(&self, slug: &str) -> Result<Tenant> {
        let mut tx = self.db.system_read("find a tenant").await?;
        let tenant = tenants::by_slug(&mut tx, slug).await?;
        tx.commit().await?;
        tenant.ok_or_else(|| {
            Error::not_found("NO_SUCH_TENANT", format!("there is no tenant `{slug}`"))
        })
    }

    /// Adds a user to a tenant; somebody new gets the password.
    ///
    /// # Errors
    /// `INVALID_USERNAME`, `WEAK_PASSWORD`, `NO_SUCH_TENANT`, `ALREADY_A_MEMBER`.
    pub async fn create_user(
        &self,
        username: &str,
        password: &str,
        tenant: &str,
        role: Role,
    ) -> Result<()> {
        let good = (1..=150).contains(&username.len())
            && username
                .chars()
                .all(|c| !c.is_control() && !c.is_whitespace());
        if !good {
            return Err(Error::bad_input(
                "INVALID_USERNAME",
                "a user's name has 1 to 150 characters and no spaces",
            ));
        }
        if password.len() < 8 || password.len() > 1024 {
            return Err(Error::bad_input(
                "WEAK_PASSWORD",
                "a password has at least 8 characters",
            ));
        }
        let tenant = self.tenant_by_slug(tenant).await?;
        let hash = auth::hash(self, password).await?;
        let now = self.now();
        let mut tx = self.db.system("add a user").await?;
        let user = match users::by_username(&mut tx, username).await? {
            Some(user) => user.id,
            None => {
                let user = User {
                    id: UserId::generate(&self.ambient),
                    username: username.to_owned(),
                    password_hash: hash,
                    disabled: false,
                };
                users::insert(&mut tx, &user, now).await?;
                user.id
            }
        };
        match users::join(&mut tx, user, tenant.id, role, now).await {
            Err(taken) if taken.is_unique_violation() => Err(Error::conflict(
                "ALREADY_A_MEMBER",
                format!("{username} is a member of `{}` already", tenant.slug),
            )),
            Err(error) => Err(error.into()),
            Ok(()) => Ok(tx.commit().await?),
        }
    }

    /// All users, by name.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn users(&self) -> Result<Vec<(String, Vec<(String, Role)>)>> {
        let mut tx = self.db.system_read("list users").await?;
        let mut listed = Vec::new();
        for user in users::list(&mut tx).await? {
            let memberships = users::memberships(&mut tx, user.id).await?;
            let places = memberships
                .into_iter()
                .map(|m| (m.tenant.slug, m.role))
                .collect();
            listed.push((user.username, places));
        }
        tx.commit().await?;
        Ok(listed)
    }

    /// Gives a number to a tenant, and delivers what came in for it while nobody had it.
    ///
    /// # Errors
    /// `INVALID_NUMBER`, `NO_SUCH_TENANT`, `NUMBER_TAKEN`.
    pub async fn add_did(&self, number: &str, tenant: &str) -> Result<E164> {
        let tenant = self.tenant_by_slug(tenant).await?;
        let number = E164::read(number, tenant.country)
            .map_err(|e| Error::bad_input("INVALID_NUMBER", format!("{number}: {e}")))?;
        let mut tx = self.db.system("add a number").await?;
        match dids::insert(&mut tx, tenant.id, &number, &self.ambient).await {
            Err(taken) if taken.is_unique_violation() => {
                return Err(Error::conflict(
                    "NUMBER_TAKEN",
                    format!("{number} belongs to a tenant already"),
                ));
            }
            other => other?,
        }
        tx.commit().await?;
        self.deliver_unmatched(&number).await?;
        Ok(number)
    }

    /// All numbers, with their tenants' slugs.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn dids(&self) -> Result<Vec<(E164, String)>> {
        let mut tx = self.db.system_read("list numbers").await?;
        let dids = dids::list(&mut tx).await?;
        tx.commit().await?;
        Ok(dids)
    }

    /// A new API token for a user; without `lifetime` it does not expire.
    ///
    /// # Errors
    /// `NO_SUCH_USER`.
    pub async fn create_token(&self, username: &str, lifetime: Option<Duration>) -> Result<String> {
        let mut tx = self.db.system_read("find a user").await?;
        let user = users::by_username(&mut tx, username).await?;
        tx.commit().await?;
        let user = user.ok_or_else(|| {
            Error::not_found("NO_SUCH_USER", format!("there is no user `{username}`"))
        })?;
        self.new_token(user.id, "command line", lifetime).await
    }

    /// All tokens in use: whose, what for, since when, until when. The tokens themselves are not kept.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn tokens(&self) -> Result<Vec<tokens::Listed>> {
        let mut tx = self.db.system_read("list tokens").await?;
        let tokens = tokens::list(&mut tx).await?;
        tx.commit().await?;
        Ok(tokens)
    }
}

//! Users and their passwords.

use faxgate_db::users::{self, User};
use faxgate_types::{Role, UserId};

use crate::app::App;
use crate::auth;
use crate::error::{Error, Result};

impl App {
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
        good_password(password)?;
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

    /// Gives a user another password. Tokens that were made with the old one go on working: see [`App::revoke_tokens`].
    ///
    /// # Errors
    /// `WEAK_PASSWORD`, `NO_SUCH_USER`.
    pub async fn set_password(&self, username: &str, password: &str) -> Result<()> {
        good_password(password)?;
        let hash = auth::hash(self, password).await?;
        let mut tx = self.db.system("change a password").await?;
        if !users::set_password(&mut tx, username, &hash).await? {
            return Err(no_such_user(username));
        }
        Ok(tx.commit().await?)
    }
}

pub(super) fn no_such_user(username: &str) -> Error {
    Error::not_found("NO_SUCH_USER", format!("there is no user `{username}`"))
}

fn good_password(password: &str) -> Result<()> {
    if (8..=1024).contains(&password.len()) {
        return Ok(());
    }
    Err(Error::bad_input(
        "WEAK_PASSWORD",
        "a password has at least 8 characters",
    ))
}

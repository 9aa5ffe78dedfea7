//! Users, for whoever has a shell on the gateway's machine.

use faxgate_db::users::{self, User};
use faxgate_types::{Role, UserId};
use serde_json::json;

use crate::app::App;
use crate::audit::{Actor, Entry};
use crate::auth;
use crate::error::{Error, Result};
use crate::numbers::Asker;
use crate::people::{must_be_a_name, no_such_user};

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
        must_be_a_name(username)?;
        auth::must_be_good(self, password)?;
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
            Ok(()) => {
                let entry = Entry::new(Actor::Console, "user.created", user)
                    .details(json!({"username": username, "role": role.as_str()}));
                self.audit(&mut tx, tenant.id, entry).await?;
                Ok(tx.commit().await?)
            }
        }
    }

    /// The id of the user with this name.
    ///
    /// # Errors
    /// `NO_SUCH_USER`.
    pub async fn user_named(&self, username: &str) -> Result<UserId> {
        let mut tx = self.db.system_read("find a user").await?;
        let user = users::by_username(&mut tx, username).await?;
        tx.commit().await?;
        Ok(user.ok_or_else(|| no_such_user(username))?.id)
    }

    /// Gives a user another password. Their sessions end; tokens go on working: see [`App::revoke_tokens`].
    ///
    /// # Errors
    /// `WEAK_PASSWORD`, `NO_SUCH_USER`.
    pub async fn set_password(&self, username: &str, password: &str) -> Result<()> {
        auth::must_be_good(self, password)?;
        let user = self.user_named(username).await?;
        self.reset_password(&Asker::Console, user, password, false)
            .await
    }
}

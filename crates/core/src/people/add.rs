//! New users.

use faxgate_db::users::{self, User};
use faxgate_types::{Role, UserId};
use serde_json::json;

use super::authority::{must_be_held_to_nothing, must_be_within, must_manage, tenant_of};
use super::look::{PersonShown, shown};
use super::{must_be_a_name, username_taken};
use crate::app::App;
use crate::audit::Entry;
use crate::auth;
use crate::error::Result;
use crate::idempotent::Once;
use crate::numbers::Asker;

/// A user to add.
#[derive(Clone)]
pub struct NewPerson {
    /// The name to sign in with.
    pub username: String,
    /// The first password.
    pub password: String,
    /// The tenant, by slug or id; the asker's own when there is none.
    pub tenant: Option<String>,
    /// What they may do there.
    pub role: Role,
}

impl App {
    /// Adds a user to a tenant.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN` for a role above the asker's own, `SESSION_REQUIRED`, `NO_SUCH_TENANT`, `INVALID_USERNAME`, `WEAK_PASSWORD`, `USERNAME_TAKEN`.
    pub async fn add_person(
        &self,
        asker: &Asker,
        new: NewPerson,
        once: Once<PersonShown>,
    ) -> Result<PersonShown> {
        must_manage(asker)?;
        must_be_within(asker, new.role)?;
        must_be_held_to_nothing(asker, new.role)?;
        must_be_a_name(&new.username)?;
        auth::must_be_good(self, &new.password)?;
        let user = User {
            id: UserId::generate(&self.ambient),
            username: new.username,
            password_hash: auth::hash(self, &new.password).await?,
            disabled: false,
        };
        let (app, asker) = (self.clone(), asker.clone());
        self.on_main(async move {
            let now = app.now();
            let mut tx = app.db.system("add a person").await?;
            let tenant = tenant_of(&mut tx, &asker, new.tenant.as_deref()).await?;
            match users::insert(&mut tx, &user, now).await {
                Err(taken) if taken.is_unique_violation() => {
                    return Err(username_taken(&user.username));
                }
                other => other?,
            }
            users::join(&mut tx, user.id, tenant.id, new.role, now).await?;
            let added = shown(&mut tx, &asker, user.id).await?;
            once.complete(&mut tx, &added).await?;
            let entry = Entry::new(&asker, "user.created", user.id)
                .details(json!({"username": user.username, "role": new.role.as_str()}));
            app.audit(&mut tx, tenant.id, entry).await?;
            tx.commit().await?;
            Ok(added)
        })
        .await
    }
}

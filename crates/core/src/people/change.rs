//! Another role, another default tenant, disabled or not.

use faxgate_db::{System, members, sessions, users};
use faxgate_types::{Role, UserId};
use serde_json::json;

use super::authority::{
    Target, is_own, must_be_held_to_nothing, must_be_within, must_manage, must_manage_wholly,
    must_not_be_last, target, tenant_of,
};
use super::look::{PersonShown, shown};
use crate::app::App;
use crate::audit::Entry;
use crate::auth::home;
use crate::error::{Error, Result};
use crate::numbers::Asker;

/// What is to be different; `None`: as it is.
#[derive(Clone, Debug, Default)]
pub struct PersonChange {
    /// The tenant that `role` and `is_default` are about, by slug or id; the asker's own when there is none.
    pub tenant: Option<String>,
    /// What they may do there. Operators make somebody a member with it who is none yet.
    pub role: Option<Role>,
    /// Whether it becomes the tenant that counts when none is named: for the user themself, and whoever manages all that they are.
    pub is_default: bool,
    /// Whether signing in is refused. Sessions end, keys stop working; both at once.
    pub disabled: Option<bool>,
}

impl App {
    /// Changes a user.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN` for roles above the asker's own, `SESSION_REQUIRED`, `NO_SUCH_USER`, `NO_SUCH_TENANT`, `NOT_A_MEMBER`, `USER_SHARED`, `LAST_ADMIN`,
    /// `LAST_OPERATOR`.
    pub async fn change_person(
        &self,
        asker: &Asker,
        user: UserId,
        change: PersonChange,
    ) -> Result<PersonShown> {
        // Which tenant counts when they name none is everybody's own choice.
        let chooses = change.is_default && change.role.is_none() && change.disabled.is_none();
        if !(chooses && is_own(asker, user)) {
            must_manage(asker)?;
        }
        let (app, asker) = (self.clone(), asker.clone());
        self.on_main(async move {
            let mut tx = app.db.system("change a person").await?;
            members::lock(&mut tx).await?;
            let target = target(&mut tx, &asker, user).await?;
            if change.role.is_some() || change.is_default {
                app.change_place(&mut tx, &asker, &target, &change).await?;
            }
            if let Some(disabled) = change.disabled {
                app.set_disabled(&mut tx, &asker, &target, disabled).await?;
            }
            let shown = shown(&mut tx, &asker, user).await?;
            tx.commit().await?;
            Ok(shown)
        })
        .await
    }

    async fn change_place(
        &self,
        tx: &mut System,
        asker: &Asker,
        target: &Target,
        change: &PersonChange,
    ) -> Result<()> {
        let tenant = tenant_of(tx, asker, change.tenant.as_deref()).await?;
        let user = target.user.id;
        let before = target.place(tenant.id).map(|place| place.role);
        if let Some(role) = change.role {
            must_be_within(asker, role)?;
            must_be_held_to_nothing(asker, role)?;
            match before {
                Some(before) => {
                    must_be_within(asker, before)?;
                    must_not_be_last(tx, target, Some(tenant.id), Some(role)).await?;
                    members::set_role(tx, user, tenant.id, role).await?;
                }
                None => users::join(tx, user, tenant.id, role, self.now()).await?,
            }
        } else if before.is_none() {
            return Err(Error::not_found(
                "NOT_A_MEMBER",
                format!("{} is no member of `{}`", target.user.username, tenant.slug),
            ));
        }
        if change.is_default {
            // Programs that name no tenant act in another one from now on, and its administrators see what they send.
            if !is_own(asker, user) {
                must_manage_wholly(asker, target)?;
            }
            members::set_default(tx, user, tenant.id).await?;
        }
        let entry = Entry::new(asker, "user.role_changed", user).details(json!({
            "from": before.map(Role::as_str),
            "to": change.role.or(before).map(Role::as_str),
            "is_default": change.is_default,
        }));
        self.audit(tx, tenant.id, entry).await
    }

    async fn set_disabled(
        &self,
        tx: &mut System,
        asker: &Asker,
        target: &Target,
        disabled: bool,
    ) -> Result<()> {
        must_manage_wholly(asker, target)?;
        let user = target.user.id;
        if disabled {
            must_not_be_last(tx, target, None, None).await?;
        }
        // First: a login that is under way waits for it, or is over and its session ends with the others.
        members::set_disabled(tx, user, disabled).await?;
        if disabled {
            // So that none comes back to life with its user.
            sessions::revoke_all(tx, user, None, self.now()).await?;
        }
        let action = match disabled {
            true => "user.disabled",
            false => "user.enabled",
        };
        let chain = home(tx, user).await?;
        self.audit(tx, chain, Entry::new(asker, action, user)).await
    }
}

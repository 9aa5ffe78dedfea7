//! Leaving a tenant.

use faxgate_db::{members, tokens};
use faxgate_types::UserId;
use serde_json::json;

use super::authority::{must_be_within, must_manage, must_not_be_last, target, tenant_of};
use crate::app::App;
use crate::audit::Entry;
use crate::error::{Error, Result};
use crate::numbers::Asker;

impl App {
    /// Takes a user out of a tenant, by slug or id; the asker's own when there is none. Keys that are good for this tenant only stop
    /// working at once, and so does everything else there. The user stays, with what they sent, and may be added again. No other tenant
    /// of theirs becomes the default one: what their programs send without naming a tenant is not for it.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_USER`, `NO_SUCH_TENANT`, `NOT_A_MEMBER`, `LAST_ADMIN`, `LAST_OPERATOR`.
    pub async fn remove_person(
        &self,
        asker: &Asker,
        user: UserId,
        tenant: Option<&str>,
    ) -> Result<()> {
        must_manage(asker)?;
        let (app, asker, tenant) = (self.clone(), asker.clone(), tenant.map(str::to_owned));
        self.on_main(async move {
            let mut tx = app.db.system("remove a person").await?;
            members::lock(&mut tx).await?;
            let tenant = tenant_of(&mut tx, &asker, tenant.as_deref()).await?;
            let target = target(&mut tx, &asker, user).await?;
            let place = target.place(tenant.id).cloned().ok_or_else(|| {
                Error::not_found(
                    "NOT_A_MEMBER",
                    format!("{} is no member of `{}`", target.user.username, tenant.slug),
                )
            })?;
            must_be_within(&asker, place.role)?;
            must_not_be_last(&mut tx, &target, Some(tenant.id), None).await?;
            members::leave(&mut tx, user, tenant.id).await?;
            tokens::revoke_bound(&mut tx, user, tenant.id, app.now()).await?;
            let entry = Entry::new(&asker, "user.removed", user)
                .details(json!({"username": target.user.username, "role": place.role.as_str()}));
            app.audit(&mut tx, tenant.id, entry).await?;
            Ok(tx.commit().await?)
        })
        .await
    }
}

//! Another password, and an end to everything that is open.

use faxgate_db::{members, second_factors, sessions, tokens};
use faxgate_types::UserId;
use serde_json::json;

use super::authority::{must_manage, must_manage_wholly, must_not_take_over, target};
use crate::app::App;
use crate::audit::Entry;
use crate::auth::{self, home};
use crate::error::{Error, Result};
use crate::numbers::Asker;

impl App {
    /// Gives a user another password. Their sessions end at once; their API keys go on working, unless `revoke_keys`.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_USER`, `USER_SHARED`, `WEAK_PASSWORD`; `OWN_ACCOUNT`: [`App::change_password`] asks for the old one;
    /// `SESSION_REQUIRED`.
    pub async fn reset_password(
        &self,
        asker: &Asker,
        user: UserId,
        password: &str,
        revoke_keys: bool,
    ) -> Result<()> {
        must_manage(asker)?;
        auth::must_be_good(self, password)?;
        let hash = auth::hash(self, password).await?;
        let (app, asker) = (self.clone(), asker.clone());
        self.on_main(async move {
            let now = app.now();
            let mut tx = app.db.system("reset a password").await?;
            members::lock(&mut tx).await?;
            let target = target(&mut tx, &asker, user).await?;
            must_manage_wholly(&asker, &target)?;
            must_not_take_over(&asker, &target, "POST /api/v1/auth/password")?;
            // First: a login that is under way with the old one waits for it, or is over and what it opened ends with the rest.
            members::set_password(&mut tx, user, &hash).await?;
            sessions::revoke_all(&mut tx, user, None, now).await?;
            if revoke_keys {
                tokens::revoke_all(&mut tx, user, now).await?;
            }
            let chain = home(&mut tx, user).await?;
            let entry = Entry::new(&asker, "user.password_reset", user)
                .details(json!({"keys_revoked": revoke_keys}));
            app.audit(&mut tx, chain, entry).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Ends every session and every API key of a user at once; says how many there were of each.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_USER`, `USER_SHARED`.
    pub async fn sign_out(&self, asker: &Asker, user: UserId) -> Result<(usize, usize)> {
        must_manage(asker)?;
        let (app, asker) = (self.clone(), asker.clone());
        self.on_main(async move {
            let now = app.now();
            let mut tx = app.db.system("sign a person out").await?;
            let target = target(&mut tx, &asker, user).await?;
            must_manage_wholly(&asker, &target)?;
            let sessions = sessions::revoke_all(&mut tx, user, None, now).await?;
            let keys = tokens::revoke_all(&mut tx, user, now).await?;
            let chain = home(&mut tx, user).await?;
            let entry = Entry::new(&asker, "user.signed_out", user)
                .details(json!({"sessions": sessions, "keys": keys}));
            app.audit(&mut tx, chain, entry).await?;
            tx.commit().await?;
            Ok((sessions, keys))
        })
        .await
    }

    /// Takes a user's second factor away, when their device is lost: for operators.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_USER`, `NO_TOTP`; `OWN_ACCOUNT`: [`App::remove_own_second_factor`] asks for a code of it;
    /// `SESSION_REQUIRED`.
    pub async fn remove_second_factor(&self, asker: &Asker, user: UserId) -> Result<()> {
        asker.must_operate("removing somebody's second factor")?;
        let (app, asker) = (self.clone(), asker.clone());
        self.on_main(async move {
            let mut tx = app.db.system("remove a second factor").await?;
            let target = target(&mut tx, &asker, user).await?;
            must_not_take_over(&asker, &target, "POST /api/v1/auth/totp/remove")?;
            if !second_factors::remove(&mut tx, user).await? {
                return Err(Error::not_found(
                    "NO_TOTP",
                    "this user has no second factor",
                ));
            }
            let chain = home(&mut tx, user).await?;
            let entry = Entry::new(&asker, "user.totp_removed", user);
            app.audit(&mut tx, chain, entry).await?;
            Ok(tx.commit().await?)
        })
        .await
    }
}

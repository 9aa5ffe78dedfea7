//! API tokens, for whoever has a shell on the gateway's machine.

use std::time::Duration;

use faxgate_db::{tokens, users};
use faxgate_types::{Rights, TokenId};
use serde_json::json;

use crate::app::App;
use crate::audit::{Actor, Entry};
use crate::auth::{NewKey, home, scopes};
use crate::error::{Error, Result};
use crate::people::no_such_user;

impl App {
    /// A new API token for a user: without `lifetime` it does not expire, and with `tenant` it is good there only.
    ///
    /// # Errors
    /// `NO_SUCH_USER`, `NO_SUCH_TENANT`.
    pub async fn create_token(
        &self,
        username: &str,
        lifetime: Option<Duration>,
        rights: Rights,
        tenant: Option<&str>,
    ) -> Result<String> {
        let tenant = match tenant {
            Some(slug) => Some(self.tenant_by_slug(slug).await?.id),
            None => None,
        };
        let new = NewKey {
            label: "command line".to_owned(),
            rights,
            tenant,
            expires_at: lifetime.map(|lifetime| self.now() + lifetime),
            from_login: false,
        };
        let mut tx = self.db.system("make a token").await?;
        let user = users::by_username(&mut tx, username).await?;
        let user = user.ok_or_else(|| no_such_user(username))?;
        let made = self.insert_key(&mut tx, user.id, new).await?;
        let chain = match tenant {
            Some(tenant) => tenant.into(),
            None => home(&mut tx, user.id).await?,
        };
        let entry = Entry::new(Actor::Console, "key.created", made.key.id).details(json!({
            "username": username,
            "scopes": scopes(rights),
            "expires_at": made.key.expires_at,
        }));
        self.audit(&mut tx, chain, entry).await?;
        tx.commit().await?;
        Ok(made.secret)
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

    /// Ends one token at once.
    ///
    /// # Errors
    /// `NO_SUCH_TOKEN` when there is none, or it was revoked before.
    pub async fn revoke_token(&self, token: TokenId) -> Result<()> {
        let mut tx = self.db.system("revoke a token").await?;
        let found = tokens::find(&mut tx, token).await?;
        let found = found.ok_or_else(|| {
            Error::not_found(
                "NO_SUCH_TOKEN",
                format!("there is no token {token} in use; `faxgate token list` shows them"),
            )
        })?;
        tokens::revoke(&mut tx, token, self.now()).await?;
        let chain = home(&mut tx, found.user).await?;
        let entry = Entry::new(Actor::Console, "key.revoked", token);
        self.audit(&mut tx, chain, entry).await?;
        Ok(tx.commit().await?)
    }

    /// Ends every token of a user at once; says how many there were.
    ///
    /// # Errors
    /// `NO_SUCH_USER`.
    pub async fn revoke_tokens(&self, username: &str) -> Result<usize> {
        let mut tx = self.db.system("revoke a user's tokens").await?;
        let user = users::by_username(&mut tx, username).await?;
        let user = user.ok_or_else(|| no_such_user(username))?;
        let revoked = tokens::revoke_all(&mut tx, user.id, self.now()).await?;
        let chain = home(&mut tx, user.id).await?;
        let entry = Entry::new(Actor::Console, "key.all_revoked", user.id)
            .details(json!({"username": username, "keys": revoked}));
        self.audit(&mut tx, chain, entry).await?;
        tx.commit().await?;
        Ok(revoked)
    }
}

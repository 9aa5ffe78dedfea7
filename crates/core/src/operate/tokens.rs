//! API tokens.

use std::time::Duration;

use faxgate_db::{tokens, users};
use faxgate_types::TokenId;

use super::people::no_such_user;
use crate::app::App;
use crate::error::{Error, Result};

impl App {
    /// A new API token for a user; without `lifetime` it does not expire.
    ///
    /// # Errors
    /// `NO_SUCH_USER`.
    pub async fn create_token(&self, username: &str, lifetime: Option<Duration>) -> Result<String> {
        let mut tx = self.db.system_read("find a user").await?;
        let user = users::by_username(&mut tx, username).await?;
        tx.commit().await?;
        let user = user.ok_or_else(|| no_such_user(username))?;
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

    /// Ends one token at once.
    ///
    /// # Errors
    /// `NO_SUCH_TOKEN` when there is none, or it was revoked before.
    pub async fn revoke_token(&self, token: TokenId) -> Result<()> {
        let now = self.now();
        let mut tx = self.db.system("revoke a token").await?;
        if !tokens::revoke(&mut tx, token, now).await? {
            return Err(Error::not_found(
                "NO_SUCH_TOKEN",
                format!("there is no token {token} in use; `faxgate token list` shows them"),
            ));
        }
        Ok(tx.commit().await?)
    }

    /// Ends every token of a user at once; says how many there were.
    ///
    /// # Errors
    /// `NO_SUCH_USER`.
    pub async fn revoke_tokens(&self, username: &str) -> Result<usize> {
        let now = self.now();
        let mut tx = self.db.system("revoke a user's tokens").await?;
        let user = users::by_username(&mut tx, username)
            .await?
            .ok_or_else(|| no_such_user(username))?;
        let revoked = tokens::revoke_all(&mut tx, user.id, now).await?;
        tx.commit().await?;
        Ok(revoked)
    }
}

//! From a name and a password to a token, and from a token to a user.

use std::time::Duration;

use faxgate_db::{tokens, users};
use faxgate_types::{Rights, TokenId, UserId};

use super::{Token, User, password};
use crate::app::App;
use crate::error::{Error, Result};

/// What a password is held against when there is no such user, so that both cases take the same time.
/// (argon2id, of a random value that nobody kept.)
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$xkTbyL0gXvS8kBZeb0B4W9lQe0m3ptgqCnKIuZ9Vd0A";

impl App {
    /// A new API token for whoever knows the password.
    ///
    /// # Errors
    /// `INVALID_CREDENTIALS`, the same for a wrong name, a wrong password and a disabled user.
    pub async fn issue_token(&self, username: &str, password: &str) -> Result<String> {
        let mut tx = self.db.system_read("sign in").await?;
        let user = users::by_username(&mut tx, username).await?;
        tx.commit().await?;
        let hash = user.as_ref().map_or(NOBODY, |user| &user.password_hash);
        let good = password::verify(self, password, hash).await?;
        match user {
            Some(user) if good && !user.disabled => self.new_token(user.id, "sign in", None).await,
            _ => Err(Error::unauthenticated(
                "INVALID_CREDENTIALS",
                "Unable to log in with provided credentials.",
            )),
        }
    }

    /// A new API token for a user; without `lifetime` it does not expire.
    pub(crate) async fn new_token(
        &self,
        user: UserId,
        label: &str,
        lifetime: Option<Duration>,
    ) -> Result<String> {
        let token = Token::generate(&self.ambient);
        let now = self.now();
        let new = tokens::NewToken {
            id: TokenId::generate(&self.ambient),
            user,
            label: label.to_owned(),
            secret_sha256: token.sha256(),
            expires_at: lifetime.map(|lifetime| now + lifetime),
        };
        let app = self.clone();
        self.on_main(async move {
            let mut tx = app.db.system("issue a token").await?;
            tokens::insert(&mut tx, &new, now).await?;
            tx.commit().await?;
            Ok(token.expose())
        })
        .await
    }

    /// Who shows this token.
    ///
    /// # Errors
    /// `INVALID_TOKEN`, `TOKEN_EXPIRED`, `USER_DISABLED`.
    pub async fn authenticate(&self, token: &str) -> Result<User> {
        let invalid = || Error::unauthenticated("INVALID_TOKEN", "Invalid token.");
        let token = Token::parse(token).ok_or_else(invalid)?;
        let mut tx = self.db.system_read("authenticate").await?;
        let found = tokens::present(&mut tx, &token.sha256()).await?;
        tx.commit().await?;
        let found = found
            .filter(|found| found.revoked_at.is_none())
            .ok_or_else(invalid)?;
        if found.expires_at.is_some_and(|at| at <= self.now()) {
            return Err(Error::unauthenticated(
                "TOKEN_EXPIRED",
                "The token has expired; get a new one from /api/auth/token/.",
            ));
        }
        if found.disabled {
            return Err(Error::unauthenticated(
                "USER_DISABLED",
                "The user is disabled.",
            ));
        }
        Ok(User {
            id: found.user,
            username: found.username,
            token: Some(found.token),
            session: None,
            rights: Rights::ALL,
            bound_to: None,
        })
    }
}

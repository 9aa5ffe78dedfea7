//! Passwords: argon2id, few at a time.

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};

use faxgate_db::{members, sessions, tokens};
use serde_json::json;

use super::sign_in::home;
use super::{Credentials, User};
use crate::app::App;
use crate::audit::Entry;
use crate::error::{Error, Result};

/// Hashes a password with argon2id (OWASP: 19 MiB, two passes, one lane), into PHC string form.
pub(crate) async fn hash(app: &App, password: &str) -> Result<String> {
    let (password, salt) = (password.to_owned(), app.ambient.bytes::<16>());
    slowly(app, move || {
        Argon2::default()
            .hash_password_with_salt(password.as_bytes(), &salt)
            .map(|hash| hash.to_string())
            .map_err(|e| Error::internal(e.to_string()))
    })
    .await?
}

/// Whether it is the password behind the hash.
pub(crate) async fn verify(app: &App, password: &str, hash: &str) -> Result<bool> {
    let (password, hash) = (password.to_owned(), hash.to_owned());
    slowly(app, move || {
        let hash = PasswordHash::new(&hash).map_err(|e| Error::internal(e.to_string()))?;
        Ok(Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok())
    })
    .await?
}

/// Refuses a password that is too short, or longer than anybody's.
///
/// # Errors
/// `WEAK_PASSWORD`.
pub(crate) fn must_be_good(app: &App, password: &str) -> Result<()> {
    let fewest = app.settings.auth.password_min;
    if password.chars().count() >= fewest && password.len() <= LONGEST {
        return Ok(());
    }
    let text = format!("a password has at least {fewest} characters, and at most {LONGEST} bytes");
    Err(Error::bad_input("WEAK_PASSWORD", text.clone()).field("password", text))
}

/// Bytes that a password may have.
const LONGEST: usize = 1024;

impl App {
    /// Gives the user another password, since they show the old one. Every session of theirs ends, this one as well, and the answer
    /// is the JWT of a new one; API keys go on working, unless `revoke_keys`.
    ///
    /// # Errors
    /// As [`App::log_in`]; `WEAK_PASSWORD`.
    pub async fn change_password(
        &self,
        user: &User,
        shown: Credentials,
        new: &str,
        revoke_keys: bool,
        agent: Option<String>,
    ) -> Result<String> {
        must_be_good(self, new)?;
        let (app, user, new) = (self.clone(), user.clone(), new.to_owned());
        self.on_main(async move {
            let proven = app.prove(&shown).await?;
            let hash = hash(&app, &new).await?;
            let now = app.now();
            let mut tx = app.db.system("change a password").await?;
            app.let_in(&mut tx, &proven, &shown).await?;
            members::set_password(&mut tx, user.id, &hash).await?;
            sessions::revoke_all(&mut tx, user.id, None, now).await?;
            if revoke_keys {
                tokens::revoke_all(&mut tx, user.id, now).await?;
            }
            let (_, jwt) = app.open_session(&mut tx, user.id, agent).await?;
            let chain = home(&mut tx, user.id).await?;
            let entry = Entry::new(&user, "user.password_changed", user.id)
                .details(json!({"keys_revoked": revoke_keys}));
            app.audit(&mut tx, chain, entry).await?;
            tx.commit().await?;
            Ok(jwt)
        })
        .await
    }
}

async fn slowly<T: Send + 'static>(
    app: &App,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    // Without a bound, a burst of logins would take all memory.
    let _turn = app.hashing.acquire().await.map_err(Error::internal)?;
    tokio::task::spawn_blocking(work)
        .await
        .map_err(Error::internal)
}

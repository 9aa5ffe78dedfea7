//! Sessions: opened by a login, shown as a JWT, ended by time or by somebody.

use faxgate_db::{System, sessions};
use faxgate_types::{SessionId, UserId};
use serde_json::json;

use super::sign_in::home;
use super::{Credentials, User, jwt};
use crate::app::App;
use crate::audit::{self, Entry};
use crate::error::{Error, Result};

pub use faxgate_db::sessions::Session;

/// Text that a program says of itself: so much is kept.
const MOST_AGENT: usize = 200;

impl App {
    /// Opens a session for whoever knows the password; gives its JWT. `agent` is the program that asks, as it says.
    ///
    /// # Errors
    /// `INVALID_CREDENTIALS`, the same for a wrong name, a wrong password and a disabled user; `TOO_MANY_TRIES`; `TOTP_REQUIRED`
    /// and `INVALID_TOTP` for users with a second factor.
    pub async fn log_in(&self, shown: Credentials, agent: Option<String>) -> Result<String> {
        let app = self.clone();
        self.on_main(async move {
            let proven = app.prove(&shown).await?;
            let user = proven.user.id;
            let mut tx = app.db.system("open a session").await?;
            app.let_in(&mut tx, &proven, &shown).await?;
            let (session, jwt) = app.open_session(&mut tx, user, agent).await?;
            let chain = home(&mut tx, user).await?;
            let entry = Entry::new(proven.actor(), "user.logged_in", user)
                .details(json!({"session": session}));
            app.audit(&mut tx, chain, entry).await?;
            tx.commit().await?;
            Ok(jwt)
        })
        .await
    }

    /// Opens a session; gives its id and its JWT.
    pub(super) async fn open_session(
        &self,
        tx: &mut System,
        user: UserId,
        agent: Option<String>,
    ) -> Result<(SessionId, String)> {
        let created_at = self.now();
        let agent = agent.map(|agent| {
            let plain = agent.chars().filter(|c| !c.is_control());
            plain.take(MOST_AGENT).collect()
        });
        let session = Session {
            id: SessionId::generate(&self.ambient),
            user,
            created_at,
            expires_at: created_at + self.settings.auth.session,
            last_used_at: None,
            address: audit::address().map(|address| address.to_string()),
            agent,
        };
        sessions::insert(tx, &session).await?;
        sessions::forget(tx, created_at - super::FORGET_SESSIONS).await?;
        let claims = jwt::Claims {
            user,
            session: session.id,
            issued_at: created_at,
            expires_at: session.expires_at,
        };
        Ok((session.id, jwt::sign(&self.settings.secret, &claims)?))
    }

    /// The open sessions of a user, newest first.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn sessions(&self, user: &User) -> Result<Vec<Session>> {
        let mut tx = self.db.system_read("list sessions").await?;
        let open = sessions::of_user(&mut tx, user.id, self.now()).await?;
        tx.commit().await?;
        Ok(open)
    }

    /// Ends one of the user's sessions at once.
    ///
    /// # Errors
    /// `NO_SUCH_SESSION`.
    pub async fn end_session(&self, user: &User, session: SessionId) -> Result<()> {
        let (app, user) = (self.clone(), user.clone());
        self.on_main(async move {
            let mut tx = app.db.system("end a session").await?;
            if !sessions::revoke(&mut tx, session, user.id, app.now()).await? {
                return Err(Error::not_found(
                    "NO_SUCH_SESSION",
                    "you have no open session with this id",
                ));
            }
            let chain = home(&mut tx, user.id).await?;
            let entry = Entry::new(&user, "session.revoked", session);
            app.audit(&mut tx, chain, entry).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Ends every session of the user at once, that of this request as well; says how many there were.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn end_sessions(&self, user: &User) -> Result<usize> {
        let (app, user) = (self.clone(), user.clone());
        self.on_main(async move {
            let mut tx = app.db.system("end a user's sessions").await?;
            let ended = sessions::revoke_all(&mut tx, user.id, None, app.now()).await?;
            let chain = home(&mut tx, user.id).await?;
            let entry =
                Entry::new(&user, "session.all_revoked", user.id).details(json!({"ended": ended}));
            app.audit(&mut tx, chain, entry).await?;
            tx.commit().await?;
            Ok(ended)
        })
        .await
    }

    /// Ends the session of this request.
    ///
    /// # Errors
    /// `NO_SESSION` when it was made with an API token.
    pub async fn log_out(&self, user: &User) -> Result<()> {
        match user.session {
            Some(session) => self.end_session(user, session).await,
            None => Err(Error::bad_input(
                "NO_SESSION",
                "this request shows an API key, which is no session; revoke the key instead (DELETE /api/v1/auth/api-keys/…)",
            )),
        }
    }
}

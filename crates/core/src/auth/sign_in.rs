//! From a name and a password to a token or a session.

use faxgate_db::{System, members, sessions, tokens, users};
use faxgate_types::{Rights, Timestamp, UserId};
use serde_json::json;

use super::second_factor::{self, Checked};
use super::throttle::Try;
use super::{User, jwt, password};
use crate::app::App;
use crate::audit::{self, Actor, Chain, Entry};
use crate::error::{Error, Result};

/// What a password is held against when there is no such user, so that both cases take the same time.
/// (argon2id, of a random value that nobody kept.)
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$xkTbyL0gXvS8kBZeb0B4W9lQe0m3ptgqCnKIuZ9Vd0A";

/// What somebody shows who wants to be let in.
#[derive(Clone)]
pub struct Credentials {
    /// The name to sign in with.
    pub username: String,
    /// The password.
    pub password: String,
    /// The code of the second factor, or a recovery code.
    pub totp: Option<String>,
}

/// Somebody whose password was right.
pub(super) struct Proven {
    pub(super) user: users::User,
    pub(super) of: Try,
}

impl Proven {
    pub(super) fn actor(&self) -> Actor {
        Actor::User {
            id: self.user.id,
            name: self.user.username.clone(),
            token: None,
        }
    }
}

impl App {
    /// A new API token for whoever knows the password.
    ///
    /// # Errors
    /// As [`App::log_in`].
    pub async fn issue_token(&self, shown: Credentials) -> Result<String> {
        let app = self.clone();
        self.on_main(async move {
            let proven = app.prove(&shown).await?;
            let mut tx = app.db.system("issue a token").await?;
            app.let_in(&mut tx, &proven, &shown).await?;
            let made = app.insert_from_login(&mut tx, proven.user.id).await?;
            let chain = home(&mut tx, proven.user.id).await?;
            let entry = Entry::new(proven.actor(), "user.logged_in", proven.user.id)
                .details(json!({"token": made.key.id}));
            app.audit(&mut tx, chain, entry).await?;
            tx.commit().await?;
            Ok(made.secret)
        })
        .await
    }

    /// Whose name and password these are. Every try counts as failed until [`App::let_in`] says otherwise.
    ///
    /// # Errors
    /// `INVALID_CREDENTIALS`, the same for a wrong name, a wrong password and a disabled user; `TOO_MANY_TRIES`.
    pub(super) async fn prove(&self, shown: &Credentials) -> Result<Proven> {
        let mut of = Try::new(&shown.username, audit::address());
        self.begin_try(&mut of).await?;
        let mut tx = self.db.system_read("sign in").await?;
        let user = users::by_username(&mut tx, &shown.username).await?;
        tx.commit().await?;
        let hash = user.as_ref().map_or(NOBODY, |user| &user.password_hash);
        let good = match password::verify(self, &shown.password, hash).await {
            Ok(good) => good,
            Err(error) => {
                // Nobody knows whether it was the right one.
                self.clone().take_try_back(of).await?;
                return Err(error);
            }
        };
        match user {
            Some(user) if good && !user.disabled => Ok(Proven { user, of }),
            Some(user) => {
                self.was_refused(user.id, shown, &of, "password").await?;
                Err(invalid_credentials())
            }
            None => {
                self.count_nobody().await?;
                Err(invalid_credentials())
            }
        }
    }

    /// Whether it is to be written down that a key or a session is used: once a minute at most, not once a request.
    fn is_due(&self, last: Option<Timestamp>, now: Timestamp) -> bool {
        last.is_none_or(|last| last + super::USED_EVERY <= now)
    }

    /// Asks for the second factor where there is one, and forgets the tries that failed. The password that was right may have been
    /// changed meanwhile, and the user disabled: whoever did that has ended everything that was open, and this must not come after.
    ///
    /// # Errors
    /// `INVALID_CREDENTIALS`, `TOTP_REQUIRED`, `INVALID_TOTP`: then the transaction must not be committed.
    pub(super) async fn let_in(
        &self,
        tx: &mut System,
        proven: &Proven,
        shown: &Credentials,
    ) -> Result<()> {
        let user = proven.user.id;
        if !members::logged_in(tx, user, &proven.user.password_hash, self.now()).await? {
            let (app, shown, of) = (self.clone(), shown.clone(), proven.of.clone());
            self.later(async move { app.was_refused(user, &shown, &of, "password").await });
            return Err(invalid_credentials());
        }
        match second_factor::check(self, tx, user, shown.totp.as_deref()).await? {
            Checked::Passed => {}
            Checked::Missing => {
                self.later(self.clone().take_try_back(proven.of.clone()));
                return Err(Error::unauthenticated(
                    "TOTP_REQUIRED",
                    "this user has a second factor: send its code, or a recovery code, as `totp`",
                ));
            }
            Checked::Wrong => {
                let (app, shown, of) = (self.clone(), shown.clone(), proven.of.clone());
                self.later(async move { app.was_refused(user, &shown, &of, "totp").await });
                return Err(Error::unauthenticated(
                    "INVALID_TOTP",
                    "this code is wrong, too old, or was used before",
                ));
            }
        }
        self.end_try(tx, &proven.of).await
    }

    /// Has something done once the transaction at hand is over.
    fn later(&self, work: impl Future<Output = Result<()>> + Send + 'static) {
        self.spawn(async move {
            if let Err(error) = work.await {
                tracing::warn!("what follows from a refused login was not written: {error}");
            }
        });
    }

    async fn was_refused(
        &self,
        user: UserId,
        shown: &Credentials,
        of: &Try,
        what: &'static str,
    ) -> Result<()> {
        let Some(details) = of.details(what) else {
            return Ok(());
        };
        let mut tx = self.db.system("a login was refused").await?;
        let chain = home(&mut tx, user).await?;
        let actor = Actor::Stranger(shown.username.clone());
        let entry = Entry::new(actor, "user.login_refused", &shown.username).details(details);
        self.audit(&mut tx, chain, entry).await?;
        Ok(tx.commit().await?)
    }

    /// Who shows this token: an API token, or a session's.
    ///
    /// # Errors
    /// `INVALID_TOKEN`, `TOKEN_EXPIRED`, `USER_DISABLED`.
    pub async fn authenticate(&self, token: &str) -> Result<User> {
        if jwt::looks_like_one(token) {
            return self.authenticate_session(token).await;
        }
        let token = super::Token::parse(token).ok_or_else(invalid_token)?;
        let mut tx = self.db.system_read("authenticate").await?;
        let found = tokens::present(&mut tx, &token.sha256()).await?;
        tx.commit().await?;
        let found = found
            .filter(|found| found.revoked_at.is_none())
            .ok_or_else(invalid_token)?;
        let now = self.now();
        if found.expires_at.is_some_and(|at| at <= now) {
            return Err(expired(
                "The token has expired; get a new one from /api/auth/token/.",
            ));
        }
        must_not_be_disabled(found.disabled)?;
        if self.is_due(found.last_used_at, now) {
            let (app, id) = (self.clone(), found.token);
            self.later(async move {
                let mut tx = app.db.system("a token was used").await?;
                tokens::used(&mut tx, id, now, now - super::USED_EVERY).await?;
                Ok(tx.commit().await?)
            });
        }
        Ok(User {
            id: found.user,
            username: found.username,
            token: Some(found.token),
            session: None,
            rights: found.rights,
            bound_to: found.tenant,
            ends_at: found.expires_at,
        })
    }

    async fn authenticate_session(&self, token: &str) -> Result<User> {
        let claims = jwt::read(&self.settings.secret, token).ok_or_else(invalid_token)?;
        let now = self.now();
        if claims.expires_at <= now {
            return Err(expired("The session is over; log in again."));
        }
        let mut tx = self.db.system_read("authenticate").await?;
        let found = sessions::show(&mut tx, claims.session, claims.user, now).await?;
        tx.commit().await?;
        let found = found.ok_or_else(invalid_token)?;
        must_not_be_disabled(found.disabled)?;
        if self.is_due(found.last_used_at, now) {
            let app = self.clone();
            self.later(async move {
                let mut tx = app.db.system("a session was used").await?;
                sessions::used(&mut tx, claims.session, now, now - super::USED_EVERY).await?;
                Ok(tx.commit().await?)
            });
        }
        Ok(User {
            id: claims.user,
            username: found.username,
            token: None,
            session: Some(claims.session),
            rights: Rights::ALL,
            bound_to: None,
            ends_at: None,
        })
    }
}

/// The audit chain for what concerns a user: that of their default tenant.
pub(crate) async fn home(tx: &mut System, user: UserId) -> Result<Chain> {
    let memberships = users::memberships(tx, user).await?;
    let home = memberships.first().map(|membership| membership.tenant.id);
    Ok(home.into())
}

fn invalid_credentials() -> Error {
    Error::unauthenticated(
        "INVALID_CREDENTIALS",
        "Unable to log in with provided credentials.",
    )
}

fn invalid_token() -> Error {
    Error::unauthenticated("INVALID_TOKEN", "Invalid token.")
}

fn expired(message: &str) -> Error {
    Error::unauthenticated("TOKEN_EXPIRED", message)
}

fn must_not_be_disabled(disabled: bool) -> Result<()> {
    match disabled {
        true => Err(Error::unauthenticated(
            "USER_DISABLED",
            "The user is disabled.",
        )),
        false => Ok(()),
    }
}

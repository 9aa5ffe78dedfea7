//! Passwords: argon2id, few at a time.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};

use faxgate_db::{members, sessions, tokens};
use serde_json::json;
use tokio::sync::Semaphore;

use super::sign_in::home;
use super::{Credentials, User};
use crate::app::App;
use crate::audit::Entry;
use crate::error::{Error, Result};

/// Passwords that are hashed at the same time; each takes 19 MiB.
const AT_ONCE: usize = 2;
/// Others that wait for their turn: some seconds' work.
const WAITING: usize = 64;
/// What `Retry-After` says to whoever finds no room to wait.
const COME_AGAIN: Duration = Duration::from_secs(5);

/// The room that hashing has: without a bound, a burst of logins would take all memory, and make everybody's wait without end.
pub(crate) struct Hashing {
    turns: Arc<Semaphore>,
    waiting: Semaphore,
}

impl Hashing {
    pub(crate) fn new() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: Semaphore::new(WAITING),
        }
    }

    /// Does slow work in its turn. The turn is the work's own: it ends with the work, not with whoever waits for it.
    ///
    /// # Errors
    /// `BUSY` when too many wait already.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let turn = match Arc::clone(&self.turns).try_acquire_owned() {
            Ok(turn) => turn,
            Err(_) => {
                let _waits = self.waiting.try_acquire().map_err(|_| busy())?;
                let turn = Arc::clone(&self.turns).acquire_owned();
                turn.await.map_err(Error::internal)?
            }
        };
        let work = move || {
            let _turn = turn;
            work()
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(Error::internal)
    }
}

fn busy() -> Error {
    let text = "too many passwords are being checked; try again in a moment";
    Error::unavailable("BUSY", text).retry_after(COME_AGAIN)
}

/// Hashes a password with argon2id (OWASP: 19 MiB, two passes, one lane), into PHC string form.
pub(crate) async fn hash(app: &App, password: &str) -> Result<String> {
    let (password, salt) = (password.to_owned(), app.ambient.bytes::<16>());
    let hashed = app.hashing.run(move || {
        Argon2::default()
            .hash_password_with_salt(password.as_bytes(), &salt)
            .map(|hash| hash.to_string())
            .map_err(|e| Error::internal(e.to_string()))
    });
    hashed.await?
}

/// Whether it is the password behind the hash.
pub(crate) async fn verify(app: &App, password: &str, hash: &str) -> Result<bool> {
    let (password, hash) = (password.to_owned(), hash.to_owned());
    let verified = app.hashing.run(move || {
        let hash = PasswordHash::new(&hash).map_err(|e| Error::internal(e.to_string()))?;
        Ok(Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok())
    });
    verified.await?
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Work that says when it begins, and goes on until it is told to end.
    fn work() -> (
        impl FnOnce() + Send + 'static,
        mpsc::Receiver<()>,
        mpsc::Sender<()>,
    ) {
        let ((begins, begun), (end, ends)) = (mpsc::channel(), mpsc::channel());
        let work = move || {
            begins.send(()).unwrap();
            let _ = ends.recv();
        };
        (work, begun, end)
    }

    #[tokio::test]
    async fn work_that_nobody_waits_for_any_more_keeps_its_turn() {
        let hashing = Arc::new(Hashing::new());
        let mut ends = Vec::new();
        for _ in 0..AT_ONCE {
            let (work, begun, end) = work();
            let at_it = Arc::clone(&hashing);
            let waits = tokio::spawn(async move { at_it.run(work).await });
            tokio::task::spawn_blocking(move || begun.recv().unwrap())
                .await
                .unwrap();
            // The client hangs up.
            waits.abort();
            assert!(waits.await.unwrap_err().is_cancelled());
            ends.push(end);
        }
        assert_eq!(hashing.turns.available_permits(), 0);
        ends.clear();
        hashing.run(|| ()).await.unwrap();
    }

    #[tokio::test]
    async fn whoever_finds_no_room_to_wait_is_told_to_come_again() {
        let hashing = Arc::new(Hashing::new());
        let turns = hashing.turns.try_acquire_many(AT_ONCE as u32).unwrap();
        let room = hashing.waiting.try_acquire_many(WAITING as u32 - 1);
        let room = room.unwrap();
        let at_it = Arc::clone(&hashing);
        let waits = tokio::spawn(async move { at_it.run(|| ()).await });
        while hashing.waiting.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let busy = hashing.run(|| ()).await.unwrap_err();
        assert_eq!((busy.code, busy.retry_after), ("BUSY", Some(COME_AGAIN)));
        drop((turns, room));
        waits.await.unwrap().unwrap();
        hashing.run(|| ()).await.unwrap();
    }
}

//! Looking into the maildir.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::Duration;

use faxgate_mail::{Becomes, Maildir};
use faxgate_types::Timestamp;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use super::settings::MailIntake;
use super::take::{MailTaken, Patience};
use crate::app::App;
use crate::error::{Error, Result};

/// How often it is looked into.
const EVERY: Duration = Duration::from_secs(1);
/// Messages at one look.
const AT_ONCE: usize = 50;
/// What could not be decided is looked at again after so long, then twice as long, up to the longest wait.
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(300);
/// A message that could not be decided for so long is refused, and its sender told.
const PATIENCE: Duration = Duration::from_secs(2 * 24 * 3600);

/// The messages that could not be decided: until when they rest, and how long they rested last.
#[derive(Default)]
struct Resting(HashMap<OsString, (Instant, Duration)>);

impl Resting {
    /// Those that rest now; those that somebody took away are forgotten.
    fn now(&mut self) -> HashSet<OsString> {
        let now = Instant::now();
        self.0.retain(|_, (until, _)| now < *until + LONGEST_WAIT);
        let rest = self.0.iter().filter(|(_, (until, _))| now < *until);
        rest.map(|(name, _)| name.clone()).collect()
    }

    /// A message rests from now on; how long.
    fn put(&mut self, name: OsString) -> Duration {
        let before = self.0.get(&name).map(|(_, wait)| *wait * 2);
        let wait = before.unwrap_or(FIRST_WAIT).min(LONGEST_WAIT);
        self.0.insert(name, (Instant::now() + wait, wait));
        wait
    }

    fn is_decided(&mut self, name: &OsStr) {
        self.0.remove(name);
    }
}

impl App {
    /// Takes what a mail server delivers into the maildir, until `stop` says so. A message is moved only when what became of it
    /// is committed.
    pub(super) async fn watch_maildir(&self, mut stop: watch::Receiver<bool>) {
        let settings = self.settings.mail.intake.clone();
        let watched = settings.and_then(|all| all.maildir.clone().map(|folder| (all, folder)));
        let Some((settings, folder)) = watched else {
            let _ = stop.wait_for(|stop| *stop).await;
            return;
        };
        let mut resting = Resting::default();
        let mut said = false;
        while !*stop.borrow() {
            match look(&folder, resting.now()).await {
                Ok((maildir, names)) => {
                    said = false;
                    for name in names {
                        if *stop.borrow() {
                            break;
                        }
                        match self.take_file(&settings, &maildir, &name).await {
                            Ok(()) => resting.is_decided(&name),
                            Err(error) => {
                                let shown = name.display().to_string();
                                let wait = resting.put(name);
                                tracing::warn!(
                                    error = &error as &dyn std::error::Error,
                                    message = shown,
                                    "a message in the maildir cannot be taken now; it is tried again in {wait:?}"
                                );
                            }
                        }
                    }
                }
                Err(error) if !said => {
                    said = true;
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "the maildir {} cannot be looked into",
                        folder.display()
                    );
                }
                Err(_) => {}
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
        }
    }

    async fn take_file(
        &self,
        settings: &MailIntake,
        maildir: &Maildir,
        name: &OsStr,
    ) -> Result<()> {
        let (reading, named) = (maildir.clone(), name.to_owned());
        let most = settings.limits.bytes;
        let read = spawn_blocking(move || reading.read(&named, most));
        let read = read.await.map_err(Error::internal)?;
        let Some(message) = read.map_err(Error::internal)? else {
            return Ok(());
        };
        let since = message.since.duration_since(std::time::UNIX_EPOCH);
        let since = i64::try_from(since.unwrap_or_default().as_micros()).unwrap_or(i64::MAX);
        let age =
            Timestamp::from_unix_micros(since).map_or(Duration::ZERO, |at| self.now().since(at));
        let patience = match age < PATIENCE {
            true => Patience::More,
            false => Patience::Over,
        };
        let taken = self.take_mail("maildir", None, &message.bytes, patience);
        let becomes = match taken.await? {
            MailTaken::Faxes(_) => Becomes::Processed,
            MailTaken::Refused(why) => {
                tracing::warn!(
                    message = name.display().to_string(),
                    "a message in the maildir was refused, and lies in `refused` now: {why}"
                );
                Becomes::Refused
            }
        };
        let (moving, named) = (maildir.clone(), name.to_owned());
        let moved = spawn_blocking(move || moving.put_aside(&named, becomes));
        moved
            .await
            .map_err(Error::internal)?
            .map_err(Error::internal)
    }
}

/// The oldest messages that wait, those left out that rest.
async fn look(
    folder: &Path,
    resting: HashSet<OsString>,
) -> std::io::Result<(Maildir, Vec<OsString>)> {
    let folder = folder.to_owned();
    let opened = spawn_blocking(move || {
        let maildir = Maildir::open(&folder)?;
        let names = maildir.waiting(AT_ONCE, &resting)?;
        Ok((maildir, names))
    });
    opened.await.map_err(std::io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_decided_rests_longer_each_time() {
        let mut resting = Resting::default();
        let name = OsString::from("100.a");
        assert_eq!(resting.put(name.clone()), FIRST_WAIT);
        assert!(resting.now().contains(&name));
        tokio::time::advance(FIRST_WAIT).await;
        assert!(resting.now().is_empty());
        assert_eq!(resting.put(name.clone()), FIRST_WAIT * 2);
        resting.is_decided(&name);
        assert_eq!(resting.put(name.clone()), FIRST_WAIT);
        // Somebody took it away.
        tokio::time::advance(LONGEST_WAIT * 2).await;
        resting.now();
        assert!(resting.0.is_empty());
    }
}

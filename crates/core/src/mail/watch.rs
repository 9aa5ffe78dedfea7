//! Looking into the maildir.

use std::collections::HashMap;
use std::time::Duration;

use faxgate_mail::{Becomes, Maildir};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use super::settings::MailIntake;
use super::take::MailTaken;
use crate::app::App;
use crate::error::{Error, Result};

/// How often it is looked into.
const EVERY: Duration = Duration::from_secs(1);
/// Messages at one look.
const AT_ONCE: usize = 50;
/// What could not be decided is looked at again after so long, then twice as long, up to the longest wait.
const FIRST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_WAIT: Duration = Duration::from_secs(300);

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
        let mut waits: HashMap<String, (Instant, Duration)> = HashMap::new();
        let mut said = false;
        while !*stop.borrow() {
            let looked = async {
                let folder = folder.clone();
                let opened = spawn_blocking(move || {
                    let maildir = Maildir::open(&folder)?;
                    let names = maildir.waiting(AT_ONCE)?;
                    Ok::<_, std::io::Error>((maildir, names))
                });
                opened.await.map_err(std::io::Error::other)?
            };
            match looked.await {
                Ok((maildir, names)) => {
                    said = false;
                    waits.retain(|name, _| names.contains(name));
                    for name in names {
                        let resting = waits
                            .get(&name)
                            .is_some_and(|(until, _)| *until > Instant::now());
                        if resting || *stop.borrow() {
                            continue;
                        }
                        if let Err(error) = self.take_file(&settings, &maildir, &name).await {
                            let before = waits.get(&name).map(|(_, wait)| *wait * 2);
                            let wait = before.unwrap_or(FIRST_WAIT).min(LONGEST_WAIT);
                            tracing::warn!(
                                error = &error as &dyn std::error::Error,
                                message = name,
                                "a message in the maildir cannot be taken now; it is tried again in {wait:?}"
                            );
                            waits.insert(name, (Instant::now() + wait, wait));
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

    async fn take_file(&self, settings: &MailIntake, maildir: &Maildir, name: &str) -> Result<()> {
        let (reading, named) = (maildir.clone(), name.to_owned());
        let most = settings.limits.bytes;
        let read = spawn_blocking(move || reading.read(&named, most));
        let read = read.await.map_err(Error::internal)?;
        let Some(bytes) = read.map_err(Error::internal)? else {
            return Ok(());
        };
        let becomes = match self.take_mail("maildir", None, &bytes).await? {
            MailTaken::Faxes(_) => Becomes::Processed,
            MailTaken::Refused(why) => {
                tracing::warn!(
                    message = name,
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

//! What is known of numbers that are called: how many calls they take, and what their machines can do.

use faxgate_db::destinations::{self, Destination};
use faxgate_db::{System, Wake};
use faxgate_lifecycle::Profile;
use faxgate_types::{LineSettings, Timestamp};

use serde_json::json;

use super::do_not_fax::international;
use crate::app::App;
use crate::audit::{Actor, Chain, Entry};
use crate::error::{Error, Result};

/// At most so many are listed.
const MOST: i64 = 1000;

/// Changes to what is known of a number; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct DestinationChange {
    /// Calls at once, all tenants together: 1 to 1000; more than one for a hunt group.
    pub max_calls: Option<u32>,
    /// What calls to it may use of a line's abilities, whatever happens; `Some(None)`: what is learned counts again.
    pub line_settings: Option<Option<LineSettings>>,
    /// A note for operators.
    pub note: Option<String>,
}

/// What is known of a number, as it is by now.
#[derive(Clone, Debug)]
pub struct KnownDestination {
    /// What is stored.
    pub known: Destination,
    /// What the next call may use.
    pub settings: LineSettings,
    /// When what was learned fades; `None` when nothing was, or when a person chose it.
    pub fades_at: Option<Timestamp>,
}

impl App {
    /// What is known of a number, written with its `+`.
    ///
    /// # Errors
    /// `INVALID_NUMBER`.
    pub async fn destination(&self, number: &str) -> Result<KnownDestination> {
        let number = international(number)?;
        let mut tx = self.db.system_read("show a destination").await?;
        let known = destinations::find(&mut tx, &number).await?;
        tx.commit().await?;
        let now = self.now();
        Ok(by_now(
            known.unwrap_or_else(|| Destination::unknown(number, now)),
            now,
        ))
    }

    /// Numbers of which something is known, by number, those that begin with `prefix` (`+1`); at most 1000.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn destinations(&self, prefix: &str) -> Result<Vec<KnownDestination>> {
        let mut tx = self.db.system_read("list destinations").await?;
        let known = destinations::list(&mut tx, prefix, MOST, 0).await?;
        tx.commit().await?;
        let now = self.now();
        Ok(known.into_iter().map(|known| by_now(known, now)).collect())
    }

    /// Changes what is known of a number, written with its `+`.
    ///
    /// # Errors
    /// `INVALID_NUMBER`, `INVALID_DESTINATION`.
    pub async fn change_destination(
        &self,
        number: &str,
        change: DestinationChange,
    ) -> Result<KnownDestination> {
        let number = international(number)?;
        let now = self.now();
        let mut tx = self.db.system("change a destination").await?;
        let known = destinations::find(&mut tx, &number).await?;
        let mut known = known.unwrap_or_else(|| Destination::unknown(number, now));
        apply(&mut known, change, now)?;
        destinations::put(&mut tx, &known).await?;
        let entry =
            Entry::new(Actor::Console, "destination.changed", &known.number).details(json!({
                "max_calls": known.max_calls, "note": known.note,
                "line_settings": known.line_settings.map(|settings| settings.to_string()),
            }));
        self.audit(&mut tx, Chain::Gateway, entry).await?;
        done(self, tx).await?;
        Ok(by_now(known, now))
    }

    /// Forgets what is known of a number, what was chosen as well.
    ///
    /// # Errors
    /// `INVALID_NUMBER`, `NOTHING_KNOWN`.
    pub async fn reset_destination(&self, number: &str) -> Result<()> {
        let number = international(number)?;
        let mut tx = self.db.system("forget a destination").await?;
        if !destinations::remove(&mut tx, &number).await? {
            return Err(Error::not_found(
                "NOTHING_KNOWN",
                format!("nothing is known of {number}"),
            ));
        }
        let entry = Entry::new(Actor::Console, "destination.forgotten", &number);
        self.audit(&mut tx, Chain::Gateway, entry).await?;
        done(self, tx).await
    }
}

async fn done(app: &App, mut tx: System) -> Result<()> {
    tx.wake(Wake::Queue);
    tx.commit().await?;
    app.queue_changed.notify_one();
    Ok(())
}

fn apply(known: &mut Destination, change: DestinationChange, now: Timestamp) -> Result<()> {
    let invalid = |message: &str| Error::bad_input("INVALID_DESTINATION", message);
    if let Some(max_calls) = change.max_calls {
        known.max_calls = i32::try_from(max_calls)
            .ok()
            .filter(|calls| (1..=1000).contains(calls))
            .ok_or_else(|| invalid("a number takes 1 to 1000 calls at once"))?;
    }
    if let Some(settings) = change.line_settings {
        known.line_settings = settings;
        known.pinned = settings.is_some();
        known.learned_at = None;
        (known.good, known.bad) = (0, 0);
    }
    if let Some(note) = change.note {
        if note.chars().count() > 500 || note.chars().any(char::is_control) {
            return Err(invalid("a note is one line of at most 500 characters"));
        }
        known.note = Some(note).filter(|note| !note.trim().is_empty());
    }
    known.updated_at = now;
    Ok(())
}

fn by_now(known: Destination, now: Timestamp) -> KnownDestination {
    let chosen = known.line_settings.unwrap_or_default();
    let learned = known.learned_at.filter(|_| !known.pinned);
    let fades_at = learned
        .map(|at| at + Profile::HALF_LIFE)
        .filter(|_| known.line_settings.is_some());
    let faded = fades_at.is_some_and(|at| at <= now);
    KnownDestination {
        settings: if faded {
            LineSettings::default()
        } else {
            chosen
        },
        fades_at: fades_at.filter(|at| *at > now),
        known,
    }
}

//! Which lines may take calls.

use std::time::Duration;

use faxgate_db::lanes::{self, Lane};
use faxgate_types::{FailureClass, Timestamp};

use crate::app::App;
use crate::error::Result;

impl App {
    /// The lines that had trouble, as all nodes see them.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn lanes(&self) -> Result<Vec<Lane>> {
        let mut tx = self.db.system_read("lanes").await?;
        let lanes = lanes::all(&mut tx).await?;
        tx.commit().await?;
        Ok(lanes)
    }

    /// Pauses a line whose calls fail for a reason that is not the recipient's: the wait grows along the ladder of the
    /// class (`retry.back_pressure_seconds`, `retry.account_seconds`) until the line works again, and is never shorter than
    /// `at_least`. Answers the line as it is now.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn pause_lane(
        &self,
        name: &str,
        class: FailureClass,
        at_least: Duration,
        reason: &str,
    ) -> Result<Option<Lane>> {
        let now = self.now();
        let mut tx = self.db.system("pause a lane").await?;
        let pauses = lanes::find(&mut tx, name).await?.map_or(0, |l| l.pauses);
        let nth = u32::try_from(pauses).unwrap_or(0).saturating_add(1);
        let retry = &self.settings.retry;
        let wait = match class {
            FailureClass::Account => retry.account.after(nth),
            _ => retry.back_pressure.after(nth),
        };
        let wait = wait.max(at_least);
        let until: Timestamp = now + wait;
        if lanes::pause(&mut tx, name, until, reason, now).await? {
            tracing::error!(
                lane = name,
                reason,
                pauses = nth,
                "line `{name}` takes no calls for {} s: {reason}; then one call tries it",
                wait.as_secs()
            );
        }
        let lane = lanes::find(&mut tx, name).await?;
        tx.commit().await?;
        Ok(lane)
    }

    /// The longest pause of a line for failures of this class.
    #[must_use]
    pub fn pause_at_most(&self, class: FailureClass) -> Duration {
        match class {
            FailureClass::Account => self.settings.retry.account.longest(),
            _ => self.settings.retry.back_pressure.longest(),
        }
    }

    /// A call got through on a line that had been paused.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn lane_works(&self, name: &str) -> Result<()> {
        let now = self.now();
        let mut tx = self.db.system("a lane works").await?;
        lanes::works(&mut tx, name, now).await?;
        tx.commit().await?;
        tracing::info!(lane = name, "line `{name}` works again");
        self.queue_changed.notify_one();
        Ok(())
    }
}

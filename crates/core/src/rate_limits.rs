//! Counters of requests.

use faxgate_db::counters::{self, Counters};

use crate::app::App;
use crate::error::Result;

impl App {
    /// Counters that all nodes share; `None` on SQLite.
    #[must_use]
    pub fn counters(&self) -> Option<Counters> {
        self.db.counters()
    }

    /// Forgets shared counters that say nothing any more.
    pub(crate) async fn forget_old_counters(&self) -> Result<()> {
        let now = self.now().unix_micros().saturating_mul(1000);
        let mut tx = self.db.system("forget counters of requests").await?;
        counters::forget(&mut tx, now).await?;
        tx.commit().await?;
        Ok(())
    }
}

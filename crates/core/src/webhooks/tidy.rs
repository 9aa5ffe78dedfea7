//! The log, no longer than it is to be kept.

use faxgate_db::webhooks;

use crate::app::App;
use crate::error::Result;

/// Deliveries that are forgotten in one transaction.
const AT_ONCE: i64 = 500;

impl App {
    /// Forgets deliveries that are older than the settings say.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub(crate) async fn forget_webhook_deliveries(&self) -> Result<()> {
        let Some(lasts) = self.settings.webhooks.log_lasts else {
            return Ok(());
        };
        let then = self.now() - lasts;
        loop {
            let mut tx = self.db.system("forget webhook deliveries").await?;
            let forgotten = webhooks::forget(&mut tx, then, AT_ONCE).await?;
            tx.commit().await?;
            if i64::try_from(forgotten).unwrap_or(0) < AT_ONCE {
                return Ok(());
            }
        }
    }
}

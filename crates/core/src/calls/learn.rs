//! What calls teach about a number.

use faxgate_db::Tx;
use faxgate_db::destinations::{self, Destination};
use faxgate_lifecycle::{Profile, Verdict};
use faxgate_types::{E164, LineSettings, Timestamp};

use crate::app::App;
use crate::error::Result;

/// What was learned, in the heart's words.
fn profile(known: &Destination, now: Timestamp) -> Profile {
    let count = |n: i32| u32::try_from(n).unwrap_or(0);
    Profile {
        settings: known.line_settings.unwrap_or_default(),
        learned_at: known.learned_at.unwrap_or(now),
        good: count(known.good),
        bad: count(known.bad),
    }
}

impl App {
    /// What the first call of a fax to this number may use.
    pub(super) async fn start_settings(
        &self,
        tx: &mut Tx,
        number: &E164,
        now: Timestamp,
    ) -> Result<LineSettings> {
        Ok(match destinations::find(tx, number).await? {
            None => LineSettings::default(),
            Some(set) if set.pinned => set.line_settings.unwrap_or_default(),
            Some(known) => profile(&known, now).start_settings(now),
        })
    }

    /// Learns from a call that has ended. Nothing depends on it, so that nothing waits for it.
    pub(super) async fn learn(
        &self,
        number: &E164,
        verdict: &Verdict,
        used: LineSettings,
    ) -> Result<()> {
        let now = self.now();
        let mut tx = self.db.system_read("what is known of a number").await?;
        let known = destinations::find(&mut tx, number).await?;
        tx.commit().await?;
        let is_known = known.is_some();
        let known = known.unwrap_or_else(|| Destination::unknown(number.clone(), now));
        if known.pinned {
            return Ok(());
        }
        let Some(learned) = profile(&known, now).learn(verdict, used, now) else {
            return Ok(());
        };
        let count = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
        let next = Destination {
            line_settings: (learned.settings != LineSettings::default())
                .then_some(learned.settings),
            good: count(learned.good),
            bad: count(learned.bad),
            learned_at: Some(learned.learned_at),
            updated_at: now,
            ..known.clone()
        };
        // That all went well as usual is no news, and no reason to write.
        let usual = next.line_settings.is_none() && known.line_settings.is_none();
        if usual && next.bad == known.bad && (is_known || next.bad == 0) {
            return Ok(());
        }
        let mut tx = self.db.system("learn about a number").await?;
        // An operator may have set it meanwhile.
        let since = destinations::find(&mut tx, number).await?;
        if since.is_none_or(|since| since == known) {
            destinations::put(&mut tx, &next).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

//! What a destination has taught us.

use std::time::Duration;

use faxgate_types::{FailureClass, LineSettings, Outcome, Remedy, Timestamp};

use crate::attempt::Verdict;

/// What worked with the fax machine at one number.
///
/// What was learned fades: after [`Profile::HALF_LIFE`] the settings are the gateway's own again, so that a machine or
/// a carrier that was mended is not punished for ever, and the counts have halved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// What a call to it may use.
    pub settings: LineSettings,
    /// When these settings were learned, or last faded.
    pub learned_at: Timestamp,
    /// Faxes that went through with them.
    pub good: u32,
    /// Calls with them that failed for reasons that settings can help.
    pub bad: u32,
}

impl Profile {
    /// After so long what was learned is forgotten by half.
    pub const HALF_LIFE: Duration = Duration::from_secs(30 * 24 * 3600);

    /// So many failures, and more than successes, and the settings are no longer believed.
    const DISBELIEF: u32 = 3;

    /// A number of which nothing is known.
    #[must_use]
    pub fn unknown(now: Timestamp) -> Self {
        Self {
            settings: LineSettings::default(),
            learned_at: now,
            good: 0,
            bad: 0,
        }
    }

    /// As it is by now.
    #[must_use]
    pub fn fade(self, now: Timestamp) -> Self {
        let halvings = now.since(self.learned_at).as_secs() / Self::HALF_LIFE.as_secs();
        let halvings = u32::try_from(halvings).unwrap_or(u32::MAX);
        if halvings == 0 {
            return self;
        }
        let halved = |count: u32| count.checked_shr(halvings).unwrap_or(0);
        Self {
            settings: LineSettings::default(),
            learned_at: self.learned_at + Self::HALF_LIFE.saturating_mul(halvings),
            good: halved(self.good),
            bad: halved(self.bad),
        }
    }

    /// What the first call of a fax may use.
    #[must_use]
    pub fn start_settings(self, now: Timestamp) -> LineSettings {
        self.fade(now).settings
    }

    /// What a call with the settings `used` teaches; `None` when it teaches nothing.
    #[must_use]
    pub fn learn(self, verdict: &Verdict, used: LineSettings, now: Timestamp) -> Option<Self> {
        let known = self.fade(now);
        if verdict.outcome == Outcome::Sent {
            return Some(known.worked(used, now));
        }
        let trouble = verdict.outcome == Outcome::Failed && blames_settings(verdict);
        // A rung of the ladder that did not help says nothing about what is believed.
        (trouble && used == known.settings).then(|| known.failed(now))
    }

    fn worked(self, used: LineSettings, now: Timestamp) -> Self {
        if used == self.settings {
            return Self {
                good: self.good.saturating_add(1),
                ..self
            };
        }
        Self {
            settings: used,
            learned_at: now,
            good: 1,
            bad: 0,
        }
    }

    fn failed(self, now: Timestamp) -> Self {
        let bad = self.bad.saturating_add(1);
        let believed = bad < Self::DISBELIEF || bad <= self.good;
        if believed || self.settings == LineSettings::default() {
            return Self { bad, ..self };
        }
        Self::unknown(now)
    }
}

fn blames_settings(verdict: &Verdict) -> bool {
    let Some(failure) = &verdict.failure else {
        return false;
    };
    let on_t38 = verdict.fax.is_some_and(|fax| fax.t38 == Some(true));
    match failure.remedy() {
        Remedy::Settings | Remedy::Speed | Remedy::ErrorCorrection => true,
        // Dropped on T.38 without a page.
        Remedy::Nothing => on_t38 && failure.class == FailureClass::Line && verdict.confirmed == 0,
        Remedy::Lane | Remedy::Never => false,
    }
}

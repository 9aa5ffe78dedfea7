//! When a line is spoken to next about one call.

use std::time::Duration;

use faxgate_core::Pace;
use tokio::time::Instant;

use super::ASK_AGAIN;

/// So many times as long as the first wait between kills may get.
const MOST_KILL_WAITS: u32 = 6;

/// When to ask for a call, and when to kill it once more.
pub(super) struct Patience {
    pace: Pace,
    ask_at: Instant,
    /// Whether something is to be found out soon, whatever is heard meanwhile.
    anxious: bool,
    /// Whether the line tells of the call by itself.
    tells: bool,
    /// How often in a row it could not be asked.
    aways: u32,
    /// Kills that were taken.
    kills: u32,
    quiet_until: Instant,
}

impl Patience {
    pub(super) fn new(pace: Pace, now: Instant) -> Self {
        Self {
            pace,
            ask_at: now + pace.ask_every,
            anxious: false,
            tells: false,
            aways: 0,
            kills: 0,
            quiet_until: now,
        }
    }

    /// When to ask.
    pub(super) fn ask_at(&self) -> Instant {
        self.ask_at
    }

    fn usual(&self) -> Duration {
        match self.tells {
            true => self.pace.after_news,
            false => self.pace.ask_every,
        }
    }

    /// The line told something by itself.
    pub(super) fn news(&mut self, now: Instant) {
        self.tells = true;
        if !self.anxious {
            self.ask_at = now + self.usual();
        }
    }

    /// It is being asked now.
    pub(super) fn asked(&mut self, now: Instant) {
        self.anxious = false;
        self.ask_at = now + self.usual();
    }

    /// It answered, and knows the call.
    pub(super) fn reached(&mut self) {
        self.aways = 0;
    }

    /// Ask soon.
    pub(super) fn soon(&mut self, now: Instant) {
        self.at_latest(now + ASK_AGAIN);
    }

    /// It could not be asked. `jitter` in `0.0..1.0` keeps calls from asking all at once when it is back.
    pub(super) fn away(&mut self, now: Instant, jitter: f64) {
        let wait = ASK_AGAIN
            .saturating_mul(1 << self.aways.min(16))
            .min(self.pace.away);
        self.aways = self.aways.saturating_add(1);
        let wait = match self.pace.away > ASK_AGAIN {
            true => wait / 2 + (wait / 2).mul_f64(jitter),
            false => wait,
        };
        // Later than usual, perhaps: it is no use before.
        self.anxious = true;
        self.ask_at = now + wait;
    }

    /// Whether another kill may leave.
    pub(super) fn may_kill(&mut self, now: Instant) -> bool {
        let may = now >= self.quiet_until;
        if !may {
            self.at_latest(self.quiet_until);
        }
        may
    }

    /// A kill was taken.
    pub(super) fn killed(&mut self, now: Instant) {
        self.kills = (self.kills + 1).min(MOST_KILL_WAITS);
        self.quiet_until = now + self.pace.kill_again * self.kills;
    }

    fn at_latest(&mut self, moment: Instant) {
        self.anxious = true;
        self.ask_at = self.ask_at.min(moment);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    const CARRIER: Pace = Pace {
        ask_every: seconds(20),
        after_news: seconds(60),
        kill_again: seconds(10),
        away: seconds(30),
    };

    #[test]
    fn a_line_that_tells_by_itself_is_asked_more_seldom() {
        let now = Instant::now();
        let mut patience = Patience::new(CARRIER, now);
        assert_eq!(patience.ask_at(), now + seconds(20));
        patience.news(now + seconds(15));
        assert_eq!(patience.ask_at(), now + seconds(75));
        patience.asked(now + seconds(75));
        assert_eq!(patience.ask_at(), now + seconds(135));
    }

    #[test]
    fn news_puts_nothing_off_that_is_to_be_found_out_soon() {
        let now = Instant::now();
        let mut patience = Patience::new(CARRIER, now);
        patience.soon(now);
        patience.news(now);
        assert_eq!(patience.ask_at(), now + seconds(1));
    }

    #[test]
    fn a_carrier_that_is_away_is_asked_ever_more_seldom_and_not_by_all_calls_at_once() {
        let now = Instant::now();
        for (jitter, shares) in [(0.0, 2), (1.0, 1)] {
            let mut patience = Patience::new(CARRIER, now);
            for wait in [1, 2, 4, 8, 16, 30, 30] {
                patience.asked(now);
                patience.away(now, jitter);
                assert_eq!(patience.ask_at(), now + seconds(wait) / shares);
            }
            patience.reached();
            patience.away(now, jitter);
            assert_eq!(patience.ask_at(), now + seconds(1) / shares);
        }
    }

    #[test]
    fn a_freeswitch_that_is_away_is_asked_each_second() {
        let now = Instant::now();
        let mut patience = Patience::new(Pace::default(), now);
        for _ in 0..5 {
            patience.asked(now);
            patience.away(now, 0.0);
            assert_eq!(patience.ask_at(), now + seconds(1));
        }
    }

    #[test]
    fn a_carrier_that_took_a_cancel_is_asked_for_another_ten_seconds_later_and_then_later_still() {
        let mut now = Instant::now();
        let mut patience = Patience::new(CARRIER, now);
        for wait in [10, 20, 30, 40, 50, 60, 60] {
            assert!(patience.may_kill(now));
            patience.killed(now);
            patience.asked(now);
            assert!(!patience.may_kill(now + seconds(wait - 1)));
            // By then it is looked at again.
            assert!(patience.ask_at() <= now + seconds(wait));
            now += seconds(wait);
        }
    }

    #[test]
    fn a_freeswitch_is_told_to_kill_as_often_as_it_takes() {
        let now = Instant::now();
        let mut patience = Patience::new(Pace::default(), now);
        for _ in 0..5 {
            assert!(patience.may_kill(now));
            patience.killed(now);
        }
    }
}

//! Simulated time of one call, and everything that may cut it short.

use tokio::sync::watch;

use crate::cause::Cause;
use crate::dice::Dice;
use crate::options::Pace;

/// Why a call cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Hung up on this side: `uuid_kill`, `sched_hangup`, a shutdown.
    Here(Cause),
    /// The other side hung up.
    There,
}

/// The clock of one call.
///
/// Simulated time runs ahead of the real one at any pace but `real`: a three-page fax takes 78 simulated seconds.
#[derive(Debug)]
pub(crate) struct CallClock {
    pace: Pace,
    /// Microseconds since 1970, simulated.
    now: i64,
    /// `sched_hangup`: the simulated time and the cause.
    until: Option<(i64, Cause)>,
    here: watch::Receiver<Option<Cause>>,
    there: Option<watch::Receiver<Option<Cause>>>,
    dice: Dice,
}

impl CallClock {
    pub(crate) fn new(
        pace: Pace,
        now: i64,
        here: watch::Receiver<Option<Cause>>,
        dice: Dice,
    ) -> Self {
        Self {
            pace,
            now,
            until: None,
            here,
            there: None,
            dice,
        }
    }

    pub(crate) fn now(&self) -> i64 {
        self.now
    }

    /// Ends the call so many seconds from now.
    pub(crate) fn end_in(&mut self, seconds: f64, cause: Cause) {
        self.until = Some((self.now.saturating_add(micros(seconds)), cause));
    }

    /// The other side is a channel of this switch too, and may be hung up by itself.
    pub(crate) fn watch_far(&mut self, there: watch::Receiver<Option<Cause>>) {
        self.there = Some(there);
    }

    /// Lets so many seconds of the call's ordinary course pass.
    pub(crate) async fn pass(&mut self, seconds: f64) -> Result<(), Cut> {
        self.spend(seconds, false).await
    }

    /// Lets seconds pass that a scenario asked for by name: slow even at a fast pace.
    pub(crate) async fn pass_deliberately(&mut self, seconds: f64) -> Result<(), Cut> {
        self.spend(seconds, true).await
    }

    /// Waits until something ends the call.
    pub(crate) async fn pass_for_ever(&mut self) -> Cut {
        if let Some((at, cause)) = self.until {
            let left = (at - self.now).max(0) as f64 / 1e6;
            return match self.spend(left, false).await {
                Err(cut) => cut,
                Ok(()) => Cut::Here(cause),
            };
        }
        let started = tokio::time::Instant::now();
        let cut = cut(&mut self.here, &mut self.there).await;
        self.now += self.simulated(started);
        cut
    }

    async fn spend(&mut self, seconds: f64, deliberate: bool) -> Result<(), Cut> {
        let end = self.now.saturating_add(micros(seconds));
        let (end, deadline) = match self.until {
            Some((at, cause)) if at <= end => (at.max(self.now), Some(cause)),
            _ => (end, None),
        };
        let seconds = (end - self.now) as f64 / 1e6;
        let wait = if deliberate {
            self.pace.deliberate(seconds)
        } else {
            // Simulated time is exact; the real time that stands for it may be shuffled.
            self.pace.ordinary(seconds).mul_f64(self.dice.stretch())
        };
        let started = tokio::time::Instant::now();
        tokio::select! {
            biased;
            cut = cut(&mut self.here, &mut self.there) => {
                self.now = end.min(self.now + self.simulated(started));
                return Err(cut);
            }
            () = tokio::time::sleep(wait) => {}
        }
        self.now = end;
        deadline.map_or(Ok(()), |cause| Err(Cut::Here(cause)))
    }

    /// Simulated microseconds since a real moment.
    fn simulated(&self, started: tokio::time::Instant) -> i64 {
        let factor = match self.pace {
            Pace::Times(times) => times,
            Pace::Real | Pace::Fast => 1.0,
        };
        micros(started.elapsed().as_secs_f64() * factor)
    }
}

fn micros(seconds: f64) -> i64 {
    (seconds * 1e6) as i64
}

async fn cut(
    here: &mut watch::Receiver<Option<Cause>>,
    there: &mut Option<watch::Receiver<Option<Cause>>>,
) -> Cut {
    let far = async {
        match there {
            Some(there) => asked(there).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        cause = asked(here) => Cut::Here(cause),
        _ = far => Cut::There,
    }
}

async fn asked(asked: &mut watch::Receiver<Option<Cause>>) -> Cause {
    if asked.wait_for(Option::is_some).await.is_err() {
        // The session is gone; nobody will ask any more.
        std::future::pending::<()>().await;
    }
    let cause = *asked.borrow();
    cause.unwrap_or(Cause::NORMAL_CLEARING)
}

//! Between the INVITE and its answer.

use tokio::sync::oneshot;

use super::clock::{CallClock, Cut};
use super::kinds;
use super::leg::Leg;
use crate::cause::Cause;
use crate::channel::CallState;
use crate::scenario::{Ending, Scenario};

/// An INVITE that nothing answers ends after SIP's timer B.
const TIMER_B: f64 = 32.0;
/// `originate_timeout` when not given.
const RING_SECONDS: f64 = 60.0;
/// It fires early by as much as was measured.
const FIRES_EARLY: f64 = 0.64;
/// A far end that says no says it within this time.
const REFUSAL_SECONDS: f64 = 0.02;

/// Why there is no call.
pub(super) enum NoCall {
    /// A final SIP status.
    Refused {
        status: u16,
        phrase: String,
        cause: Cause,
    },
    /// Given up on this side.
    GaveUp(Cause),
}

/// The time between the INVITE and its answer.
pub(super) struct Ringing<'a> {
    pub(super) leg: &'a Leg,
    pub(super) clock: CallClock,
    /// Told when another leg was quicker.
    pub(super) lost: oneshot::Receiver<()>,
}

impl Ringing<'_> {
    /// Plays the scenario up to the answer.
    pub(super) async fn until_answered(&mut self, scenario: &Scenario) -> Result<(), NoCall> {
        let timeout = self.leg.with(|channel| {
            channel
                .vars
                .get("originate_timeout")
                .and_then(|text| text.parse().ok())
        });
        let timeout: f64 = timeout
            .filter(|seconds| *seconds > 0.0)
            .unwrap_or(RING_SECONDS);
        let patience = (timeout - FIRES_EARLY).max(0.5);
        if matches!(scenario.ending, Ending::SilentProxy) {
            self.wait(TIMER_B, patience).await?;
            let (phrase, cause) = (
                "Request Timeout".to_owned(),
                Cause::RECOVERY_ON_TIMER_EXPIRE,
            );
            return Err(NoCall::Refused {
                status: 408,
                phrase,
                cause,
            });
        }
        let rings = matches!(scenario.ending, Ending::NoAnswer);
        if rings || scenario.ring > 0.0 {
            self.wait(REFUSAL_SECONDS, patience).await?;
            self.ring();
            let seconds = if rings {
                f64::from(u32::MAX)
            } else {
                scenario.ring
            };
            self.wait(seconds, patience).await?;
        }
        self.wait(REFUSAL_SECONDS, patience).await?;
        match &scenario.ending {
            Ending::Refused {
                status,
                phrase,
                cause,
            } => {
                let (status, phrase, cause) = (*status, phrase.clone(), *cause);
                Err(NoCall::Refused {
                    status,
                    phrase,
                    cause,
                })
            }
            _ => Ok(()),
        }
    }

    /// 180 Ringing.
    fn ring(&self) {
        let at = self.clock.now();
        self.leg.with(|channel| {
            self.leg.dialog.accepted(channel);
            channel.call_state = CallState::Ringing;
            channel.times.progress = at;
        });
        self.leg.fire(&kinds::PROGRESS, at, Vec::new());
    }

    /// Lets so much time pass, unless the caller's patience ends before.
    async fn wait(&mut self, seconds: f64, patience: f64) -> Result<(), NoCall> {
        let passed = self
            .leg
            .with(|channel| self.clock.now() - channel.times.created) as f64
            / 1e6;
        let left = patience - passed;
        let gives_up = seconds > left;
        tokio::select! {
            biased;
            Ok(()) = &mut self.lost => return Err(NoCall::GaveUp(Cause::LOSE_RACE)),
            passed = self.clock.pass(seconds.min(left.max(0.0))) => passed.map_err(|cut| match cut {
                Cut::Here(cause) => NoCall::GaveUp(cause),
                Cut::There => NoCall::GaveUp(Cause::NORMAL_CLEARING),
            })?,
        }
        if gives_up {
            Err(NoCall::GaveUp(Cause::NO_ANSWER))
        } else {
            Ok(())
        }
    }
}

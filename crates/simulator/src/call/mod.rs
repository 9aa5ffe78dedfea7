//! Calls: from `originate` to the CDR. Every leg runs in a task of the switch, whatever becomes of the client.

mod answered;
mod apps;
mod clock;
mod dial;
mod exchange;
mod facts;
mod inbound;
mod kinds;
mod leg;
mod logged;
mod nowhere;
mod ringing;
mod strangers;

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use crate::cause::Cause;
use crate::dial::{Leg, Originate, Refusal, USAGE};
use crate::switch::Switch;

pub(crate) use strangers::pass_by;

/// What `originate` answers.
#[derive(Debug)]
pub(crate) struct Dialled {
    /// `+OK UUID`, `-ERR CAUSE` or the usage, with its newline.
    pub(crate) body: String,
    /// The call goes on once this is dropped: the answer is told before what follows it.
    pub(crate) gate: Option<oneshot::Sender<()>>,
}

/// What a leg tells the `originate` that started it.
#[derive(Debug)]
struct Report {
    leg: usize,
    /// The UUID of the answered channel, or why there is none.
    result: Result<String, Cause>,
    /// The leg waits until this is dropped, when it has more to say.
    gate: Option<oneshot::Sender<()>>,
}

/// How a leg reports; once.
#[derive(Debug)]
struct Reporter {
    leg: usize,
    to: mpsc::Sender<Report>,
}

impl Reporter {
    /// Tells that nothing came of it and nothing follows.
    async fn failed(self, cause: Cause) {
        self.tell(Err(cause), None).await;
    }

    /// Tells the result and does not wait: the call may have moved on before anybody hears of it.
    async fn told_meanwhile(self, result: Result<String, Cause>) {
        self.tell(result, None).await;
    }

    /// Tells the result and waits until it was passed on.
    async fn told(self, result: Result<String, Cause>) {
        let (gate, passed_on) = oneshot::channel();
        self.tell(result, Some(gate)).await;
        // The sender is dropped, never used: that is the signal.
        let _ = passed_on.await;
    }

    async fn tell(self, result: Result<String, Cause>, gate: Option<oneshot::Sender<()>>) {
        // Nobody listens any more when another leg has won.
        let _ = self
            .to
            .send(Report {
                leg: self.leg,
                result,
                gate,
            })
            .await;
    }
}

/// Does what `originate` does with `text`, and returns when the call is answered or has failed.
pub(crate) async fn originate(switch: &Arc<Switch>, text: &str) -> Dialled {
    let refused = |cause: Cause| Dialled {
        body: format!("-ERR {}\n", cause.name),
        gate: None,
    };
    let call = match Originate::parse(text) {
        Ok(call) => Arc::new(call),
        Err(Refusal::Usage) => {
            return Dialled {
                body: USAGE.to_owned(),
                gate: None,
            };
        }
        Err(Refusal::Cause(cause)) => return refused(cause),
    };
    let mut last = refused(Cause::DESTINATION_OUT_OF_ORDER);
    for group in &call.groups {
        let report = group_of_legs(switch, &call, group).await;
        match report.result {
            Ok(uuid) => {
                return Dialled {
                    body: format!("+OK {uuid}\n"),
                    gate: report.gate,
                };
            }
            Err(cause) => {
                last = Dialled {
                    gate: report.gate,
                    ..refused(cause)
                }
            }
        }
    }
    last
}

/// Dials the legs of a group at once; the first that answers wins, the others are hung up.
async fn group_of_legs(switch: &Arc<Switch>, call: &Arc<Originate>, legs: &[Leg]) -> Report {
    let (to, mut reports) = mpsc::channel(legs.len().max(1));
    let mut losers = Vec::new();
    for (index, leg) in legs.iter().enumerate() {
        let (lose, lost) = oneshot::channel();
        losers.push(Some(lose));
        let reporter = Reporter {
            leg: index,
            to: to.clone(),
        };
        let task = dial::run(
            Arc::clone(switch),
            Arc::clone(call),
            leg.clone(),
            reporter,
            lost,
        );
        switch.spawn(task);
    }
    drop(to);
    let mut last = None;
    while let Some(report) = reports.recv().await {
        if report.result.is_ok() {
            for (index, loser) in losers.iter_mut().enumerate() {
                if index != report.leg
                    && let Some(lose) = loser.take()
                {
                    let _ = lose.send(());
                }
            }
            return report;
        }
        last = Some(report);
    }
    last.unwrap_or(Report {
        leg: 0,
        result: Err(Cause::DESTINATION_OUT_OF_ORDER),
        gate: None,
    })
}

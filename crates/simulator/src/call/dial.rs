//! Dialling one leg: up to the answer, or to the refusal.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::Reporter;
use super::answered::Answered;
use super::clock::CallClock;
use super::inbound::Inbound;
use super::kinds;
use super::leg::{Goodbye, Leg};
use super::logged::Logged;
use super::nowhere::nowhere;
use super::ringing::{NoCall, Ringing};
use crate::call_log::{Call, Outcome};
use crate::cause::Cause;
use crate::channel::{Channel, Dialog, Direction, Profile, State};
use crate::dial::{App, Endpoint, Originate, Variables};
use crate::fax::Look;
use crate::number::Line;
use crate::options::Version;
use crate::scenario::{Deaf, Ending, Scenario};
use crate::switch::Switch;

/// Runs a leg to its end. `lost` is told when another leg was quicker.
pub(super) async fn run(
    switch: Arc<Switch>,
    call: Arc<Originate>,
    leg: crate::dial::Leg,
    reporter: Reporter,
    lost: oneshot::Receiver<()>,
) {
    let mut variables = call.variables.clone();
    variables.extend(leg.variables);
    match leg.endpoint {
        Endpoint::Gateway { gateway, number }
        | Endpoint::Profile {
            profile: gateway,
            number,
        } => {
            let Some(cause) = switch.gateway_trouble(&gateway) else {
                let scenario = switch.next_scenario(&Line::of(&number));
                let target = Target {
                    gateway,
                    number,
                    scenario,
                };
                outgoing(switch, target, variables, &call.app, reporter, lost).await;
                return;
            };
            if switch.options.version == Version::V1_11 {
                stillborn(&switch, &gateway, &number, &variables);
            }
            reporter.failed(cause).await;
        }
        Endpoint::Null { name } => nowhere(switch, &name, variables, &call.app, reporter).await,
        Endpoint::Error { cause } => reporter.failed(cause).await,
        Endpoint::Unknown => reporter.failed(Cause::CHAN_NOT_IMPLEMENTED).await,
    }
}

struct Target {
    gateway: String,
    number: String,
    scenario: Scenario,
}

/// A call through a gateway.
async fn outgoing(
    switch: Arc<Switch>,
    target: Target,
    variables: Variables,
    app: &App,
    reporter: Reporter,
    lost: oneshot::Receiver<()>,
) {
    let Target {
        gateway,
        number,
        scenario,
    } = target;
    if scenario.late > 0.0 {
        // FreeSWITCH has the command in its hands and gets round to it minutes later: no session exists meanwhile.
        tokio::time::sleep(switch.options.pace.deliberate(scenario.late)).await;
    }
    let now = switch.now();
    let uuid = uuid_of(&switch, &variables);
    let nth = switch.next_session();
    let mut dice = switch.dice(nth);
    let mut channel = channel_of(&uuid, &number, &variables, now);
    let dialog = Dialog::new(&switch.options.ambient, nth, &gateway, now);
    dialog.invite(&mut channel, &variables);
    let session = match switch.open(channel, true) {
        Ok(session) => session,
        Err(cause) => return reporter.failed(cause).await,
    };
    let mut logged = place(&switch, app, uuid, gateway, number.clone()).await;
    let clock = CallClock::new(switch.options.pace, now, session.asked(), dice);
    if scenario.deaf == Some(Deaf::Kill) {
        session.become_deaf();
    }
    let leg = Leg {
        switch,
        session,
        dialog: Arc::new(dialog),
    };
    leg.fire(&kinds::OUTGOING, now, Vec::new());
    leg.fire(&kinds::CREATE, now, Vec::new());
    let mut ringing = Ringing {
        leg: &leg,
        clock,
        lost,
    };
    match ringing.until_answered(&scenario).await {
        Ok(()) => {
            let clock = ringing.clock;
            let far = match &scenario.ending {
                Ending::Machine(_) if leg.switch.is_did(&Line::of(&number)) => {
                    Inbound::ring(&leg, clock.now())
                }
                _ => Ok(None),
            };
            match far {
                Ok(far) => {
                    let answered = Answered {
                        leg,
                        clock,
                        ending: Some(scenario.ending),
                        deaf: scenario.deaf.is_some(),
                        waits: dice.coin(true),
                        far,
                        logged: Some(logged),
                    };
                    answered.run(app, reporter).await;
                }
                // Our own number, and no session left for it.
                Err(_) => {
                    let refusal = Refused {
                        status: 503,
                        phrase: "Service Unavailable",
                        cause: Cause::NORMAL_TEMPORARY_FAILURE,
                    };
                    let told_first = dice.coin(false);
                    let at = clock.now();
                    refused(&leg, refusal, at, &mut logged, reporter, told_first).await;
                }
            }
        }
        Err(NoCall::Refused {
            status,
            phrase,
            cause,
        }) => {
            let at = ringing.clock.now();
            refused(
                &leg,
                Refused {
                    status,
                    phrase: &phrase,
                    cause,
                },
                at,
                &mut logged,
                reporter,
                dice.coin(false),
            )
            .await;
        }
        Err(NoCall::GaveUp(cause)) => {
            let at = ringing.clock.now();
            logged.end(outcome_of(cause));
            leg.hang_up(cause, Goodbye::SentCancel, at);
            // Recorded: who gave up knows first, the rest of the world afterwards; but nothing promises it.
            if dice.coin(true) {
                reporter.told(Err(cause)).await;
                leg.finish(Goodbye::SentCancel, at).await;
            } else {
                leg.finish(Goodbye::SentCancel, at).await;
                reporter.failed(cause).await;
            }
        }
    }
}

/// Writes `placed`, with what the file is at this moment.
async fn place(
    switch: &Arc<Switch>,
    app: &App,
    uuid: String,
    gateway: String,
    destination: String,
) -> Logged {
    let path = (app.name == "txfax").then(|| app.argument.clone());
    let look = tokio::task::spawn_blocking(move || {
        path.map(|path| Look::at(Path::new(&path)))
            .unwrap_or_default()
    });
    let look = look.await.unwrap_or_default();
    Logged::place(
        switch,
        Call {
            call_uuid: uuid,
            gateway,
            destination,
            file_sha256: look.sha256,
            pages_total: look.pages,
            pages_confirmed: 0,
            pages_delivered: 0,
            outcome: None,
        },
    )
}

struct Refused<'a> {
    status: u16,
    phrase: &'a str,
    cause: Cause,
}

/// The far end, or the way there, said no.
async fn refused(
    leg: &Leg,
    refusal: Refused<'_>,
    at: i64,
    logged: &mut Logged,
    reporter: Reporter,
    told_first: bool,
) {
    let Refused {
        status,
        phrase,
        cause,
    } = refusal;
    leg.with(|channel| {
        leg.dialog.replied(channel);
        for (name, value) in [
            ("sip_hangup_disposition", "recv_refuse".to_owned()),
            ("sip_invite_failure_status", status.to_string()),
            ("sip_invite_failure_phrase", phrase.to_owned()),
            ("sip_term_status", status.to_string()),
            ("proto_specific_hangup_cause", format!("sip:{status}")),
            ("sip_term_cause", cause.q850().to_string()),
        ] {
            channel.vars.set(name, value);
        }
    });
    logged.end(outcome_of(cause));
    leg.hang_up(cause, Goodbye::Silent, at);
    // Recorded both ways round.
    if told_first {
        reporter.told(Err(cause)).await;
        leg.finish(Goodbye::Silent, at).await;
    } else {
        leg.finish(Goodbye::Silent, at).await;
        reporter.failed(cause).await;
    }
}

/// How a call that was never answered shows in the call log.
fn outcome_of(cause: Cause) -> Outcome {
    match cause {
        Cause::USER_BUSY => Outcome::Busy,
        Cause::NO_ANSWER | Cause::NO_USER_RESPONSE => Outcome::NoAnswer,
        Cause::CALL_REJECTED
        | Cause::UNALLOCATED_NUMBER
        | Cause::INVALID_NUMBER_FORMAT
        | Cause::INCOMPATIBLE_DESTINATION
        | Cause::UNWANTED => Outcome::Rejected,
        _ => Outcome::Failed,
    }
}

/// The channel of an outgoing call, before its INVITE.
fn channel_of(uuid: &str, number: &str, variables: &Variables, now: i64) -> Channel {
    Channel::new(
        uuid.to_owned(),
        format!("sofia/external/{number}"),
        Direction::Outbound,
        profile_of(variables, number),
        now,
    )
}

/// A gateway that is unknown or down: FreeSWITCH 1.11 makes a session and throws it away before it runs. Its one event
/// has neither a `CHANNEL_CREATE` before it nor a CDR.
fn stillborn(switch: &Switch, gateway: &str, number: &str, variables: &Variables) {
    let now = switch.now();
    let uuid = uuid_of(switch, variables);
    if switch.session(&uuid).is_some() {
        return;
    }
    let mut channel = channel_of(&uuid, number, variables, now);
    let dialog = Dialog::new(&switch.options.ambient, switch.next_session(), gateway, now);
    dialog.invite(&mut channel, variables);
    channel.state = State::Destroy;
    switch.publish(&kinds::DESTROY, now, channel.headers(), None);
}

pub(super) fn value<'a>(variables: &'a Variables, name: &str) -> Option<&'a str> {
    variables
        .iter()
        .rev()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.as_str())
}

pub(super) fn uuid_of(switch: &Switch, variables: &Variables) -> String {
    value(variables, "origination_uuid").map_or_else(
        || switch.options.ambient.uuid().to_string(),
        ToOwned::to_owned,
    )
}

pub(super) fn profile_of(variables: &Variables, destination: &str) -> Profile {
    let number = value(variables, "origination_caller_id_number").unwrap_or("0000000000");
    let name = value(variables, "origination_caller_id_name").unwrap_or_default();
    Profile {
        caller_name: name.to_owned(),
        caller_number: number.to_owned(),
        orig_caller_name: name.to_owned(),
        orig_caller_number: number.to_owned(),
        callee_name: "Outbound Call".to_owned(),
        callee_number: destination.to_owned(),
        ani: number.to_owned(),
        destination: destination.to_owned(),
        source: "src/switch_ivr_originate.c",
        context: "default",
        ..Profile::default()
    }
}

//! A channel that answers at once and goes nowhere: mod_loopback's `null`, good as a fence around a UUID.

use std::sync::Arc;

use super::Reporter;
use super::answered::Answered;
use super::clock::CallClock;
use super::dial::{profile_of, uuid_of};
use super::kinds;
use super::leg::Leg;
use crate::channel::{Channel, Dialog, Direction};
use crate::dial::{App, Variables};
use crate::options::Version;
use crate::switch::Switch;

/// Runs such a channel to its end.
///
/// FreeSWITCH 1.11 makes the channel first and then fails to give it the UUID of a living one ("Duplicate UUID!", in
/// the log alone): the answer is `+OK X`, X being a channel of its own. 1.10 is played as refusing it.
pub(super) async fn nowhere(
    switch: Arc<Switch>,
    name: &str,
    variables: Variables,
    app: &App,
    reporter: Reporter,
) {
    let now = switch.now();
    let wanted = uuid_of(&switch, &variables);
    let make = |uuid: String| channel(uuid, name, &variables, now);
    let mut opened = switch.open(make(wanted.clone()), true);
    if opened.is_err()
        && switch.options.version == Version::V1_11
        && switch.session(&wanted).is_some()
    {
        let own = switch.options.ambient.uuid().to_string();
        opened = switch.open(make(own), true);
    }
    let session = match opened {
        Ok(session) => session,
        Err(cause) => return reporter.failed(cause).await,
    };
    let nth = switch.next_session();
    let mut dice = switch.dice(nth);
    let dialog = Dialog::new(&switch.options.ambient, nth, "null", now);
    let waits = dice.coin(true);
    let clock = CallClock::new(switch.options.pace, now, session.asked(), dice);
    let leg = Leg {
        switch,
        session,
        dialog: Arc::new(dialog),
    };
    leg.fire(&kinds::OUTGOING, now, Vec::new());
    leg.fire(&kinds::CREATE, now, Vec::new());
    let answered = Answered {
        leg,
        clock,
        ending: None,
        deaf: false,
        waits,
        far: None,
        logged: None,
    };
    answered.run(app, reporter).await;
}

fn channel(uuid: String, name: &str, variables: &Variables, now: i64) -> Channel {
    let profile = profile_of(variables, name);
    let mut channel = Channel::new(
        uuid.clone(),
        format!("null/{name}"),
        Direction::Outbound,
        profile,
        now,
    );
    for (name, value) in [
        ("direction", "outbound"),
        ("is_outbound", "true"),
        ("uuid", &uuid),
        ("call_uuid", &uuid),
    ] {
        channel.vars.set(name, value);
    }
    for (name, value) in variables {
        channel.vars.set(name.clone(), value.clone());
    }
    channel
}

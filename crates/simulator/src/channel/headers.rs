//! What every event of a channel carries: `switch_channel_event_set_data`.

use super::{CallState, Channel, Codec, State};
use crate::event::Name;

impl Channel {
    /// The headers of the channel, its caller profile and its variables, in the recorded order.
    pub(crate) fn headers(&self) -> Vec<(Name, String)> {
        let mut headers: Vec<(Name, String)> = Vec::with_capacity(260);
        let mut add =
            |name: &'static str, value: &str| headers.push((name.into(), value.to_owned()));
        // While applications still run after the hang-up, only the number shows it.
        let number = match (self.state, self.cause) {
            (State::Execute | State::Park | State::Init | State::ConsumeMedia, Some(_)) => 10,
            (state, _) => state.number(),
        };
        add("Channel-State", self.state.name());
        add("Channel-Call-State", self.call_state.name());
        add("Channel-State-Number", &number.to_string());
        add("Channel-Name", &self.name);
        add("Unique-ID", &self.uuid);
        add("Call-Direction", self.direction.name());
        add("Presence-Call-Direction", self.direction.name());
        add(
            "Channel-HIT-Dialplan",
            if self.hit_dialplan { "true" } else { "false" },
        );
        add("Channel-Call-UUID", &self.uuid);
        add("Answer-State", self.answer_state());
        if let Some(cause) = self.cause {
            add("Hangup-Cause", cause.name);
        }
        if self.codec != Codec::None {
            let (read, rate) = match self.codec {
                Codec::Linear => ("L16", "128000"),
                _ => ("PCMU", "64000"),
            };
            add("Channel-Read-Codec-Name", read);
            add("Channel-Read-Codec-Rate", "8000");
            add("Channel-Read-Codec-Bit-Rate", rate);
            add("Channel-Write-Codec-Name", "PCMU");
            add("Channel-Write-Codec-Rate", "8000");
            add("Channel-Write-Codec-Bit-Rate", "64000");
        }
        self.caller_headers(&mut add);
        headers.extend(
            self.vars
                .iter()
                .map(|(name, value)| (Name::from(format!("variable_{name}")), value.to_owned())),
        );
        headers
    }

    fn answer_state(&self) -> &'static str {
        if self.cause.is_some() {
            "hangup"
        } else if self.times.answered != 0 {
            "answered"
        } else if self.call_state == CallState::Early {
            "early"
        } else {
            "ringing"
        }
    }

    fn caller_headers(&self, add: &mut impl FnMut(&'static str, &str)) {
        let profile = &self.profile;
        add("Caller-Direction", self.direction.name());
        add("Caller-Logical-Direction", self.direction.name());
        for (name, value) in [
            ("Caller-Username", profile.username.as_str()),
            ("Caller-Dialplan", &profile.dialplan),
            ("Caller-Caller-ID-Name", &profile.caller_name),
            ("Caller-Caller-ID-Number", &profile.caller_number),
            ("Caller-Orig-Caller-ID-Name", &profile.orig_caller_name),
            ("Caller-Orig-Caller-ID-Number", &profile.orig_caller_number),
            ("Caller-Callee-ID-Name", &profile.callee_name),
            ("Caller-Callee-ID-Number", &profile.callee_number),
            ("Caller-Network-Addr", &profile.network_addr),
            ("Caller-ANI", &profile.ani),
            ("Caller-Destination-Number", &profile.destination),
        ] {
            if !value.is_empty() {
                add(name, value);
            }
        }
        add("Caller-Unique-ID", &self.uuid);
        add("Caller-Source", profile.source);
        add("Caller-Context", profile.context);
        add("Caller-Channel-Name", &self.name);
        add("Caller-Profile-Index", "1");
        let times = &self.times;
        for (name, at) in [
            ("Caller-Profile-Created-Time", times.created),
            ("Caller-Channel-Created-Time", times.created),
            ("Caller-Channel-Answered-Time", times.answered),
            ("Caller-Channel-Progress-Time", times.progress),
            ("Caller-Channel-Progress-Media-Time", times.progress_media),
            ("Caller-Channel-Hangup-Time", times.hangup),
            ("Caller-Channel-Transfer-Time", 0),
            ("Caller-Channel-Resurrect-Time", 0),
            ("Caller-Channel-Bridged-Time", 0),
            ("Caller-Channel-Last-Hold", 0),
            ("Caller-Channel-Hold-Accum", 0),
        ] {
            add(name, &at.to_string());
        }
        add("Caller-Screen-Bit", "true");
        add("Caller-Privacy-Hide-Name", "false");
        add("Caller-Privacy-Hide-Number", "false");
    }
}

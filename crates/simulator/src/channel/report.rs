//! The variables that a channel gets when it is over (`switch_channel_set_timestamps`).

use faxgate_types::Timestamp;

use super::{CallState, Channel, Codec, State};

const STATISTICS: &str = include_str!("tables/audio_statistics.txt");

impl Channel {
    /// Enters `CS_REPORTING`: from here on nothing about the call changes.
    pub(crate) fn report(&mut self) {
        let Some(cause) = self.cause else { return };
        self.state = State::Reporting;
        self.call_state = CallState::HangUp;
        if self.codec == Codec::Linear {
            self.codec = Codec::Pcmu;
            self.vars.set("read_codec", "PCMU");
            self.vars.set("read_rate", "8000");
        }
        let times = self.times;
        let vars = &mut self.vars;
        vars.set("hangup_cause", cause.name);
        vars.set("hangup_cause_q850", cause.q850().to_string());
        vars.set("digits_dialed", "none");
        for (name, at) in [
            ("start_stamp", times.created),
            ("profile_start_stamp", times.created),
            ("answer_stamp", times.answered),
            ("progress_stamp", times.progress),
            ("progress_media_stamp", times.progress_media),
            ("end_stamp", times.hangup),
        ] {
            if at != 0 {
                vars.set(name, stamp(at));
            }
        }
        for (name, at) in [
            ("start", times.created),
            ("profile_start", times.created),
            ("answer", times.answered),
            ("bridge", 0),
            ("last_hold", 0),
        ] {
            vars.set(format!("{name}_epoch"), (at / 1_000_000).to_string());
            vars.set(format!("{name}_uepoch"), at.to_string());
        }
        for unit in ["seconds", "usec", "ms"] {
            vars.set(format!("hold_accum_{unit}"), "0");
        }
        for (name, at) in [
            ("resurrect", 0),
            ("progress", times.progress),
            ("progress_media", times.progress_media),
            ("end", times.hangup),
        ] {
            vars.set(format!("{name}_epoch"), (at / 1_000_000).to_string());
            vars.set(format!("{name}_uepoch"), at.to_string());
        }
        if let Some(last) = self.ran.last() {
            vars.set("last_app", last.app.clone());
            vars.set("last_arg", last.argument.clone());
        }
        let profile = &self.profile;
        vars.set(
            "caller_id",
            if profile.caller_name.is_empty() {
                profile.caller_number.clone()
            } else {
                format!("\"{}\" <{}>", profile.caller_name, profile.caller_number)
            },
        );
        self.set_durations();
        if times.answered != 0 {
            self.set_statistics();
        }
    }

    fn set_durations(&mut self) {
        let times = self.times;
        let since = |from: i64, to: i64| {
            if from == 0 || to == 0 {
                0
            } else {
                (to - from).max(0)
            }
        };
        let spans = [
            ("duration", since(times.created, times.hangup)),
            ("bill", since(times.answered, times.hangup)),
            ("progress", since(times.created, times.progress)),
            ("answer", since(times.created, times.answered)),
            ("wait", 0),
            ("progress_media", since(times.created, times.progress_media)),
            (
                "flow_bill",
                if times.answered == 0 {
                    0
                } else {
                    since(times.created, times.hangup)
                },
            ),
        ];
        // Seconds are differences of whole seconds, as FreeSWITCH counts them.
        let seconds = |from: i64, to: i64| {
            if from == 0 || to == 0 {
                0
            } else {
                to / 1_000_000 - from / 1_000_000
            }
        };
        for (name, span) in spans {
            let (key, value) = match name {
                "duration" => ("duration".to_owned(), seconds(times.created, times.hangup)),
                "bill" => ("billsec".to_owned(), seconds(times.answered, times.hangup)),
                _ => (format!("{name}sec"), (span + 500_000) / 1_000_000),
            };
            self.vars.set(key, value.to_string());
        }
        for (prefix, suffix, divisor) in [("m", "msec", 1000), ("u", "usec", 1)] {
            for (name, span) in spans {
                let key = match name {
                    "duration" => format!("{prefix}duration"),
                    _ => format!("{name}{suffix}"),
                };
                self.vars.set(key, (span / divisor).to_string());
            }
        }
    }

    /// Packets of 20 ms both ways; on T.38 audio flows for the first two seconds only.
    fn set_statistics(&mut self) {
        let answered = (self.times.hangup - self.times.answered).max(0);
        let audio = if self.vars.is_true("has_t38") == Some(true) {
            answered.min(2_000_000)
        } else {
            answered
        };
        let packets = audio / 20_000;
        self.vars.set_table(STATISTICS, &|word| {
            let bytes = word.ends_with("bytes");
            (if bytes { packets * 172 } else { packets }).to_string()
        });
    }
}

/// `2026-11-21 01:45:56`: simulated time, in UTC.
pub(crate) fn stamp(micros: i64) -> String {
    Timestamp::from_unix_micros(micros)
        .map(|at| at.datetime().format("%Y-%m-%d %H:%M:%S").to_string())
        .unwrap_or_default()
}

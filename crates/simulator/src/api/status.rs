//! `status`, `version`, `uptime`, and what a heartbeat says.

use crate::event::Name;
use crate::options::Version;
use crate::switch::{Switch, lock};

/// `status`.
pub(super) fn status(switch: &Switch) -> String {
    let sessions = switch.sessions().len();
    let limits = lock(&switch.limits);
    let rate = limits.in_second(switch.now());
    format!(
        "UP {}\nFreeSWITCH (Version {}) is ready\n\
         {} session(s) since startup\n{sessions} session(s) - peak {peak}, last 5min {peak} \n\
         {rate} session(s) per Sec out of max {}, peak {rate}, last 5min {rate} \n{} session(s) max\n\
         min idle cpu 0.00/100.00\nCurrent Stack Size/Max 240K/8192K\n",
        spelled(uptime_micros(switch)),
        switch.options.version.long(),
        switch.sessions_so_far(),
        limits.per_second,
        limits.max_sessions,
        peak = limits.peak,
    )
}

/// `version [short]`.
pub(super) fn version(version: Version, argument: &str) -> String {
    match argument {
        "short" => format!("{}\n", version.short()),
        _ => {
            let (full, long) = (version.full(), version.long());
            let commit = long.split_once(' ').map_or("", |(_, commit)| commit);
            format!("FreeSWITCH Version {full} ({commit})\n")
        }
    }
}

/// `uptime [s|ms|us]`.
pub(super) fn uptime(switch: &Switch, unit: &str) -> String {
    let micros = uptime_micros(switch);
    let divisor = match unit {
        "ms" | "m" => 1000,
        "us" | "u" => 1,
        _ => 1_000_000,
    };
    format!("{}\n", micros / divisor)
}

/// The headers of a heartbeat after those of every event.
pub(crate) fn health(switch: &Switch) -> Vec<(Name, String)> {
    let sessions = switch.sessions().len();
    let limits = lock(&switch.limits);
    let rate = limits.in_second(switch.now()).to_string();
    let micros = uptime_micros(switch);
    let peak = limits.peak.to_string();
    let fields: [(&'static str, String); 14] = [
        ("Event-Info", "System Ready".to_owned()),
        ("Up-Time", spelled(micros)),
        (
            "FreeSWITCH-Version",
            switch.options.version.full().to_owned(),
        ),
        ("Uptime-msec", (micros / 1000).to_string()),
        ("Session-Count", sessions.to_string()),
        ("Max-Sessions", limits.max_sessions.to_string()),
        ("Session-Per-Sec", limits.per_second.to_string()),
        ("Session-Per-Sec-Last", rate.clone()),
        ("Session-Per-Sec-Max", rate.clone()),
        ("Session-Per-Sec-FiveMin", rate),
        (
            "Session-Since-Startup",
            switch.sessions_so_far().to_string(),
        ),
        ("Session-Peak-Max", peak.clone()),
        ("Session-Peak-FiveMin", peak),
        ("Idle-CPU", "100.000000".to_owned()),
    ];
    fields
        .into_iter()
        .map(|(name, value)| (name.into(), value))
        .collect()
}

fn uptime_micros(switch: &Switch) -> i64 {
    (switch.now() - switch.core().started.unix_micros()).max(0)
}

/// `0 years, 0 days, 0 hours, 1 minute, 55 seconds, 774 milliseconds, 672 microseconds`.
fn spelled(micros: i64) -> String {
    let seconds = micros / 1_000_000;
    [
        (seconds / 31_536_000, "year"),
        (seconds / 86_400 % 365, "day"),
        (seconds / 3600 % 24, "hour"),
        (seconds / 60 % 60, "minute"),
        (seconds % 60, "second"),
        (micros / 1000 % 1000, "millisecond"),
        (micros % 1000, "microsecond"),
    ]
    .map(|(count, unit)| format!("{count} {unit}{}", if count == 1 { "" } else { "s" }))
    .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_spelled_as_recorded() {
        assert_eq!(
            spelled(115_774_672),
            "0 years, 0 days, 0 hours, 1 minute, 55 seconds, 774 milliseconds, 672 microseconds"
        );
    }
}

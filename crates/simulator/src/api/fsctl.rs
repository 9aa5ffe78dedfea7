//! `fsctl`: pausing, limits, shutting down.

use std::sync::Arc;

use crate::cause::Cause;
use crate::switch::{Kind, Life, Switch, lock};

/// `fsctl …`.
pub(super) fn run(switch: &Arc<Switch>, argument: &str) -> String {
    let words: Vec<&str> = argument.split_whitespace().collect();
    let number = words.get(1).and_then(|word| word.parse::<u32>().ok());
    match words.as_slice() {
        ["pause" | "resume", which @ ..] => {
            let paused = words[0] == "pause";
            let mut limits = lock(&switch.limits);
            match which {
                ["inbound", ..] => limits.paused_inbound = paused,
                ["outbound", ..] => limits.paused_outbound = paused,
                _ => {
                    limits.paused_inbound = paused;
                    limits.paused_outbound = paused;
                }
            }
            "+OK\n".to_owned()
        }
        ["pause_check", which @ ..] => {
            let limits = lock(&switch.limits);
            match which {
                ["inbound", ..] => limits.paused_inbound,
                ["outbound", ..] => limits.paused_outbound,
                _ => limits.paused_inbound && limits.paused_outbound,
            }
            .to_string()
        }
        ["max_sessions", ..] => {
            let mut limits = lock(&switch.limits);
            limits.max_sessions = number.unwrap_or(limits.max_sessions);
            format!("+OK max sessions: {}\n", limits.max_sessions)
        }
        ["sps", ..] => {
            let mut limits = lock(&switch.limits);
            limits.per_second = number.unwrap_or(limits.per_second);
            format!("+OK sessions per second: {}\n", limits.per_second)
        }
        ["hupall", cause @ ..] => {
            super::channels::hang_up_all(switch, cause.first().copied().unwrap_or_default())
        }
        ["shutdown", "cancel", ..] => {
            switch.links.send_if_modified(|links| {
                let draining = links.life == Life::Draining;
                if draining {
                    links.life = Life::Running;
                }
                draining
            });
            "+OK\n".to_owned()
        }
        ["shutdown", how @ ..] => {
            shut_down(switch, how.contains(&"elegant"));
            "+OK\n".to_owned()
        }
        _ => "-ERR Invalid command!\n".to_owned(),
    }
}

/// Takes no new call; hangs up those that are, or lets them end; then every connection gets its notice.
pub(crate) fn shut_down(switch: &Arc<Switch>, elegant: bool) {
    const SHUTDOWN: Kind = Kind::new("SHUTDOWN", "switch_core.c", "switch_core_destroy", 3070);
    switch.publish(
        &SHUTDOWN,
        switch.now(),
        [("Event-Info".into(), "System Shutting Down".to_owned())],
        None,
    );
    let sessions = switch.sessions();
    switch.links.send_modify(|links| {
        links.life = if sessions.is_empty() {
            Life::Down
        } else {
            Life::Draining
        };
    });
    if !elegant {
        for session in sessions {
            session.hang_up(Cause::SYSTEM_SHUTDOWN);
        }
    }
}

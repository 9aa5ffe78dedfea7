//! Applications that variables name: `execute_on_answer`, `execute_on_fax_result` and their like.

use crate::cause::Cause;
use crate::channel::Vars;

/// What such an application does to the call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Hook {
    /// `hangup [CAUSE]`.
    HangUp(Cause),
    /// `sched_hangup +SECONDS [CAUSE]`.
    EndIn(f64, Cause),
}

/// What the variable asks for; `None` when it is unset or names something without effect here.
pub(super) fn hook(vars: &Vars, variable: &str) -> Option<Hook> {
    let text = vars.get(variable)?;
    let (app, argument) = text
        .split_once("::")
        .or_else(|| text.split_once(' '))
        .unwrap_or((text, ""));
    let mut words = argument.split_whitespace();
    match app {
        "hangup" => Some(Hook::HangUp(
            words.next().map_or(Cause::NORMAL_CLEARING, cause),
        )),
        "sched_hangup" => {
            let seconds: f64 = words.next()?.strip_prefix('+')?.parse().ok()?;
            let cause = words.next().map_or(Cause::ALLOTTED_TIMEOUT, cause);
            (0.0..=1e9)
                .contains(&seconds)
                .then_some(Hook::EndIn(seconds, cause))
        }
        _ => None,
    }
}

/// A cause by name, as `switch_channel_str2cause` reads it.
fn cause(name: &str) -> Cause {
    Cause::named(name).unwrap_or(Cause::NORMAL_CLEARING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hooks_are_read_as_freeswitch_reads_them() {
        let read = |text: &str| {
            let mut vars = Vars::default();
            vars.set("x", text);
            hook(&vars, "x")
        };
        assert_eq!(read("hangup"), Some(Hook::HangUp(Cause::NORMAL_CLEARING)));
        assert_eq!(
            read("hangup NORMAL_TEMPORARY_FAILURE"),
            Some(Hook::HangUp(Cause::NORMAL_TEMPORARY_FAILURE))
        );
        assert_eq!(
            read("sched_hangup +90"),
            Some(Hook::EndIn(90.0, Cause::ALLOTTED_TIMEOUT))
        );
        assert_eq!(
            read("sched_hangup::+90 USER_BUSY"),
            Some(Hook::EndIn(90.0, Cause::USER_BUSY))
        );
        assert_eq!(read("playback x"), None);
        assert_eq!(read(""), None);
    }
}

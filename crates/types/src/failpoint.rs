//! Places where a test may kill or stop this process, to see what is found afterwards.
//!
//! The environment names one: `FAXGATE_TEST_FAILPOINT=after_intent` kills the process when it comes there,
//! `after_intent:3` the third time, `after_intent:3:stop` stops it (`SIGSTOP`) in place of killing it. Only builds with debug
//! assertions know any of this; in a release [`reach`] is empty and the variable is not read.

use crate::state::words;

words! {
    /// A place that matters to "never lost, never sent twice".
    Failpoint, "failpoint" {
        /// A request with an idempotency key is written down, and nothing was done for it.
        Reserved = "reserved",
        /// Items are claimed, and nothing else was done for them.
        Claim = "claim",
        /// The intent is written, but its transaction is not committed.
        BeforeIntent = "before_intent",
        /// The intent is committed, the command has not left.
        AfterIntent = "after_intent",
        /// FreeSWITCH has said that it took the command.
        AfterReply = "after_reply",
        /// The fax machines have agreed, or a page was confirmed: the next one is on the line.
        MidPage = "mid_page",
        /// The verdict of a call is known, and nothing of it is written.
        AfterResult = "after_result",
        /// The verdict is written, but its transaction is not committed.
        BeforeSettleCommit = "before_settle_commit",
        /// The verdict is committed.
        AfterSettleCommit = "after_settle_commit",
        /// The record of a settled call is about to be removed.
        BeforeCdrRemoval = "before_cdr_removal",
        /// Messages about an event are committed, and nothing was sent.
        MailFollowed = "mail_followed",
        /// A message is about to be sent.
        MailClaimed = "mail_claimed",
        /// The mail server has answered, and nothing of it is written.
        MailSent = "mail_sent",
        /// The faxes of a message that came in are committed, the message is not put aside.
        MailFaxed = "mail_faxed",
        /// The deliveries of an event are committed, and nothing was sent.
        WebhookFollowed = "webhook_followed",
        /// A webhook is about to be sent.
        WebhookClaimed = "webhook_claimed",
        /// A webhook was answered, and nothing of it is written.
        WebhookSent = "webhook_sent",
    }
}

/// The process comes to `point`: here it ends, or stops, if the environment says so.
#[inline]
pub fn reach(point: Failpoint) {
    #[cfg(all(debug_assertions, unix))]
    armed::reach(point);
    #[cfg(not(all(debug_assertions, unix)))]
    let _ = point;
}

#[cfg(all(debug_assertions, unix))]
mod armed {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use rustix::process::{Signal, getpid, kill_process};

    use super::Failpoint;

    #[derive(Debug, PartialEq, Eq)]
    pub(super) struct Trap {
        point: Failpoint,
        count: u32,
        stops: bool,
    }

    static TRAP: OnceLock<Option<Trap>> = OnceLock::new();
    static REACHED: AtomicU32 = AtomicU32::new(0);

    pub(super) fn reach(point: Failpoint) {
        #[expect(
            clippy::disallowed_methods,
            reason = "no setting: it exists in test builds only, for whoever started this process"
        )]
        let trap = TRAP.get_or_init(|| parse(&std::env::var("FAXGATE_TEST_FAILPOINT").ok()?));
        let Some(trap) = trap.as_ref().filter(|trap| trap.point == point) else {
            return;
        };
        if REACHED.fetch_add(1, Ordering::Relaxed) + 1 != trap.count {
            return;
        }
        let signal = if trap.stops {
            Signal::STOP
        } else {
            Signal::KILL
        };
        let _ = kill_process(getpid(), signal);
        // The signal may reach another thread first; this one goes no further before it has.
        std::thread::sleep(Duration::from_millis(200));
    }

    pub(super) fn parse(text: &str) -> Option<Trap> {
        let mut words = text.split(':');
        let point = words.next()?.parse().ok()?;
        let count = words.next().map_or(Some(1), |count| count.parse().ok())?;
        let stops = words.next().is_some_and(|word| word == "stop");
        Some(Trap {
            point,
            count,
            stops,
        })
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_trap_is_read_from_its_words() {
            let trap = |point, count, stops| {
                Some(Trap {
                    point,
                    count,
                    stops,
                })
            };
            assert_eq!(parse("claim"), trap(Failpoint::Claim, 1, false));
            assert_eq!(parse("mid_page:3"), trap(Failpoint::MidPage, 3, false));
            assert_eq!(
                parse("after_intent:1:stop"),
                trap(Failpoint::AfterIntent, 1, true)
            );
            assert_eq!(parse("nowhere"), None);
            assert_eq!(parse("claim:x"), None);
        }
    }
}

//! `[retry]`

use std::time::Duration;

use faxgate_types::{LastPage, UnknownOutcome};

use crate::section::{Check, Section, section};
use crate::units::Seconds;

section! {
    /// `[retry]`: when to try again, for each kind of failure. The last wait of a list repeats.
    pub struct Retry {
        /// Tries of one recipient in all, whatever the reasons.
        pub max_tries: u32,
        /// After this long the next failure is final, whatever its kind.
        pub give_up_after_seconds: Seconds,
        /// What to do when nobody knows how a call ended.
        pub unknown: UnknownOutcome,
        /// What to do when only the last page is unconfirmed.
        pub last_page: LastPage,
        /// The line was busy.
        pub busy_seconds: Vec<Seconds>,
        /// Tries that may end busy.
        pub busy_tries: u32,
        /// Nobody answered.
        pub no_answer_seconds: Vec<Seconds>,
        /// Tries that may end without an answer.
        pub no_answer_tries: u32,
        /// The line or the carrier broke.
        pub line_seconds: Vec<Seconds>,
        /// Tries that may end so.
        pub line_tries: u32,
        /// The machines did not understand each other.
        pub negotiation_seconds: Vec<Seconds>,
        /// Tries that may end so.
        pub negotiation_tries: u32,
        /// Some pages were confirmed; the next try goes on behind them.
        pub partial_seconds: Vec<Seconds>,
        /// Tries that may end so.
        pub partial_tries: u32,
        /// Something answered that is no fax machine.
        pub not_fax_seconds: Vec<Seconds>,
        /// Tries that may end so: each one rings at a person.
        pub not_fax_tries: u32,
        /// Our own side failed: FreeSWITCH stopped, a file was not readable.
        pub local_seconds: Vec<Seconds>,
        /// Tries that may end so.
        pub local_tries: u32,
        /// The gateway had no room or was down. Uses up no try.
        pub back_pressure_seconds: Vec<Seconds>,
        /// The carrier refuses the account: the lane stops and is tried again. Uses up no try.
        pub account_seconds: Vec<Seconds>,
    }
}

/// Tries and waits for one kind of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ladder<'a> {
    /// Tries that may end this way, the first included; `u32::MAX` where none is used up.
    pub tries: u32,
    /// The waits; never empty, the last one repeats.
    pub waits: &'a [Seconds],
}

impl Ladder<'_> {
    /// How long to wait after the `failed`th failure of this kind, counted from 1; `None` when there is no further try.
    #[must_use]
    pub fn wait_after(&self, failed: u32) -> Option<Duration> {
        if failed >= self.tries {
            return None;
        }
        let at = usize::try_from(failed.saturating_sub(1)).unwrap_or(usize::MAX);
        self.waits
            .get(at)
            .or(self.waits.last())
            .map(|wait| wait.as_duration())
    }
}

macro_rules! ladders {
    ($($(#[$meta:meta])* $name:ident = $tries:expr, $waits:ident;)*) => {
        impl Retry {
            $($(#[$meta])*
            #[must_use]
            pub fn $name(&self) -> Ladder<'_> {
                let tries: fn(&Self) -> u32 = $tries;
                Ladder { tries: tries(self), waits: &self.$waits }
            })*
        }
    };
}

ladders! {
    /// After a busy line.
    busy = |r| r.busy_tries, busy_seconds;
    /// After no answer.
    no_answer = |r| r.no_answer_tries, no_answer_seconds;
    /// After a line that broke.
    line = |r| r.line_tries, line_seconds;
    /// After a failed negotiation.
    negotiation = |r| r.negotiation_tries, negotiation_seconds;
    /// After some pages.
    partial = |r| r.partial_tries, partial_seconds;
    /// After a person or a machine that is no fax.
    not_fax = |r| r.not_fax_tries, not_fax_seconds;
    /// After a failure of our own.
    local = |r| r.local_tries, local_seconds;
    /// While a gateway has no room.
    back_pressure = |_| u32::MAX, back_pressure_seconds;
    /// While a carrier refuses the account.
    account = |_| u32::MAX, account_seconds;
}

impl Check for Retry {
    fn check(&self, section: &mut Section<'_>) {
        section.within("max_tries", self.max_tries.into(), 1..=100);
        section.within(
            "give_up_after_seconds",
            self.give_up_after_seconds.get(),
            60..=365 * 24 * 3600,
        );
        for (key, tries) in [
            ("busy_tries", self.busy_tries),
            ("no_answer_tries", self.no_answer_tries),
            ("line_tries", self.line_tries),
            ("negotiation_tries", self.negotiation_tries),
            ("partial_tries", self.partial_tries),
            ("not_fax_tries", self.not_fax_tries),
            ("local_tries", self.local_tries),
        ] {
            section.within(key, tries.into(), 1..=100);
        }
        for (key, waits) in [
            ("busy_seconds", &self.busy_seconds),
            ("no_answer_seconds", &self.no_answer_seconds),
            ("line_seconds", &self.line_seconds),
            ("negotiation_seconds", &self.negotiation_seconds),
            ("partial_seconds", &self.partial_seconds),
            ("not_fax_seconds", &self.not_fax_seconds),
            ("local_seconds", &self.local_seconds),
            ("back_pressure_seconds", &self.back_pressure_seconds),
            ("account_seconds", &self.account_seconds),
        ] {
            section.require(
                (1..=32).contains(&waits.len()),
                key,
                "needs 1 to 32 waits in seconds, such as 60, 180, 300",
            );
            section.require(
                waits.iter().all(|wait| wait.get() <= 7 * 24 * 3600),
                key,
                "has a wait of more than a week",
            );
        }
    }
}

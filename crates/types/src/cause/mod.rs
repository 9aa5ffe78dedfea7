//! Why a fax failed, what kind of failure that is, and what a fax engineer would change.
//!
//! Three vocabularies meet here: the hang-up causes of FreeSWITCH (ITU-T Q.850 and FreeSWITCH's own), the completion
//! codes of SpanDSP (`t30.h`), and the failure reasons of Telnyx. Each is one table; each row has a [`FailureClass`],
//! which decides whether and when to redial, a [`Remedy`], which says what to change, and a sentence for people.

mod carrier;
mod fax_code;
mod hangup;

pub use carrier::CarrierReason;
pub use fax_code::FaxCode;
pub use hangup::HangupCause;

use crate::state::words;

words! {
    /// What kind of failure it was, and with that what may be tried next.
    FailureClass, "failure class" {
        /// The number or our document is bad: redialling cannot help.
        Permanent = "permanent",
        /// The carrier refuses the account: every fax on this lane would fail.
        Account = "account",
        /// The lane had no room or was not up: nothing was dialled; no try is used up.
        BackPressure = "back_pressure",
        /// Busy, no answer, or the line broke: later, with the same settings.
        Line = "line",
        /// The machines did not understand each other: other settings may help.
        Negotiation = "negotiation",
        /// Something answered that is no fax machine.
        NotFax = "not_fax",
        /// The sending side failed: a file that cannot be read, FreeSWITCH stopping.
        Local = "local",
    }
}

words! {
    /// What to change before the next call.
    Remedy, "remedy" {
        /// The same again.
        Nothing = "nothing",
        /// Line settings, step by step: T.38 off, then slower, then without error correction.
        Settings = "settings",
        /// Slower first: the modems could not train, or a page was not understood.
        Speed = "speed",
        /// Without error correction first: that is what failed.
        ErrorCorrection = "error_correction",
        /// Another gateway: this one, or the carrier behind it, is the trouble.
        Lane = "lane",
        /// There is no next call.
        Never = "never",
    }
}

/// One way to fail: its name and number in its own vocabulary, and what we make of it.
#[derive(Clone, Copy, Debug)]
struct Row {
    number: u16,
    name: &'static str,
    class: FailureClass,
    remedy: Remedy,
    sentence: &'static str,
}

const fn row(
    number: u16,
    name: &'static str,
    class: FailureClass,
    remedy: Remedy,
    sentence: &'static str,
) -> Row {
    Row {
        number,
        name,
        class,
        remedy,
        sentence,
    }
}

/// All rows of a table as text, one a line, for a snapshot that a person can read.
#[cfg(test)]
fn listed(table: &[Row]) -> String {
    use std::fmt::Write as _;
    table.iter().fold(String::new(), |mut text, row| {
        writeln!(
            text,
            "{:>3} {:<46} {:<13} {:<16} {}",
            row.number,
            row.name,
            row.class.as_str(),
            row.remedy.as_str(),
            row.sentence
        )
        .unwrap();
        text
    })
}

/// What holds for every row of every table.
#[cfg(test)]
fn check(table: &[Row]) {
    for (at, row) in table.iter().enumerate() {
        assert!(
            table[at + 1..].iter().all(|other| other.name != row.name),
            "{} twice",
            row.name
        );
        assert!(
            !row.sentence.is_empty() && !row.sentence.ends_with('.'),
            "{}",
            row.name
        );
        let never = matches!(row.class, FailureClass::Permanent);
        assert_eq!(
            never,
            row.remedy == Remedy::Never,
            "{}: permanent means never again",
            row.name
        );
    }
}

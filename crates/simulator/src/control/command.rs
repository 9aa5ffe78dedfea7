//! The commands of the control channel.

use std::str::FromStr;
use std::time::Duration;

use crate::faults::Next;
use crate::life::End;

/// What `help` answers.
pub(super) const HELP: &str = "restart [graceful|elegant|kill] [keep-cdrs|lose-cdrs]; elegant; \
    stop [graceful|elegant|kill] [keep-cdrs|lose-cdrs]; start; cut; close; half-open; \
    stall [SECONDS]; pause [inbound|outbound]; resume; slow-reply SECONDS; lose-events N [NAME]; repeat-events N [NAME]; \
    lose-reply N [WORD]; disk-full [on|off]; torn-cdr N; gateway NAME up|down; clear; status; help";

/// Longer than a day is a mistake.
const LONGEST: f64 = 86_400.0;

/// A command.
#[derive(Clone, Debug)]
pub(super) enum Command {
    Restart { how: End, keep_cdrs: bool },
    Stop { how: End, keep_cdrs: bool },
    Start,
    Cut,
    Close,
    HalfOpen,
    Stall(Option<Duration>),
    Pause { inbound: bool, outbound: bool },
    SlowReply(Duration),
    LoseEvents(Next),
    RepeatEvents(Next),
    LoseReply(Next),
    DiskFull(bool),
    TornCdrs(Next),
    Gateway { name: String, down: bool },
    Resume,
    Clear,
    Status,
    Help,
}

impl FromStr for Command {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let words: Vec<&str> = line.split_whitespace().collect();
        Ok(match words.as_slice() {
            ["restart", how @ ..] => {
                let (how, keep_cdrs) = ending(how)?;
                Self::Restart { how, keep_cdrs }
            }
            ["stop", how @ ..] => {
                let (how, keep_cdrs) = ending(how)?;
                Self::Stop { how, keep_cdrs }
            }
            ["start"] => Self::Start,
            ["elegant"] => Self::Restart {
                how: End::Elegant,
                keep_cdrs: true,
            },
            ["cut"] => Self::Cut,
            ["close"] => Self::Close,
            ["half-open"] => Self::HalfOpen,
            ["stall"] => Self::Stall(None),
            ["stall", time] => Self::Stall(Some(seconds(time)?)),
            ["pause"] => Self::Pause {
                inbound: true,
                outbound: true,
            },
            ["pause", which @ ("inbound" | "outbound")] => Self::Pause {
                inbound: *which == "inbound",
                outbound: *which == "outbound",
            },
            ["slow-reply", time] => Self::SlowReply(seconds(time)?),
            ["lose-events", next @ ..] => Self::LoseEvents(count(next)?),
            ["repeat-events", next @ ..] => Self::RepeatEvents(count(next)?),
            ["lose-reply", next @ ..] => Self::LoseReply(count(next)?),
            ["disk-full"] | ["disk-full", "on"] => Self::DiskFull(true),
            ["disk-full", "off"] => Self::DiskFull(false),
            ["torn-cdr", left] => Self::TornCdrs(count(&[left])?),
            ["gateway", name, state @ ("up" | "down")] => Self::Gateway {
                name: (*name).to_owned(),
                down: *state == "down",
            },
            ["resume"] => Self::Resume,
            ["clear"] => Self::Clear,
            ["status"] => Self::Status,
            ["help"] => Self::Help,
            [] => return Err("an empty line is no command; try help".to_owned()),
            [word, ..] => return Err(format!("cannot read {word:?} and what follows; try help")),
        })
    }
}

/// How, and whether CDRs are kept.
fn ending(words: &[&str]) -> Result<(End, bool), String> {
    let (mut how, mut keep_cdrs) = (End::Graceful, true);
    for word in words {
        match (*word, End::named(word)) {
            (_, Some(end)) => how = end,
            ("keep-cdrs", _) => keep_cdrs = true,
            ("lose-cdrs", _) => keep_cdrs = false,
            _ => return Err(format!("a switch does not end {word:?}")),
        }
    }
    Ok((how, keep_cdrs))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().unwrap_or(f64::NAN);
    if !(0.0..=LONGEST).contains(&seconds) {
        return Err(format!("{text:?} is no number of seconds, 0 to a day"));
    }
    Ok(Duration::from_secs_f64(seconds))
}

/// `N [NAME]`: the next so many, of this kind only.
fn count(words: &[&str]) -> Result<Next, String> {
    let (left, only) = match words {
        [left] => (left, None),
        [left, only] => (left, Some(*only)),
        _ => return Err("how many? N [NAME]".to_owned()),
    };
    let left = left.parse().map_err(|_| format!("{left:?} is no count"))?;
    Ok(Next::of(left, only))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_command_of_the_help_is_read() {
        for shown in HELP.split("; ") {
            let line = shown
                .trim_start()
                .replace("SECONDS", "1.5")
                .replace("NAME", "n")
                .replace("WORD", "w")
                .replace(" N", " 3")
                .replace("up|down", "down");
            let bare: String = line.split(" [").next().unwrap().to_owned();
            assert!(bare.parse::<Command>().is_ok(), "{bare}");
            for option in line.split(" [").skip(1) {
                for word in option.trim_end_matches(']').split('|') {
                    let full = format!("{bare} {word}");
                    assert!(full.parse::<Command>().is_ok(), "{full}");
                }
            }
        }
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        for line in [
            "",
            "restart now",
            "stall -1",
            "stall NaN",
            "lose-events",
            "lose-events x",
            "nonsense",
        ] {
            assert!(line.parse::<Command>().is_err(), "{line:?}");
        }
    }

    proptest! {
        #[test]
        fn no_line_at_all_breaks_the_parser(line in "\\PC{0,80}") {
            let _ = line.parse::<Command>();
        }
    }
}

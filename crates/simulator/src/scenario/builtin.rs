//! The table of numbers that every simulator knows; `README.md` shows it.

use super::{Deaf, Ending, Fate, Machine, Scenario};
use crate::cause::Cause;
use crate::number::Line;

/// What the table says about a line; `None`: nothing.
pub(super) fn steps(line: &Line) -> Option<Vec<Scenario>> {
    let last = line.digits().strip_prefix("555000")?;
    let number: u16 = last.parse().ok()?;
    let machine = |machine: Machine| Scenario::of(Ending::Machine(machine));
    let one = match number {
        1111 => Scenario::machine(Fate::Delivered),
        2222 => Scenario::refused(486)?,
        3333 => Scenario::of(Ending::NoAnswer),
        4444 => Scenario::refused(404)?,
        5555 => Scenario::refused(603)?,
        6666 => Scenario::of(Ending::Human { seconds: 6.0 }),
        7777 => Scenario::of(Ending::NotFax),
        8888 => machine(Machine {
            t38: false,
            ..Machine::default()
        }),
        9999 => Scenario::machine(Fate::Vanishes { after_page: 0 }),
        8400..=8699 => Scenario::refused(number - 8000)?,
        9100..=9199 => Scenario::machine(Fate::Drops {
            after_page: u32::from(number - 9100),
        }),
        9200..=9299 => Scenario::machine(Fate::Vanishes {
            after_page: u32::from(number - 9200),
        }),
        9301 => Scenario::machine(Fate::Fails {
            code: 6,
            after_page: 0,
        }),
        9302 => Scenario::machine(Fate::LastMcfLost),
        9303 => Scenario {
            late: 180.0,
            ..Scenario::machine(Fate::Delivered)
        },
        9304 => machine(Machine {
            page_seconds: Some(180.0),
            ..Machine::default()
        }),
        9305 => Scenario::refused(503)?,
        9306 => Scenario::of(Ending::Silent),
        9307 => machine(Machine {
            ecm: false,
            rate: 9600,
            ..Machine::default()
        }),
        9308 => {
            let busy = Scenario::refused(486)?;
            return Some(vec![busy.clone(), busy, Scenario::machine(Fate::Delivered)]);
        }
        9309 => Scenario::of(Ending::Refused {
            status: 503,
            phrase: "Service Unavailable".to_owned(),
            cause: Cause::NORMAL_CIRCUIT_CONGESTION,
        }),
        9310 => Scenario::of(Ending::SilentProxy),
        9311 => Scenario {
            ring: 10.0,
            ..Scenario::machine(Fate::Delivered)
        },
        9312 => Scenario {
            ring: 6.0,
            ..Scenario::of(Ending::Refused {
                status: 480,
                phrase: "Temporarily Unavailable".to_owned(),
                cause: Cause::NO_ANSWER,
            })
        },
        9313 => {
            let dropped = Scenario::machine(Fate::Drops { after_page: 1 });
            return Some(vec![dropped, Scenario::machine(Fate::Delivered)]);
        }
        9314 | 9315 => Scenario {
            deaf: Some(match number {
                9314 => Deaf::Hooks,
                _ => Deaf::Kill,
            }),
            ..Scenario::machine(Fate::Vanishes { after_page: 0 })
        },
        _ => return None,
    };
    Some(vec![one])
}

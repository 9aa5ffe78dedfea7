//! Reading a scenario file, TOML or JSON.

use std::path::Path;

use serde::Deserialize;

use super::{Deaf, Ending, Fate, Machine, Scenario, Scenarios};
use crate::Error;
use crate::cause::{Cause, of_sip_status};
use crate::number::Line;

/// A file is small; anything bigger is a mistake.
const MAX_BYTES: usize = 1 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    number: Vec<Entry>,
}

/// One `[[number]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    number: String,
    outcome: Outcome,
    #[serde(default)]
    after_page: u32,
    code: Option<u8>,
    sip_status: Option<u16>,
    cause: Option<String>,
    #[serde(default)]
    ring_seconds: f64,
    #[serde(default)]
    late_seconds: f64,
    answered_seconds: Option<f64>,
    page_seconds: Option<f64>,
    t38: Option<bool>,
    ecm: Option<bool>,
    rate: Option<u32>,
    station_id: Option<String>,
    deaf: Option<Deaf>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Delivered,
    Busy,
    NoAnswer,
    Unallocated,
    Rejected,
    Refused,
    SilentProxy,
    Human,
    NotFax,
    Silent,
    Drop,
    Vanish,
    LastMcfLost,
    Fail,
}

impl Scenarios {
    /// Reads a scenario file: JSON when its name ends in `.json`, otherwise TOML. `README.md` describes it.
    ///
    /// # Errors
    /// When it cannot be read or says what cannot be.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = std::fs::read_to_string(path).map_err(|source| Error::ReadScenario {
            path: path.to_owned(),
            source,
        })?;
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            Self::from_json(&text)
        } else {
            Self::from_toml(&text)
        }
    }

    /// Reads scenarios written in TOML.
    ///
    /// # Errors
    /// When they say what cannot be.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        bounded(text)?;
        let file = toml::from_str(text).map_err(|error| reason(error.to_string()))?;
        Self::of_file(file)
    }

    /// Reads scenarios written in JSON.
    ///
    /// # Errors
    /// When they say what cannot be.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        bounded(text)?;
        let file = serde_json::from_str(text).map_err(|error| reason(error.to_string()))?;
        Self::of_file(file)
    }

    fn of_file(file: File) -> Result<Self, Error> {
        let mut scenarios = Self::default();
        for entry in file.number {
            let line = Line::of(&entry.number);
            if line.digits().is_empty() {
                return Err(reason(format!("{:?} is no number", entry.number)));
            }
            let scenario = entry
                .scenario()
                .map_err(|problem| reason(format!("number {line}: {problem}")))?;
            scenarios.numbers.entry(line).or_default().push(scenario);
        }
        Ok(scenarios)
    }
}

impl Entry {
    fn scenario(self) -> Result<Scenario, String> {
        let (after_page, deaf) = (self.after_page, self.deaf);
        for seconds in [
            Some(self.ring_seconds),
            Some(self.late_seconds),
            self.page_seconds,
            self.answered_seconds,
        ] {
            if !seconds.is_none_or(|seconds| (0.0..=86_400.0).contains(&seconds)) {
                return Err("seconds are from 0 to a day".to_owned());
            }
        }
        if let Some(rate) = self.rate
            && ![2400, 4800, 7200, 9600, 12_000, 14_400].contains(&rate)
        {
            return Err(format!("{rate} is no rate of V.27ter, V.29 or V.17"));
        }
        let ending = match self.outcome {
            Outcome::Delivered => self.machine(Fate::Delivered),
            Outcome::Drop => self.machine(Fate::Drops { after_page }),
            Outcome::Vanish => self.machine(Fate::Vanishes { after_page }),
            Outcome::LastMcfLost => self.machine(Fate::LastMcfLost),
            Outcome::Fail => {
                let code = self.code.ok_or("a fail needs its code, 1 to 61")?;
                if !(1..=61).contains(&code) {
                    return Err(format!(
                        "{code} is no completion code of T.30 in SpanDSP (1 to 61)"
                    ));
                }
                self.machine(Fate::Fails { code, after_page })
            }
            Outcome::Busy => self.refused(486)?,
            Outcome::Unallocated => self.refused(404)?,
            Outcome::Rejected => self.refused(603)?,
            Outcome::Refused => {
                self.refused(self.sip_status.ok_or("refused needs its sip_status")?)?
            }
            Outcome::NoAnswer => Ending::NoAnswer,
            Outcome::SilentProxy => Ending::SilentProxy,
            Outcome::Human => Ending::Human {
                seconds: self.answered_seconds.unwrap_or(6.0),
            },
            Outcome::NotFax => Ending::NotFax,
            Outcome::Silent => Ending::Silent,
        };
        Ok(Scenario {
            late: self.late_seconds,
            ring: self.ring_seconds,
            ending,
            deaf,
        })
    }

    fn machine(&self, fate: Fate) -> Ending {
        let usual = Machine::default();
        Ending::Machine(Machine {
            station_id: self.station_id.clone(),
            t38: self.t38.unwrap_or(usual.t38),
            ecm: self.ecm.unwrap_or(usual.ecm),
            rate: self.rate.unwrap_or(usual.rate),
            page_seconds: self.page_seconds,
            fate,
        })
    }

    fn refused(&self, status: u16) -> Result<Ending, String> {
        let (phrase, usual) = of_sip_status(status)
            .ok_or_else(|| format!("SIP status {status} was never recorded"))?;
        let cause = match &self.cause {
            None => usual,
            Some(name) => {
                Cause::named(name).ok_or_else(|| format!("{name} is no hang-up cause"))?
            }
        };
        Ok(Ending::Refused {
            status,
            phrase: phrase.to_owned(),
            cause,
        })
    }
}

fn bounded(text: &str) -> Result<(), Error> {
    if text.len() > MAX_BYTES {
        return Err(reason(format!("more than {MAX_BYTES} bytes")));
    }
    Ok(())
}

fn reason(reason: String) -> Error {
    Error::Scenario { reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_one_number_are_played_in_turn_and_the_last_for_ever() {
        let scenarios = Scenarios::from_toml(
            r#"
            [[number]]
            number = "+1 555 000 1111"
            outcome = "busy"

            [[number]]
            number = "5550001111"
            outcome = "drop"
            after_page = 2
            t38 = false
            "#,
        )
        .unwrap();
        let line = Line::of("15550001111");
        assert!(matches!(
            scenarios.of(&line, 0).ending,
            Ending::Refused { status: 486, .. }
        ));
        for nth in [1, 2, 9] {
            let Ending::Machine(machine) = scenarios.of(&line, nth).ending else {
                panic!("a machine answers")
            };
            assert_eq!(machine.fate, Fate::Drops { after_page: 2 });
            assert!(!machine.t38);
        }
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        for (text, about) in [
            (
                r#"{"number":[{"number":"x","outcome":"busy"}]}"#,
                "no number",
            ),
            (r#"{"number":[{"number":"1","outcome":"fail"}]}"#, "code"),
            (
                r#"{"number":[{"number":"1","outcome":"refused","sip_status":299}]}"#,
                "299",
            ),
            (
                r#"{"number":[{"number":"1","outcome":"busy","cause":"NO"}]}"#,
                "NO",
            ),
            (
                r#"{"number":[{"number":"1","outcome":"busy","colour":1}]}"#,
                "colour",
            ),
            (
                r#"{"number":[{"number":"1","outcome":"delivered","rate":33600}]}"#,
                "33600",
            ),
        ] {
            let error = Scenarios::from_json(text).unwrap_err().to_string();
            assert!(error.contains(about), "{error}");
        }
    }

    #[test]
    fn what_nothing_names_is_delivered() {
        let scenario = Scenarios::default().of(&Line::of("+905319999999"), 0);
        assert_eq!(scenario, Scenario::machine(Fate::Delivered));
    }
}

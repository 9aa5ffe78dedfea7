//! What is wrong with the settings: all of it at once, each with its name.

use std::fmt;
use std::path::Path;

/// One thing to put right before Faxgate can start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key, such as `server.listen`; `None` when a variable or file names no key.
    pub key: Option<String>,
    /// The variable that sets the key, or the variable at fault; `None` for keys that only a file can hold.
    pub variable: Option<String>,
    /// What is wrong and what to do. Never holds a secret's value.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.key, &self.variable) {
            (Some(key), Some(variable)) => write!(f, "{key} ({variable}): {}", self.message),
            (Some(name), None) | (None, Some(name)) => write!(f, "{name}: {}", self.message),
            (None, None) => f.write_str(&self.message),
        }
    }
}

/// Everything that is wrong with the settings.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    problems: Vec<Problem>,
}

impl ConfigError {
    /// The problems, in the order of the sections.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl ConfigError {
    /// For a section that could not be read although nothing was noted: a fault of ours, yet an error to the caller.
    pub(crate) fn unexplained() -> Self {
        Self {
            problems: vec![Problem {
                key: None,
                variable: None,
                message: "a section could not be read".into(),
            }],
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.as_slice() {
            [one] => write!(f, "the settings cannot be used: {one}"),
            all => {
                write!(f, "the settings cannot be used, for {} reasons:", all.len())?;
                all.iter()
                    .try_for_each(|problem| write!(f, "\n  - {problem}"))
            }
        }
    }
}

/// Collects problems while the settings are read.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    /// A key's value cannot be used.
    pub(crate) fn key(
        &mut self,
        key: String,
        variable: Option<String>,
        message: impl Into<String>,
    ) {
        self.0.push(Problem {
            key: Some(key),
            variable,
            message: message.into(),
        });
    }

    /// A variable names nothing that can be set, or cannot be read.
    pub(crate) fn variable(&mut self, variable: &str, message: impl Into<String>) {
        self.0.push(Problem {
            key: None,
            variable: Some(variable.to_owned()),
            message: message.into(),
        });
    }

    /// The file as a whole cannot be read.
    pub(crate) fn file(&mut self, path: &Path, message: impl fmt::Display) {
        self.0.push(Problem {
            key: None,
            variable: None,
            message: format!("{}: {message}", path.display()),
        });
    }

    /// The error, if there is one.
    pub(crate) fn into_result(self) -> Result<(), ConfigError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(ConfigError { problems: self.0 })
        }
    }
}

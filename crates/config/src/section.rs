//! How a struct becomes a section: its fields are its keys.

use std::collections::BTreeMap;

use toml::Value;

use crate::problem::Problems;
use crate::setting::Setting;

/// Where values of one table are read from, and where problems with them go.
pub(crate) struct Section<'a> {
    /// `server`, or `freeswitch.nodes[1]`.
    path: String,
    /// Whether each key can come from a variable.
    in_environment: bool,
    values: &'a BTreeMap<String, Value>,
    problems: &'a mut Problems,
}

impl<'a> Section<'a> {
    pub(crate) fn new(
        path: impl Into<String>,
        in_environment: bool,
        values: &'a BTreeMap<String, Value>,
        problems: &'a mut Problems,
    ) -> Self {
        Self {
            path: path.into(),
            in_environment,
            values,
            problems,
        }
    }

    /// The key's value; `None` once a problem with it has been noted.
    pub(crate) fn read<T: Setting>(&mut self, key: &str) -> Option<T> {
        let Some(value) = self.values.get(key) else {
            self.refuse(key, "is missing from the embedded defaults");
            return None;
        };
        match T::read(value) {
            Ok(value) => Some(value),
            Err(message) => {
                self.refuse(key, message);
                None
            }
        }
    }

    /// Notes that the key's value cannot be used.
    pub(crate) fn refuse(&mut self, key: &str, message: impl Into<String>) {
        let variable = self.in_environment.then(|| variable_of(&self.path, key));
        self.problems
            .key(format!("{}.{key}", self.path), variable, message);
    }

    /// Notes a problem unless `fine`.
    pub(crate) fn require(&mut self, fine: bool, key: &str, message: &str) {
        if !fine {
            self.refuse(key, message);
        }
    }

    /// Notes a problem unless `value` lies within `range`.
    pub(crate) fn within(&mut self, key: &str, value: u64, range: std::ops::RangeInclusive<u64>) {
        if !range.contains(&value) {
            let message = format!("{value} is not within {} to {}", range.start(), range.end());
            self.refuse(key, message);
        }
    }
}

/// The variable of a key: `FAXGATE_SERVER__LISTEN` for `listen` in `server`.
pub(crate) fn variable_of(section: &str, key: &str) -> String {
    format!(
        "FAXGATE_{}__{}",
        section.to_ascii_uppercase(),
        key.to_ascii_uppercase()
    )
}

/// A struct whose fields are the keys of one table.
pub(crate) trait Keys: Sized {
    /// The keys, in order.
    const KEYS: &'static [&'static str];
    /// Reads every field; `None` once a problem has been noted for at least one of them.
    fn read(section: &mut Section<'_>) -> Option<Self>;
}

/// Rules that hold for, or between, values that are each well-formed.
pub(crate) trait Check {
    /// Notes what breaks a rule.
    fn check(&self, section: &mut Section<'_>);
}

/// Every section and its keys.
pub(crate) struct KnownKeys(Vec<(&'static str, Vec<&'static str>)>);

impl KnownKeys {
    pub(crate) fn new(sections: Vec<(&'static str, Vec<&'static str>)>) -> Self {
        Self(sections)
    }

    /// The names of the sections.
    pub(crate) fn sections(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.iter().map(|(name, _)| *name)
    }

    /// A section's keys.
    pub(crate) fn keys(&self, section: &str) -> Option<&[&'static str]> {
        self.0
            .iter()
            .find(|(name, _)| *name == section)
            .map(|(_, keys)| keys.as_slice())
    }

    /// Every pair of section and key.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'static str, &'static str)> + '_ {
        self.0
            .iter()
            .flat_map(|(section, keys)| keys.iter().map(|key| (*section, *key)))
    }
}

/// Declares a section's struct; its public fields become its keys.
macro_rules! section {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        $vis struct $name { $($(#[$field_meta])* $field_vis $field: $type,)* }

        impl $crate::section::Keys for $name {
            const KEYS: &'static [&'static str] = &[$(stringify!($field),)*];

            fn read(section: &mut $crate::section::Section<'_>) -> Option<Self> {
                // All are read before the first failure counts, so that every problem is told.
                $(let $field = section.read(stringify!($field));)*
                Some(Self { $($field: $field?,)* })
            }
        }
    };
}
pub(crate) use section;

/// Declares an enum whose variants are the words that a key may hold.
macro_rules! choice {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal,)* }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $($(#[$variant_meta])* $variant,)* }

        impl $crate::setting::Setting for $name {
            fn read(value: &toml::Value) -> Result<Self, String> {
                match value.as_str() {
                    $(Some($word) => Ok(Self::$variant),)*
                    _ => Err(format!(
                        "{} is not one of {}",
                        $crate::setting::shown(value),
                        [$($word),*].join(", ")
                    )),
                }
            }
        }
    };
}
pub(crate) use choice;

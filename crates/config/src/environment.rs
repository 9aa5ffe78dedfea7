//! `FAXGATE_<SECTION>__<KEY>` and `FAXGATE_<SECTION>__<KEY>_FILE`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crate::limits::VALUE_FILE_BYTES;
use crate::problem::Problems;
use crate::section::{KnownKeys, variable_of};
use crate::suggest::nearest;

const PREFIX: &str = "FAXGATE_";
/// Variables with this prefix steer test suites; they are no settings and are passed over.
const TEST_PREFIX: &str = "FAXGATE_TEST_";
const FILE_SUFFIX: &str = "_FILE";

/// The `FAXGATE_` variables of this process, to hand to [`Settings::load`](crate::Settings::load).
///
/// A value that is not UTF-8 comes with replacement characters, so that it is refused by name later.
pub fn process_environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os().filter_map(|(name, value)| {
        let name = name.into_string().ok()?;
        name.starts_with(PREFIX)
            .then(|| (name, value.to_string_lossy().into_owned()))
    })
}

/// Values by section and key, as the environment gives them.
pub(crate) type Values = BTreeMap<(&'static str, &'static str), String>;

/// Sorts the variables into keys; what names no key is a problem.
pub(crate) fn read(
    variables: impl IntoIterator<Item = (String, String)>,
    known: &KnownKeys,
    problems: &mut Problems,
) -> Values {
    let given: BTreeMap<String, String> = variables
        .into_iter()
        .filter(|(name, _)| name.starts_with(PREFIX) && !name.starts_with(TEST_PREFIX))
        .collect();
    let keys: BTreeMap<String, (&'static str, &'static str)> = known
        .all()
        .map(|(section, key)| (variable_of(section, key), (section, key)))
        .collect();

    let mut values = Values::new();
    for (name, value) in &given {
        if let Some(key) = keys.get(name) {
            values.entry(*key).or_insert_with(|| value.clone());
            continue;
        }
        let base = name.strip_suffix(FILE_SUFFIX);
        let Some((base, key)) = base.and_then(|base| Some((base, keys.get(base)?))) else {
            unknown(name, keys.keys(), problems);
            continue;
        };
        if value.is_empty() {
            continue;
        }
        if given.get(base).is_some_and(|plain| !plain.is_empty()) {
            problems.variable(name, format!("{base} is set as well; keep one of the two"));
            continue;
        }
        match read_value(Path::new(value)) {
            Ok(text) => {
                values.insert(*key, text);
            }
            Err(error) => problems.variable(name, format!("cannot read {value:?}: {error}")),
        }
    }
    values
}

fn unknown<'a>(
    name: &str,
    known: impl Iterator<Item = &'a String> + Clone,
    problems: &mut Problems,
) {
    let (stem, suffix) = match name.strip_suffix(FILE_SUFFIX) {
        Some(stem) => (stem, FILE_SUFFIX),
        None => (name, ""),
    };
    let near = nearest(stem, known.map(String::as_str)).replace('?', &format!("{suffix}?"));
    problems.variable(name, format!("no such setting{near}"));
}

fn read_value(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let read = File::open(path)?
        .take(VALUE_FILE_BYTES + 1)
        .read_to_string(&mut text)?;
    if read as u64 > VALUE_FILE_BYTES {
        return Err(io::Error::other("more than 64 KiB is no setting"));
    }
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

//! The defaults, the file and the environment, laid over one another.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use toml::{Table, Value};

use crate::environment;
use crate::limits::FILE_BYTES;
use crate::problem::Problems;
use crate::section::KnownKeys;
use crate::sections::freeswitch;
use crate::suggest::nearest;

/// Values of one table by key.
pub(crate) type Values = BTreeMap<String, Value>;

/// Every section's values, complete, and the extra FreeSWITCH nodes.
#[derive(Debug, Default)]
pub(crate) struct Layers {
    sections: BTreeMap<String, Values>,
    nodes: Vec<Values>,
}

static NONE: Values = Values::new();

impl Layers {
    /// Lays one over another; keys that nobody knows are problems.
    pub(crate) fn read(
        defaults: &str,
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
        known: &KnownKeys,
        problems: &mut Problems,
    ) -> Self {
        let mut layers = Self::default();
        match parse(defaults) {
            Ok(table) => layers.lay(table, known, problems),
            Err(message) => problems.file(Path::new("config/default.toml"), message),
        }
        if let Some(path) = file {
            match read_file(path) {
                Ok(text) => match parse(&text) {
                    Ok(table) => layers.lay(table, known, problems),
                    Err(message) => problems.file(path, message),
                },
                Err(error) => problems.file(path, format!("cannot be read: {error}")),
            }
        }
        for ((section, key), text) in environment::read(environment, known, problems) {
            layers.set(section, key, Value::String(text));
        }
        layers
    }

    /// A section's values.
    pub(crate) fn section(&self, name: &str) -> &Values {
        self.sections.get(name).unwrap_or(&NONE)
    }

    /// The tables of `[[freeswitch.nodes]]`, each with its own keys only.
    pub(crate) fn nodes(&self) -> &[Values] {
        &self.nodes
    }

    fn set(&mut self, section: &str, key: &str, value: Value) {
        self.sections
            .entry(section.to_owned())
            .or_default()
            .insert(key.to_owned(), value);
    }

    fn lay(&mut self, table: Table, known: &KnownKeys, problems: &mut Problems) {
        for (section, value) in table {
            let Some(keys) = known.keys(&section) else {
                let near = nearest(&section, known.sections());
                problems.key(section, None, format!("no such section{near}"));
                continue;
            };
            let Value::Table(values) = value else {
                problems.key(
                    section.clone(),
                    None,
                    format!("is a section: write [{section}] above its keys"),
                );
                continue;
            };
            for (key, value) in values {
                if section == "freeswitch" && key == "nodes" {
                    self.nodes = read_nodes(value, problems);
                } else if keys.contains(&key.as_str()) {
                    self.set(&section, &key, value);
                } else {
                    unknown(&section, &key, known, problems);
                }
            }
        }
    }
}

fn unknown(section: &str, key: &str, known: &KnownKeys, problems: &mut Problems) {
    let name = format!("{section}.{key}");
    let all: Vec<String> = known.all().map(|(s, k)| format!("{s}.{k}")).collect();
    // A key that is right but stands in the wrong section is the likelier slip.
    let moved = all
        .iter()
        .find(|other| other.ends_with(&format!(".{key}")))
        .map(|other| format!("; did you mean {other}?"));
    let near = Some(nearest(&name, all.iter().map(String::as_str)))
        .filter(|near| !near.is_empty())
        .or(moved)
        .unwrap_or_default();
    problems.key(name, None, format!("no such key{near}"));
}

fn read_nodes(value: Value, problems: &mut Problems) -> Vec<Values> {
    let wrong = "is a list of tables: write [[freeswitch.nodes]] above each node's keys";
    let Value::Array(items) = value else {
        problems.key("freeswitch.nodes".into(), None, wrong);
        return Vec::new();
    };
    let mut nodes = Vec::new();
    for (at, item) in items.into_iter().enumerate() {
        let Value::Table(table) = item else {
            problems.key("freeswitch.nodes".into(), None, wrong);
            continue;
        };
        let mut node = Values::new();
        for (key, value) in table {
            if freeswitch::node_keys().contains(&key.as_str()) {
                node.insert(key, value);
            } else {
                let near = nearest(&key, freeswitch::node_keys().iter().copied());
                problems.key(
                    format!("freeswitch.nodes[{}].{key}", at + 1),
                    None,
                    format!("no such key{near}"),
                );
            }
        }
        nodes.push(node);
    }
    nodes
}

fn read_file(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let read = File::open(path)?
        .take(FILE_BYTES + 1)
        .read_to_string(&mut text)?;
    if read as u64 > FILE_BYTES {
        return Err(io::Error::other("larger than 1 MiB"));
    }
    Ok(text)
}

/// The table, or what is wrong with it and where. The library's own report quotes the line, which may hold a secret.
fn parse(text: &str) -> Result<Table, String> {
    text.parse::<Table>().map_err(|error| {
        let line = error
            .span()
            .and_then(|span| text.get(..span.start))
            .map_or(1, |before| before.matches('\n').count() + 1);
        format!("line {line}: {}", error.message())
    })
}

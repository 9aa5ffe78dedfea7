//! The structs, `config/default.toml` and the README say the same.

use toml::{Table, Value};

use crate::DEFAULT_TOML;
use crate::section::variable_of;
use crate::settings::known_keys;

fn defaults() -> Table {
    DEFAULT_TOML.parse().unwrap()
}

#[test]
fn the_defaults_name_every_key_of_every_section_and_no_other() {
    let defaults = defaults();
    let known = known_keys();
    assert_eq!(defaults.len(), known.sections().count());
    for section in known.sections() {
        let table = defaults[section].as_table().unwrap();
        let mut named: Vec<&str> = table.keys().map(String::as_str).collect();
        let mut keys = known.keys(section).unwrap().to_vec();
        named.sort_unstable();
        keys.sort_unstable();
        assert_eq!(named, keys, "[{section}]");
    }
}

#[test]
fn each_default_stands_beneath_its_variable_and_a_comment() {
    let mut section = "";
    let mut above = "";
    for line in DEFAULT_TOML.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        } else if let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            assert_eq!(above, format!("# {}", variable_of(section, key)));
        }
        above = line;
    }
    assert!(DEFAULT_TOML.lines().all(|line| line.chars().count() <= 125));
}

#[test]
fn the_readme_lists_every_key_with_its_default() {
    let defaults = defaults();
    let mut table = String::from("| key | variable | default |\n| --- | --- | --- |\n");
    for (section, key) in known_keys().all() {
        let default = match &defaults[section][key] {
            Value::String(text) if text.is_empty() => "".to_owned(),
            Value::Array(items) if items.is_empty() => "".to_owned(),
            Value::Table(items) if items.is_empty() => "".to_owned(),
            Value::String(text) => format!("`{text}`"),
            other => format!("`{other}`"),
        };
        let variable = variable_of(section, key);
        table += &format!("| `{section}.{key}` | `{variable}` | {default} |\n");
    }
    let readme = include_str!("../README.md");
    assert!(
        readme.contains(&table),
        "the README's table should be:\n{table}"
    );
}

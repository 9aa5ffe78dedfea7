//! What happened, as a table.

use std::fmt;

use serde_json::Value;

/// A recipient.
pub(super) struct Row {
    pub(super) recipient: String,
    pub(super) status: String,
    attempts: u64,
    pages: u64,
    error: String,
}

impl Row {
    pub(super) fn of(item: &Value) -> Self {
        let text = |key: &str| item[key].as_str().unwrap_or_default().to_owned();
        Self {
            recipient: text("recipient"),
            status: text("status"),
            attempts: item["attempts"].as_u64().unwrap_or(0),
            pages: item["pages_sent"].as_u64().unwrap_or(0),
            error: text("error"),
        }
    }
}

/// Recipients, with what was expected of each.
pub(super) struct Table(Vec<(Row, &'static str)>);

impl Table {
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    pub(super) fn add(&mut self, row: Row, expected: &'static str) {
        self.0.push((row, expected));
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<14} {:<8} {:<9} {:>8} {:>10}  why",
            "recipient", "result", "expected", "attempts", "pages sent"
        )?;
        for (row, expected) in &self.0 {
            writeln!(
                f,
                "{:<14} {:<8} {:<9} {:>8} {:>10}  {}",
                row.recipient, row.status, expected, row.attempts, row.pages, row.error
            )?;
        }
        Ok(())
    }
}

//! Which events to ask for.

use crate::argument::{check, refuse};
use crate::error::InvalidArgument;

/// How FreeSWITCH is to write events. [`Event`](crate::Event) is the same either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EventFormat {
    /// Header lines: read in place, without a copy. The faster one.
    #[default]
    Plain,
    /// JSON.
    Json,
}

/// The events a connection wants: names, `CUSTOM` subclasses, and filters on headers.
///
/// ```
/// # use faxgate_esl::Subscription;
/// let wanted = Subscription::new()
///     .event("CHANNEL_ANSWER")?
///     .event("BACKGROUND_JOB")?
///     .custom("spandsp::txfaxresult")?;
/// # Ok::<(), faxgate_esl::InvalidArgument>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subscription {
    format: EventFormat,
    events: Vec<String>,
    subclasses: Vec<String>,
    filters: Vec<(String, String)>,
}

impl Subscription {
    /// Nothing yet, in the plain format.
    pub fn new() -> Self {
        Self::default()
    }

    /// Chooses the format.
    #[must_use]
    pub fn format(mut self, format: EventFormat) -> Self {
        self.format = format;
        self
    }

    /// Adds an event by its name: `^[A-Z_]{1,64}$`.
    ///
    /// # Errors
    /// If the name is not of that form. (FreeSWITCH ignores a name that it does not know.)
    pub fn event(mut self, name: &str) -> Result<Self, InvalidArgument> {
        check("event name", name, 64, |byte| {
            byte.is_ascii_uppercase() || byte == b'_'
        })?;
        if name == "CUSTOM" {
            return Err(refuse("event name", "name its subclasses with `custom`"));
        }
        self.events.push(name.to_owned());
        Ok(self)
    }

    /// Adds a subclass of `CUSTOM`: `^[A-Za-z0-9_:.-]{1,64}$`.
    ///
    /// # Errors
    /// If the name is not of that form.
    pub fn custom(mut self, subclass: &str) -> Result<Self, InvalidArgument> {
        check("event subclass", subclass, 64, |byte| {
            byte.is_ascii_alphanumeric() || b"_:.-".contains(&byte)
        })?;
        self.subclasses.push(subclass.to_owned());
        Ok(self)
    }

    /// Lets only events through whose `header` (`^[A-Za-z0-9_-]{1,64}$`) is `value` (`^[A-Za-z0-9_.:@+-]{1,128}$`).
    /// With several filters one that fits is enough. Filters are set before events are asked for.
    ///
    /// # Errors
    /// If header or value are not of that form.
    pub fn filter(mut self, header: &str, value: &str) -> Result<Self, InvalidArgument> {
        check("filter header", header, 64, |byte| {
            byte.is_ascii_alphanumeric() || b"_-".contains(&byte)
        })?;
        check("filter value", value, 128, |byte| {
            byte.is_ascii_alphanumeric() || b"_.:@+-".contains(&byte)
        })?;
        if header.eq_ignore_ascii_case("delete") {
            return Err(refuse(
                "filter header",
                "`filter delete` is another command",
            ));
        }
        self.filters.push((header.to_owned(), value.to_owned()));
        Ok(self)
    }

    /// The commands that set all this up, in order.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines: Vec<_> = self
            .filters
            .iter()
            .map(|(header, value)| format!("filter {header} {value}"))
            .collect();
        let format = match self.format {
            EventFormat::Plain => "plain",
            EventFormat::Json => "json",
        };
        let mut line = format!("event {format}");
        for event in &self.events {
            line.push(' ');
            line.push_str(event);
        }
        if !self.subclasses.is_empty() {
            // Everything after CUSTOM is read as a subclass, so it comes last.
            line.push_str(" CUSTOM");
            for subclass in &self.subclasses {
                line.push(' ');
                line.push_str(subclass);
            }
        }
        if !self.events.is_empty() || !self.subclasses.is_empty() {
            lines.push(line);
        }
        lines
    }
}

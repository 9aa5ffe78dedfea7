//! One Authentication-Results field in its parts (RFC 8601, 2.2).

use std::iter::Peekable;
use std::str::Chars;

/// A field.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// Which server wrote it, as it says itself.
    pub(super) authserv: String,
    /// What it found; `None`: the field breaks off within quotes or a comment, so what stands in it can be told from nothing.
    pub(super) findings: Option<Vec<Finding>>,
}

/// What a server found by one method.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Finding {
    /// `dkim`, `dmarc`, …, in lower case.
    pub(super) method: String,
    /// Whether the result is `pass`.
    pub(super) passed: bool,
    /// `header.d` and its value, …
    properties: Vec<Word>,
}

/// `name=value`, or a name alone.
#[derive(Debug, PartialEq, Eq)]
struct Word {
    /// In lower case.
    name: String,
    /// Without its quotes.
    value: Option<String>,
}

impl Field {
    pub(super) fn read(text: &str) -> Self {
        let mut reader = Reader(text.chars().peekable());
        let first = reader.part();
        let named = first.as_ref().and_then(|words| words.first());
        let authserv = match named {
            Some(word) if word.value.is_none() => word.name.clone(),
            Some(_) => String::new(),
            // Who wrote a field that breaks off at once: so that it is not passed over for one below it.
            None => text
                .split([';', '(', ' ', '\t'])
                .next()
                .unwrap_or_default()
                .to_owned(),
        };
        Self {
            authserv,
            findings: first.and_then(|_| reader.findings()),
        }
    }
}

impl Finding {
    /// Whether the property is there, and holds wherever it is.
    pub(super) fn always(&self, name: &str, holds: impl Fn(&str) -> bool) -> bool {
        let mut values = self
            .properties
            .iter()
            .filter(|word| word.name == name)
            .map(|word| word.value.as_deref().unwrap_or_default())
            .peekable();
        values.peek().is_some() && values.all(holds)
    }

    fn of(mut words: Vec<Word>) -> Option<Self> {
        if words.is_empty() {
            return None;
        }
        let first = words.remove(0);
        // A version may stand behind the method.
        let method = first.name.split('/').next().unwrap_or_default().to_owned();
        let passed = first
            .value
            .is_some_and(|result| result.eq_ignore_ascii_case("pass"));
        Some(Self {
            method,
            passed,
            properties: words,
        })
    }
}

struct Reader<'a>(Peekable<Chars<'a>>);

impl Reader<'_> {
    fn findings(&mut self) -> Option<Vec<Finding>> {
        let mut findings = Vec::new();
        while self.0.peek().is_some() {
            findings.extend(Finding::of(self.part()?));
        }
        Some(findings)
    }

    /// The words up to the next semicolon, which is passed over. `None`: the field breaks off.
    fn part(&mut self) -> Option<Vec<Word>> {
        let mut words = Vec::new();
        loop {
            self.space()?;
            match self.0.peek() {
                None => return Some(words),
                Some(';') => {
                    self.0.next();
                    return Some(words);
                }
                Some(_) => words.push(self.word()?),
            }
        }
    }

    fn word(&mut self) -> Option<Word> {
        let name = self.text(true)?.to_ascii_lowercase();
        self.space()?;
        let value = match self.0.next_if_eq(&'=') {
            Some(_) => {
                self.space()?;
                Some(self.text(false)?)
            }
            None => None,
        };
        Some(Word { name, value })
    }

    /// Everything up to what separates words; an equals sign ends a name, and may stand in a value as it is (base64).
    fn text(&mut self, ends_at_equals: bool) -> Option<String> {
        let mut text = String::new();
        while let Some(&c) = self.0.peek() {
            match c {
                '"' => self.quoted(&mut text)?,
                ';' | '(' => break,
                '=' if ends_at_equals => break,
                c if is_space(c) => break,
                c => {
                    text.push(c);
                    self.0.next();
                }
            }
        }
        Some(text)
    }

    /// A quoted-string (RFC 5322, 3.2.4). `None`: it has no end.
    fn quoted(&mut self, into: &mut String) -> Option<()> {
        self.0.next();
        loop {
            match self.0.next()? {
                '"' => return Some(()),
                '\\' => into.push(self.0.next()?),
                c => into.push(c),
            }
        }
    }

    /// Passes over space and comments, which nest (RFC 5322, 3.2.2). `None`: one has no end.
    fn space(&mut self) -> Option<()> {
        let mut depth = 0_u32;
        while let Some(&c) = self.0.peek() {
            match c {
                '(' => depth += 1,
                ')' if depth > 0 => depth -= 1,
                '\\' if depth > 0 => {
                    self.0.next();
                    self.0.peek()?;
                }
                c if depth > 0 || is_space(c) => {}
                _ => return Some(()),
            }
            self.0.next();
        }
        (depth == 0).then_some(())
    }
}

fn is_space(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

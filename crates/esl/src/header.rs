//! Header lines: split first, decode afterwards, one value at a time and only when asked.

use std::borrow::Cow;

use memchr::memchr;
use percent_encoding::percent_decode;

/// Walks over `Name: value` lines. A line without a colon is passed over.
pub(crate) fn lines(block: &[u8]) -> Lines<'_> {
    Lines { rest: block }
}

#[derive(Debug, Clone)]
pub(crate) struct Lines<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Lines<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        while !self.rest.is_empty() {
            let (line, rest) = match memchr(b'\n', self.rest) {
                Some(end) => (&self.rest[..end], &self.rest[end + 1..]),
                None => (self.rest, &[][..]),
            };
            self.rest = rest;
            if let Some(colon) = memchr(b':', line) {
                let value = &line[colon + 1..];
                return Some((&line[..colon], value.strip_prefix(b" ").unwrap_or(value)));
            }
        }
        None
    }
}

/// The raw value of the first header called exactly `name`.
pub(crate) fn find<'a>(block: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    find_joined(block, name, b"")
}

/// Like [`find`], for the name `first` + `second`, without putting the two together.
pub(crate) fn find_joined<'a>(block: &'a [u8], first: &[u8], second: &[u8]) -> Option<&'a [u8]> {
    let mut rest = block;
    loop {
        if let Some(value) = value_of(rest, first, second) {
            let end = memchr(b'\n', value).unwrap_or(value.len());
            return Some(&value[..end]);
        }
        rest = &rest[memchr(b'\n', rest)? + 1..];
    }
}

/// If the line that begins `at` has this name: everything after the colon and the one space.
fn value_of<'a>(at: &'a [u8], first: &[u8], second: &[u8]) -> Option<&'a [u8]> {
    let value = at
        .strip_prefix(first)?
        .strip_prefix(second)?
        .strip_prefix(b":")?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}

/// Undoes FreeSWITCH's percent-encoding. `_undef_`, which it writes for an empty value, becomes the empty value.
pub(crate) fn decode(raw: &[u8]) -> Cow<'_, [u8]> {
    if raw == b"_undef_" {
        return Cow::Borrowed(b"");
    }
    if memchr(b'%', raw).is_none() {
        return Cow::Borrowed(raw);
    }
    percent_decode(raw).into()
}

/// Bytes as text; what is not UTF-8 becomes U+FFFD.
pub(crate) fn text(bytes: Cow<'_, [u8]>) -> Cow<'_, str> {
    match bytes {
        Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
        Cow::Owned(bytes) => Cow::Owned(match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        }),
    }
}

/// A decimal length: digits only, no sign, no space, no overflow.
pub(crate) fn length(raw: &[u8]) -> Option<usize> {
    if raw.is_empty() || !raw.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(raw).ok()?.parse().ok()
}

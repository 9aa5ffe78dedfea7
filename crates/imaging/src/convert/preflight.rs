//! Finds what hayro would leave out in silence: form fields and annotations
//! without an appearance stream (ISO 32000-1, 12.5.5 and 12.7).
//!
//! A form that arrives without its values is worse than one that does not
//! arrive, so such a document is refused by name.

use std::collections::BTreeSet;

use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{Array, Dict, Name, Object, Stream, String as PdfString};

use crate::{Reason, Refusal};

/// Annotation flags: invisible, hidden, no view (table 165).
const NOT_SHOWN: u32 = 1 | 1 << 1 | 1 << 5;
/// Names in a refusal.
const MAX_NAMES: usize = 5;
/// Parents of a field that are followed.
const MAX_DEPTH: usize = 32;

/// Markup that is seen on the page; notes, links and popups are not.
const DRAWN: [&[u8]; 15] = [
    b"FreeText",
    b"Line",
    b"Square",
    b"Circle",
    b"Polygon",
    b"PolyLine",
    b"Highlight",
    b"Underline",
    b"Squiggly",
    b"StrikeOut",
    b"Stamp",
    b"Caret",
    b"Ink",
    b"Redact",
    b"Watermark",
];

/// Refuses a document of which something visible would be missing.
pub(super) fn check(pdf: &Pdf) -> Result<(), Refusal> {
    let catalog = pdf
        .xref()
        .get::<Dict<'_>>(pdf.xref().root_id())
        .unwrap_or_default();
    if catalog.get::<bool>(b"NeedsRendering") == Some(true) {
        return Err(Refusal::new(
            Reason::FormFields,
            "the PDF is an XFA form that only its own viewer can draw; print it to a new PDF and upload that",
        ));
    }
    let regenerate = catalog
        .get::<Dict<'_>>(b"AcroForm")
        .and_then(|form| form.get::<bool>(b"NeedAppearances"))
        .unwrap_or(false);
    let (mut fields, mut annotations) = (BTreeSet::new(), BTreeSet::new());
    for page in pdf.pages().iter() {
        let Some(list) = page.raw().get::<Array<'_>>(b"Annots") else {
            continue;
        };
        for annotation in list.iter::<Dict<'_>>() {
            if annotation.get::<u32>(b"F").unwrap_or(0) & NOT_SHOWN != 0 {
                continue;
            }
            let kind = annotation.get::<Name<'_>>(b"Subtype");
            let kind = kind.as_ref().map_or(&b""[..], AsRef::as_ref);
            if kind == b"Widget" {
                if value_would_be_missing(&annotation, regenerate) {
                    fields.insert(field_name(&annotation));
                }
            } else if DRAWN.contains(&kind) && !has_appearance(&annotation) {
                annotations.insert(String::from_utf8_lossy(kind).into_owned());
            }
        }
    }
    if !fields.is_empty() {
        return Err(Refusal::new(
            Reason::FormFields,
            format!(
                "the values of these form fields would be missing: {}; print the form to a new PDF and upload that",
                names(&fields)
            ),
        ));
    }
    if !annotations.is_empty() {
        return Err(Refusal::new(
            Reason::Annotations,
            format!(
                "annotations of these types would be missing: {}; print the document to a new PDF and upload that",
                names(&annotations)
            ),
        ));
    }
    Ok(())
}

fn names(names: &BTreeSet<String>) -> String {
    let mut shown: Vec<_> = names.iter().take(MAX_NAMES).map(String::as_str).collect();
    let more = format!("{} more", names.len().saturating_sub(MAX_NAMES));
    if names.len() > MAX_NAMES {
        shown.push(&more);
    }
    shown.join(", ")
}

/// Whether the engine finds something to draw for it: the same choice it makes.
fn has_appearance(annotation: &Dict<'_>) -> bool {
    appearance(annotation).is_some()
}

fn appearance<'a>(annotation: &Dict<'a>) -> Option<Object<'a>> {
    annotation.get::<Dict<'_>>(b"AP")?.get::<Object<'_>>(b"N")
}

/// A widget whose field has a value that no appearance shows.
fn value_would_be_missing(widget: &Dict<'_>, regenerate: bool) -> bool {
    if !has_value(widget) {
        return false;
    }
    match appearance(widget) {
        None => true,
        // The document itself says that its appearances may be out of date:
        // believe one that shows text.
        Some(Object::Stream(stream)) => regenerate && is_text(widget) && !shows_text(&stream),
        Some(_) => false,
    }
}

fn is_text(widget: &Dict<'_>) -> bool {
    let kind = inherited(widget, |field| field.get::<Name<'_>>(b"FT"));
    kind.is_some_and(|kind| matches!(kind.as_ref(), b"Tx" | b"Ch"))
}

fn shows_text(stream: &Stream<'_>) -> bool {
    stream.decoded().is_ok_and(|content| {
        content
            .windows(2)
            .any(|operator| operator == b"Tj" || operator == b"TJ")
            || content.contains(&b'\'')
    })
}

fn has_value(widget: &Dict<'_>) -> bool {
    match inherited(widget, |field| field.get::<Object<'_>>(b"V")) {
        Some(Object::String(text)) => {
            !text.as_bytes().trim_ascii().is_empty() && text.as_bytes() != b"\xfe\xff"
        }
        Some(Object::Name(state)) => state.as_ref() != b"Off",
        Some(Object::Array(values)) => values.raw_iter().next().is_some(),
        Some(Object::Null(_)) | None => false,
        Some(_) => true,
    }
}

/// A field's own entry, or the one it inherits (12.7.3.1).
fn inherited<'a, T>(widget: &Dict<'a>, entry: impl Fn(&Dict<'a>) -> Option<T>) -> Option<T> {
    let mut field = widget.clone();
    for _ in 0..MAX_DEPTH {
        if let Some(found) = entry(&field) {
            return Some(found);
        }
        field = field.get::<Dict<'_>>(b"Parent")?;
    }
    None
}

/// The fully qualified name (12.7.3.2).
fn field_name(widget: &Dict<'_>) -> String {
    let mut parts = Vec::new();
    let mut field = Some(widget.clone());
    for _ in 0..MAX_DEPTH {
        let Some(here) = field else { break };
        if let Some(part) = here.get::<PdfString<'_>>(b"T") {
            parts.push(text(part.as_bytes()));
        }
        field = here.get::<Dict<'_>>(b"Parent");
    }
    parts.reverse();
    if parts.is_empty() {
        return "a field without a name".to_owned();
    }
    parts.join(".").chars().take(60).collect()
}

/// A text string: UTF-16 with its mark, otherwise one byte a character.
fn text(bytes: &[u8]) -> String {
    match bytes {
        [0xfe, 0xff, rest @ ..] => {
            let units = rest
                .chunks_exact(2)
                .map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            char::decode_utf16(units)
                .map(|unit| unit.unwrap_or('\u{fffd}'))
                .collect()
        }
        bytes => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

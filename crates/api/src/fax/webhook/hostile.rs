//! Text that a stranger's telephone or fax machine chose.

use serde_json::Value;

use crate::extract::fields::Fields;

/// Characters that are kept.
const LONGEST: usize = 64;

/// Cuts a text and takes its control characters out.
pub(super) fn tame(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(LONGEST)
        .collect::<String>()
        .trim()
        .to_owned()
}

/// A field that informs and decides nothing: of another type, it is as good as absent.
pub(super) fn remark(fields: &mut Fields, name: &str) -> Option<String> {
    match fields.take(name)? {
        Value::String(text) => Some(tame(&text)),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

//! Faxes: the file that is sent, the pages as they arrive, and T.30's ways to end.

mod code;
mod document;
mod header;

pub(crate) use code::text as code_text;
pub(crate) use document::{Document, Look, PageLook};
pub(crate) use header::{HeaderLine, ident};

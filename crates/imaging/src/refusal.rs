//! Why a document is not taken, in words that its owner can act on.

use serde::{Deserialize, Serialize};

/// The classes of refusal. Codes are stable: clients and tables keep them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The content is none of the kinds that become fax pages.
    UnsupportedType,
    /// The right kind, but a variety of it that we cannot read.
    UnsupportedFeature,
    /// A password is needed to open it.
    Encrypted,
    /// It cannot be read to its end.
    Corrupt,
    /// It has no pages.
    Empty,
    /// It has more pages than a fax may have.
    TooManyPages,
    /// The file, or a picture in it, is larger than we take.
    TooLarge,
    /// Form fields hold values that would be missing on the page.
    FormFields,
    /// Annotations would be missing on the page.
    Annotations,
    /// It needs more memory or time than a document may take.
    TooComplex,
    /// The page that was asked for is not there.
    NoSuchPage,
}

impl Reason {
    /// The stable name, in `snake_case`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::UnsupportedType => "unsupported_type",
            Self::UnsupportedFeature => "unsupported_feature",
            Self::Encrypted => "encrypted",
            Self::Corrupt => "corrupt",
            Self::Empty => "empty",
            Self::TooManyPages => "too_many_pages",
            Self::TooLarge => "too_large",
            Self::FormFields => "form_fields",
            Self::Annotations => "annotations",
            Self::TooComplex => "too_complex",
            Self::NoSuchPage => "no_such_page",
        }
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

/// A document is refused, and it is the document's fault: the same bytes will
/// be refused again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{message}")]
pub struct Refusal {
    /// The class.
    pub reason: Reason,
    /// One line for the public, without control characters: what is wrong and what to do.
    pub message: String,
}

/// Longest message, in characters.
const MAX_MESSAGE: usize = 300;

impl Refusal {
    /// A refusal with its public line; control characters become blanks and
    /// what is too long is cut, since names from the document may be part of it.
    #[must_use]
    pub fn new(reason: Reason, message: impl AsRef<str>) -> Self {
        let printable = message
            .as_ref()
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c });
        Self {
            reason,
            message: printable.take(MAX_MESSAGE).collect(),
        }
    }

    pub(crate) fn corrupt(what: &str) -> Self {
        Self::new(
            Reason::Corrupt,
            format!("{what}; the file is damaged, make it again and upload it again"),
        )
    }

    pub(crate) fn unsupported(what: &str) -> Self {
        Self::new(
            Reason::UnsupportedFeature,
            format!("{what}; save it as PDF and upload that"),
        )
    }

    pub(crate) fn too_many_pages(limit: u32) -> Self {
        Self::new(
            Reason::TooManyPages,
            format!("the document has more than {limit} pages; split it and send the parts"),
        )
    }

    /// `number` counts from 1.
    pub(crate) fn no_such_page(number: u64, pages: usize) -> Self {
        Self::new(
            Reason::NoSuchPage,
            format!("there is no page {number}; the fax has {pages} pages"),
        )
    }

    pub(crate) fn too_complex(what: &str) -> Self {
        Self::new(
            Reason::TooComplex,
            format!("{what}; print it to a new PDF and upload that"),
        )
    }
}

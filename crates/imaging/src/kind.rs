//! What a document is, told by its content and never by its name.

use serde::{Deserialize, Serialize};

/// The documents that become fax pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Portable Document Format.
    Pdf,
    /// TIFF or `BigTIFF`, one page or many.
    Tiff,
    /// Portable Network Graphics.
    Png,
    /// JPEG (JFIF or Exif).
    Jpeg,
    /// GIF; the first frame counts.
    Gif,
    /// Windows bitmap.
    Bmp,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Pdf,
        Self::Tiff,
        Self::Png,
        Self::Jpeg,
        Self::Gif,
        Self::Bmp,
    ];

    /// The registered media type.
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Tiff => "image/tiff",
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Bmp => "image/bmp",
        }
    }

    /// The usual ending of a file name, without the dot.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Tiff => "tif",
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Gif => "gif",
            Self::Bmp => "bmp",
        }
    }
}

/// How far into a file `%PDF-` may stand (ISO 32000-1, annex H.3.4.1).
const PDF_WINDOW: usize = 1024;

/// Tells the kind of a document from its first bytes; `None` for anything that
/// does not become fax pages.
#[must_use]
pub fn sniff(document: &[u8]) -> Option<Kind> {
    match document {
        [b'I', b'I', 42 | 43, 0, ..] | [b'M', b'M', 0, 42 | 43, ..] => Some(Kind::Tiff),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Kind::Png),
        [0xff, 0xd8, 0xff, ..] => Some(Kind::Jpeg),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Kind::Gif),
        _ if is_bmp(document) => Some(Kind::Bmp),
        _ if is_pdf(document) => Some(Kind::Pdf),
        _ => None,
    }
}

/// `BM` alone opens too many texts: the size of the header must be a known one.
fn is_bmp(document: &[u8]) -> bool {
    document.starts_with(b"BM")
        && document
            .get(14..18)
            .is_some_and(|size| matches!(size, [12 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0]))
}

/// Bytes before the mark are allowed, but a web page that shows one is no PDF.
fn is_pdf(document: &[u8]) -> bool {
    let window = &document[..document.len().min(PDF_WINDOW)];
    let Some(at) = window.windows(5).position(|bytes| bytes == b"%PDF-") else {
        return false;
    };
    let before = &window[..at];
    let text = before.trim_ascii_start();
    !text.starts_with(b"<")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_whatever_the_name_says() {
        let cases: [(&[u8], Option<Kind>); 12] = [
            (b"%PDF-1.7\n", Some(Kind::Pdf)),
            (b"\xef\xbb\xbf\n%PDF-1.4", Some(Kind::Pdf)),
            (b"II*\0\x08\0\0\0", Some(Kind::Tiff)),
            (b"MM\0+\0\x08\0\0", Some(Kind::Tiff)),
            (b"\x89PNG\r\n\x1a\n....", Some(Kind::Png)),
            (b"\xff\xd8\xff\xe0", Some(Kind::Jpeg)),
            (b"GIF89a", Some(Kind::Gif)),
            (b"BM............\x28\0\0\0", Some(Kind::Bmp)),
            (b"BM is a text that begins so", None),
            (b"<!doctype html><p>%PDF-1.7", None),
            (b"", None),
            (b"PK\x03\x04", None),
        ];
        for (bytes, kind) in cases {
            assert_eq!(sniff(bytes), kind, "{}", bytes.escape_ascii());
        }
    }
}

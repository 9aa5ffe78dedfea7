//! What a document is, and how many pages it has.

use bytes::Bytes;
use faxgate_imaging::{fax_tiff, pdf};
use hayro::hayro_syntax::Pdf;
use sha2::{Digest as _, Sha256};

use super::seen::{Document, DocumentKind};

/// Telnyx' limits.
pub(super) const MAX_BYTES: usize = 50 * 1024 * 1024;
const MAX_PAGES: u32 = 350;

/// Looks at a document; the `failure_reason` of a fax whose document it is otherwise.
pub(super) async fn look_at(bytes: Bytes) -> Result<Document, &'static str> {
    if bytes.len() > MAX_BYTES {
        return Err("file_size_limit_exceeded");
    }
    // A document can be slow to read, and one that breaks its reader is not to break more.
    let looked = tokio::task::spawn_blocking(move || {
        let (kind, pages) = if bytes.starts_with(b"%PDF-") {
            (DocumentKind::Pdf, pdf_pages(&bytes)?)
        } else if bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*") {
            (DocumentKind::Tiff, tiff_pages(&bytes)?)
        } else {
            return None;
        };
        let sha256 = hex::encode(Sha256::digest(&bytes));
        Some(Document {
            bytes,
            kind,
            pages,
            sha256,
        })
    });
    match looked.await {
        Ok(Some(document)) if document.pages > MAX_PAGES => Err("page_count_limit_exceeded"),
        Ok(Some(document)) if document.pages > 0 => Ok(document),
        Ok(_) => Err("file_format_invalid"),
        Err(_) => Err("media_processing_exception"),
    }
}

/// What a receiver is given: a fax TIFF as a PDF, anything else as it is.
pub(super) async fn as_received(document: Document) -> Document {
    if document.kind == DocumentKind::Pdf {
        return document;
    }
    let tiff = document.bytes.clone();
    let drawn = tokio::task::spawn_blocking(move || {
        fax_tiff::read(&tiff)
            .ok()
            .map(|pages| pdf::from_pages(&pages))
    });
    match drawn.await {
        Ok(Some(pdf)) => Document {
            kind: DocumentKind::Pdf,
            pages: document.pages,
            sha256: hex::encode(Sha256::digest(&pdf)),
            bytes: pdf.into(),
        },
        _ => document,
    }
}

fn pdf_pages(bytes: &Bytes) -> Option<u32> {
    let pdf = Pdf::new(bytes.to_vec()).ok()?;
    u32::try_from(pdf.pages().len()).ok()
}

/// The directories of a TIFF, whatever is in them (TIFF 6.0, section 2).
fn tiff_pages(bytes: &[u8]) -> Option<u32> {
    if let Ok(pages) = fax_tiff::read(bytes) {
        return u32::try_from(pages.len()).ok();
    }
    let little = bytes.starts_with(b"II");
    let number = |at: usize, length: usize| {
        let field = bytes.get(at..at.checked_add(length)?)?;
        let join = |sum: usize, byte: &u8| sum << 8 | usize::from(*byte);
        Some(if little {
            field.iter().rev().fold(0, join)
        } else {
            field.iter().fold(0, join)
        })
    };
    let (mut at, mut pages) = (number(4, 4)?, 0);
    while at != 0 {
        let entries = number(at, 2)?;
        at = number(at + 2 + entries * 12, 4)?;
        pages += 1;
        // A directory that leads back to itself has no end.
        if pages > MAX_PAGES {
            break;
        }
    }
    Some(pages)
}

#[cfg(test)]
mod tests {
    use faxgate_imaging::{Bitmap, FaxPage, Resolution};

    use super::*;

    fn drawn(pages: usize) -> Vec<FaxPage> {
        let page = FaxPage {
            bitmap: Bitmap::new(1728, 100),
            resolution: Resolution::Fine,
        };
        vec![page; pages]
    }

    #[tokio::test]
    async fn pages_are_counted_and_other_things_refused() {
        let tiff = look_at(fax_tiff::write(&drawn(3)).into()).await.unwrap();
        assert_eq!((tiff.kind, tiff.pages), (DocumentKind::Tiff, 3));
        let pdf = look_at(pdf::from_pages(&drawn(2)).into()).await.unwrap();
        assert_eq!((pdf.kind, pdf.pages), (DocumentKind::Pdf, 2));
        let received = as_received(tiff).await;
        assert_eq!((received.kind, received.pages), (DocumentKind::Pdf, 3));
        let refused = look_at(Bytes::from_static(b"hello")).await;
        assert_eq!(refused, Err("file_format_invalid"));
        let refused = look_at(Bytes::from_static(b"%PDF-1.7 and no more")).await;
        assert_eq!(refused, Err("file_format_invalid"));
        let refused = look_at(pdf::from_pages(&drawn(351)).into()).await;
        assert_eq!(refused, Err("page_count_limit_exceeded"));
    }

    #[test]
    fn a_tiff_that_leads_nowhere_ends() {
        assert_eq!(
            tiff_pages(b"II*\0\x08\0\0\0\0\0\x08\0\0\0"),
            Some(MAX_PAGES + 1)
        );
        assert_eq!(tiff_pages(b"MM\0*\0\0\0\xff"), None);
    }
}

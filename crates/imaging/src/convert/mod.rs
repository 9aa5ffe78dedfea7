//! Documents to fax pages, in process.
//!
//! Everything here eats foreign bytes: it runs in the worker alone, behind
//! [`Cage`](crate::Cage).

mod geometry;
mod halftone;
mod pdf;
mod picture;
mod preflight;
mod raster;
mod tiff;
mod tiff_patch;

use serde::{Deserialize, Serialize};

use crate::fax_tiff::SendWriter;
use crate::{FaxPage, Halftone, Kind, Reason, Refusal, Resolution, sniff};

/// How a document becomes fax pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenderOptions {
    /// Density of all the pages.
    pub resolution: Resolution,
    /// How grey becomes black and white.
    pub halftone: Halftone,
    /// Pages beyond which the document is refused; `None`: the cage's own limit.
    pub max_pages: Option<u32>,
}

/// What a document turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    /// Told by the content.
    pub kind: Kind,
    /// Pages that it will have as a fax; at least one.
    pub pages: u32,
}

/// The fax made of a document, and the bytes of Group 4 code in it.
pub(crate) struct Converted {
    pub tiff: Vec<u8>,
    pub pages: u32,
    pub code_bytes: u64,
}

/// Opens a document and counts its pages; refuses whatever [`render`] would
/// refuse, as far as that shows without drawing.
pub(crate) fn inspect(document: &[u8], max_pages: u32) -> Result<Inspection, Refusal> {
    let kind = known(document)?;
    let pages = match kind {
        Kind::Pdf => pdf::Document::open(document, max_pages)?.pages(),
        Kind::Tiff => tiff::inspect(document, max_pages)?,
        other => {
            picture::decode(document, other)?;
            1
        }
    };
    Ok(Inspection { kind, pages })
}

/// Makes the fax.
pub(crate) fn render(
    document: &[u8],
    options: &RenderOptions,
    max_pages: u32,
) -> Result<Converted, Refusal> {
    match known(document)? {
        Kind::Pdf => {
            let pdf = pdf::Document::open(document, max_pages)?;
            let painter = pdf.painter();
            collect(pdf.pages(), |index| painter.page(index, options))
        }
        Kind::Tiff => {
            let pages = tiff::open(document, max_pages)?;
            collect(pages.len() as u32, |index| {
                tiff::page(document, &pages[index as usize], options)
            })
        }
        other => {
            let picture = picture::decode(document, other)?;
            collect_one(draw(picture, options))
        }
    }
}

fn known(document: &[u8]) -> Result<Kind, Refusal> {
    if document.is_empty() {
        return Err(Refusal::new(
            Reason::Empty,
            "the file is empty; upload it again",
        ));
    }
    sniff(document).ok_or_else(|| {
        Refusal::new(
            Reason::UnsupportedType,
            "the file is no PDF, TIFF, PNG, JPEG, GIF or BMP; save it as PDF and upload that",
        )
    })
}

fn collect(
    pages: u32,
    mut page: impl FnMut(u32) -> Result<FaxPage, Refusal>,
) -> Result<Converted, Refusal> {
    let mut writer = SendWriter::new(pages);
    for index in 0..pages {
        writer.push(&page(index)?);
    }
    let (tiff, code_bytes) = writer.finish();
    Ok(Converted {
        tiff,
        pages,
        code_bytes,
    })
}

fn collect_one(page: FaxPage) -> Result<Converted, Refusal> {
    let mut page = Some(page);
    collect(1, |_| {
        page.take().ok_or_else(|| Refusal::corrupt("no page"))
    })
}

/// A picture scaled onto its sheet and made black and white.
fn draw(picture: raster::Picture, options: &RenderOptions) -> FaxPage {
    let (width, height, enlarge) = picture.size();
    let placed = geometry::place(width, height, options.resolution, enlarge);
    let bilevel = picture.bilevel;
    let grey = picture.onto(&placed);
    FaxPage {
        bitmap: halftone::binarise(&grey, options.halftone, bilevel, options.resolution),
        resolution: options.resolution,
    }
}

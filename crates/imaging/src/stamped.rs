//! Faxes for lines that draw no header line of their own: a carrier's API, and numbers on this very gateway.

use bytes::Bytes;

use crate::fax_tiff::{self, SendWriter};
use crate::pdf::PdfWriter;
use crate::{FaxPage, Refusal, header};

/// A fax for a carrier, as a PDF: its pages from `from_page` on (counted from 0), each with its header line.
///
/// `tiff` is a fax TIFF of ours (see [`fax_tiff::write`]). `header` gives the line of a page by its number in the *whole* fax,
/// counted from 1; at most 108 characters of it are drawn (see [`header::stamp`]). Pages are Group 4 pictures at their own
/// resolution and their physical size. Only one page is held unpacked at a time; a page takes some milliseconds of processor,
/// so call this where blocking is allowed.
///
/// No pixel is lost: [`header::unstamp`] gives each page back. One without enough white rows at its end, which is none of ours,
/// grows instead.
///
/// # Errors
/// Those of [`fax_tiff::read`], and `NoSuchPage` when the fax ends before `from_page`.
pub fn carrier_pdf(
    tiff: &[u8],
    from_page: u32,
    header: impl Fn(u32) -> String,
) -> Result<Bytes, Refusal> {
    let mut pdf = PdfWriter::new();
    for page in stamped(tiff, from_page, header)? {
        pdf.push(&page?);
    }
    Ok(pdf.finish().into())
}

/// The same as [`carrier_pdf`], as a fax TIFF such as [`fax_tiff::write`] makes.
///
/// # Errors
/// Those of [`carrier_pdf`].
pub fn stamped_tiff(
    tiff: &[u8],
    from_page: u32,
    header: impl Fn(u32) -> String,
) -> Result<Bytes, Refusal> {
    let pages = stamped(tiff, from_page, header)?;
    let mut stamped = SendWriter::new(pages.len() as u32);
    for page in pages {
        stamped.push(&page?);
    }
    Ok(stamped.finish().0.into())
}

fn stamped(
    tiff: &[u8],
    from_page: u32,
    header: impl Fn(u32) -> String,
) -> Result<impl ExactSizeIterator<Item = Result<FaxPage, Refusal>>, Refusal> {
    let pages = fax_tiff::pages(tiff)?;
    if from_page as usize >= pages.len() {
        return Err(Refusal::no_such_page(u64::from(from_page) + 1, pages.len()));
    }
    let wanted = pages.skip(from_page as usize).enumerate();
    Ok(wanted.map(move |(index, page)| {
        let number = from_page + index as u32 + 1;
        Ok(stamp_whole(page?, &header(number)))
    }))
}

/// As [`header::stamp`], but ink at the end makes the page longer instead of being cut.
fn stamp_whole(mut page: FaxPage, text: &str) -> FaxPage {
    let missing = header::rows(page.resolution).saturating_sub(page.bitmap.white_rows_at_bottom());
    let height = page.bitmap.height() + missing;
    page.bitmap = page.bitmap.with_height(height);
    header::stamp(&page, text)
}

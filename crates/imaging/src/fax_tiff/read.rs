//! Reads any fax TIFF: Group 3 in both forms, Group 4, RLE, both fill orders.

use std::borrow::Cow;

use super::directory::{Directory, directories};
use crate::ccitt::{self, Coding};
use crate::{Bitmap, FaxPage, Refusal, Resolution};

/// Pages that a TIFF may have before it is refused unread.
const MAX_PAGES: u32 = 4096;

/// How many pages a fax TIFF has.
///
/// # Errors
/// `Corrupt` when the directories cannot be read.
pub fn page_count(file: &[u8]) -> Result<u32, Refusal> {
    Ok(fax_pages(file)?.len() as u32)
}

/// Reads the pages of a fax TIFF: compressions 2, 3 (one- and two-dimensional)
/// and 4, in strips or tiles, both fill orders, both photometrics, any width.
///
/// Damaged rows are skipped and rows missing at the end of a page are white,
/// as libtiff reads them. A page's resolution is the nearest of the three
/// fax densities, fine when the file gives none.
///
/// These bytes are foreign when they came over the line: outside the worker
/// call it only for TIFFs of our own (see [`Cage::normalise`](crate::Cage::normalise)).
///
/// # Errors
/// `Corrupt` for what is no readable TIFF, `UnsupportedFeature` for a TIFF
/// that is no fax, `TooLarge` and `TooManyPages` beyond all sense.
pub fn read(file: &[u8]) -> Result<Vec<FaxPage>, Refusal> {
    pages(file)?.collect()
}

/// The pages of [`read`], each unpacked when it is its turn.
pub(crate) fn pages(
    file: &[u8],
) -> Result<impl ExactSizeIterator<Item = Result<FaxPage, Refusal>>, Refusal> {
    let pages = fax_pages(file)?.into_iter();
    Ok(pages.map(move |page| fax_page(file, &page)))
}

/// Reads page `number`, counted from 1.
///
/// # Errors
/// Those of [`read`], and `NoSuchPage`.
pub fn read_page(file: &[u8], number: u32) -> Result<FaxPage, Refusal> {
    let pages = fax_pages(file)?;
    let wanted = (number as usize).checked_sub(1);
    let Some(page) = wanted.and_then(|index| pages.get(index)) else {
        return Err(Refusal::no_such_page(u64::from(number), pages.len()));
    };
    fax_page(file, page)
}

fn fax_page(file: &[u8], page: &Directory) -> Result<FaxPage, Refusal> {
    let resolution = page
        .dpi
        .map_or(Resolution::Fine, |(_, y)| Resolution::nearest(y));
    Ok(FaxPage {
        bitmap: bilevel(file, page, Damage::Survived)?,
        resolution,
    })
}

pub(super) fn fax_pages(file: &[u8]) -> Result<Vec<Directory>, Refusal> {
    let pages = directories(file, MAX_PAGES)?;
    if pages.len() > MAX_PAGES as usize {
        return Err(Refusal::too_many_pages(MAX_PAGES));
    }
    if pages.iter().any(|page| !page.is_ccitt()) {
        return Err(Refusal::unsupported("the TIFF is not coded as a fax"));
    }
    Ok(pages)
}

/// What becomes of a strip that ends before its last row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Damage {
    /// The rows are white: what came over a line is kept, whatever it is.
    Survived,
    /// The file is refused: nobody should send half a page unawares.
    Refused,
}

/// Decodes the CCITT strips or tiles of one page; black is 1.
pub(crate) fn bilevel(file: &[u8], page: &Directory, damage: Damage) -> Result<Bitmap, Refusal> {
    if page.bits != 1 || page.samples != 1 {
        return Err(Refusal::unsupported(
            "a page of the TIFF mixes fax code and grey",
        ));
    }
    let coding = match page.compression {
        2 => Coding::Rle,
        3 if page.two_dimensional => Coding::Group3TwoDimensional,
        3 => Coding::Group3,
        _ => Coding::Group4,
    };
    let (columns, rows) = page.chunk;
    let across = page.width.div_ceil(columns);
    let mut bitmap = Bitmap::new(page.width, page.height);
    let (mut readable, mut complete) = (false, true);
    for (index, range) in page.chunks.iter().enumerate() {
        let (left, top) = (
            index as u32 % across * columns,
            index as u32 / across * rows,
        );
        if top >= page.height {
            break;
        }
        let strip = straight(&file[range.clone()], page.lsb_first);
        let wanted = if page.tiled {
            rows
        } else {
            rows.min(page.height - top)
        };
        let Ok(part) = ccitt::decode(&strip, columns, wanted, coding) else {
            complete = false;
            continue;
        };
        readable = true;
        complete &= part.height() == wanted;
        paste(&mut bitmap, &part, left, top);
    }
    complete &= page.chunks.len() as u32 >= across * page.height.div_ceil(rows);
    if !readable || (damage == Damage::Refused && !complete) {
        return Err(Refusal::corrupt(
            "a page of the TIFF cannot be read to its end",
        ));
    }
    if page.photometric == 1 {
        bitmap = invert(&bitmap);
    }
    Ok(bitmap)
}

/// The bytes with their most significant bit first.
fn straight(strip: &[u8], lsb_first: bool) -> Cow<'_, [u8]> {
    if lsb_first {
        strip.iter().map(|byte| byte.reverse_bits()).collect()
    } else {
        Cow::Borrowed(strip)
    }
}

fn paste(page: &mut Bitmap, part: &Bitmap, left: u32, top: u32) {
    // Tiles are multiples of 16 pixels wide (TIFF 6.0), strips start at 0.
    let start = left as usize / 8;
    for (y, from) in part.rows().enumerate() {
        let width = page.width();
        let to = page.row_mut(top + y as u32);
        let Some(to) = to.get_mut(start..) else {
            continue;
        };
        let count = from.len().min(to.len());
        to[..count].copy_from_slice(&from[..count]);
        let spare = width.div_ceil(8) * 8 - width;
        if start + count == width.div_ceil(8) as usize
            && let Some(last) = to[..count].last_mut()
        {
            *last &= 0xff << spare;
        }
    }
}

fn invert(bitmap: &Bitmap) -> Bitmap {
    let inverted = bitmap.data().iter().map(|byte| !byte).collect();
    Bitmap::from_rows(bitmap.width(), inverted).unwrap_or_else(|| bitmap.clone())
}

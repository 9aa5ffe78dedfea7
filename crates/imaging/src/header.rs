//! The header line that FreeSWITCH stamps on every page it sends, and its undoing.
//!
//! `txfax` pushes the page down by a line of text and, with ECM, cuts as many
//! rows from its end, ink included, with a result of success. Pages that we
//! make keep those rows white, so that [`unstamp`] restores them exactly.

use crate::{Bitmap, FaxPage, Resolution};

/// Rows of the font cell.
const CELL_ROWS: u32 = 16;
/// Columns of the font cell.
const CELL_COLUMNS: u32 = 16;

/// Rows that the header line takes at the top, and that are lost at the bottom:
/// 16, 32 or 64 at standard, fine or superfine (spandsp's header font is 16
/// rows high, each row sent once, twice or four times).
#[must_use]
pub const fn rows(resolution: Resolution) -> u32 {
    match resolution {
        Resolution::Standard => CELL_ROWS,
        Resolution::Fine => 2 * CELL_ROWS,
        Resolution::Superfine => 4 * CELL_ROWS,
    }
}

/// Stamps a header line: the page moves down by [`rows`], as many rows are cut
/// from its end, and the text stands in the rows that became free.
///
/// Printable ASCII and Latin-1 have glyphs, any other character is drawn as
/// `?`; what does not fit into the width (108 characters at 1728) is cut.
#[must_use]
pub fn stamp(page: &FaxPage, text: &str) -> FaxPage {
    let rows = rows(page.resolution).min(page.bitmap.height());
    let mut data = vec![0; page.bitmap.stride() * rows as usize];
    data.extend_from_slice(page.bitmap.data());
    let mut bitmap = with_rows(&page.bitmap, data);
    let repeat = (rows / CELL_ROWS).max(1);
    for (index, character) in text.chars().enumerate() {
        let left = index as u32 * CELL_COLUMNS;
        if left + CELL_COLUMNS > bitmap.width() {
            break;
        }
        draw(&mut bitmap, character, left, repeat);
    }
    FaxPage {
        bitmap,
        resolution: page.resolution,
    }
}

/// Undoes [`stamp`]: the header line goes, the page moves up, white rows fill
/// the end, and the height stays.
///
/// A page whose last [`rows`] were white comes back pixel for pixel. A page
/// received without ECM was not cut but grew by [`rows`]: cut it to the height
/// that was sent with [`Bitmap::with_height`].
#[must_use]
pub fn unstamp(page: &FaxPage) -> FaxPage {
    let skip = page.bitmap.stride() * rows(page.resolution) as usize;
    let data = page.bitmap.data().get(skip..).unwrap_or_default().to_vec();
    FaxPage {
        bitmap: with_rows(&page.bitmap, data),
        resolution: page.resolution,
    }
}

/// Rows in place of the page's own, cut or padded to its height.
fn with_rows(page: &Bitmap, data: Vec<u8>) -> Bitmap {
    Bitmap::from_rows(page.width(), data)
        .unwrap_or_else(|| Bitmap::new(page.width(), 0))
        .with_height(page.height())
}

fn draw(bitmap: &mut Bitmap, character: char, left: u32, repeat: u32) {
    let glyph = glyph(character);
    for y in 0..CELL_ROWS * repeat {
        // Every pixel of the 8 x 8 glyph is two by two in the 16 x 16 cell.
        let bits = glyph[(y / repeat / 2) as usize];
        for x in 0..CELL_COLUMNS {
            if bits >> (x / 2) & 1 == 1 {
                bitmap.set(left + x, y, true);
            }
        }
    }
}

/// Eight rows, least significant bit leftmost.
fn glyph(character: char) -> [u8; 8] {
    use font8x8::UnicodeFonts as _;
    font8x8::BASIC_FONTS
        .get(character)
        .or_else(|| font8x8::LATIN_FONTS.get(character))
        .or_else(|| font8x8::BASIC_FONTS.get('?'))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(resolution: Resolution) -> FaxPage {
        let mut bitmap = Bitmap::new(1728, 2200);
        for y in 0..2200 - rows(resolution) {
            bitmap.set(y % 1728, y, true);
        }
        FaxPage { bitmap, resolution }
    }

    #[test]
    fn unstamp_restores_a_page_whose_last_rows_were_white() {
        for resolution in Resolution::ALL {
            let page = page(resolution);
            let stamped = stamp(&page, "Acme Clinic +15550001000 p.1");
            assert_ne!(stamped, page);
            assert_eq!(stamped.bitmap.height(), page.bitmap.height());
            assert_eq!(unstamp(&stamped), page);
        }
    }

    #[test]
    fn ink_in_the_last_rows_is_lost_as_on_the_line() {
        let mut page = page(Resolution::Fine);
        page.bitmap.set(5, 2199, true);
        assert_eq!(
            unstamp(&stamp(&page, "x")).bitmap.white_rows_at_bottom(),
            32
        );
    }

    #[test]
    fn text_is_drawn_in_the_header_rows_and_cut_at_the_edge() {
        let blank = FaxPage {
            bitmap: Bitmap::new(1728, 100),
            resolution: Resolution::Fine,
        };
        assert_eq!(stamp(&blank, "   ").bitmap.ink(), 0);
        let stamped = stamp(&blank, &"8\u{4e2d}".repeat(200));
        assert!(stamped.bitmap.ink() > 108 * 100);
        assert!(stamped.bitmap.white_rows_at_bottom() >= 68);
    }
}

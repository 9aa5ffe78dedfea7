//! The TIFF that `rxfax` leaves.

use super::writer::{TiffWriter, Value};
use crate::page::X_DPI;
use crate::{FaxPage, ccitt};

/// Writes pages as FreeSWITCH's `rxfax` stores them: Group 3 two-dimensional,
/// EOLs on byte boundaries, `FillOrder` 2, one strip a page, each directory
/// behind its strip.
///
/// Strips are equal, byte for byte, to those of a real `rxfax`. The tags that
/// tell of the call rather than of the picture (caller's ident, host, clock,
/// `FaxSubAddress` and the received DCS) are left out.
#[must_use]
pub fn write_received(pages: &[FaxPage]) -> Vec<u8> {
    let mut tiff = TiffWriter::new();
    for (index, page) in pages.iter().enumerate() {
        let mut code = ccitt::encode_g3_2d(&page.bitmap, page.resolution);
        code.iter_mut().for_each(|byte| *byte = byte.reverse_bits());
        let offset = tiff.strip(&code);
        tiff.directory(&[
            (256, Value::Short(page.bitmap.width() as u16)),
            (257, Value::Short(page.bitmap.height() as u16)),
            (258, Value::Short(1)),
            (259, Value::Short(3)),
            (262, Value::Short(0)),
            (266, Value::Short(2)),
            (273, Value::Long(offset)),
            (274, Value::Short(1)),
            (277, Value::Short(1)),
            (278, Value::Short(page.bitmap.height() as u16)),
            (279, Value::Long(code.len() as u32)),
            (282, Value::Rational(X_DPI)),
            (283, Value::Rational(page.resolution.y_dpi())),
            (284, Value::Short(1)),
            (292, Value::Long(5)),
            (296, Value::Short(2)),
            (297, Value::Shorts(index as u16, pages.len() as u16)),
            (305, Value::Text("Faxgate")),
        ]);
    }
    tiff.finish()
}

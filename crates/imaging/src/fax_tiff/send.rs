//! The TIFF that `txfax` takes.

use super::writer::{TiffWriter, Value};
use crate::page::X_DPI;
use crate::{FaxPage, Resolution, ccitt};

/// Writes pages for FreeSWITCH's `txfax`: Group 4, one strip a page, unit inch,
/// 204 x 98/196/391 dpi, the tags of Ghostscript's `tiffg4`.
///
/// The pages should be [`PAGE_WIDTH`](crate::PAGE_WIDTH) columns wide: `txfax`
/// answers other widths with NOSIZESUPPORT (spandsp `t4_tx.c`), after the call is up.
#[must_use]
pub fn write(pages: &[FaxPage]) -> Vec<u8> {
    let mut tiff = SendWriter::new(pages.len() as u32);
    for page in pages {
        tiff.push(page);
    }
    tiff.finish().0
}

/// Takes one page at a time, so that only its code is kept.
pub(crate) struct SendWriter {
    tiff: TiffWriter,
    written: u32,
    total: u32,
    code_bytes: u64,
}

impl SendWriter {
    pub(crate) fn new(total: u32) -> Self {
        Self {
            tiff: TiffWriter::new(),
            written: 0,
            total,
            code_bytes: 0,
        }
    }

    pub(crate) fn push(&mut self, page: &FaxPage) {
        let size = (page.bitmap.width(), page.bitmap.height());
        self.push_code(size, page.resolution, &ccitt::encode_g4(&page.bitmap));
    }

    /// A page whose Group 4 code is there already: black is 1, the most significant bit first.
    pub(crate) fn push_code(&mut self, size: (u32, u32), resolution: Resolution, code: &[u8]) {
        let offset = self.tiff.strip(code);
        self.tiff.directory(&[
            (254, Value::Long(2)),
            (256, Value::Long(size.0)),
            (257, Value::Long(size.1)),
            (258, Value::Short(1)),
            (259, Value::Short(4)),
            (262, Value::Short(0)),
            (266, Value::Short(1)),
            (273, Value::Long(offset)),
            (274, Value::Short(1)),
            (277, Value::Short(1)),
            (278, Value::Long(size.1)),
            (279, Value::Long(code.len() as u32)),
            (282, Value::Rational(X_DPI)),
            (283, Value::Rational(resolution.y_dpi())),
            (293, Value::Long(0)),
            (296, Value::Short(2)),
            (297, Value::Shorts(self.written as u16, self.total as u16)),
            (305, Value::Text("Faxgate")),
        ]);
        self.written += 1;
        self.code_bytes += code.len() as u64;
    }

    /// The file, and the bytes of Group 4 code in it.
    pub(crate) fn finish(self) -> (Vec<u8>, u64) {
        (self.tiff.finish(), self.code_bytes)
    }
}

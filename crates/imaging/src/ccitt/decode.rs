//! Decoding, through `hayro-ccitt`, into bitmaps.

use hayro_ccitt::{DecodeSettings, Decoder, DecoderContext, EncodingMode};

use crate::Bitmap;

/// How the rows are coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// Group 3, one-dimensional, with or without end-of-line codes (TIFF
    /// compression 3 with bit 0 of T4Options clear).
    Group3,
    /// Group 3, two-dimensional (bit 0 of T4Options set).
    Group3TwoDimensional,
    /// Modified Huffman rows on byte boundaries, no end-of-line codes (TIFF compression 2).
    Rle,
    /// Group 4 (TIFF compression 4).
    Group4,
}

/// The code stops making sense before the first row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the CCITT code cannot be read")]
pub struct DecodeError {
    #[source]
    source: hayro_ccitt::DecodeError,
}

/// Decodes at most `rows` rows of `width` pixels, most significant bit first.
///
/// Damage is survived as far as the code allows: a broken Group 3 row is
/// skipped to the next EOL, a broken Group 4 strip ends where it breaks. So
/// the answer may have fewer rows than asked for, and has at least one.
///
/// # Errors
/// When not even one row comes out.
pub fn decode(strip: &[u8], width: u32, rows: u32, coding: Coding) -> Result<Bitmap, DecodeError> {
    let mut sink = Sink {
        bitmap: Bitmap::new(width, 0),
        rows,
    };
    let settings = DecodeSettings {
        columns: width,
        rows,
        end_of_block: coding != Coding::Rle,
        end_of_line: false,
        rows_are_byte_aligned: coding == Coding::Rle,
        encoding: match coding {
            Coding::Group4 => EncodingMode::Group4,
            Coding::Group3 | Coding::Rle => EncodingMode::Group3_1D,
            Coding::Group3TwoDimensional => EncodingMode::Group3_2D,
        },
        strict: false,
    };
    let outcome = hayro_ccitt::decode(strip, &mut sink, &mut DecoderContext::new(settings));
    match outcome {
        Err(source) if sink.bitmap.height() == 0 => Err(DecodeError { source }),
        _ => Ok(sink.bitmap),
    }
}

struct Sink {
    bitmap: Bitmap,
    rows: u32,
}

impl Decoder for Sink {
    fn push_row(&mut self, changes: &[u32]) {
        if self.bitmap.height() < self.rows {
            self.bitmap.push_changes(changes);
        }
    }
}

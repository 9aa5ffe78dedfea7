//! One page of black and white pixels.

/// A bilevel image: one bit a pixel, the most significant bit leftmost, 1 is
/// black, every row padded to whole bytes with white.
///
/// This is the layout of an uncompressed TIFF strip with Photometric 0, so it
/// needs no turning round on the way to or from the CCITT codes.
#[derive(Clone, PartialEq, Eq)]
pub struct Bitmap {
    width: u32,
    height: u32,
    data: Vec<u8>,
}

impl Bitmap {
    /// A white image of `width` x `height` pixels.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Self {
        Self {
            width,
            height,
            data: vec![0; width.div_ceil(8) as usize * height as usize],
        }
    }

    /// An image from packed rows of `width.div_ceil(8)` bytes each.
    ///
    /// `None` when `width` is zero or the bytes are not whole rows. Padding
    /// bits are cleared, so that equal pictures are equal values.
    #[must_use]
    pub fn from_rows(width: u32, data: Vec<u8>) -> Option<Self> {
        let stride = width.div_ceil(8) as usize;
        if stride == 0 || !data.len().is_multiple_of(stride) {
            return None;
        }
        let height = u32::try_from(data.len() / stride).ok()?;
        let mut bitmap = Self {
            width,
            height,
            data,
        };
        bitmap.clear_padding();
        Some(bitmap)
    }

    /// Width in pixels.
    #[must_use]
    pub const fn width(&self) -> u32 {
        self.width
    }

    /// Height in pixels.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// Bytes a row.
    #[must_use]
    pub const fn stride(&self) -> usize {
        self.width.div_ceil(8) as usize
    }

    /// All rows, top to bottom, without gaps.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// The packed pixels of row `y`; empty below the last row.
    #[must_use]
    pub fn row(&self, y: u32) -> &[u8] {
        let start = self.stride() * y as usize;
        self.data
            .get(start..start + self.stride())
            .unwrap_or_default()
    }

    /// The packed pixels of row `y`, to write to; empty below the last row.
    /// Padding bits must stay clear.
    pub fn row_mut(&mut self, y: u32) -> &mut [u8] {
        let stride = self.stride();
        let start = stride * y as usize;
        self.data.get_mut(start..start + stride).unwrap_or_default()
    }

    /// The rows from top to bottom.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = &[u8]> + ExactSizeIterator {
        self.data.chunks_exact(self.stride().max(1))
    }

    /// Whether the pixel is black; white outside the image.
    #[must_use]
    pub fn get(&self, x: u32, y: u32) -> bool {
        x < self.width
            && self
                .row(y)
                .get(x as usize / 8)
                .is_some_and(|byte| byte & (0x80 >> (x % 8)) != 0)
    }

    /// Makes one pixel black or white; nothing happens outside the image.
    pub fn set(&mut self, x: u32, y: u32, black: bool) {
        if x >= self.width {
            return;
        }
        if let Some(byte) = self.row_mut(y).get_mut(x as usize / 8) {
            let bit = 0x80 >> (x % 8);
            if black {
                *byte |= bit;
            } else {
                *byte &= !bit;
            }
        }
    }

    /// How many pixels are black.
    #[must_use]
    pub fn ink(&self) -> u64 {
        self.data
            .iter()
            .map(|byte| u64::from(byte.count_ones()))
            .sum()
    }

    /// How many rows at the bottom are wholly white.
    #[must_use]
    pub fn white_rows_at_bottom(&self) -> u32 {
        let rows = self.rows().rev();
        rows.take_while(|row| row.iter().all(|&byte| byte == 0))
            .count() as u32
    }

    /// The same picture with exactly `height` rows: cut below, or padded with white.
    #[must_use]
    pub fn with_height(mut self, height: u32) -> Self {
        self.data.resize(self.stride() * height as usize, 0);
        self.height = height;
        self
    }

    /// Appends one row of changing elements (see [`crate::ccitt`]).
    pub(crate) fn push_changes(&mut self, changes: &[u32]) {
        let stride = self.stride();
        let start = self.data.len();
        self.data.resize(start + stride, 0);
        self.height += 1;
        let width = self.width;
        let row = &mut self.data[start..];
        for run in changes.chunks(2) {
            let end = run.get(1).copied().unwrap_or(width);
            fill(row, run[0].min(width), end.min(width));
        }
    }

    fn clear_padding(&mut self) {
        let spare = self.stride() as u32 * 8 - self.width;
        if spare == 0 {
            return;
        }
        let mask = 0xffu8 << spare;
        let stride = self.stride();
        for row in self.data.chunks_exact_mut(stride) {
            row[stride - 1] &= mask;
        }
    }
}

impl std::fmt::Debug for Bitmap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Bitmap({} x {}, {} black)",
            self.width,
            self.height,
            self.ink()
        )
    }
}

/// Blackens the pixels from `start` up to `end` of a packed row.
fn fill(row: &mut [u8], start: u32, end: u32) {
    if start >= end {
        return;
    }
    let (first, last) = (start as usize / 8, (end - 1) as usize / 8);
    let head = 0xffu8 >> (start % 8);
    let tail = 0xffu8 << (7 - (end - 1) % 8);
    if first == last {
        row[first] |= head & tail;
    } else {
        row[first] |= head;
        row[first + 1..last].fill(0xff);
        row[last] |= tail;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_fill_exactly_their_pixels() {
        let mut bitmap = Bitmap::new(20, 0);
        bitmap.push_changes(&[3, 5, 7, 17, 19]);
        let black: Vec<u32> = (0..20).filter(|&x| bitmap.get(x, 0)).collect();
        assert_eq!(black, [3, 4, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 19]);
    }

    #[test]
    fn padding_never_makes_two_equal_pictures_differ() {
        let a = Bitmap::from_rows(4, vec![0xaf]);
        assert_eq!(a, Bitmap::from_rows(4, vec![0xa0]));
        assert!(Bitmap::from_rows(9, vec![0; 3]).is_none());
    }

    #[test]
    fn white_rows_are_counted_from_the_bottom() {
        let mut bitmap = Bitmap::new(8, 5);
        bitmap.set(7, 1, true);
        assert_eq!(bitmap.white_rows_at_bottom(), 3);
        bitmap.set(7, 1, false);
        assert_eq!(bitmap.white_rows_at_bottom(), 5);
    }
}

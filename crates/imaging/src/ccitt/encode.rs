//! Encoders for Group 4 (T.6) and two-dimensional Group 3 (T.4).

use super::codes::{EOL, HORIZONTAL, PASS, VERTICAL};
use super::scan;
use super::writer::BitWriter;
use crate::{Bitmap, Resolution};

/// Group 4: every row against the one above it, ended by EOFB.
///
/// Most significant bit first (`FillOrder` 1), no fill, no end-of-line codes.
#[must_use]
pub fn encode_g4(bitmap: &Bitmap) -> Vec<u8> {
    let width = bitmap.width();
    let mut out = BitWriter::with_capacity(bitmap.data().len() / 8);
    let (mut above, mut row) = (Vec::new(), Vec::new());
    for pixels in bitmap.rows() {
        scan::changes(pixels, width, &mut row);
        two_dimensional(&mut out, &above, &row, width);
        std::mem::swap(&mut above, &mut row);
    }
    out.put(EOL);
    out.put(EOL);
    out.finish()
}

/// Two-dimensional Group 3 as `rxfax` stores it: an EOL before every row that
/// ends on a byte boundary, its tag bit after it, one one-dimensional row in
/// every K, no return-to-control at the end.
///
/// K is 2, 4 or 8 with the resolution (T.4, 4.2.2). Most significant bit first;
/// `rxfax` then reverses the bits of each byte (`FillOrder` 2).
#[must_use]
pub fn encode_g3_2d(bitmap: &Bitmap, resolution: Resolution) -> Vec<u8> {
    let k = match resolution {
        Resolution::Standard => 2,
        Resolution::Fine => 4,
        Resolution::Superfine => 8,
    };
    let width = bitmap.width();
    let mut out = BitWriter::with_capacity(bitmap.data().len() / 4);
    let (mut above, mut row) = (Vec::new(), Vec::new());
    for (y, pixels) in bitmap.rows().enumerate() {
        scan::changes(pixels, width, &mut row);
        out.align(4);
        out.put(EOL);
        if y % k == 0 {
            out.put((1, 1));
            one_dimensional(&mut out, &row, width);
        } else {
            out.put((0, 1));
            two_dimensional(&mut out, &above, &row, width);
        }
        std::mem::swap(&mut above, &mut row);
    }
    out.finish()
}

/// T.4, 4.1.1: runs, white first.
fn one_dimensional(out: &mut BitWriter, row: &[u32], width: u32) {
    let mut at = 0;
    let mut black = false;
    for &change in row.iter().chain([&width]) {
        out.run(change - at, black);
        at = change;
        black = !black;
    }
}

/// T.4, 4.2.1: pass, vertical and horizontal modes against the row above.
fn two_dimensional(out: &mut BitWriter, above: &[u32], row: &[u32], width: u32) {
    let at = |changes: &[u32], index: usize| changes.get(index).copied().unwrap_or(width);
    // The next changing element of this row; its parity is the colour at a0.
    let mut next = 0;
    let mut below_b1 = 0usize;
    // a0 stands before the first pixel at first, so that b1 may be column 0.
    let mut a0 = 0;
    let mut started = false;
    loop {
        let a1 = at(row, next);
        // b1: the first change above, right of a0, towards the other colour.
        let mut index = below_b1.saturating_sub(2);
        index += (index ^ next) & 1;
        while at(above, index) < width
            && (at(above, index) < a0 || (started && at(above, index) == a0))
        {
            index += 2;
        }
        below_b1 = index;
        let (b1, b2) = (at(above, index), at(above, index + 1));
        if b2 < a1 {
            out.put(PASS);
            a0 = b2;
        } else {
            let shift = i64::from(a1) - i64::from(b1);
            if let -3..=3 = shift {
                out.put(VERTICAL[(shift + 3) as usize]);
                a0 = a1;
                next += 1;
            } else {
                let a2 = at(row, next + 1);
                let black = next & 1 == 1;
                out.put(HORIZONTAL);
                out.run(a1 - a0, black);
                out.run(a2 - a1, !black);
                a0 = a2;
                next += 2;
            }
        }
        started = true;
        if a0 >= width {
            return;
        }
    }
}

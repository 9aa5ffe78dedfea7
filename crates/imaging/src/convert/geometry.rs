//! Where a source page stands on the fax sheet.

use crate::page::{PAGE_WIDTH, X_DPI};
use crate::{Resolution, header};

/// Letter, in inches of height.
const LETTER_HEIGHT: f64 = 11.0;
/// A4, in inches of height.
const A4_HEIGHT: f64 = 297.0 / 25.4;
/// Height to width: half-way between Letter and A4.
const A4_RATIO: f64 = (11.0 / 8.5 + 297.0 / 210.0) / 2.0;
/// A page is turned when that makes it larger by more than this.
const WORTH_TURNING: f64 = 1.05;

/// Rows of an A4 sheet: 1146, 2292 or 4572.
pub(super) fn a4_rows(resolution: Resolution) -> u32 {
    (A4_HEIGHT * f64::from(resolution.y_dpi())).round() as u32
}

/// Rows of a Letter sheet: 1078, 2156 or 4301.
fn letter_rows(resolution: Resolution) -> u32 {
    (LETTER_HEIGHT * f64::from(resolution.y_dpi())).round() as u32
}

/// A source page on its sheet; all lengths in fax pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Placement {
    /// Rows of the sheet, the white ones for the header included.
    pub rows: u32,
    /// Turned clockwise by a quarter.
    pub turned: bool,
    pub left: f64,
    pub top: f64,
    /// Size on the sheet, after turning.
    pub width: f64,
    pub height: f64,
}

/// Fits a source of `width` x `height` inches onto an A4 or Letter sheet,
/// whichever is nearer, undistorted and centred, turned when it is landscape,
/// at most `enlarge` times its own size, clear of the rows that the header
/// line cuts.
pub(super) fn place(width: f64, height: f64, resolution: Resolution, enlarge: f64) -> Placement {
    let upright = fit(width, height, resolution, enlarge);
    let turned = fit(height, width, resolution, enlarge);
    let (scale, rows, turn) = if turned.0 > upright.0 * WORTH_TURNING {
        (turned.0, turned.1, true)
    } else {
        (upright.0, upright.1, false)
    };
    let (across, down) = if turn {
        (height, width)
    } else {
        (width, height)
    };
    let free = f64::from(rows - header::rows(resolution));
    let columns = f64::from(PAGE_WIDTH);
    let width = (across * scale * f64::from(X_DPI)).clamp(1.0, columns);
    let height = (down * scale * f64::from(resolution.y_dpi())).clamp(1.0, free);
    Placement {
        rows,
        turned: turn,
        left: (columns - width) / 2.0,
        top: (free - height) / 2.0,
        width,
        height,
    }
}

/// The scale that fits, and the rows of the sheet.
fn fit(width: f64, height: f64, resolution: Resolution, enlarge: f64) -> (f64, u32) {
    let rows = if height / width > A4_RATIO {
        a4_rows(resolution)
    } else {
        letter_rows(resolution)
    };
    let free = f64::from(rows - header::rows(resolution)) / f64::from(resolution.y_dpi());
    let columns = f64::from(PAGE_WIDTH) / f64::from(X_DPI);
    ((columns / width).min(free / height).min(enlarge), rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(placed: &Placement, resolution: Resolution) -> f64 {
        (placed.height / f64::from(resolution.y_dpi())) / (placed.width / f64::from(X_DPI))
    }

    #[test]
    fn a4_and_letter_keep_their_shape_and_leave_the_last_rows_free() {
        for resolution in Resolution::ALL {
            for (width, height, rows) in [
                (210.0 / 25.4, A4_HEIGHT, a4_rows(resolution)),
                (8.5, 11.0, letter_rows(resolution)),
            ] {
                let placed = place(width, height, resolution, 2.0);
                assert_eq!(placed.rows, rows);
                assert!((ratio(&placed, resolution) - height / width).abs() < 0.002);
                let end = placed.top + placed.height;
                assert!(end <= f64::from(rows - header::rows(resolution)) + 1e-6);
                assert!(placed.left >= 0.0 && placed.width > 1600.0);
            }
        }
    }

    #[test]
    fn landscape_pages_are_turned_and_small_ones_are_not_blown_up() {
        assert!(place(11.0, 8.5, Resolution::Fine, 2.0).turned);
        let small = place(1.0, 0.9, Resolution::Fine, 2.0);
        assert!(!small.turned);
        assert!((small.width - 408.0).abs() < 1.0);
        assert!((place(3.0, 5.0, Resolution::Fine, 1.0).height - 980.0).abs() < 1.0);
    }

    #[test]
    fn absurd_sizes_still_land_on_the_sheet() {
        for (width, height) in [(1e-3, 400.0), (400.0, 1e-3), (1e6, 1e6)] {
            let placed = place(width, height, Resolution::Standard, 2.0);
            assert!(placed.width >= 1.0 && placed.height >= 1.0);
            assert!(placed.left >= 0.0 && placed.top >= 0.0);
        }
    }
}

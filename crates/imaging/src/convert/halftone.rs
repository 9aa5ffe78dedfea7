//! Grey to black and white.

use super::raster::Grey;
use crate::{Bitmap, Halftone, Resolution, ccitt};

/// Bytes of code that a page may take before its screen is made coarser: five
/// minutes at 14,400 bit/s.
const BUDGET: usize = 300 * 1800;

/// A clustered-dot screen of 8 x 8 at 45 degrees: long runs, so that CCITT codes
/// stay short, where error diffusion breaks every run.
const SCREEN: [[u8; 8]; 8] = [
    [24, 10, 12, 26, 35, 47, 49, 37],
    [8, 0, 2, 14, 45, 59, 61, 51],
    [22, 6, 4, 16, 43, 57, 63, 53],
    [30, 20, 18, 28, 33, 41, 55, 39],
    [34, 46, 48, 36, 25, 11, 13, 27],
    [44, 58, 60, 50, 9, 1, 3, 15],
    [42, 56, 62, 52, 23, 7, 5, 17],
    [32, 40, 54, 38, 31, 21, 19, 29],
];

/// Greys up to here print black in `auto`, so that text on grey stays crisp.
const BLACK_POINT: i32 = 48;
/// Greys from here on print white in `auto`, so that tinted paper costs nothing.
const WHITE_POINT: i32 = 208;

/// Makes a page black and white. `bilevel` sources, whose greys come from
/// scaling alone, are cut at half grey in `auto` too.
pub(super) fn binarise(
    grey: &Grey,
    mode: Halftone,
    bilevel: bool,
    resolution: Resolution,
) -> Bitmap {
    match mode {
        Halftone::Threshold => threshold(grey),
        Halftone::Auto if bilevel => threshold(grey),
        Halftone::Auto => screen_within_budget(grey, resolution),
        Halftone::Diffusion => diffuse(grey),
    }
}

/// The screen; where noise makes its code too long for the line, the screen of
/// the page averaged over blocks, whose dots are regular; at worst a threshold.
fn screen_within_budget(grey: &Grey, resolution: Resolution) -> Bitmap {
    let fits = |bitmap: &Bitmap| ccitt::encode_g4(bitmap).len() <= BUDGET;
    let screened = screen(grey, resolution);
    // No change of colour costs more than two bytes of Group 4: most pages are
    // cleared by counting them.
    if changes(&screened) * 2 <= BUDGET || fits(&screened) {
        return screened;
    }
    tracing::debug!("a page is too noisy for the line: averaging it before the screen");
    let averaged = screen(&grey.averaged(8, rows_per_cell(resolution)), resolution);
    if fits(&averaged) {
        averaged
    } else {
        threshold(grey)
    }
}

/// Changes of colour within the rows.
fn changes(bitmap: &Bitmap) -> usize {
    let row = |row: &[u8]| {
        let mut before = 0u8;
        let mut count = 0;
        for &byte in row {
            count += (byte ^ (byte >> 1 | before << 7)).count_ones() as usize;
            before = byte;
        }
        count
    };
    bitmap.rows().map(row).sum()
}

fn threshold(grey: &Grey) -> Bitmap {
    pack(grey, |_| [128; 8])
}

fn screen(grey: &Grey, resolution: Resolution) -> Bitmap {
    let mut thresholds = [[0u8; 8]; 8];
    for (row, ranks) in thresholds.iter_mut().zip(SCREEN) {
        for (threshold, rank) in row.iter_mut().zip(ranks) {
            // Undo the levels here instead of stretching every pixel.
            let stretched = i32::from(rank) * 4 + 2;
            let level = BLACK_POINT + stretched * (WHITE_POINT - BLACK_POINT) / 255;
            *threshold = level as u8;
        }
    }
    // The dot keeps its shape on paper: pixels are twice as tall at standard
    // resolution, half as tall at superfine.
    pack(grey, |y| {
        let row = match resolution {
            Resolution::Standard => y * 2,
            Resolution::Fine => y,
            Resolution::Superfine => y / 2,
        };
        thresholds[(row % 8) as usize]
    })
}

const fn rows_per_cell(resolution: Resolution) -> u32 {
    match resolution {
        Resolution::Standard => 4,
        Resolution::Fine => 8,
        Resolution::Superfine => 16,
    }
}

/// Black where a pixel is darker than its threshold, eight to a byte.
fn pack(grey: &Grey, thresholds: impl Fn(u32) -> [u8; 8]) -> Bitmap {
    let mut bitmap = Bitmap::new(grey.width, grey.height);
    for (y, pixels) in grey.rows().enumerate() {
        let limits = thresholds(y as u32);
        let row = bitmap.row_mut(y as u32);
        for (byte, eight) in row.iter_mut().zip(pixels.chunks(8)) {
            let mut bits = 0u8;
            for (at, (&pixel, &limit)) in eight.iter().zip(&limits).enumerate() {
                bits |= u8::from(pixel < limit) << (7 - at);
            }
            *byte = bits;
        }
    }
    bitmap
}

/// Floyd-Steinberg, left to right and back.
fn diffuse(grey: &Grey) -> Bitmap {
    let mut bitmap = Bitmap::new(grey.width, grey.height);
    let width = grey.width as usize;
    // Errors in sixteenths, one column of margin at either side.
    let (mut here, mut below) = (vec![0i32; width + 2], vec![0i32; width + 2]);
    for (y, pixels) in grey.rows().enumerate() {
        below.fill(0);
        let forward = y % 2 == 0;
        for step in 0..width {
            let x = if forward { step } else { width - 1 - step };
            let value = i32::from(pixels[x]) + here[x + 1] / 16;
            let black = value < 128;
            if black {
                bitmap.set(x as u32, y as u32, true);
            }
            let error = if black { value } else { value - 255 };
            let (ahead, behind) = if forward { (x + 2, x) } else { (x, x + 2) };
            here[ahead] += error * 7;
            below[behind] += error * 3;
            below[x + 1] += error * 5;
            below[ahead] += error;
        }
        std::mem::swap(&mut here, &mut below);
    }
    bitmap
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(level: u8) -> Grey {
        Grey {
            width: 160,
            height: 160,
            pixels: vec![level; 160 * 160],
        }
    }

    fn share(bitmap: &Bitmap) -> f64 {
        bitmap.ink() as f64 / (160.0 * 160.0)
    }

    #[test]
    fn white_stays_white_and_black_stays_black_in_every_mode() {
        for mode in Halftone::ALL {
            for resolution in Resolution::ALL {
                assert_eq!(binarise(&flat(255), mode, false, resolution).ink(), 0);
                assert_eq!(share(&binarise(&flat(0), mode, false, resolution)), 1.0);
            }
        }
    }

    #[test]
    fn mid_grey_becomes_half_the_dots_where_dots_are_wanted() {
        for mode in [Halftone::Auto, Halftone::Diffusion] {
            let share = share(&binarise(&flat(128), mode, false, Resolution::Fine));
            assert!((0.4..0.6).contains(&share), "{mode}: {share}");
        }
    }

    #[test]
    fn auto_prints_light_tints_as_white_and_dark_greys_as_black() {
        assert_eq!(
            binarise(&flat(210), Halftone::Auto, false, Resolution::Fine).ink(),
            0
        );
        assert_eq!(
            share(&binarise(
                &flat(47),
                Halftone::Auto,
                false,
                Resolution::Fine
            )),
            1.0
        );
    }
}

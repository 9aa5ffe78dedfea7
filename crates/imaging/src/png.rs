//! Fax pages as PNG, for screens and comparisons.

use png::{BitDepth, ColorType, Encoder, PixelDimensions, Unit};

use crate::page::X_DPI;
use crate::{FaxPage, Refusal};

/// The page bit for bit: one bit a pixel, no scaling, its density in `pHYs`.
///
/// This is what a received page is compared with, pixel for pixel. Viewers
/// that ignore `pHYs` show standard pages squashed and superfine ones
/// stretched; [`preview`] is for those.
///
/// # Errors
/// `Empty` for a page without pixels.
pub fn page(page: &FaxPage) -> Result<Vec<u8>, Refusal> {
    let inverted: Vec<u8> = page.bitmap.data().iter().map(|byte| !byte).collect();
    let size = (page.bitmap.width(), page.bitmap.height());
    let density = (X_DPI, page.resolution.y_dpi());
    encode(&inverted, size, BitDepth::One, density)
}

/// The page for eyes: eight-bit grey, square pixels at 102 dpi, each the mean
/// of the fax pixels it covers.
///
/// # Errors
/// `Empty` for a page without pixels.
pub fn preview(page: &FaxPage) -> Result<Vec<u8>, Refusal> {
    let (width, height) = (page.bitmap.width(), page.bitmap.height());
    let y_dpi = page.resolution.y_dpi();
    let to_columns = (width / 2).max(1);
    let to_rows = (height * (X_DPI / 2) / y_dpi).max(1);
    let mut grey = Vec::with_capacity(to_columns as usize * to_rows as usize);
    for y in 0..to_rows {
        let from = (y * height / to_rows).min(height.saturating_sub(1));
        let upto = ((y + 1) * height / to_rows).clamp(from + 1, height.max(from + 1));
        for x in 0..to_columns {
            let black: u32 = (from..upto)
                .map(|row| {
                    u32::from(page.bitmap.get(x * 2, row))
                        + u32::from(page.bitmap.get(x * 2 + 1, row))
                })
                .sum();
            let area = (upto - from) * 2;
            grey.push((255 - black * 255 / area) as u8);
        }
    }
    encode(
        &grey,
        (to_columns, to_rows),
        BitDepth::Eight,
        (X_DPI / 2, X_DPI / 2),
    )
}

fn encode(
    data: &[u8],
    (width, height): (u32, u32),
    depth: BitDepth,
    (x_dpi, y_dpi): (u32, u32),
) -> Result<Vec<u8>, Refusal> {
    let per_metre = |dpi: u32| (f64::from(dpi) / 0.0254).round() as u32;
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(depth);
    encoder.set_pixel_dims(Some(PixelDimensions {
        xppu: per_metre(x_dpi),
        yppu: per_metre(y_dpi),
        unit: Unit::Meter,
    }));
    let written = encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(data));
    match written {
        Ok(()) => Ok(file),
        Err(_) => Err(Refusal::new(
            crate::Reason::Empty,
            "the page has no pixels; there is nothing to show",
        )),
    }
}

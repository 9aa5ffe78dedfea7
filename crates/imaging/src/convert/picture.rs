//! PNG, JPEG, GIF and BMP.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::raster::{Picture, on_white};
use crate::{Kind, Reason, Refusal};

/// Longest side of a picture, in pixels.
const MAX_SIDE: u32 = 30_000;
/// Bytes that decoding may allocate.
const MAX_ALLOCATION: u64 = 512 << 20;

/// Decodes a picture upright and on white.
pub(super) fn decode(document: &[u8], kind: Kind) -> Result<Picture, Refusal> {
    let format = match kind {
        Kind::Png => ImageFormat::Png,
        Kind::Jpeg => ImageFormat::Jpeg,
        Kind::Gif => ImageFormat::Gif,
        Kind::Bmp => ImageFormat::Bmp,
        Kind::Pdf | Kind::Tiff => return Err(Refusal::corrupt("not a picture")),
    };
    let mut reader = ImageReader::with_format(Cursor::new(document), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_ALLOCATION);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| refusal(&error))?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    if decoder.total_bytes() > MAX_ALLOCATION {
        return Err(too_large());
    }
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| refusal(&error))?;
    image.apply_orientation(orientation);
    let mut dpi = density(document, kind);
    if swaps_sides(orientation) {
        dpi = dpi.map(|(x, y)| (y, x));
    }
    let image = on_white(&image);
    let bilevel = image
        .as_raw()
        .iter()
        .all(|&pixel| pixel == 0 || pixel == 255);
    Ok(Picture {
        image,
        dpi,
        bilevel,
    })
}

fn swaps_sides(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    )
}

fn refusal(error: &ImageError) -> Refusal {
    match error {
        ImageError::Limits(_) => too_large(),
        ImageError::Unsupported(_) => {
            Refusal::unsupported("this variety of picture cannot be read")
        }
        _ => Refusal::corrupt("the picture cannot be read to its end"),
    }
}

fn too_large() -> Refusal {
    Refusal::new(
        Reason::TooLarge,
        "the picture has too many pixels; make it smaller and upload it again",
    )
}

/// Dots an inch as the file gives them: PNG `pHYs`, JFIF, BMP.
fn density(document: &[u8], kind: Kind) -> Option<(f64, f64)> {
    match kind {
        Kind::Png => png_density(document),
        Kind::Jpeg => jfif_density(document),
        Kind::Bmp => {
            let metres = |at: usize| {
                Some(f64::from(u32::from_le_bytes(
                    document.get(at..at + 4)?.try_into().ok()?,
                )))
            };
            let info = u32::from_le_bytes(document.get(14..18)?.try_into().ok()?) >= 40;
            info.then_some(())?;
            Some((metres(38)? * 0.0254, metres(42)? * 0.0254))
        }
        Kind::Pdf | Kind::Tiff | Kind::Gif => None,
    }
}

fn big_endian(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?))
}

fn png_density(document: &[u8]) -> Option<(f64, f64)> {
    let mut rest = document.get(8..)?;
    loop {
        let length = big_endian(rest)? as usize;
        let (kind, body) = (rest.get(4..8)?, rest.get(8..8 + length)?);
        match kind {
            b"pHYs" if body.get(8) == Some(&1) => {
                let metre = |at| Some(f64::from(big_endian(body.get(at..)?)?) * 0.0254);
                return Some((metre(0)?, metre(4)?));
            }
            b"IDAT" => return None,
            _ => rest = rest.get(12 + length..)?,
        }
    }
}

fn jfif_density(document: &[u8]) -> Option<(f64, f64)> {
    // SOI, then APP0 "JFIF\0", version, unit, densities (ITU-T T.871).
    let app0 = document.get(2..18)?;
    if app0[..2] != [0xff, 0xe0] || &app0[4..9] != b"JFIF\0" {
        return None;
    }
    let x = f64::from(u16::from_be_bytes([app0[12], app0[13]]));
    let y = f64::from(u16::from_be_bytes([app0[14], app0[15]]));
    match app0[11] {
        1 => Some((x, y)),
        2 => Some((x * 2.54, y * 2.54)),
        _ => None,
    }
}

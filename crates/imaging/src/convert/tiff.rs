//! TIFF: fax code by our own hand, everything else through the crate `tiff`.

use std::io::Cursor;

use image::{DynamicImage, GrayImage};
use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult, Limits};

use super::raster::{Picture, on_white};
use super::{RenderOptions, draw, geometry, tiff_patch};
use crate::fax_tiff::{Damage, Directory, bilevel, directories};
use crate::page::{PAGE_WIDTH, X_DPI};
use crate::{Bitmap, FaxPage, Reason, Refusal, header};

/// Bytes that one decoded page may take.
const MAX_DECODED: usize = 512 << 20;

/// The pages of a TIFF; thumbnails and masks are not pages.
pub(super) fn open(document: &[u8], max_pages: u32) -> Result<Vec<(usize, Directory)>, Refusal> {
    let mut pages: Vec<_> = directories(document, max_pages.saturating_mul(2))?
        .into_iter()
        .enumerate()
        .collect();
    if pages.iter().any(|(_, page)| !page.auxiliary) {
        pages.retain(|(_, page)| !page.auxiliary);
    }
    if pages.len() > max_pages as usize {
        return Err(Refusal::too_many_pages(max_pages));
    }
    Ok(pages)
}

/// Decodes every page, so that damage shows before anything is accepted.
pub(super) fn inspect(document: &[u8], max_pages: u32) -> Result<u32, Refusal> {
    let pages = open(document, max_pages)?;
    for page in &pages {
        decode(document, page)?;
    }
    Ok(pages.len() as u32)
}

/// One page on its fax sheet.
pub(super) fn page(
    document: &[u8],
    page: &(usize, Directory),
    options: &RenderOptions,
) -> Result<FaxPage, Refusal> {
    match decode(document, page)? {
        Decoded::Bits(bitmap) => {
            if let Some(fax) = as_it_is(&bitmap, &page.1, options) {
                return Ok(fax);
            }
            Ok(draw(picture(unpack(&bitmap), true, &page.1), options))
        }
        Decoded::Grey(grey) => Ok(draw(picture(grey, false, &page.1), options)),
    }
}

enum Decoded {
    Bits(Bitmap),
    Grey(GrayImage),
}

fn decode(document: &[u8], (index, page): &(usize, Directory)) -> Result<Decoded, Refusal> {
    if page.is_ccitt() {
        return bilevel(document, page, Damage::Refused).map(Decoded::Bits);
    }
    if page.tiled && page.planar == 2 {
        return Err(Refusal::unsupported(
            "the TIFF has its colours in separate tiles",
        ));
    }
    let patched = tiff_patch::straightened(document, *index, page)?;
    let colours = tiff_patch::palette(document, *index, page)?;
    let grey = grey(patched.as_deref().unwrap_or(document), *index)?;
    Ok(match colours {
        Some(colours) => Decoded::Grey(tiff_patch::coloured(grey, &colours)),
        None if page.bits == 1 && page.samples == 1 => Decoded::Bits(packed(&grey)),
        None => Decoded::Grey(grey),
    })
}

/// Black where a picture of black and white is dark.
fn packed(grey: &GrayImage) -> Bitmap {
    let mut bitmap = Bitmap::new(grey.width(), grey.height());
    for (x, y, pixel) in grey.enumerate_pixels() {
        if pixel.0[0] < 128 {
            bitmap.set(x, y, true);
        }
    }
    bitmap
}

/// A page that is a fax already, at the density asked for, keeps its pixels:
/// its sheet may grow to A4 so that the last rows stay free.
fn as_it_is(bitmap: &Bitmap, page: &Directory, options: &RenderOptions) -> Option<FaxPage> {
    let (x, y) = page.dpi?;
    let wanted = f64::from(options.resolution.y_dpi());
    let near = |dots: f64, wanted: f64| (dots / wanted - 1.0).abs() < 0.05;
    if bitmap.width() != PAGE_WIDTH
        || page.orientation > 1
        || !near(x, f64::from(X_DPI))
        || !near(y, wanted)
    {
        return None;
    }
    let missing = header::rows(options.resolution).saturating_sub(bitmap.white_rows_at_bottom());
    let rows = bitmap.height() + missing;
    (rows <= geometry::a4_rows(options.resolution)).then(|| FaxPage {
        bitmap: bitmap.clone().with_height(rows),
        resolution: options.resolution,
    })
}

fn picture(image: GrayImage, bilevel: bool, page: &Directory) -> Picture {
    let mut image = DynamicImage::ImageLuma8(image);
    let orientation = u8::try_from(page.orientation)
        .ok()
        .and_then(image::metadata::Orientation::from_exif);
    let mut dpi = page.dpi;
    if let Some(orientation) = orientation {
        image.apply_orientation(orientation);
        if page.orientation >= 5 {
            dpi = dpi.map(|(x, y)| (y, x));
        }
    }
    Picture {
        image: image.into_luma8(),
        dpi,
        bilevel,
    }
}

fn unpack(bitmap: &Bitmap) -> GrayImage {
    let mut image = GrayImage::from_pixel(bitmap.width(), bitmap.height(), image::Luma([255]));
    let width = bitmap.width() as usize;
    for (row, pixels) in bitmap.rows().zip(image.chunks_exact_mut(width)) {
        for (x, pixel) in pixels.iter_mut().enumerate() {
            if row[x / 8] & (0x80 >> (x % 8)) != 0 {
                *pixel = 0;
            }
        }
    }
    image
}

/// Decodes page `index` with the crate `tiff`, to grey on white.
fn grey(document: &[u8], index: usize) -> Result<GrayImage, Refusal> {
    let refused = |error: tiff::TiffError| match error {
        tiff::TiffError::UnsupportedError(_) | tiff::TiffError::UsageError(_) => {
            Refusal::unsupported("this variety of TIFF cannot be read")
        }
        tiff::TiffError::LimitsExceeded => Refusal::new(
            Reason::TooLarge,
            "a page of the TIFF has too many pixels; scan it with fewer dots an inch and upload it again",
        ),
        _ => Refusal::corrupt("a page of the TIFF cannot be read to its end"),
    };
    let mut limits = Limits::default();
    limits.decoding_buffer_size = MAX_DECODED;
    limits.intermediate_buffer_size = MAX_DECODED;
    let mut decoder = Decoder::new(Cursor::new(document))
        .map_err(refused)?
        .with_limits(limits);
    decoder.seek_to_image(index).map_err(refused)?;
    let (width, height) = decoder.dimensions().map_err(refused)?;
    let colour = decoder.colortype().map_err(refused)?;
    let samples = match decoder.read_image().map_err(refused)? {
        DecodingResult::U8(samples) => samples,
        DecodingResult::U16(samples) => samples.into_iter().map(|s| (s >> 8) as u8).collect(),
        _ => {
            return Err(Refusal::unsupported(
                "the TIFF has samples that are no plain numbers",
            ));
        }
    };
    to_grey(width, height, colour, samples)
        .ok_or_else(|| Refusal::unsupported("this variety of TIFF cannot be read"))
}

fn to_grey(width: u32, height: u32, colour: ColorType, samples: Vec<u8>) -> Option<GrayImage> {
    let image = match colour {
        ColorType::Gray(8 | 16) => {
            DynamicImage::ImageLuma8(image::ImageBuffer::from_raw(width, height, samples)?)
        }
        ColorType::Gray(bits @ (1 | 2 | 4)) => {
            DynamicImage::ImageLuma8(spread(width, height, bits, &samples)?)
        }
        ColorType::GrayA(8 | 16)
        | ColorType::Multiband {
            bit_depth: 8 | 16,
            num_samples: 2,
        } => DynamicImage::ImageLumaA8(image::ImageBuffer::from_raw(width, height, samples)?),
        ColorType::RGB(8 | 16) => {
            DynamicImage::ImageRgb8(image::ImageBuffer::from_raw(width, height, samples)?)
        }
        ColorType::RGBA(8 | 16) => {
            DynamicImage::ImageRgba8(image::ImageBuffer::from_raw(width, height, samples)?)
        }
        ColorType::CMYK(8 | 16) => {
            let rgb = samples
                .chunks_exact(4)
                .flat_map(|inks| {
                    let black = 255 - u32::from(inks[3]);
                    [inks[0], inks[1], inks[2]]
                        .map(|ink| ((255 - u32::from(ink)) * black / 255) as u8)
                })
                .collect();
            DynamicImage::ImageRgb8(image::ImageBuffer::from_raw(width, height, rgb)?)
        }
        _ => return None,
    };
    Some(on_white(&image))
}

/// Packed samples of 1, 2 or 4 bits, rows on byte boundaries.
fn spread(width: u32, height: u32, bits: u8, packed: &[u8]) -> Option<GrayImage> {
    let stride = (width as usize * bits as usize).div_ceil(8);
    let per_byte = 8 / bits as usize;
    let top = (1u16 << bits) - 1;
    let mut pixels = Vec::with_capacity(width as usize * height as usize);
    for row in packed.chunks_exact(stride) {
        for x in 0..width as usize {
            let shift = 8 - bits as usize * (x % per_byte + 1);
            let value = u16::from(row[x / per_byte] >> shift) & top;
            pixels.push((value * 255 / top) as u8);
        }
    }
    GrayImage::from_raw(width, height, pixels)
}

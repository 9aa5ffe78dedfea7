//! Works round what the crate `tiff` reads wrongly or not at all.
//!
//! Uncompressed data with `FillOrder` 2 comes out silently wrong, other
//! compressions with it and colour palettes are refused. Both are mended on a
//! copy of the file: bits turned round, palette indices read as grey.

use std::io::Cursor;

use image::GrayImage;
use tiff::decoder::Decoder;
use tiff::tags::Tag;

use crate::Refusal;
use crate::fax_tiff::Directory;

const PHOTOMETRIC: u16 = 262;
const FILL_ORDER: u16 = 266;
const PALETTE: u32 = 3;
/// Compressions whose bits libtiff turns round: none, LZW, deflate, packbits.
const BITWISE: [u32; 5] = [1, 5, 8, 32_773, 32_946];

/// A copy that the crate reads rightly; `None` when the file is fine as it is.
pub(super) fn straightened(
    document: &[u8],
    index: usize,
    page: &Directory,
) -> Result<Option<Vec<u8>>, Refusal> {
    let turn = page.lsb_first && BITWISE.contains(&page.compression);
    let palette = page.photometric == PALETTE;
    if !turn && !palette {
        return Ok(None);
    }
    let mut copy = document.to_vec();
    if turn {
        for range in &page.chunks {
            for byte in &mut copy[range.clone()] {
                *byte = byte.reverse_bits();
            }
        }
        set_short(&mut copy, index, FILL_ORDER, 1)?;
    }
    if palette {
        set_short(&mut copy, index, PHOTOMETRIC, 1)?;
    }
    Ok(Some(copy))
}

/// The grey of every palette entry; `None` for a page without a palette.
pub(super) fn palette(
    document: &[u8],
    index: usize,
    page: &Directory,
) -> Result<Option<Vec<u8>>, Refusal> {
    if page.photometric != PALETTE {
        return Ok(None);
    }
    let damaged = |_| Refusal::corrupt("the palette of the TIFF cannot be read");
    let mut decoder = Decoder::new(Cursor::new(document)).map_err(damaged)?;
    decoder.seek_to_image(index).map_err(damaged)?;
    let map = decoder.get_tag_u16_vec(Tag::ColorMap).map_err(damaged)?;
    let third = map.len() / 3;
    let (red, rest) = map.split_at(third);
    let (green, blue) = rest.split_at(third);
    let greys = red.iter().zip(green).zip(blue).map(|((&r, &g), &b)| {
        let [r, g, b] = [r, g, b].map(|sample| u32::from(sample >> 8));
        ((r * 77 + g * 150 + b * 29) >> 8) as u8
    });
    Ok(Some(greys.collect()))
}

/// Indices, spread over the whole range of grey, in the greys of their colours.
pub(super) fn coloured(mut indices: GrayImage, greys: &[u8]) -> GrayImage {
    let top = greys.len().saturating_sub(1).min(255);
    for pixel in indices.pixels_mut() {
        let index = (usize::from(pixel.0[0]) * top + 127) / 255;
        pixel.0[0] = greys.get(index).copied().unwrap_or(255);
    }
    indices
}

/// Overwrites a SHORT entry of directory `index` of a classic TIFF.
fn set_short(file: &mut [u8], index: usize, tag: u16, value: u16) -> Result<(), Refusal> {
    find_entry(file, index, tag)
        .and_then(|(at, big_endian)| {
            let bytes = if big_endian {
                value.to_be_bytes()
            } else {
                value.to_le_bytes()
            };
            file.get_mut(at + 8..at + 10)?.copy_from_slice(&bytes);
            Some(())
        })
        .ok_or_else(|| Refusal::unsupported("this variety of TIFF cannot be read"))
}

/// Where the entry of a tag lies, and the byte order.
fn find_entry(file: &[u8], index: usize, tag: u16) -> Option<(usize, bool)> {
    let big_endian = match file.get(..4)? {
        b"II*\0" => false,
        b"MM\0*" => true,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes: [u8; 2] = file.get(at..at + 2)?.try_into().ok()?;
        Some(if big_endian {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        })
    };
    let long = |at: usize| {
        let bytes: [u8; 4] = file.get(at..at + 4)?.try_into().ok()?;
        Some(if big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        } as usize)
    };
    let mut directory = long(4)?;
    for _ in 0..index {
        let entries = short(directory)? as usize;
        directory = long(directory + 2 + 12 * entries)?;
    }
    let entries = short(directory)? as usize;
    (0..entries)
        .map(|entry| directory + 2 + 12 * entry)
        .find(|&at| short(at) == Some(tag))
        .map(|at| (at, big_endian))
}

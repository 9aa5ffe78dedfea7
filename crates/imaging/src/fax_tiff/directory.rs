//! The directories of a foreign TIFF, read with the crate `tiff` and checked.

use std::io::Cursor;
use std::ops::Range;

use tiff::decoder::Decoder;
use tiff::decoder::ifd::Value;
use tiff::tags::Tag;

use crate::Refusal;

/// More pixels than A3 at 1200 dpi are refused before anything is allocated.
const MAX_PIXELS: u64 = 300_000_000;
/// Widest row, in pixels.
const MAX_WIDTH: u32 = 65_535;

/// What one page of a TIFF says of itself.
#[derive(Debug, Clone)]
pub(crate) struct Directory {
    pub width: u32,
    pub height: u32,
    pub compression: u32,
    pub photometric: u32,
    pub bits: u32,
    pub samples: u32,
    pub planar: u32,
    pub lsb_first: bool,
    pub two_dimensional: bool,
    pub orientation: u32,
    /// Columns and rows of a tile; a strip is a tile as wide as the page.
    pub chunk: (u32, u32),
    pub tiled: bool,
    /// Where the strips or tiles lie in the file, cut to its length.
    pub chunks: Vec<Range<usize>>,
    /// Pixels an inch across and down, when the file gives a unit.
    pub dpi: Option<(f64, f64)>,
    /// Whether the page is only a thumbnail or a mask of another.
    pub auxiliary: bool,
}

impl Directory {
    /// Bilevel CCITT code: compression 2, 3 or 4.
    pub(crate) fn is_ccitt(&self) -> bool {
        matches!(self.compression, 2..=4)
    }
}

/// Reads the directories of a TIFF in order, at most `limit + 1` of them.
pub(crate) fn directories(file: &[u8], limit: u32) -> Result<Vec<Directory>, Refusal> {
    let damaged = |_| Refusal::corrupt("the TIFF cannot be read");
    let mut decoder = Decoder::new(Cursor::new(file)).map_err(damaged)?;
    let mut pages = Vec::new();
    loop {
        pages.push(directory(&mut decoder, file.len())?);
        if !decoder.more_images() || pages.len() > limit as usize {
            break;
        }
        decoder.next_image().map_err(damaged)?;
    }
    Ok(pages)
}

fn directory(decoder: &mut Decoder<Cursor<&[u8]>>, length: usize) -> Result<Directory, Refusal> {
    let number = |decoder: &mut Decoder<_>, tag, default| match decoder.find_tag_unsigned(tag) {
        Ok(value) => Ok(value.unwrap_or(default)),
        Err(_) => Err(Refusal::corrupt("a tag of the TIFF cannot be read")),
    };
    let width = number(decoder, Tag::ImageWidth, 0)?;
    let height = number(decoder, Tag::ImageLength, 0)?;
    if width == 0 || height == 0 {
        return Err(Refusal::corrupt("a page of the TIFF has no size"));
    }
    if width > MAX_WIDTH || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(Refusal::new(
            crate::Reason::TooLarge,
            format!(
                "a page of the TIFF has {width} x {height} pixels; scan it with fewer dots an inch and upload it again"
            ),
        ));
    }
    let tiled = number(decoder, Tag::TileWidth, 0)? != 0;
    let chunk = if tiled {
        (
            number(decoder, Tag::TileWidth, width)?,
            number(decoder, Tag::TileLength, height)?,
        )
    } else {
        let rows = number(decoder, Tag::RowsPerStrip, height)?;
        (width, rows.clamp(1, height))
    };
    if chunk.0 == 0 || chunk.1 == 0 || u64::from(chunk.0) * u64::from(chunk.1) > MAX_PIXELS {
        return Err(Refusal::corrupt(
            "the tiles of the TIFF have no sensible size",
        ));
    }
    let (offsets, counts) = if tiled {
        (Tag::TileOffsets, Tag::TileByteCounts)
    } else {
        (Tag::StripOffsets, Tag::StripByteCounts)
    };
    let chunks = ranges(&list(decoder, offsets)?, &list(decoder, counts)?, length);
    Ok(Directory {
        width,
        height,
        compression: number(decoder, Tag::Compression, 1)?,
        photometric: number(decoder, Tag::PhotometricInterpretation, 0)?,
        bits: first(&list(decoder, Tag::BitsPerSample)?, 1),
        samples: number(decoder, Tag::SamplesPerPixel, 1)?,
        planar: number(decoder, Tag::PlanarConfiguration, 1)?,
        lsb_first: number(decoder, Tag::FillOrder, 1)? == 2,
        two_dimensional: number(decoder, Tag::Unknown(292), 0)? & 1 == 1,
        orientation: number(decoder, Tag::Orientation, 1)?,
        chunk,
        tiled,
        chunks,
        dpi: dpi(decoder),
        auxiliary: number(decoder, Tag::NewSubfileType, 0)? & 0b101 != 0,
    })
}

fn list(decoder: &mut Decoder<Cursor<&[u8]>>, tag: Tag) -> Result<Vec<u64>, Refusal> {
    match decoder.find_tag_unsigned_vec(tag) {
        Ok(values) => Ok(values.unwrap_or_default()),
        Err(_) => Err(Refusal::corrupt("a tag of the TIFF cannot be read")),
    }
}

fn first(values: &[u64], default: u32) -> u32 {
    values
        .first()
        .map_or(default, |&value| u32::try_from(value).unwrap_or(u32::MAX))
}

/// Offsets and lengths as ranges within the file; a truncated file truncates them.
fn ranges(offsets: &[u64], counts: &[u64], length: usize) -> Vec<Range<usize>> {
    let clip = |position: u64| usize::try_from(position).unwrap_or(usize::MAX).min(length);
    offsets
        .iter()
        .enumerate()
        .map(|(index, &offset)| {
            let count = counts.get(index).copied().unwrap_or(u64::MAX);
            clip(offset)..clip(offset.saturating_add(count))
        })
        .collect()
}

fn dpi(decoder: &mut Decoder<Cursor<&[u8]>>) -> Option<(f64, f64)> {
    let unit: u32 = decoder
        .find_tag_unsigned(Tag::ResolutionUnit)
        .ok()
        .flatten()
        .unwrap_or(2);
    let x = rational_dpi(decoder.find_tag(Tag::XResolution).ok().flatten()?, unit)?;
    let y = rational_dpi(decoder.find_tag(Tag::YResolution).ok().flatten()?, unit)?;
    Some((x, y))
}

/// Dots an inch from a rational and `ResolutionUnit` (2 inch, 3 centimetre).
fn rational_dpi(value: Value, unit: u32) -> Option<f64> {
    let Value::Rational(numerator, denominator) = value else {
        return None;
    };
    let dots = f64::from(numerator) / f64::from(denominator);
    let dots = match unit {
        2 => dots,
        3 => dots * 2.54,
        _ => return None,
    };
    (dots.is_finite() && dots > 0.0).then_some(dots)
}

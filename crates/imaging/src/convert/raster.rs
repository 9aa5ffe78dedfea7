//! A grey page on its way to black and white.

use image::imageops::{self, FilterType};
use image::{DynamicImage, GrayImage};

use super::geometry::Placement;
use crate::page::PAGE_WIDTH;

/// Eight-bit grey, 255 white, rows without gaps.
#[derive(Clone)]
pub(super) struct Grey {
    pub width: u32,
    pub height: u32,
    pub pixels: Vec<u8>,
}

impl Grey {
    pub(super) fn white(width: u32, height: u32) -> Self {
        Self {
            width,
            height,
            pixels: vec![255; width as usize * height as usize],
        }
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.pixels.chunks_exact(self.width.max(1) as usize)
    }

    /// Every block of `across` x `down` pixels in its mean.
    pub(super) fn averaged(&self, across: u32, down: u32) -> Self {
        let mut averaged = self.clone();
        let width = self.width as usize;
        let (across, down) = (across as usize, down as usize);
        for band in averaged.pixels.chunks_mut(width * down) {
            for left in (0..width).step_by(across) {
                let right = (left + across).min(width);
                let rows = band.len() / width;
                let sum: u32 = band
                    .chunks(width)
                    .flat_map(|row| &row[left..right])
                    .map(|&pixel| u32::from(pixel))
                    .sum();
                let mean = (sum / ((right - left) * rows).max(1) as u32) as u8;
                for row in band.chunks_mut(width) {
                    row[left..right].fill(mean);
                }
            }
        }
        averaged
    }
}

/// A decoded picture: upright, on white, with what it says of its density.
pub(super) struct Picture {
    pub image: GrayImage,
    /// Dots an inch across and down, when the file gives sane ones.
    pub dpi: Option<(f64, f64)>,
    /// Only black and white.
    pub bilevel: bool,
}

/// Dots an inch that a picture is believed to have.
const SANE_DPI: std::ops::RangeInclusive<f64> = 60.0..=2400.0;
/// What is assumed of a picture that does not say.
const ASSUMED_DPI: f64 = 96.0;

impl Picture {
    /// Width and height in inches, and how far it may be enlarged: a picture
    /// that knows its size keeps it.
    pub(super) fn size(&self) -> (f64, f64, f64) {
        let (width, height) = self.image.dimensions();
        let sane = self
            .dpi
            .filter(|(x, y)| SANE_DPI.contains(x) && SANE_DPI.contains(y));
        let ((x, y), enlarge) = match sane {
            // Screens say 72 or 96 without meaning it.
            Some(dpi) if dpi.0 > 100.0 => (dpi, 1.0),
            Some(dpi) => (dpi, 2.0),
            None => ((ASSUMED_DPI, ASSUMED_DPI), 2.0),
        };
        (f64::from(width) / x, f64::from(height) / y, enlarge)
    }

    /// The picture scaled onto its sheet.
    pub(super) fn onto(self, placed: &Placement) -> Grey {
        let upright = if placed.turned {
            imageops::rotate90(&self.image)
        } else {
            self.image
        };
        let width = (placed.width.round() as u32).max(1);
        let height = (placed.height.round() as u32).max(1);
        let scaled = if upright.dimensions() == (width, height) {
            upright
        } else {
            imageops::resize(&upright, width, height, FilterType::Triangle)
        };
        let mut sheet = Grey::white(PAGE_WIDTH, placed.rows);
        let (left, top) = (placed.left.floor() as usize, placed.top.floor() as usize);
        let columns = PAGE_WIDTH as usize;
        for (y, row) in scaled.as_raw().chunks_exact(width as usize).enumerate() {
            let start = (top + y) * columns + left;
            let count = row.len().min(columns - left);
            if let Some(to) = sheet.pixels.get_mut(start..start + count) {
                to.copy_from_slice(&row[..count]);
            }
        }
        sheet
    }
}

/// Grey from any decoded image, transparency on white.
pub(super) fn on_white(image: &DynamicImage) -> GrayImage {
    if !image.color().has_alpha() {
        return image.to_luma8();
    }
    let with_alpha = image.to_luma_alpha8();
    let mut grey = GrayImage::new(image.width(), image.height());
    for (to, from) in grey.pixels_mut().zip(with_alpha.pixels()) {
        let [luma, alpha] = from.0.map(u32::from);
        to.0 = [((luma * alpha + 255 * (255 - alpha)) / 255) as u8];
    }
    grey
}

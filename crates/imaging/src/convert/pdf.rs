//! PDF, drawn by hayro onto a sheet of our own size.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_interpret::util::TransformExt as _;
use hayro::hayro_syntax::page::Page;
use hayro::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use hayro::kurbo::Affine;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::{Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit};
use hayro::{RenderCache, RenderSettings, render_into};

use super::geometry::{self, Placement};
use super::raster::Grey;
use super::{RenderOptions, halftone, preflight};
use crate::page::PAGE_WIDTH;
use crate::{FaxPage, Reason, Refusal, Resolution};

/// A PDF point in inches.
const POINT: f64 = 1.0 / 72.0;
/// Pages smaller than the sheet grow to it, up to this factor (A5, slides).
const ENLARGE: f64 = 2.0;

/// How far before the end of a file its end mark may stand.
const END_WINDOW: usize = 2048;

/// An opened PDF that has pages and passed the preflight.
pub(super) struct Document {
    pdf: Pdf,
}

impl Document {
    pub(super) fn open(document: &[u8], max_pages: u32) -> Result<Self, Refusal> {
        if !has_end(document) {
            return Err(Refusal::corrupt("the PDF breaks off before its end"));
        }
        let pdf = Pdf::new(document.to_vec()).map_err(|error| refusal(&error))?;
        let pages = pdf.pages().len();
        if pages == 0 {
            return Err(Refusal::new(
                Reason::Empty,
                "the PDF has no pages; make it again and upload it again",
            ));
        }
        if pages > max_pages as usize {
            return Err(Refusal::too_many_pages(max_pages));
        }
        preflight::check(&pdf)?;
        Ok(Self { pdf })
    }

    pub(super) fn pages(&self) -> u32 {
        self.pdf.pages().len() as u32
    }

    pub(super) fn painter(&self) -> Painter<'_> {
        Painter {
            pages: self.pdf.pages(),
            cache: RenderCache::new(),
            settings: InterpreterSettings::default(),
        }
    }
}

/// Whether the mark of the end stands near the end (ISO 32000-1, 7.5.5). The
/// engine mends a file that was cut short by leaving out what is gone; nobody
/// wants the rest faxed.
fn has_end(document: &[u8]) -> bool {
    let tail = &document[document.len().saturating_sub(END_WINDOW)..];
    tail.windows(9).any(|bytes| bytes == b"startxref")
        || tail.windows(5).any(|bytes| bytes == b"%%EOF")
}

fn refusal(error: &LoadPdfError) -> Refusal {
    match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => Refusal::new(
            Reason::Encrypted,
            "the PDF is protected with a password; save it without one and upload it again",
        ),
        LoadPdfError::Decryption(_) => Refusal::new(
            Reason::Encrypted,
            "the PDF is encrypted in a way that cannot be opened; save it without encryption and upload it again",
        ),
        LoadPdfError::Invalid => Refusal::corrupt("the PDF cannot be read"),
    }
}

/// Draws the pages of one document; fonts and glyphs are kept between pages.
pub(super) struct Painter<'a> {
    pages: &'a [Page<'a>],
    cache: RenderCache<'a>,
    settings: InterpreterSettings,
}

impl<'a> Painter<'a> {
    pub(super) fn page(&self, index: u32, options: &RenderOptions) -> Result<FaxPage, Refusal> {
        let page = self
            .pages
            .get(index as usize)
            .ok_or_else(|| Refusal::corrupt("a page of the PDF is missing"))?;
        let (width, height) = page.render_dimensions();
        if !(width.is_finite() && height.is_finite()) {
            return Err(Refusal::corrupt("a page of the PDF has no sensible size"));
        }
        let (width, height) = (f64::from(width), f64::from(height));
        let placed = geometry::place(width * POINT, height * POINT, options.resolution, ENLARGE);
        let onto_sheet = transform(&placed, width, height);
        let grey = self.draw(page, placed.rows, onto_sheet, options);
        Ok(FaxPage {
            bitmap: halftone::binarise(&grey, options.halftone, false, options.resolution),
            resolution: options.resolution,
        })
    }

    fn draw(
        &self,
        page: &'a Page<'a>,
        rows: u32,
        onto_sheet: Affine,
        options: &RenderOptions,
    ) -> Grey {
        let mut context = RenderContext::new(PAGE_WIDTH as u16, rows as u16);
        let render = RenderSettings {
            aliasing_threshold: Some(aliasing_threshold(options.resolution)),
            ..RenderSettings::default()
        };
        let transform = onto_sheet * page.initial_transform(true).to_kurbo();
        render_into(
            page,
            &self.cache,
            &self.settings,
            &render,
            &mut context,
            transform,
        );
        context.flush();
        let mut pixmap = Pixmap::new(context.width(), context.height());
        context.render_with(
            &mut pixmap,
            &mut Resources::default(),
            RasterizerSettings {
                target_init: TargetInit::Clear(WHITE),
                ..RasterizerSettings::default()
            },
        );
        grey(&pixmap)
    }
}

/// Coverage from which a pixel is inked. Text is drawn without anti-aliasing, so
/// that its edges need no halftone; at standard resolution a little bolder, or
/// thin strokes fall between the lines.
const fn aliasing_threshold(resolution: Resolution) -> u8 {
    match resolution {
        Resolution::Standard => 90,
        Resolution::Fine | Resolution::Superfine => 127,
    }
}

/// From a page of `width` x `height` points, y down, onto the sheet.
fn transform(placed: &Placement, width: f64, height: f64) -> Affine {
    let (turn, across, down) = if placed.turned {
        (
            Affine::new([0.0, 1.0, -1.0, 0.0, height, 0.0]),
            height,
            width,
        )
    } else {
        (Affine::IDENTITY, width, height)
    };
    Affine::translate((placed.left, placed.top))
        * Affine::scale_non_uniform(placed.width / across, placed.height / down)
        * turn
}

/// Luma (BT.601) of an opaque pixmap.
fn grey(pixmap: &Pixmap) -> Grey {
    let luma = |rgba: &[u8]| {
        let [r, g, b] = [rgba[0], rgba[1], rgba[2]].map(u32::from);
        ((r * 77 + g * 150 + b * 29) >> 8) as u8
    };
    Grey {
        width: u32::from(pixmap.width()),
        height: u32::from(pixmap.height()),
        pixels: pixmap
            .data_as_u8_slice()
            .chunks_exact(4)
            .map(luma)
            .collect(),
    }
}

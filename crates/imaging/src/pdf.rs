//! Fax pages as a PDF, for people and archives.

use pdf_writer::{Content, Filter, Finish as _, Name, Pdf, Rect, Ref};

use crate::page::X_DPI;
use crate::{FaxPage, ccitt};

/// Points an inch.
const POINTS: f32 = 72.0;

/// Writes one PDF page for every fax page, at its physical size, pixel for
/// pixel: the picture is stored as Group 4 code and nothing is resampled.
#[must_use]
pub fn from_pages(pages: &[FaxPage]) -> Vec<u8> {
    let mut next = 0;
    let mut reference = move || {
        next += 1;
        Ref::new(next)
    };
    let (catalog, tree) = (reference(), reference());
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    let mut kids = Vec::with_capacity(pages.len());
    for page in pages {
        let (id, image, content) = (reference(), reference(), reference());
        kids.push(id);
        write_page(&mut pdf, page, tree, [id, image, content]);
    }
    pdf.pages(tree).kids(kids).count(pages.len() as i32);
    pdf.finish()
}

fn write_page(pdf: &mut Pdf, fax: &FaxPage, tree: Ref, [id, image, content]: [Ref; 3]) {
    let (columns, rows) = (fax.bitmap.width(), fax.bitmap.height());
    let width = columns as f32 / X_DPI as f32 * POINTS;
    let height = rows as f32 / fax.resolution.y_dpi() as f32 * POINTS;
    let name = Name(b"Fax");

    let mut page = pdf.page(id);
    page.media_box(Rect::new(0.0, 0.0, width, height));
    page.parent(tree);
    page.contents(content);
    page.resources().x_objects().pair(name, image);
    page.finish();

    let mut drawing = Content::new();
    drawing
        .save_state()
        .transform([width, 0.0, 0.0, height, 0.0, 0.0])
        .x_object(name)
        .restore_state();
    pdf.stream(content, &drawing.finish());

    let code = ccitt::encode_g4(&fax.bitmap);
    let mut picture = pdf.image_xobject(image, &code);
    picture.filter(Filter::CcittFaxDecode);
    picture
        .decode_parms()
        .k(-1)
        .columns(columns as i32)
        .rows(rows as i32);
    picture.width(columns as i32).height(rows as i32);
    picture.bits_per_component(1);
    picture.color_space().device_gray();
}

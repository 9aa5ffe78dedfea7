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
    let mut pdf = PdfWriter::new();
    for page in pages {
        pdf.push(page);
    }
    pdf.finish()
}

/// Takes one page at a time, so that only its code is kept.
pub(crate) struct PdfWriter {
    pdf: Pdf,
    tree: Ref,
    next: Ref,
    kids: Vec<Ref>,
}

impl PdfWriter {
    pub(crate) fn new() -> Self {
        let (catalog, tree) = (Ref::new(1), Ref::new(2));
        let mut pdf = Pdf::new();
        pdf.catalog(catalog).pages(tree);
        Self {
            pdf,
            tree,
            next: Ref::new(3),
            kids: Vec::new(),
        }
    }

    pub(crate) fn push(&mut self, page: &FaxPage) {
        let [id, image, content] = [(); 3].map(|()| self.next.bump());
        self.kids.push(id);
        write_page(&mut self.pdf, page, self.tree, [id, image, content]);
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        let count = self.kids.len() as i32;
        self.pdf.pages(self.tree).kids(self.kids).count(count);
        self.pdf.finish()
    }
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

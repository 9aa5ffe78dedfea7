//! Foreign files, made here, and the cage that opens them.

use std::path::PathBuf;

use faxgate_imaging::{Cage, CageConfig, FaxPage, Halftone, RenderOptions, Resolution, fax_tiff};
use pdf_writer::{Content, Filter, Finish as _, Name, Pdf, Rect, Ref};

/// A cage around the worker binary of this crate.
pub(crate) fn cage() -> Cage {
    Cage::new(config())
}

pub(crate) fn config() -> CageConfig {
    CageConfig {
        program: PathBuf::from(env!("CARGO_BIN_EXE_faxgate-imaging-worker")),
        arguments: Vec::new(),
        ..CageConfig::default()
    }
}

pub(crate) const FINE: RenderOptions = RenderOptions {
    resolution: Resolution::Fine,
    halftone: Halftone::Auto,
    max_pages: None,
};

/// Renders in the cage and reads the fax back.
pub(crate) async fn pages(document: Vec<u8>, options: &RenderOptions) -> Vec<FaxPage> {
    let fax = cage().render(document.into(), options).await.unwrap();
    let pages = fax_tiff::read(&fax.tiff).unwrap();
    assert_eq!(pages.len() as u32, fax.pages);
    pages
}

/// A PDF of one page with content of our own and nothing else.
pub(crate) fn pdf(width: f32, height: f32, draw: impl FnOnce(&mut Content)) -> Vec<u8> {
    let mut content = Content::new();
    draw(&mut content);
    let mut pdf = Pdf::new();
    pdf.catalog(Ref::new(1)).pages(Ref::new(2));
    pdf.pages(Ref::new(2)).kids([Ref::new(3)]).count(1);
    let mut page = pdf.page(Ref::new(3));
    page.media_box(Rect::new(0.0, 0.0, width, height));
    page.parent(Ref::new(2)).contents(Ref::new(4));
    page.finish();
    pdf.stream(Ref::new(4), &content.finish());
    pdf.finish()
}

/// A PDF of one Letter page that shows a picture declared as `width` x `height`.
pub(crate) fn pdf_with_picture(width: i32, height: i32, code: &[u8]) -> Vec<u8> {
    let mut pdf = Pdf::new();
    pdf.catalog(Ref::new(1)).pages(Ref::new(2));
    pdf.pages(Ref::new(2)).kids([Ref::new(3)]).count(1);
    let mut page = pdf.page(Ref::new(3));
    page.media_box(Rect::new(0.0, 0.0, 612.0, 792.0));
    page.parent(Ref::new(2)).contents(Ref::new(4));
    page.resources().x_objects().pair(Name(b"P"), Ref::new(5));
    page.finish();
    pdf.stream(Ref::new(4), b"q 612 0 0 792 0 0 cm /P Do Q");
    let mut picture = pdf.image_xobject(Ref::new(5), code);
    picture.filter(Filter::CcittFaxDecode);
    picture.decode_parms().k(-1).columns(width).rows(height);
    picture.width(width).height(height).bits_per_component(1);
    picture.color_space().device_gray();
    picture.finish();
    pdf.finish()
}

/// A PDF from numbered bodies of objects, object 1 the catalog.
pub(crate) fn pdf_of(objects: &[String]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut offsets = Vec::new();
    for (index, body) in objects.iter().enumerate() {
        offsets.push(file.len());
        file.extend_from_slice(format!("{} 0 obj\n{body}\nendobj\n", index + 1).as_bytes());
    }
    let start = file.len();
    file.extend_from_slice(
        format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).as_bytes(),
    );
    for offset in offsets {
        file.extend_from_slice(format!("{offset:010} 00000 n \n").as_bytes());
    }
    file.extend_from_slice(
        format!(
            "trailer\n<< /Size {} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n",
            objects.len() + 1
        )
        .as_bytes(),
    );
    file
}

/// A stream object.
pub(crate) fn stream(entries: &str, content: &str) -> String {
    format!(
        "<< {entries} /Length {} >>\nstream\n{content}\nendstream",
        content.len()
    )
}

/// A grey PNG from a function of x and y.
pub(crate) fn png(width: u32, height: u32, level: impl Fn(u32, u32) -> u8) -> Vec<u8> {
    let image = image::GrayImage::from_fn(width, height, |x, y| image::Luma([level(x, y)]));
    encoded(&image.into(), image::ImageFormat::Png)
}

pub(crate) fn encoded(image: &image::DynamicImage, format: image::ImageFormat) -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    image.write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// Something like a photograph: soft shapes and grain, the same at every call.
pub(crate) fn photo(width: u32, height: u32) -> image::RgbImage {
    let mut state = 0x2545_f491_4f6c_dd1du64;
    image::RgbImage::from_fn(width, height, |x, y| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let (u, v) = (f64::from(x) / 97.0, f64::from(y) / 131.0);
        let soft = 127.0 + 60.0 * (u.sin() + (v * 1.3).cos()) + 20.0 * (u * v / 7.0).sin();
        let grain = (state % 33) as f64 - 16.0;
        let level = (soft + grain).clamp(0.0, 255.0) as u8;
        image::Rgb([level, level.saturating_add(10), level.saturating_sub(10)])
    })
}

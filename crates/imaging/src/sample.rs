//! A document to try things with: real text, a drawing and greys.

use pdf_writer::{Content, Name, Pdf, Rect, Ref, Str};

/// A4 in points.
const A4: (f32, f32) = (595.28, 841.89);
/// Letter in points.
const LETTER: (f32, f32) = (612.0, 792.0);

const CATALOG: Ref = Ref::new(1);
const TREE: Ref = Ref::new(2);
const BODY: Ref = Ref::new(3);
const BOLD: Ref = Ref::new(4);

const LETTER_TEXT: [&str; 14] = [
    "This sample was made to be faxed. It has three pages: this letter on A4,",
    "a drawing on US Letter, and a page of greys.",
    "",
    "A fax must arrive, once, and be provable. What you read here was set in a",
    "standard font, drawn at 204 dots an inch, coded as Group 4 and sent over a",
    "telephone line, or over something that behaves like one.",
    "",
    "Small print shows whether thin strokes survive. Figures show whether a 3",
    "can be told from an 8, and a 1 from an l: 1038 1083 3810 8310 1l1 0O0.",
    "",
    "Account no.    Date         Description                        Amount",
    "10-3381-7      2026-03-18   Records, 14 pages                   12.40",
    "10-3381-8      2026-03-19   Certified copy                       8.00",
    "10-3388-1      2026-03-21   Delivery                             3.85",
];

/// A PDF of three pages, A4, Letter and A4: a letter in Helvetica with small
/// print, a line drawing, and a grey ramp with a gradient of fine bars.
///
/// The bytes are the same at every call.
#[must_use]
pub fn document() -> Vec<u8> {
    let pages = [(A4, letter()), (LETTER, drawing()), (A4, greys())];
    let mut pdf = Pdf::new();
    pdf.catalog(CATALOG).pages(TREE);
    let ids = |index: usize| {
        let first = 5 + 2 * index as i32;
        (Ref::new(first), Ref::new(first + 1))
    };
    pdf.pages(TREE)
        .kids((0..pages.len()).map(|index| ids(index).0))
        .count(pages.len() as i32);
    pdf.type1_font(BODY).base_font(Name(b"Helvetica"));
    pdf.type1_font(BOLD).base_font(Name(b"Helvetica-Bold"));
    for (index, ((width, height), content)) in pages.into_iter().enumerate() {
        let (id, stream) = ids(index);
        let mut page = pdf.page(id);
        page.media_box(Rect::new(0.0, 0.0, width, height));
        page.parent(TREE);
        page.contents(stream);
        page.resources()
            .fonts()
            .pair(Name(b"Body"), BODY)
            .pair(Name(b"Bold"), BOLD);
        drop(page);
        pdf.stream(stream, &content.finish());
    }
    pdf.finish()
}

fn text(content: &mut Content, font: &[u8], size: f32, x: f32, y: f32, line: &str) {
    content
        .begin_text()
        .set_font(Name(font), size)
        .next_line(x, y)
        .show(Str(line.as_bytes()))
        .end_text();
}

fn letter() -> Content {
    let mut content = Content::new();
    text(&mut content, b"Bold", 28.0, 56.0, 760.0, "Faxgate sample");
    content.set_line_width(1.5);
    content.move_to(56.0, 748.0).line_to(539.0, 748.0).stroke();
    for (index, line) in LETTER_TEXT.iter().enumerate() {
        text(
            &mut content,
            b"Body",
            12.0,
            56.0,
            716.0 - 18.0 * index as f32,
            line,
        );
    }
    for (index, size) in [10.0f32, 9.0, 8.0, 7.0, 6.0, 5.0].into_iter().enumerate() {
        let line =
            format!("{size} points: the quick brown fox jumps over the lazy dog, 0123456789.");
        text(
            &mut content,
            b"Body",
            size,
            56.0,
            440.0 - 16.0 * index as f32,
            &line,
        );
    }
    text(&mut content, b"Body", 9.0, 56.0, 40.0, "Page 1 of 3");
    content
}

fn drawing() -> Content {
    let mut content = Content::new();
    text(&mut content, b"Bold", 20.0, 56.0, 720.0, "A line drawing");
    for step in 0..=36 {
        let at = step as f32 * 12.0;
        content.set_line_width(0.25 + step as f32 * 0.03);
        content
            .move_to(90.0 + at, 150.0)
            .line_to(522.0, 150.0 + at)
            .stroke();
        content
            .move_to(90.0, 582.0 - at)
            .line_to(90.0 + at, 150.0)
            .stroke();
    }
    content
        .set_line_width(2.0)
        .rect(90.0, 150.0, 432.0, 432.0)
        .stroke();
    // A circle from four Bezier curves.
    let (x, y, r) = (306.0, 470.0, 70.0);
    let k = r * 0.552_284_8;
    content
        .move_to(x + r, y)
        .cubic_to(x + r, y + k, x + k, y + r, x, y + r)
        .cubic_to(x - k, y + r, x - r, y + k, x - r, y)
        .cubic_to(x - r, y - k, x - k, y - r, x, y - r)
        .cubic_to(x + k, y - r, x + r, y - k, x + r, y)
        .stroke();
    text(&mut content, b"Body", 9.0, 56.0, 40.0, "Page 2 of 3");
    content
}

fn greys() -> Content {
    let mut content = Content::new();
    text(&mut content, b"Bold", 20.0, 56.0, 760.0, "Greys");
    for step in 0..16u8 {
        let level = f32::from(step) / 15.0;
        let x = 56.0 + f32::from(step) * 30.0;
        content
            .set_fill_gray(level)
            .rect(x, 560.0, 30.0, 160.0)
            .fill_nonzero();
        content.set_fill_gray(0.0);
        text(
            &mut content,
            b"Body",
            8.0,
            x + 6.0,
            546.0,
            &format!("{:.0}%", level * 100.0),
        );
    }
    for bar in 0..120u8 {
        let thickness = 0.2 + f32::from(bar) * 0.02;
        content
            .rect(56.0 + f32::from(bar) * 4.0, 380.0, thickness, 120.0)
            .fill_nonzero();
    }
    content
        .set_fill_rgb(0.1, 0.3, 0.7)
        .rect(56.0, 220.0, 150.0, 110.0)
        .fill_nonzero();
    content
        .set_fill_rgb(0.8, 0.2, 0.1)
        .rect(216.0, 220.0, 150.0, 110.0)
        .fill_nonzero();
    content
        .set_fill_rgb(0.95, 0.9, 0.3)
        .rect(376.0, 220.0, 150.0, 110.0)
        .fill_nonzero();
    content.set_fill_gray(0.0);
    text(&mut content, b"Body", 9.0, 56.0, 40.0, "Page 3 of 3");
    content
}

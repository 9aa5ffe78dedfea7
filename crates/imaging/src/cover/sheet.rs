//! A cover on paper.

use pdf_writer::{Content, Filter, Finish as _, Name, Pdf, Rect, Ref, Str};

use super::logo::{Coded, Logo};
use super::metrics::Face;
use super::text::{encode, wrap};
use super::{Cover, Paper};

const CATALOG: Ref = Ref::new(1);
const TREE: Ref = Ref::new(2);
const PAGE: Ref = Ref::new(3);
const BODY: Ref = Ref::new(4);
const BOLD: Ref = Ref::new(5);
const DRAWING: Ref = Ref::new(6);
const LOGO: Ref = Ref::new(7);

/// Points at every side: more than fax machines cut.
const MARGIN: f32 = 54.0;
const GAP: f32 = 14.0;
/// The largest logo, in points.
const LOGO_ROOM: (f32, f32) = (220.0, 72.0);
const HEADING: f32 = 20.0;
const TITLE: f32 = 34.0;
const TEXT: f32 = 11.0;
const SMALL: f32 = 9.0;
/// The label of a fact stands in so many points.
const LABEL: f32 = 62.0;
const MOST_ADDRESS_LINES: usize = 8;
const MOST_FACTS: usize = 24;
const MOST_NOTE_LINES: usize = 12;

pub(super) fn draw(cover: &Cover) -> Vec<u8> {
    let size = match cover.paper {
        Paper::A4 => (595.28, 841.89),
        Paper::Letter => (612.0, 792.0),
    };
    let mut sheet = Sheet {
        content: Content::new(),
        width: size.0,
        at: size.1 - MARGIN,
    };
    sheet.top(cover);
    let floor = sheet.note(&cover.note);
    sheet.rule();
    sheet.facts(&cover.facts, floor);
    sheet.subject(&cover.subject);
    sheet.rule();
    sheet.message(&cover.message, floor);
    finish(cover, size, sheet.content)
}

/// The page as it is drawn, from top to bottom.
struct Sheet {
    content: Content,
    width: f32,
    /// The height up to which there is something, in points from the bottom.
    at: f32,
}

impl Sheet {
    fn room(&self) -> f32 {
        self.width - 2.0 * MARGIN
    }

    fn line(&mut self, face: Face, size: f32, x: f32, y: f32, text: &str) {
        let name: &[u8] = match face {
            Face::Body => b"Body",
            Face::Bold => b"Bold",
        };
        self.content
            .begin_text()
            .set_font(Name(name), size)
            .set_text_matrix([1.0, 0.0, 0.0, 1.0, x, y])
            .show(Str(&encode(text)))
            .end_text();
    }

    /// Lines beneath one another, from `self.at` down.
    fn block(&mut self, face: Face, size: f32, x: f32, lines: &[String]) {
        for line in lines {
            self.at -= size * 1.3;
            self.line(face, size, x, self.at, line);
        }
    }

    fn top(&mut self, cover: &Cover) {
        let top = self.at;
        if let Some(logo) = &cover.logo {
            let (width, height) = fitted(logo);
            self.content.save_state();
            self.content
                .transform([width, 0.0, 0.0, height, MARGIN, top - height]);
            self.content.x_object(Name(b"Logo"));
            self.content.restore_state();
            self.at -= height + GAP;
        }
        let title = Face::Bold.width(&cover.title, TITLE);
        let right = self.width - MARGIN - title;
        self.line(Face::Bold, TITLE, right, top - TITLE, &cover.title);
        // Beside the title where there is no logo.
        let room = match cover.logo {
            Some(_) => self.room(),
            None => (right - MARGIN - GAP).max(120.0),
        };
        let heading = wrap(Face::Bold, HEADING, room, &cover.heading, 2);
        self.block(Face::Bold, HEADING, MARGIN, &heading);
        for line in cover.address.iter().take(MOST_ADDRESS_LINES) {
            let line = wrap(Face::Body, TEXT, room, line, 1);
            self.block(Face::Body, TEXT, MARGIN, &line);
        }
        self.at = self.at.min(top - TITLE) - GAP;
    }

    fn rule(&mut self) {
        let (left, right) = (MARGIN, self.width - MARGIN);
        self.content
            .set_line_width(1.5)
            .move_to(left, self.at)
            .line_to(right, self.at)
            .stroke();
        self.at -= GAP / 2.0;
    }

    /// Two in a row; those that would leave no room for the subject are left out.
    fn facts(&mut self, facts: &[(String, String)], floor: f32) {
        let last = floor + 8.0 * TEXT;
        let column = self.room() / 2.0;
        let told = facts.iter().filter(|(_, text)| !text.trim().is_empty());
        let told: Vec<_> = told.take(MOST_FACTS).collect();
        for row in told.chunks(2) {
            let top = self.at;
            if top < last {
                break;
            }
            let mut lowest = top;
            for (index, (label, text)) in row.iter().enumerate() {
                let left = MARGIN + index as f32 * column;
                self.at = top;
                let label = wrap(Face::Bold, TEXT, LABEL - 6.0, label, 1);
                self.block(Face::Bold, TEXT, left, &label);
                self.at = top;
                let text = wrap(Face::Body, TEXT, column - LABEL - GAP, text, 3);
                self.block(Face::Body, TEXT, left + LABEL, &text);
                lowest = lowest.min(self.at);
            }
            self.at = lowest - TEXT / 2.0;
        }
    }

    fn subject(&mut self, (label, text): &(String, String)) {
        if !text.trim().is_empty() {
            let top = self.at;
            self.block(Face::Bold, TEXT, MARGIN, std::slice::from_ref(label));
            self.at = top;
            let text = wrap(Face::Bold, TEXT, self.room() - LABEL, text, 3);
            self.block(Face::Bold, TEXT, MARGIN + LABEL, &text);
        }
        self.at -= GAP;
    }

    /// At the bottom; gives the height above it.
    fn note(&mut self, note: &str) -> f32 {
        let lines = wrap(Face::Body, SMALL, self.room(), note.trim(), MOST_NOTE_LINES);
        if lines.is_empty() {
            return MARGIN;
        }
        let height = lines.len() as f32 * SMALL * 1.3;
        let above = self.at;
        self.at = MARGIN + height;
        let floor = self.at + GAP;
        self.block(Face::Body, SMALL, MARGIN, &lines);
        self.at = above;
        floor
    }

    fn message(&mut self, message: &str, floor: f32) {
        let rows = ((self.at - floor) / (TEXT * 1.3)).max(0.0) as usize;
        if rows > 0 {
            let lines = wrap(Face::Body, TEXT, self.room(), message.trim_end(), rows);
            self.block(Face::Body, TEXT, MARGIN, &lines);
        }
    }
}

/// Its size on paper: as large as there is room for, and no larger than 72 dots an inch make it.
fn fitted(logo: &Logo) -> (f32, f32) {
    let (width, height) = (logo.width as f32, logo.height as f32);
    let scale = (LOGO_ROOM.0 / width).min(LOGO_ROOM.1 / height).min(1.0);
    (width * scale, height * scale)
}

fn finish(cover: &Cover, size: (f32, f32), content: Content) -> Vec<u8> {
    let mut pdf = Pdf::new();
    pdf.catalog(CATALOG).pages(TREE);
    pdf.pages(TREE).kids([PAGE]).count(1);
    for (font, name) in [(BODY, &b"Helvetica"[..]), (BOLD, b"Helvetica-Bold")] {
        pdf.type1_font(font)
            .base_font(Name(name))
            .encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    let mut page = pdf.page(PAGE);
    page.media_box(Rect::new(0.0, 0.0, size.0, size.1));
    page.parent(TREE);
    page.contents(DRAWING);
    let mut resources = page.resources();
    resources
        .fonts()
        .pair(Name(b"Body"), BODY)
        .pair(Name(b"Bold"), BOLD);
    if cover.logo.is_some() {
        resources.x_objects().pair(Name(b"Logo"), LOGO);
    }
    resources.finish();
    page.finish();
    pdf.stream(DRAWING, &content.finish());
    if let Some(logo) = &cover.logo {
        picture(&mut pdf, logo);
    }
    pdf.finish()
}

/// The picture as it came in: PDF knows both codings.
fn picture(pdf: &mut Pdf, logo: &Logo) {
    let (width, height) = (logo.width as i32, logo.height as i32);
    let mut image = pdf.image_xobject(LOGO, &logo.bytes);
    image.width(width).height(height);
    let (grey, bits) = match logo.coded {
        Coded::Jpeg { grey } => {
            image.filter(Filter::DctDecode);
            (grey, 8)
        }
        Coded::Png { grey, bits } => {
            image.filter(Filter::FlateDecode);
            image
                .decode_parms()
                .predictor(pdf_writer::types::Predictor::PngOptimum)
                .colors(if grey { 1 } else { 3 })
                .bits_per_component(i32::from(bits))
                .columns(width);
            (grey, i32::from(bits))
        }
    };
    image.bits_per_component(bits);
    match grey {
        true => image.color_space().device_gray(),
        false => image.color_space().device_rgb(),
    }
}

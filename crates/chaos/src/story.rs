//! What the far ends will do: one number for each fax, with a scenario of its own.

use pdf_writer::{Content, Name, Pdf, Rect, Ref, Str};
use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

/// What becomes of a fax to this number if nothing goes wrong on our side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Promise {
    /// Every page arrives in the end.
    Arrives,
    /// It cannot arrive: there is no machine, or no such number.
    Fails,
}

/// One fax to send.
#[derive(Clone, Debug)]
pub(crate) struct Errand {
    /// The last ten digits.
    pub(crate) number: String,
    /// Which of [`PAGES`].
    pub(crate) document: usize,
    pub(crate) promise: Promise,
    /// What the far end does, in a word.
    pub(crate) plot: &'static str,
}

/// Pages of each document that is sent.
pub(crate) const PAGES: [u32; 3] = [1, 3, 8];

/// A document of so many pages, each with its number and some ink.
pub(crate) fn document(pages: u32) -> Vec<u8> {
    let (catalog, tree, font) = (Ref::new(1), Ref::new(2), Ref::new(3));
    let ids: Vec<_> = (0..pages)
        .filter_map(|page| i32::try_from(page).ok())
        .map(|page| (Ref::new(4 + 2 * page), Ref::new(5 + 2 * page)))
        .collect();
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    pdf.pages(tree)
        .kids(ids.iter().map(|(page, _)| *page))
        .count(i32::try_from(pages).unwrap_or(i32::MAX));
    pdf.type1_font(font).base_font(Name(b"Helvetica"));
    for (number, (page, stream)) in (1..).zip(ids) {
        let mut entry = pdf.page(page);
        entry.media_box(Rect::new(0.0, 0.0, 595.0, 842.0));
        entry.parent(tree).contents(stream);
        entry.resources().fonts().pair(Name(b"F"), font);
        drop(entry);
        let mut content = Content::new();
        content.begin_text().set_font(Name(b"F"), 60.0);
        content.next_line(60.0, 600.0);
        content.show(Str(format!("Page {number} of {pages}").as_bytes()));
        content.end_text();
        pdf.stream(stream, &content.finish());
    }
    pdf.finish()
}

/// The errands of a run, and the file of scenarios that the line plays for them.
pub(crate) fn errands(count: usize, random: &mut StdRng) -> (Vec<Errand>, Value) {
    let mut scenarios = Vec::new();
    let errands = (0..count).map(|n| errand(n, random, &mut scenarios));
    let errands = errands.collect();
    (errands, json!({ "number": scenarios }))
}

fn errand(n: usize, random: &mut StdRng, scenarios: &mut Vec<Value>) -> Errand {
    let number = format!("555{:07}", 2_000_000 + n);
    let document = random.random_range(0..PAGES.len());
    let last = random.random_range(0..PAGES[document]);
    let (plot, promise, played) = match random.random_range(0..100) {
        0..8 => (
            "busy, then delivered",
            Promise::Arrives,
            vec![
                json!({ "number": number, "outcome": "busy" }),
                json!({ "number": number, "outcome": "delivered" }),
            ],
        ),
        8..28 => (
            "drops in a page, then delivered",
            Promise::Arrives,
            vec![
                json!({ "number": number, "outcome": "drop", "after_page": last }),
                json!({ "number": number, "outcome": "delivered" }),
            ],
        ),
        28..33 => (
            "vanishes, then delivered",
            Promise::Arrives,
            vec![
                json!({ "number": number, "outcome": "vanish", "after_page": last }),
                json!({ "number": number, "outcome": "delivered" }),
            ],
        ),
        33..38 => (
            "loses the last MCF, then delivered",
            Promise::Arrives,
            vec![
                json!({ "number": number, "outcome": "last_mcf_lost" }),
                json!({ "number": number, "outcome": "delivered" }),
            ],
        ),
        38..41 => (
            "no answer, then delivered",
            Promise::Arrives,
            vec![
                json!({ "number": number, "outcome": "no_answer" }),
                json!({ "number": number, "outcome": "delivered" }),
            ],
        ),
        41..46 => (
            "slow",
            Promise::Arrives,
            vec![
                json!({ "number": number, "outcome": "delivered", "page_seconds": 150 / PAGES[document] }),
            ],
        ),
        46..49 => (
            "a person answers",
            Promise::Fails,
            vec![json!({ "number": number, "outcome": "human" })],
        ),
        49..52 => (
            "not a fax",
            Promise::Fails,
            vec![json!({ "number": number, "outcome": "not_fax" })],
        ),
        52..55 => (
            "no such number",
            Promise::Fails,
            vec![json!({ "number": number, "outcome": "unallocated" })],
        ),
        _ => ("delivered", Promise::Arrives, Vec::new()),
    };
    scenarios.extend(played);
    Errand {
        number,
        document,
        promise,
        plot,
    }
}

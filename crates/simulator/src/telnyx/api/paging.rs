//! Pages of a list.

use serde_json::{Value, json};

use super::super::answer::Answer;
use super::Asked;

/// Telnyx' page, and the largest.
const USUAL: usize = 20;
const MOST: usize = 250;

/// The page of `all` that is asked for, with its `meta`.
pub(super) fn page(asked: &Asked, all: Vec<Value>) -> Answer {
    let number = |name: &str, usual: usize| {
        let given = asked.parameter(name).and_then(|text| text.parse().ok());
        given.unwrap_or(usual).max(1)
    };
    let number_of_page = number("page[number]", 1);
    let size = number("page[size]", USUAL).min(MOST);
    let total = all.len();
    let data: Vec<Value> = all
        .into_iter()
        .skip((number_of_page - 1).saturating_mul(size))
        .take(size)
        .collect();
    Answer::json(
        200,
        &json!({
            "data": data,
            "meta": {
                "total_pages": total.div_ceil(size),
                "total_results": total,
                "page_number": number_of_page,
                "page_size": size,
            },
        }),
    )
}

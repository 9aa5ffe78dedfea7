//! `GET /v2/available_phone_numbers`.

use serde_json::{Value, json};

use super::super::account::Account;
use super::super::answer::Answer;
use super::super::numbers::Offer;
use super::Asked;

/// Numbers in one answer, unless fewer are asked for.
const MOST: usize = 250;

pub(super) fn list(account: &Account, asked: &Asked) -> Answer {
    let limit = asked
        .parameter("filter[limit]")
        .and_then(|text| text.parse().ok())
        .unwrap_or(MOST)
        .min(MOST);
    let state = account.state();
    let data: Vec<Value> = state
        .numbers
        .stock
        .iter()
        .filter(|offer| matches(asked, offer))
        .take(limit)
        .map(Offer::shown)
        .collect();
    let found = data.len();
    let meta = json!({"total_results": found, "best_effort_results": 0});
    Answer::json(200, &json!({"data": data, "meta": meta}))
}

/// Whether an offer is what all filters want; those that change nothing here (`best_effort`, `quickship`, …) want nothing.
fn matches(asked: &Asked, offer: &Offer) -> bool {
    let equal = |name: &str, value: &str| {
        let wanted = asked.parameter(&format!("filter[{name}]"));
        wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(value))
    };
    let digits = offer.phone_number.trim_start_matches('+');
    let national = match offer.country {
        "US" => &digits[1..],
        _ => &digits[2..],
    };
    let like = |how: &str, test: &dyn Fn(&str) -> bool| {
        let wanted = asked.parameter(&format!("filter[phone_number][{how}]"));
        wanted.is_none_or(|wanted| test(wanted.trim_start_matches('+')))
    };
    let faxes = asked.query.iter().any(|(name, value)| {
        matches!(name.as_str(), "filter[features]" | "filter[features][]")
            && value.split(',').any(|feature| feature == "fax")
    });
    equal("country_code", offer.country)
        && equal("phone_number_type", offer.kind)
        && equal("national_destination_code", &offer.area_code)
        && equal("locality", offer.locality)
        && equal("administrative_area", offer.region)
        && equal("rate_center", offer.locality)
        && like("starts_with", &|start| {
            digits.starts_with(start) || national.starts_with(start)
        })
        && like("ends_with", &|end| digits.ends_with(end))
        && like("contains", &|part| digits.contains(part))
        && (!faxes || offer.takes_faxes)
}

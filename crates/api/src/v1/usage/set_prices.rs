//! `PUT /api/v1/prices`

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Amount, Error, PriceList};

use super::model::{NewPricesBody, PricesBody};
use super::{amount, asker, tenant};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::fields::Fields;
use crate::extract::json;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, one};

/// Set a tenant's own prices
///
/// The whole list: what is absent is free. It holds for calls that are begun from now on; a call in progress keeps the prices that it was begun with.
/// For operators.
#[utoipa::path(
    put,
    path = "/api/v1/prices",
    tag = "usage",
    operation_id = "set_prices",
    params(
        ("tenant" = Option<String>, Query, description = "Another tenant's slug; for operators."),
    ),
    request_body = NewPricesBody,
    responses(
        (status = 200, description = "The prices.", body = Envelope<PricesBody>),
        (status = 400, description = "The body is no JSON object, or a field is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such tenant.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn set_prices(
    request: HttpRequest,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Usage, async |caller| {
        let parameters = Parameters::of(&request)?;
        let body = json::read(request.headers(), payload, &api.room).await?;
        let list = read(&body.bytes)?;
        let prices = api
            .app
            .set_prices(&asker(&caller), tenant(&parameters), Some(list))
            .await?;
        Ok(one(StatusCode::OK, PricesBody::from(prices)))
    })
    .await
}

fn read(body: &[u8]) -> Result<PriceList, Error> {
    let mut fields = json::object(body)?;
    let list = PriceList {
        per_page: price(&mut fields, "per_page"),
        per_page_by_prefix: by_prefix(&mut fields, "per_page_by_prefix"),
        per_minute: price(&mut fields, "per_minute"),
        per_minute_by_prefix: by_prefix(&mut fields, "per_minute_by_prefix"),
        per_attempt: price(&mut fields, "per_attempt"),
        per_page_received: price(&mut fields, "per_page_received"),
    };
    fields.finish()?;
    Ok(list)
}

/// A price; absent: nothing.
fn price(fields: &mut Fields, name: &str) -> u64 {
    let Some(amount) = amount(fields, name) else {
        return 0;
    };
    positive(amount).unwrap_or_else(|problem| {
        fields.problem(name, problem);
        0
    })
}

fn positive(amount: Amount) -> Result<u64, &'static str> {
    amount.price().ok_or("must not be below zero")
}

/// An object of prefixes and prices; absent: none.
fn by_prefix(fields: &mut Fields, name: &str) -> BTreeMap<String, u64> {
    let Some(mut inner) = fields.object(name) else {
        return BTreeMap::new();
    };
    let mut prices = BTreeMap::new();
    for prefix in inner.names() {
        if inner.is_null(&prefix) {
            // Absent is free: nobody means that by naming a prefix.
            inner.problem(&prefix, "must be an amount");
        }
        let digits = prefix.trim_start_matches('+').to_owned();
        prices.insert(digits, price(&mut inner, &prefix));
    }
    fields.absorb(name, inner);
    prices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_texts_or_numbers_and_what_is_absent_is_free() {
        let list = read(br#"{"per_page": "0.05", "per_page_by_prefix": {"+44": 0.08, "1": "0.03"}, "per_attempt": 0}"#).unwrap();
        assert_eq!(
            list,
            PriceList {
                per_page: 50_000,
                per_page_by_prefix: [("44".to_owned(), 80_000), ("1".to_owned(), 30_000)].into(),
                ..PriceList::default()
            }
        );
        assert_eq!(read(b"{}").unwrap(), PriceList::default());
    }

    #[test]
    fn what_is_no_price_is_named() {
        let wrong = br#"{"per_page": "-1", "per_minute": "1,5", "per_attempt": true, "per_page_by_prefix": {"1": "x"}, "per_minute_by_prefix": []}"#;
        let error = read(wrong).unwrap_err();
        let fields: Vec<_> = error.details.keys().cloned().collect();
        assert_eq!(
            fields,
            [
                "per_attempt",
                "per_minute",
                "per_minute_by_prefix",
                "per_page",
                "per_page_by_prefix.1"
            ]
        );
    }
}

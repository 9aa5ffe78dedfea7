//! `GET /api/v1/numbers/available`

use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Error, NumberSearch};

use super::asker;
use super::model::AvailableBody;
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::{Parameters, wrong};
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, listed};

const KINDS: [&str; 5] = ["local", "toll_free", "mobile", "national", "shared_cost"];
const DEFAULT_LIMIT: u64 = 20;

/// Search numbers
///
/// Numbers that can be ordered from the carrier, for administrators. All of them can fax.
#[utoipa::path(
    get,
    path = "/api/v1/numbers/available",
    tag = "numbers",
    operation_id = "search_numbers",
    params(
        ("country" = Option<String>, Query, description = "Two letters (ISO 3166-1); absent: the tenant's own country."),
        ("area_code" = Option<String>, Query, description = "The digits after the country code."),
        ("locality" = Option<String>, Query, description = "A town."),
        ("administrative_area" = Option<String>, Query, description = "A state or province."),
        ("type" = Option<String>, Query, description = "`local`, `toll_free`, `mobile`, `national` or `shared_cost`."),
        ("starts_with" = Option<String>, Query, description = "Digits that the number starts with."),
        ("ends_with" = Option<String>, Query, description = "Digits that it ends with."),
        ("contains" = Option<String>, Query, description = "Digits that are somewhere in it."),
        ("features" = Option<String>, Query, description = "What it has to be able to do besides fax, separated by commas: `voice`, `sms`."),
        ("limit" = Option<u32>, Query, description = "At most so many.", minimum = 1, maximum = 250),
    ),
    responses(
        (status = 200, description = "Numbers that can be ordered.", body = Envelope<Vec<AvailableBody>>),
        (status = 400, description = "A parameter is wrong, or the carrier does not take the search.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 503, description = "No carrier is set up, or it cannot be reached; see Retry-After.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn available(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Numbers, async |caller| {
        let wanted = read(&Parameters::of(&request)?)?;
        let found = api.app.available_numbers(&asker(caller), wanted).await?;
        let found: Vec<AvailableBody> = found.into_iter().map(Into::into).collect();
        Ok(listed(found, None))
    })
    .await
}

fn read(parameters: &Parameters) -> Result<NumberSearch, Error> {
    let limit = parameters.number("limit", 1, 250)?.unwrap_or(DEFAULT_LIMIT);
    let kinds: Vec<_> = KINDS.iter().map(|kind| (*kind, *kind)).collect();
    let features = text(parameters, "features")?.unwrap_or_default();
    let features = features
        .split(',')
        .map(|feature| feature.trim().to_ascii_lowercase())
        .filter(|feature| !feature.is_empty());
    Ok(NumberSearch {
        country: country(parameters)?,
        area_code: digits(parameters, "area_code")?,
        locality: text(parameters, "locality")?,
        administrative_area: text(parameters, "administrative_area")?,
        kind: parameters.word("type", &kinds)?.map(str::to_owned),
        starts_with: digits(parameters, "starts_with")?,
        ends_with: digits(parameters, "ends_with")?,
        contains: digits(parameters, "contains")?,
        features: features.collect(),
        limit: u32::try_from(limit).unwrap_or(u32::MAX),
    })
}

fn country(parameters: &Parameters) -> Result<Option<String>, Error> {
    let Some(country) = parameters.text("country") else {
        return Ok(None);
    };
    let two = country.len() == 2 && country.bytes().all(|b| b.is_ascii_alphabetic());
    match two {
        true => Ok(Some(country.to_ascii_uppercase())),
        false => Err(wrong("country", "must be two letters, such as US")),
    }
}

fn digits(parameters: &Parameters, name: &str) -> Result<Option<String>, Error> {
    match parameters.text(name) {
        Some(text) if text.len() > 15 || !text.bytes().all(|b| b.is_ascii_digit()) => {
            Err(wrong(name, "must be at most 15 digits"))
        }
        text => Ok(text.map(str::to_owned)),
    }
}

fn text(parameters: &Parameters, name: &str) -> Result<Option<String>, Error> {
    match parameters.text(name) {
        Some(text) if text.len() > 100 || text.chars().any(char::is_control) => {
            Err(wrong(name, "must have at most 100 bytes"))
        }
        text => Ok(text.map(str::to_owned)),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn search(query: &str) -> Result<NumberSearch, Error> {
        let request = TestRequest::with_uri(&format!("/api/v1/numbers/available?{query}"));
        read(&Parameters::of(&request.to_http_request())?)
    }

    #[test]
    fn a_search_is_read() {
        let wanted =
            search("country=us&area_code=312&features=fax,voice&type=local&limit=5").unwrap();
        assert_eq!(wanted.country.as_deref(), Some("US"));
        assert_eq!(wanted.area_code.as_deref(), Some("312"));
        assert_eq!(wanted.features, ["fax", "voice"]);
        assert_eq!((wanted.kind.as_deref(), wanted.limit), (Some("local"), 5));
        assert_eq!(search("").unwrap().limit, 20);
    }

    #[test]
    fn a_wrong_search_is_refused_with_what_is_allowed() {
        for wrong in [
            "country=USA",
            "area_code=abc",
            "type=fancy",
            "limit=0",
            "starts_with=1-2",
        ] {
            assert_eq!(search(wrong).unwrap_err().code, "INVALID_QUERY", "{wrong}");
        }
    }
}

//! `GET /api/fax/list/`

use std::fmt::Write as _;

use actix_web::http::header::LINK;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{Error, FaxList, ListQuery};
use faxgate_types::{Direction, FaxStatus};
use serde::Serialize;
use utoipa::ToSchema;

use super::model::{DirectionBody, FaxBody, StatusWord};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::ErrorBody;
use crate::extract::query::Parameters;
use crate::limits::Counted;

const PATH: &str = "/api/fax/list/";
const DEFAULT_LIMIT: u32 = 100;
const LARGEST_LIMIT: u32 = 500;
/// Beyond any list that can be; keeps sums far from overflow.
const LARGEST_OFFSET: u64 = 1_000_000_000_000;

/// A page of a list of faxes.
#[derive(Serialize, ToSchema)]
pub(crate) struct FaxListBody {
    /// All faxes that match, on this page or not.
    #[schema(example = 25)]
    count: u64,
    /// The faxes of this page, newest first.
    results: Vec<FaxBody>,
}

/// List faxes
///
/// The tenant's faxes, newest first, a page at a time. The header `Link` (RFC 8288) leads to the next and the previous page.
#[utoipa::path(
    get,
    path = "/api/fax/list/",
    tag = "fax",
    operation_id = "list_faxes",
    params(
        ("direction" = Option<DirectionBody>, Query, description = "Only faxes that travel this way."),
        ("status" = Option<StatusWord>, Query, description = "Only faxes with this status."),
        ("limit" = Option<u32>, Query, description = "Faxes a page.", minimum = 1, maximum = 500),
        ("offset" = Option<u64>, Query, description = "Faxes to pass over.", minimum = 0),
    ),
    responses(
        (status = 200, description = "A page of faxes.", body = FaxListBody,
            headers(("Link" = String, description = "Relative addresses with rel=\"next\" and rel=\"prev\"; absent when all fits on one page."))),
        (status = 400, description = "A filter has a value that does not exist.", body = ErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = ErrorBody),
        (status = 403, description = "The tenant is not the user's.", body = ErrorBody),
    )
)]
pub(crate) async fn list(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::Api, Counted::List, async |caller| {
        let query = read(&Parameters::of(&request)?)?;
        let page = api.app.list(&caller, query).await?;
        Ok(answer(query, page))
    })
    .await
}

fn read(parameters: &Parameters) -> Result<ListQuery, Error> {
    let directions: Vec<_> = Direction::ALL.iter().map(|d| (d.as_str(), *d)).collect();
    let statuses: Vec<_> = FaxStatus::ALL.iter().map(|s| (s.as_str(), *s)).collect();
    let limit = parameters.number("limit", 1, LARGEST_LIMIT.into())?;
    Ok(ListQuery {
        direction: parameters.word("direction", &directions)?,
        status: parameters.word("status", &statuses)?,
        limit: limit
            .and_then(|limit| u32::try_from(limit).ok())
            .unwrap_or(DEFAULT_LIMIT),
        offset: parameters.number("offset", 0, LARGEST_OFFSET)?.unwrap_or(0),
    })
}

fn answer(query: ListQuery, page: FaxList) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    if let Some(links) = links(&query, page.count) {
        response.insert_header((LINK, links));
    }
    response.json(FaxListBody {
        count: page.count,
        results: page.results.into_iter().map(Into::into).collect(),
    })
}

/// `Link` (RFC 8288) to the neighbouring pages. Relative, so that no header of the request gets into it.
fn links(query: &ListQuery, count: u64) -> Option<String> {
    let limit = u64::from(query.limit);
    let next = query.offset.saturating_add(limit);
    let mut links = Vec::new();
    if next < count {
        links.push(format!("<{}>; rel=\"next\"", address(query, next)));
    }
    if query.offset > 0 {
        // From beyond the end, back to the last page.
        let previous = query.offset.min(count).saturating_sub(limit);
        links.push(format!("<{}>; rel=\"prev\"", address(query, previous)));
    }
    (!links.is_empty()).then(|| links.join(", "))
}

fn address(query: &ListQuery, offset: u64) -> String {
    let mut address = format!("{PATH}?limit={}&offset={offset}", query.limit);
    // Writing to a string cannot fail; the words need no escaping.
    if let Some(direction) = query.direction {
        let _ = write!(address, "&direction={direction}");
    }
    if let Some(status) = query.status {
        let _ = write!(address, "&status={status}");
    }
    address
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use actix_web::test::TestRequest;

    use super::super::model::tests::sent;
    use super::*;

    fn query(text: &str) -> Result<ListQuery, Error> {
        let request = TestRequest::with_uri(&format!("{PATH}?{text}")).to_http_request();
        read(&Parameters::of(&request)?)
    }

    #[test]
    fn without_parameters_the_newest_hundred_are_listed() {
        let query = query("").unwrap();
        assert_eq!((query.limit, query.offset), (100, 0));
        assert!(query.direction.is_none() && query.status.is_none());
    }

    #[test]
    fn an_unknown_filter_is_refused_with_the_words_there_are() {
        insta::assert_snapshot!(query("direction=up").unwrap_err(), @"direction must be one of inbound, outbound");
        insta::assert_snapshot!(query("status=done").unwrap_err(), @"status must be one of pending, processing, sent, received, failed, canceled");
        insta::assert_snapshot!(query("limit=0").unwrap_err(), @"limit must be a whole number from 1 to 500");
        insta::assert_snapshot!(query("offset=-1").unwrap_err(), @"offset must be a whole number from 0 to 1000000000000");
    }

    #[test]
    fn links_lead_to_the_neighbouring_pages_and_keep_the_filters() {
        let at = |text: &str, count| links(&query(text).unwrap(), count).unwrap_or_default();
        assert_eq!(at("", 100), "");
        insta::assert_snapshot!(at("", 101), @r#"</api/fax/list/?limit=100&offset=100>; rel="next""#);
        insta::assert_snapshot!(
            at("limit=10&offset=5&direction=outbound&status=sent", 25),
            @r#"</api/fax/list/?limit=10&offset=15&direction=outbound&status=sent>; rel="next", </api/fax/list/?limit=10&offset=0&direction=outbound&status=sent>; rel="prev""#
        );
        insta::assert_snapshot!(at("limit=10&offset=1000", 25), @r#"</api/fax/list/?limit=10&offset=15>; rel="prev""#);
    }

    #[actix_web::test]
    async fn the_answer_is_the_documented_one() {
        let page = FaxList {
            count: 1,
            results: vec![sent()],
        };
        let body = to_bytes(answer(query("").unwrap(), page).into_body())
            .await
            .unwrap();
        insta::assert_snapshot!(String::from_utf8(body.to_vec()).unwrap(), @r#"{"count":1,"results":[{"uuid":"3bca1e12-f50e-4bc2-a667-c67956c051b0","direction":"outbound","status":"sent","sender_number":"5551234567","recipient_number":"5559876543","pages":3,"duration":45,"created_at":"2025-08-24T10:30:00Z","updated_at":"2025-08-24T10:31:45Z"}]}"#);
    }
}

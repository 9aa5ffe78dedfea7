//! The shape of every answer beneath `/api/v1`: `data`, and `meta` about it.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use faxgate_core::{Answer, Error};
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::query::Parameters;
use crate::observe::Seen;
use crate::once;

const DEFAULT_LIMIT: u64 = 100;
const LARGEST_LIMIT: u64 = 500;
/// Beyond any list that can be; keeps sums far from overflow.
pub(crate) const LARGEST_OFFSET: u64 = 1_000_000_000_000;

/// An answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct Envelope<T> {
    data: T,
    meta: Meta,
}

/// About an answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct Meta {
    /// The request's id, as in the gateway's log and in X-Request-Id.
    request_id: String,
    /// When the request came in.
    #[schema(format = DateTime, example = "2025-10-19T10:00:00Z")]
    ts: String,
    /// Where this page stands in its list; only with lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    paging: Option<Paging>,
}

/// Where a page stands in its list.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct Paging {
    /// How many there are in all. Absent where only the carrier knows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, example = 3)]
    total: Option<u64>,
    /// At most so many a page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, example = 100)]
    limit: Option<u32>,
    /// How many were passed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, example = 0)]
    offset: Option<u64>,
    /// The page, from 1, where the carrier counts in pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    page: Option<u32>,
    /// Whether there are more behind this page.
    more: bool,
}

impl Paging {
    /// A page of a list of ours.
    pub(crate) fn of(range: Range, total: u64, here: usize) -> Self {
        Self {
            total: Some(total),
            limit: Some(range.limit),
            offset: Some(range.offset),
            page: None,
            more: range.offset.saturating_add(here as u64) < total,
        }
    }

    /// A page of a list that grows at its end: the next one begins behind the last entry of this one.
    pub(crate) fn behind(limit: u32, more: bool) -> Self {
        Self {
            total: None,
            limit: Some(limit),
            offset: None,
            page: None,
            more,
        }
    }

    /// A page of a list of the carrier's.
    pub(crate) fn page(page: u32, more: bool) -> Self {
        Self {
            total: None,
            limit: None,
            offset: None,
            page: Some(page),
            more,
        }
    }
}

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    /// At most so many.
    pub(crate) limit: u32,
    /// After so many.
    pub(crate) offset: u64,
}

impl Range {
    /// What `limit` and `offset` say.
    ///
    /// # Errors
    /// `INVALID_QUERY`.
    pub(crate) fn read(parameters: &Parameters) -> Result<Self, Error> {
        let limit = parameters.number("limit", 1, LARGEST_LIMIT)?;
        Ok(Self {
            limit: u32::try_from(limit.unwrap_or(DEFAULT_LIMIT)).unwrap_or(u32::MAX),
            offset: parameters.number("offset", 0, LARGEST_OFFSET)?.unwrap_or(0),
        })
    }
}

/// Answers one thing.
pub(crate) fn one<T: Serialize>(status: StatusCode, data: T) -> HttpResponse {
    enclose(status, data, None)
}

/// Answers one thing that is made of what was done, for [`Api::once`](crate::Api).
///
/// Call it while the request is being answered: whoever asks again is told the first request's id and time.
pub(crate) fn answering<T, B: Serialize>(
    status: StatusCode,
    data: impl Fn(&T) -> B + Clone + Send + Sync + 'static,
) -> impl Fn(&T) -> Answer + Clone + Send + Sync + 'static {
    let Seen { id, at } = Seen::now();
    move |done| {
        let meta = Meta {
            request_id: id.clone(),
            ts: at.clone(),
            paging: None,
        };
        let data = data(done);
        once::json(status, &Envelope { data, meta })
    }
}

/// Answers a page of a list.
pub(crate) fn listed<T: Serialize>(data: Vec<T>, paging: Option<Paging>) -> HttpResponse {
    enclose(StatusCode::OK, data, paging)
}

fn enclose<T: Serialize>(status: StatusCode, data: T, paging: Option<Paging>) -> HttpResponse {
    let Seen { id, at } = Seen::now();
    let meta = Meta {
        request_id: id,
        ts: at,
        paging,
    };
    HttpResponse::build(status).json(web::Json(Envelope { data, meta }))
}

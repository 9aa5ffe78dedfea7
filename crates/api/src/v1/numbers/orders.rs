//! `GET /api/v1/numbers/orders` and `GET /api/v1/numbers/orders/{order}`

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::Error;

use super::model::OrderBody;
use super::{asker, whose};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, Paging, Range, listed, one};

/// List orders
///
/// The tenant's orders, newest first; for operators, with `all`, every tenant's.
#[utoipa::path(
    get,
    path = "/api/v1/numbers/orders",
    tag = "numbers",
    operation_id = "list_orders",
    params(
        ("all" = Option<bool>, Query, description = "`true`: every tenant's; for operators."),
        ("limit" = Option<u32>, Query, description = "Entries a page.", minimum = 1, maximum = 500),
        ("offset" = Option<u64>, Query, description = "Entries to pass over.", minimum = 0),
    ),
    responses(
        (status = 200, description = "A page of orders.", body = Envelope<Vec<OrderBody>>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn list(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Numbers, async |caller| {
        let parameters = Parameters::of(&request)?;
        let (of, range) = (whose(&parameters)?, Range::read(&parameters)?);
        let asker = asker(caller);
        let page = api
            .app
            .orders(&asker, &of, range.limit, range.offset)
            .await?;
        let paging = Paging::of(range, page.total, page.results.len());
        let orders: Vec<OrderBody> = page.results.into_iter().map(Into::into).collect();
        Ok(listed(orders, Some(paging)))
    })
    .await
}

/// An order
///
/// How an order stands.
#[utoipa::path(
    get,
    path = "/api/v1/numbers/orders/{order}",
    tag = "numbers",
    operation_id = "get_order",
    params(
        ("order" = Uuid, Path, description = "The order's id."),
    ),
    responses(
        (status = 200, description = "The order.", body = Envelope<OrderBody>),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such order, or it is another tenant's.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn get(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Numbers, async |caller| {
        let id = request.match_info().query("order").parse();
        let id = id.map_err(|_| Error::not_found("NO_SUCH_ORDER", "there is no such order"))?;
        let order = api.app.order(&asker(caller), id).await?;
        Ok(one(StatusCode::OK, OrderBody::from(order)))
    })
    .await
}

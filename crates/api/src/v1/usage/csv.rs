//! `GET /api/v1/usage.csv`

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use actix_web::{HttpRequest, HttpResponse, web};

use super::{asker, tenant};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::Parameters;
use crate::limits::Counted;

/// Usage for spreadsheets
///
/// The same as CSV (RFC 4180): a line for each day on which anything was used. No cell is a formula to a spreadsheet.
#[utoipa::path(
    get,
    path = "/api/v1/usage.csv",
    tag = "usage",
    operation_id = "usage_csv",
    params(
        ("from" = Option<String>, Query, description = "The first day, YYYY-MM-DD on the tenant's calendar; the 31 days up to `to` if absent."),
        ("to" = Option<String>, Query, description = "The last day; today if absent. At most ten years in all."),
        ("tenant" = Option<String>, Query, description = "Another tenant's slug; for operators."),
    ),
    responses(
        (status = 200, description = "What was used.", body = String, content_type = "text/csv"),
        (status = 400, description = "A parameter is wrong; details name it.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role may not do this.", body = EnvelopeErrorBody),
        (status = 404, description = "There is no such tenant.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn csv(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Usage, async |caller| {
        let parameters = Parameters::of(&request)?;
        let (from, to) = (parameters.text("from"), parameters.text("to"));
        let report = api
            .app
            .usage_report(&asker(&caller), tenant(&parameters), from, to)
            .await?;
        let name = format!("usage-{}-{}-{}.csv", report.tenant, report.from, report.to);
        Ok(HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8; header=present"))
            .insert_header((
                CONTENT_DISPOSITION,
                format!("attachment; filename=\"{name}\""),
            ))
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .body(report.csv()?))
    })
    .await
}

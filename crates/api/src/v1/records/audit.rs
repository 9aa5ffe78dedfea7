//! `GET /api/v1/audit`

use actix_web::{HttpRequest, HttpResponse, web};
use faxgate_core::{AuditFilter, Error};

use super::model::AuditEntryBody;
use super::{flag, time};
use crate::api::Api;
use crate::error::Scope;
use crate::error::body::EnvelopeErrorBody;
use crate::extract::query::Parameters;
use crate::limits::Counted;
use crate::v1::envelope::{Envelope, Paging, Range, listed};

/// Nothing that is asked for is longer, in characters.
const LONGEST: usize = 200;

/// Read the audit log
///
/// What was done in the tenant, newest first; for its administrators. `gateway` is what belongs to no tenant, for operators.
#[utoipa::path(
    get,
    path = "/api/v1/audit",
    tag = "records",
    operation_id = "list_audit",
    params(
        ("gateway" = Option<bool>, Query, description = "`true`: the gateway's own log; for operators."),
        ("object" = Option<String>, Query, description = "Only what was done with this: an id, a number, a name.", max_length = 200),
        ("action" = Option<String>, Query, description = "Only this action, or, with a dot at the end (`fax.`), all that begin so.", max_length = 200),
        ("user" = Option<String>, Query, description = "Only what this user did, by id or name.", max_length = 200),
        ("from" = Option<String>, Query, description = "Not before this time, RFC 3339."),
        ("until" = Option<String>, Query, description = "Before this time, RFC 3339."),
        ("limit" = Option<u32>, Query, description = "Entries a page.", minimum = 1, maximum = 500),
        ("offset" = Option<u64>, Query, description = "Entries to pass over.", minimum = 0),
    ),
    responses(
        (status = 200, description = "A page of the log.", body = Envelope<Vec<AuditEntryBody>>),
        (status = 400, description = "A parameter is wrong.", body = EnvelopeErrorBody),
        (status = 401, description = "The token is missing, wrong, expired or revoked.", body = EnvelopeErrorBody),
        (status = 403, description = "The tenant is not the user's, or the role or the key may not do this.", body = EnvelopeErrorBody),
    )
)]
pub(crate) async fn list(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    api.enter(&request, Scope::V1, Counted::Records, async |caller| {
        let parameters = Parameters::of(&request)?;
        let range = Range::read(&parameters)?;
        let text = |name| {
            let text = parameters.short(name, LONGEST)?;
            Ok::<_, Error>(text.map(str::to_owned))
        };
        let filter = AuditFilter {
            object: text("object")?,
            action: text("action")?,
            actor: text("user")?,
            from: time(&parameters, "from")?,
            until: time(&parameters, "until")?,
        };
        let gateway = flag(&parameters, "gateway")?;
        let page = api
            .app
            .audit_log(&caller, gateway, &filter, range.limit, range.offset)
            .await?;
        let paging = Paging::of(range, page.total, page.results.len());
        let entries: Vec<AuditEntryBody> = page.results.into_iter().map(Into::into).collect();
        Ok(listed(entries, Some(paging)))
    })
    .await
}

//! The way in: by token, as everywhere; or without one, from this machine, where the operator opened it for trials.

use actix_web::http::header::AUTHORIZATION;
use actix_web::{HttpRequest, HttpResponse};
use faxgate_core::{Caller, Error};

use crate::api::Api;
use crate::error::{Scope, render};
use crate::extract::{headers, peer};
use crate::limits::Counted;

impl Api {
    /// Lets a request to the job API in, as [`Api::enter`] does.
    pub(super) async fn enter_job<F>(
        &self,
        request: &HttpRequest,
        counted: Counted,
        endpoint: F,
    ) -> HttpResponse
    where
        F: AsyncFnOnce(Caller) -> Result<HttpResponse, Error>,
    {
        let headers = request.headers();
        let open = self.options.job_api_tenant.as_deref();
        let open =
            open.filter(|_| !headers.contains_key(AUTHORIZATION) && peer::is_at_home(request));
        let Some(tenant) = open else {
            return self.enter(request, Scope::Job, counted, endpoint).await;
        };
        match self.app.administrator(tenant).await {
            Ok(caller) => {
                let user = caller.user.id;
                let caller = stays(request, caller);
                self.serve(request, Scope::Job, counted, user, caller, endpoint)
                    .await
            }
            Err(error) => render(Scope::Job, error),
        }
    }
}

/// Whoever shows no token acts in the one tenant that is open, whichever others its administrator belongs to.
fn stays(request: &HttpRequest, caller: Caller) -> Result<Caller, Error> {
    let tenant = &caller.tenant;
    match headers::tenant(request.headers())? {
        Some(named) if named != tenant.slug && named != tenant.id.to_string() => {
            Err(Error::forbidden(
                "TENANT_FORBIDDEN",
                "without a token you act in one tenant only; leave out X-Tenant-ID or send a token",
            ))
        }
        _ => Ok(caller),
    }
}

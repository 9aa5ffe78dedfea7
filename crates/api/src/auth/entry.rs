//! The way in for what concerns only the user, whichever tenant they act in, and even if there is none.

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse};
use faxgate_core::{Error, User};
use tracing::Span;

use crate::api::Api;
use crate::entry::refuse;
use crate::error::Scope;
use crate::extract::authorization;
use crate::limits::Counted;

impl Api {
    /// As [`Api::enter`], without a tenant: the token (401), the quota (429), the token's scopes (403), the endpoint.
    pub(crate) async fn enter_user<F>(
        &self,
        request: &HttpRequest,
        scope: Scope,
        counted: Counted,
        endpoint: F,
    ) -> HttpResponse
    where
        F: AsyncFnOnce(User) -> Result<HttpResponse, Error>,
    {
        let user = match authorization::token(request.headers()) {
            Ok(token) => self.app.authenticate(token).await,
            Err(error) => Err(error),
        };
        let user = match user {
            Ok(user) => user,
            Err(error) => {
                return self.answer(scope, self.limits.untouched(counted), Err(error));
            }
        };
        Span::current().record("user", tracing::field::display(user.id));
        let standing = self.limits.count(counted, user.id, None).await;
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        let answer = async {
            refuse(standing)?;
            if let Some(right) = counted.right(is_read) {
                user.must(right)?;
            }
            endpoint(user).await
        }
        .await;
        self.answer(scope, standing, answer)
    }
}

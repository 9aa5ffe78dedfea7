//! The way in: who asks, how often, and in which tenant.

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse};
use faxgate_core::{Caller, Error};
use faxgate_types::UserId;
use tracing::Span;

use crate::api::Api;
use crate::error::{Scope, render};
use crate::extract::{authorization, headers};
use crate::limits::{Counted, Standing};

impl Api {
    /// Lets a request in and runs an endpoint for its caller. Nothing of the body is read before that.
    ///
    /// In this order: the token (401), the user's quota (429), the tenant (403), the token's scopes (403), the endpoint. Every
    /// answer to a known user carries where they stand with their quota.
    pub(crate) async fn enter<F>(
        &self,
        request: &HttpRequest,
        scope: Scope,
        counted: Counted,
        endpoint: F,
    ) -> HttpResponse
    where
        F: AsyncFnOnce(Caller) -> Result<HttpResponse, Error>,
    {
        let user = match authorization::token(request.headers()) {
            Ok(token) => self.app.authenticate(token).await,
            Err(error) => Err(error),
        };
        let user = match user {
            Ok(user) => user,
            Err(error) => return render(scope, error),
        };
        let tenant = match scope {
            Scope::V1 => headers::client(request.headers()),
            _ => headers::tenant(request.headers()),
        };
        let caller = async {
            let tenant = tenant?;
            self.app.caller(user.clone(), tenant.as_deref()).await
        };
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        let caller = async {
            let caller = caller.await?;
            if let Some(right) = counted.right(is_read) {
                caller.must(right)?;
            }
            Ok(caller)
        };
        self.serve(scope, counted, user.id, caller, endpoint).await
    }

    /// Counts a request of a known user's and runs the endpoint for the caller that they turn out to be.
    pub(crate) async fn serve<F>(
        &self,
        scope: Scope,
        counted: Counted,
        user: UserId,
        caller: impl Future<Output = Result<Caller, Error>>,
        endpoint: F,
    ) -> HttpResponse
    where
        F: AsyncFnOnce(Caller) -> Result<HttpResponse, Error>,
    {
        Span::current().record("user", tracing::field::display(user));
        let standing = self.limits.count(counted, user);
        let answer = async {
            refuse(standing)?;
            let caller = caller.await?;
            Span::current().record("tenant", caller.tenant.slug.as_str());
            endpoint(caller).await
        }
        .await;
        self.answer(scope, standing, answer)
    }

    /// Counts a login from the peer's address and runs the endpoint.
    pub(crate) async fn enter_login<F>(&self, request: &HttpRequest, endpoint: F) -> HttpResponse
    where
        F: AsyncFnOnce() -> Result<HttpResponse, Error>,
    {
        let standing = request
            .peer_addr()
            .and_then(|peer| self.limits.count_login(peer.ip()));
        let answer = async {
            refuse(standing)?;
            endpoint().await
        }
        .await;
        self.answer(Scope::Api, standing, answer)
    }

    fn answer(
        &self,
        scope: Scope,
        standing: Option<Standing>,
        answer: Result<HttpResponse, Error>,
    ) -> HttpResponse {
        let mut response = answer.unwrap_or_else(|error| render(scope, error));
        if let Some(standing) = standing {
            standing.write(self.app.now(), response.headers_mut());
        }
        response
    }
}

fn refuse(standing: Option<Standing>) -> Result<(), Error> {
    match standing.and_then(|standing| standing.refusal()) {
        Some(refusal) => Err(refusal),
        None => Ok(()),
    }
}

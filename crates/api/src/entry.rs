//! The way in: who asks, how often, and in which tenant.

use std::net::IpAddr;

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse};
use faxgate_core::{Caller, Error, Kind};
use faxgate_types::UserId;
use tracing::Span;

use crate::api::Api;
use crate::error::{Scope, render};
use crate::extract::{authorization, forwarded, headers, peer};
use crate::limits::{Counted, Standing};

impl Api {
    /// Lets a request in and runs an endpoint for its caller. Nothing of the body is read before that.
    ///
    /// In this order: the token (401), the quota (429) of the user in the tenant, the tenant (403), the token's scopes (403), the
    /// endpoint. Every answer carries where the user stands with the quota; a 401, which is not counted, that it is untouched.
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
            Err(error) => {
                // Whose quota it would be nobody knows.
                return self.answer(scope, self.limits.untouched(counted), Err(error));
            }
        };
        let tenant = headers::client(request.headers());
        let id = user.id;
        let caller = match tenant {
            Ok(tenant) => self.app.caller(user, tenant.as_deref()).await,
            Err(error) => Err(error),
        };
        self.serve(request, scope, counted, id, caller, endpoint)
            .await
    }

    /// Counts a request of a known user's and runs the endpoint for the caller that they turned out to be.
    pub(crate) async fn serve<F>(
        &self,
        request: &HttpRequest,
        scope: Scope,
        counted: Counted,
        user: UserId,
        caller: Result<Caller, Error>,
        endpoint: F,
    ) -> HttpResponse
    where
        F: AsyncFnOnce(Caller) -> Result<HttpResponse, Error>,
    {
        Span::current().record("user", tracing::field::display(user));
        let tenant = caller.as_ref().ok().map(|caller| &caller.tenant);
        let standing = self.limits.count(counted, user, tenant).await;
        let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
        let answer = async {
            refuse(standing)?;
            let caller = caller?;
            Span::current().record("tenant", caller.tenant.slug.as_str());
            if let Some(right) = counted.right(is_read) {
                caller.must(right)?;
            }
            endpoint(caller).await
        }
        .await;
        self.answer(scope, standing, answer)
    }

    /// Where a request comes from, as far as the operator's proxies tell.
    pub(crate) fn address(&self, request: &HttpRequest) -> Option<IpAddr> {
        let trusted = &self.options.trusted_proxies;
        forwarded::address(request.headers(), request.peer_addr(), trusted)
    }

    /// Counts a login from its address and runs the endpoint.
    pub(crate) async fn enter_login<F>(
        &self,
        request: &HttpRequest,
        scope: Scope,
        endpoint: F,
    ) -> HttpResponse
    where
        F: AsyncFnOnce() -> Result<HttpResponse, Error>,
    {
        let standing = match self.address(request) {
            Some(address) => self.limits.count_login(address).await,
            None => None,
        };
        let answer = async {
            refuse(standing)?;
            endpoint().await
        }
        .await;
        self.answer(scope, standing, answer)
    }

    /// Counts a notice from its address and runs the endpoint; one whose signature is missing or wrong counts as 20.
    ///
    /// This machine itself is not limited, nor is a sender that has shown who it is before the body is read (`is_known`): a flood from
    /// elsewhere behind the same address must not keep their notices out.
    pub(crate) async fn enter_notice<F>(
        &self,
        request: &HttpRequest,
        scope: Scope,
        is_known: bool,
        endpoint: F,
    ) -> HttpResponse
    where
        F: AsyncFnOnce() -> Result<HttpResponse, Error>,
    {
        let peer = request.peer_addr();
        let is_limited = !is_known && !peer::is_local(request.headers(), peer);
        let address = self.address(request).filter(|_| is_limited);
        let mut standing = address.and_then(|address| self.limits.count_notice(address));
        let answer = async {
            refuse(standing)?;
            endpoint().await
        }
        .await;
        if let (Some(address), Err(error)) = (address, &answer)
            && is_unsigned(error)
        {
            standing = self.limits.punish_notice(address);
        }
        self.answer(scope, standing, answer)
    }

    pub(crate) fn answer(
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

pub(crate) fn refuse(standing: Option<Standing>) -> Result<(), Error> {
    match standing.and_then(|standing| standing.refusal()) {
        Some(refusal) => Err(refusal),
        None => Ok(()),
    }
}

/// Whether it is about who sent a notice, in whatever words the endpoint says so.
fn is_unsigned(error: &Error) -> bool {
    error.kind == Kind::Unauthenticated
        || matches!(error.code, "MISSING_SIGNATURE" | "INVALID_SIGNATURE")
}

//! Every path there is, and what it takes.

use actix_web::middleware::from_fn;
use actix_web::{HttpRequest, Resource, Route, guard, web};

use crate::api::Api;
use crate::error::fallback::{method_not_allowed, no_such_path};
use crate::observe::observe;
use crate::v1::{numbers, phone_numbers, routing, tenants, webhooks};
use crate::{auth, docs, fax, health, jobs_api, openapi};

/// Mounts the API: everything beneath `/api`, `/v1` and `/health`, and a JSON 404 for all that no other service takes.
///
/// Call it last, after other services (`/admin`) are mounted.
pub fn configure(api: Api) -> impl Fn(&mut web::ServiceConfig) + Clone {
    move |config| {
        let watch = || {
            let api = api.clone();
            from_fn(move |request, next| observe(api.clone(), request, next))
        };
        let data = web::Data::new(api.clone());
        config
            .service(
                web::scope("/api")
                    .app_data(data.clone())
                    .configure(endpoints)
                    .configure(number_endpoints)
                    .configure(webhook_endpoints)
                    .configure(tenant_endpoints)
                    .default_service(web::to(no_such_path))
                    .wrap(watch()),
            )
            .service(
                web::scope("/v1")
                    .app_data(data.clone())
                    .configure(job_endpoints)
                    .default_service(web::to(no_such_path))
                    .wrap(watch()),
            )
            .service(
                web::scope("/health")
                    .app_data(data.clone())
                    .service(reads("", health::live))
                    .service(reads("/ready", health::ready))
                    .default_service(web::to(no_such_path))
                    .wrap(watch()),
            )
            .service(
                writes("/phone_numbers", phone_numbers::claim)
                    .app_data(data.clone())
                    .wrap(watch()),
            )
            .default_service(web::to(no_such_path).wrap(watch()));
    }
}

fn endpoints(config: &mut web::ServiceConfig) {
    config
        .service(writes("/auth/token", auth::token::obtain))
        .service(writes("/fax/upload", fax::upload::upload))
        .service(writes("/fax/send", fax::send::send))
        .service(reads("/fax/status/{uuid}", fax::status::status))
        .service(reads("/fax/list", fax::list::list))
        .service(writes("/fax/cancel/{uuid}", fax::cancel::cancel))
        .service(reads("/fax/document/{uuid}", fax::document::document))
        .service(writes(
            "/fax/webhook/inbound",
            fax::webhook::inbound::inbound,
        ))
        .service(writes("/fax/webhook/cdr", fax::webhook::cdr::cdr))
        .service(writes("/fax/webhook/telnyx", fax::webhook::telnyx::telnyx))
        .service(writes(
            "/fax/webhook/telnyx/failover",
            fax::webhook::telnyx::failover,
        ))
        .service(only(
            web::resource("/fax/pages/{key:.*}"),
            web::to(fax::pages::pages),
            Method::Get,
        ))
        .service(reads("/openapi.json", openapi::document))
        .service(only(
            web::resource("/docs"),
            web::to(docs::with_slash),
            Method::Get,
        ))
        .service(only(
            web::resource("/docs/{file:.*}"),
            web::to(docs::page),
            Method::Get,
        ));
}

/// The longer paths first: a number could be called `orders`.
fn number_endpoints(config: &mut web::ServiceConfig) {
    config
        .service(reads("/v1/numbers", numbers::list::list))
        .service(reads(
            "/v1/numbers/available",
            numbers::available::available,
        ))
        .service(reads("/v1/numbers/carrier", numbers::carrier::carrier))
        .service(writes("/v1/numbers/import", numbers::import::import))
        .service(several(
            "/v1/numbers/orders",
            [
                web::get().to(numbers::orders::list),
                web::post().to(numbers::order::order),
            ],
            "GET, POST",
        ))
        .service(reads("/v1/numbers/orders/{order}", numbers::orders::get))
        .service(writes(
            "/v1/numbers/{number}/attach",
            numbers::attach::attach,
        ))
        .service(several(
            "/v1/numbers/{number}",
            [
                web::get().to(numbers::get::get),
                web::patch().to(numbers::change::change),
                web::delete().to(numbers::release::release),
            ],
            "GET, PATCH, DELETE",
        ));
}

fn tenant_endpoints(config: &mut web::ServiceConfig) {
    config
        .service(several(
            "/v1/tenants",
            [
                web::get().to(tenants::list::list),
                web::post().to(tenants::create::create),
            ],
            "GET, POST",
        ))
        .service(several(
            "/v1/tenants/{tenant}",
            [
                web::get().to(tenants::get::get),
                web::patch().to(tenants::change::change),
            ],
            "GET, PATCH",
        ))
        .service(writes(
            "/v1/tenants/{tenant}/suspend",
            tenants::suspend::suspend,
        ))
        .service(writes(
            "/v1/tenants/{tenant}/resume",
            tenants::resume::resume,
        ))
        .service(several(
            "/v1/routes",
            [
                web::get().to(routing::list::list),
                web::post().to(routing::add::add),
            ],
            "GET, POST",
        ))
        .service(several(
            "/v1/routes/{route}",
            [web::delete().to(routing::remove::remove)],
            "DELETE",
        ));
}

fn webhook_endpoints(config: &mut web::ServiceConfig) {
    config
        .service(several(
            "/v1/webhooks",
            [
                web::get().to(webhooks::list::list),
                web::post().to(webhooks::create::create),
            ],
            "GET, POST",
        ))
        .service(several(
            "/v1/webhooks/{webhook}",
            [
                web::get().to(webhooks::get::get),
                web::patch().to(webhooks::change::change),
                web::delete().to(webhooks::remove::remove),
            ],
            "GET, PATCH, DELETE",
        ))
        .service(reads(
            "/v1/webhooks/{webhook}/secret",
            webhooks::secret::secret,
        ))
        .service(writes(
            "/v1/webhooks/{webhook}/secret/rotate",
            webhooks::rotate::rotate,
        ))
        .service(writes("/v1/webhooks/{webhook}/test", webhooks::test::test))
        .service(writes(
            "/v1/webhooks/{webhook}/replay",
            webhooks::replay::range,
        ))
        .service(reads(
            "/v1/webhooks/{webhook}/deliveries",
            webhooks::deliveries::deliveries,
        ))
        .service(reads(
            "/v1/webhooks/{webhook}/deliveries/{delivery}",
            webhooks::delivery::delivery,
        ))
        .service(writes(
            "/v1/webhooks/{webhook}/deliveries/{delivery}/replay",
            webhooks::replay::delivery,
        ));
}

fn job_endpoints(config: &mut web::ServiceConfig) {
    config
        .service(reads("/health", jobs_api::health::health))
        .service(writes("/uploads", jobs_api::upload::upload))
        .service(reads(
            "/uploads/public/{storage_key}",
            jobs_api::public::public,
        ))
        .service(writes("/fax/jobs", jobs_api::create::create))
        .service(reads("/fax/jobs/{id}", jobs_api::status::status))
        .service(writes("/fax/jobs/{id}/cancel", jobs_api::cancel::cancel))
        .service(writes("/webhooks/telnyx", jobs_api::webhook::telnyx));
}

#[derive(Clone, Copy)]
enum Method {
    Get,
    Post,
}

/// A path that is read: GET, and HEAD with it.
fn reads<F, Args>(path: &str, handler: F) -> Resource
where
    F: actix_web::Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    F::Output: actix_web::Responder + 'static,
{
    only(slashed(path), web::to(handler), Method::Get)
}

/// A path that is written to: POST.
fn writes<F, Args>(path: &str, handler: F) -> Resource
where
    F: actix_web::Handler<Args>,
    Args: actix_web::FromRequest + 'static,
    F::Output: actix_web::Responder + 'static,
{
    only(slashed(path), web::to(handler), Method::Post)
}

/// A path with several methods; every other is answered with 405.
fn several(path: &str, routes: impl IntoIterator<Item = Route>, allowed: &'static str) -> Resource {
    let resource = routes
        .into_iter()
        .fold(slashed(path), |resource, route| resource.route(route));
    resource.default_service(web::to(move |request: HttpRequest| async move {
        method_not_allowed(&request, allowed)
    }))
}

/// The path with and without the trailing slash.
fn slashed(path: &str) -> Resource {
    web::resource([path.to_owned(), format!("{path}/")])
}

/// Answers one method; every other with 405.
fn only(resource: Resource, route: Route, method: Method) -> Resource {
    let (route, allowed) = match method {
        Method::Get => (
            route.guard(guard::Any(guard::Get()).or(guard::Head())),
            "GET, HEAD",
        ),
        Method::Post => (route.guard(guard::Post()), "POST"),
    };
    resource
        .route(route)
        .default_service(web::to(move |request: HttpRequest| async move {
            method_not_allowed(&request, allowed)
        }))
}

//! Every path there is, and what it takes.

use actix_web::middleware::from_fn;
use actix_web::{HttpRequest, Resource, Route, guard, web};

use crate::api::Api;
use crate::error::fallback::{method_not_allowed, no_such_path};
use crate::observe::observe;
use crate::v1::{auth as own, broadcasts, contacts, covers, events, lists, mail, usage, users};
use crate::v1::{numbers, phone_numbers, records, routing, tenants, webhooks};
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
                    .configure(event_endpoints)
                    .configure(webhook_endpoints)
                    .configure(mail_endpoints)
                    .configure(contact_endpoints)
                    .configure(broadcast_endpoints)
                    .configure(tenant_endpoints)
                    .configure(record_endpoints)
                    .configure(cover_endpoints)
                    .configure(usage_endpoints)
                    .configure(people_endpoints)
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
                web::scope("/auth")
                    .app_data(data.clone())
                    .service(writes("/login", auth::login::login))
                    .service(writes("/register", auth::register::register))
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

fn mail_endpoints(config: &mut web::ServiceConfig) {
    config
        .service(only(
            web::resource("/fax/shared/{tenant}/{file}"),
            web::to(fax::shared::shared),
            Method::Get,
        ))
        .service(several(
            "/v1/mail",
            [web::get().to(mail::get::get), web::put().to(mail::put::put)],
            "GET, PUT",
        ))
        .service(writes("/v1/mail/test", mail::test::test))
        .service(reads("/v1/mail/outbox", mail::outbox::list))
        .service(writes(
            "/v1/mail/outbox/{message}/retry",
            mail::retry::retry,
        ))
        .service(reads("/v1/mail/intake", mail::intake::list));
}

fn event_endpoints(config: &mut web::ServiceConfig) {
    config
        .service(reads("/v1/events", events::list::list))
        .service(several(
            "/v1/events/stream",
            [web::get().to(events::stream::stream)],
            "GET",
        ))
        .service(several(
            "/v1/events/ws",
            [web::get().to(events::ws::ws)],
            "GET",
        ))
        .service(writes("/v1/events/tickets", events::ticket::get));
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

fn people_endpoints(config: &mut web::ServiceConfig) {
    config
        .service(writes("/v1/auth/login", auth::login::login))
        .service(writes("/v1/auth/register", auth::register::register))
        .service(reads("/v1/auth/me", own::me::me))
        .service(reads("/v1/auth/clients", own::clients::clients))
        .service(several(
            "/v1/auth/api-keys",
            [
                web::get().to(own::keys::list),
                web::post().to(own::keys::create),
            ],
            "GET, POST",
        ))
        .service(several(
            "/v1/auth/api-keys/{key}",
            [
                web::get().to(own::keys::get),
                web::delete().to(own::keys::revoke),
            ],
            "GET, DELETE",
        ))
        .service(writes(
            "/v1/auth/api-keys/{key}/rotate",
            own::rotate::rotate,
        ))
        .service(several(
            "/v1/auth/sessions",
            [
                web::get().to(own::sessions::list),
                web::delete().to(own::sessions::revoke_all),
            ],
            "GET, DELETE",
        ))
        .service(several(
            "/v1/auth/sessions/{session}",
            [web::delete().to(own::sessions::revoke)],
            "DELETE",
        ))
        .service(writes("/v1/auth/password", own::password::password))
        .service(writes("/v1/auth/logout", own::logout::logout))
        .service(writes("/v1/auth/totp", own::totp::enrol))
        .service(writes("/v1/auth/totp/confirm", own::totp::confirm))
        .service(writes("/v1/auth/totp/remove", own::totp::remove))
        .service(several(
            "/v1/users",
            [
                web::get().to(users::list::list),
                web::post().to(users::create::create),
            ],
            "GET, POST",
        ))
        .service(several(
            "/v1/users/{user}",
            [
                web::get().to(users::get::get),
                web::patch().to(users::change::change),
                web::delete().to(users::remove::remove),
            ],
            "GET, PATCH, DELETE",
        ))
        .service(writes("/v1/users/{user}/password", users::password::reset))
        .service(writes(
            "/v1/users/{user}/sign-out",
            users::sign_out::sign_out,
        ))
        .service(several(
            "/v1/users/{user}/totp",
            [web::delete().to(users::totp::remove)],
            "DELETE",
        ));
}

fn cover_endpoints(config: &mut web::ServiceConfig) {
    config
        .service(several(
            "/v1/covers",
            [
                web::get().to(covers::list::list),
                web::post().to(covers::add::add),
            ],
            "GET, POST",
        ))
        .service(writes("/v1/covers/preview", covers::preview::preview))
        .service(several(
            "/v1/covers/{cover}/logo",
            [web::put().to(covers::logo::set)],
            "PUT",
        ))
        .service(several(
            "/v1/covers/{cover}",
            [
                web::get().to(covers::get::get),
                web::put().to(covers::change::change),
                web::delete().to(covers::remove::remove),
            ],
            "GET, PUT, DELETE",
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

/// The longer paths first: an id could be called `import`.
fn contact_endpoints(config: &mut web::ServiceConfig) {
    config
        .service(several(
            "/v1/contacts",
            [
                web::get().to(contacts::list::list),
                web::post().to(contacts::create::create),
            ],
            "GET, POST",
        ))
        .service(writes("/v1/contacts/import", contacts::import::import))
        .service(reads("/v1/contacts/export.csv", contacts::export::export))
        .service(several(
            "/v1/contacts/{contact}",
            [
                web::get().to(contacts::get::get),
                web::patch().to(contacts::change::change),
                web::delete().to(contacts::remove::remove),
            ],
            "GET, PATCH, DELETE",
        ))
        .service(several(
            "/v1/lists",
            [
                web::get().to(lists::look::list),
                web::post().to(lists::create::create),
            ],
            "GET, POST",
        ))
        .service(several(
            "/v1/lists/{list}",
            [
                web::get().to(lists::look::get),
                web::patch().to(lists::change::change),
                web::delete().to(lists::remove::remove),
            ],
            "GET, PATCH, DELETE",
        ))
        .service(writes("/v1/lists/{list}/members", lists::members::add))
        .service(several(
            "/v1/lists/{list}/members/{contact}",
            [web::delete().to(lists::members::remove)],
            "DELETE",
        ));
}

fn broadcast_endpoints(config: &mut web::ServiceConfig) {
    use broadcasts::{campaigns, link, look, recipients, remove, results, retry, schedule, steps};
    let of = |rest: &str| format!("/v1/broadcasts/{{broadcast}}{rest}");
    let campaign = |rest: &str| format!("/v1/campaigns/{{broadcast}}{rest}");
    config
        .service(several(
            "/v1/broadcasts",
            [
                web::get().to(look::list),
                web::post().to(broadcasts::create::create),
            ],
            "GET, POST",
        ))
        .service(several(
            &of(""),
            [web::get().to(look::get), web::delete().to(remove::remove)],
            "GET, DELETE",
        ))
        .service(several(
            &of("/recipients"),
            [
                web::get().to(recipients::list),
                web::post().to(recipients::add),
            ],
            "GET, POST",
        ))
        .service(writes(&of("/recipients/presign"), link::presign))
        .service(several(
            "/v1/uploads/recipients/{tenant}/{broadcast}",
            [web::put().to(link::put)],
            "PUT",
        ))
        .service(writes(&of("/schedule"), schedule::schedule))
        .service(writes(&of("/pause"), steps::pause))
        .service(writes(&of("/resume"), steps::resume))
        .service(writes(&of("/cancel"), steps::cancel))
        .service(writes(&of("/retry"), retry::retry))
        .service(reads(&of("/results.csv"), results::results))
        .service(several(
            "/v1/campaigns",
            [
                web::get().to(campaigns::list),
                web::post().to(campaigns::create),
            ],
            "GET, POST",
        ))
        .service(reads(&campaign(""), campaigns::get))
        .service(writes(&campaign("/contacts"), campaigns::contacts))
        .service(writes(&campaign("/contacts/presign"), campaigns::presign))
        .service(writes(&campaign("/schedule"), campaigns::schedule));
}

fn usage_endpoints(config: &mut web::ServiceConfig) {
    config
        .service(reads("/v1/usage", usage::get::get))
        .service(reads("/v1/usage.csv", usage::csv::csv))
        .service(several(
            "/v1/balance",
            [
                web::get().to(usage::balance::balance),
                web::put().to(usage::keep::keep),
            ],
            "GET, PUT",
        ))
        .service(reads("/v1/balance/entries", usage::entries::entries))
        .service(writes("/v1/balance/top-up", usage::top_up::top_up))
        .service(several(
            "/v1/prices",
            [
                web::get().to(usage::prices::prices),
                web::put().to(usage::set_prices::set_prices),
                web::delete().to(usage::drop_prices::drop_prices),
            ],
            "GET, PUT, DELETE",
        ));
}

fn record_endpoints(config: &mut web::ServiceConfig) {
    config
        .service(reads("/v1/audit", records::audit::list))
        .service(several(
            "/v1/legal-holds",
            [
                web::get().to(records::holds::list),
                web::post().to(records::hold::place),
            ],
            "GET, POST",
        ))
        .service(several(
            "/v1/legal-holds/{hold}",
            [web::delete().to(records::lift::lift)],
            "DELETE",
        ))
        .service(several(
            "/v1/tenants/{tenant}/retention",
            [
                web::get().to(records::retention::get),
                web::put().to(records::retention::put),
            ],
            "GET, PUT",
        ))
        .service(several(
            "/v1/tenants/{tenant}/erase",
            [
                web::get().to(records::erasure::get),
                web::post().to(records::erase::erase),
                web::delete().to(records::erasure::call_off),
            ],
            "GET, POST, DELETE",
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    /// Paths that the document leaves out, and why.
    const UNDOCUMENTED: [(&str, &str); 1] = [(
        "/api/docs/{}",
        "the files of the page that shows the document, which has the page alone",
    )];

    /// A path in the document's words, whatever its parameters are called.
    fn nameless(path: &str) -> String {
        let mut text = String::new();
        let mut rest = path.trim_end_matches('/');
        while let Some((before, behind)) = rest.split_once('{') {
            text.push_str(before);
            text.push_str("{}");
            rest = behind.split_once('}').unwrap().1;
        }
        text.push_str(rest);
        text
    }

    /// Every path that this file mounts.
    fn mounted() -> BTreeSet<String> {
        let source = include_str!("routes.rs");
        let source = source.split("#[cfg(test)]").next().unwrap();
        let mut paths = BTreeSet::from(
            [
                "/health",
                "/health/ready",
                "/auth/login",
                "/auth/register",
                "/phone_numbers",
            ]
            .map(str::to_owned),
        );
        let (head, functions) = source.split_once("\nfn ").unwrap();
        for (at, _) in head.match_indices("(\"/") {
            let path = head[at + 2..].split('"').next().unwrap();
            let is_known = matches!(
                path,
                "/api"
                    | "/v1"
                    | "/health"
                    | "/ready"
                    | "/auth"
                    | "/login"
                    | "/register"
                    | "/phone_numbers"
            );
            assert!(
                is_known,
                "{path} is mounted apart from the others: say in this test where"
            );
        }
        for function in functions.split("\nfn ") {
            let (name, body) = function.split_once('(').unwrap();
            if !name.ends_with("endpoints") {
                continue;
            }
            let scope = if name == "job_endpoints" {
                "/v1"
            } else {
                "/api"
            };
            for (before, under) in [
                ("reads(\"", ""),
                ("writes(\"", ""),
                ("several(\"", ""),
                ("web::resource(\"", ""),
                ("of(\"", "/v1/broadcasts/{broadcast}"),
                ("campaign(\"", "/v1/campaigns/{broadcast}"),
            ] {
                let flat: String = body.split_whitespace().collect();
                for (at, _) in flat.match_indices(before) {
                    // The longer names end like the shorter ones.
                    if before.starts_with("of")
                        && flat[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
                    {
                        continue;
                    }
                    let path = flat[at + before.len()..].split('"').next().unwrap();
                    paths.insert(nameless(&format!("{scope}{under}{path}")));
                }
            }
        }
        paths
    }

    #[test]
    fn the_document_describes_every_path_and_no_other() {
        let document: serde_json::Value = serde_json::from_str(&crate::openapi_json()).unwrap();
        let documented = document["paths"].as_object().unwrap().keys();
        let documented: BTreeSet<String> = documented.map(|path| nameless(path)).collect();
        let mut mounted = mounted();
        assert!(mounted.len() > 100, "{mounted:?}");
        for (path, why) in UNDOCUMENTED {
            assert!(mounted.remove(path), "{path} ({why}) is there no more");
        }
        assert_eq!(mounted, documented);
    }
}

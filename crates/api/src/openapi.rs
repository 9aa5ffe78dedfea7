//! `GET /api/openapi.json`: the API, described for programs.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, ContentType};
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, Content, Ref, RefOr, Required, Response, ResponseBuilder};
use utoipa::{Modify, Number, OpenApi};

use crate::error::body::{DetailBody, EnvelopeErrorBody, ErrorBody, SendErrorBody};
use crate::v1::envelope::LARGEST_OFFSET;
use crate::v1::{auth as own, broadcasts, contacts, covers, events, lists, mail, usage, users};
use crate::v1::{numbers, phone_numbers, records, routing, tenants, webhooks};
use crate::{auth, docs, fax, health, jobs_api};

/// The description of every endpoint.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Faxgate",
        description = "Send and receive faxes. Every path works with and without its trailing slash; GET answers HEAD as well; any other method is answered with 405, any other path with 404. \
            Authenticate with `Authorization: Token …` or `Authorization: Bearer …`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    paths(
        auth::token::obtain,
        auth::register::register,
        auth::login::login,
        auth::register::register_v1,
        auth::login::login_v1,
        own::me::me,
        own::clients::clients,
        own::keys::list,
        own::keys::create,
        own::keys::get,
        own::keys::revoke,
        own::rotate::rotate,
        own::sessions::list,
        own::sessions::revoke_all,
        own::sessions::revoke,
        own::password::password,
        own::logout::logout,
        own::totp::enrol,
        own::totp::confirm,
        own::totp::remove,
        users::list::list,
        users::create::create,
        users::get::get,
        users::change::change,
        users::remove::remove,
        users::password::reset,
        users::sign_out::sign_out,
        users::totp::remove,
        fax::upload::upload,
        fax::send::send,
        fax::status::status,
        fax::list::list,
        fax::cancel::cancel,
        fax::document::document,
        fax::pages::pages,
        fax::webhook::inbound::inbound,
        fax::webhook::cdr::cdr,
        fax::webhook::telnyx::telnyx,
        fax::webhook::telnyx::failover,
        jobs_api::health::health,
        jobs_api::upload::upload,
        jobs_api::public::public,
        jobs_api::create::create,
        jobs_api::status::status,
        jobs_api::cancel::cancel,
        jobs_api::webhook::telnyx,
        numbers::list::list,
        numbers::available::available,
        numbers::carrier::carrier,
        numbers::import::import,
        numbers::orders::list,
        numbers::order::order,
        numbers::orders::get,
        numbers::get::get,
        numbers::change::change,
        numbers::release::release,
        numbers::attach::attach,
        fax::shared::shared,
        mail::get::get,
        mail::put::put,
        mail::test::test,
        mail::outbox::list,
        mail::retry::retry,
        mail::intake::list,
        webhooks::list::list,
        webhooks::create::create,
        webhooks::get::get,
        webhooks::change::change,
        webhooks::remove::remove,
        webhooks::secret::secret,
        webhooks::rotate::rotate,
        webhooks::test::test,
        webhooks::replay::range,
        webhooks::deliveries::deliveries,
        webhooks::delivery::delivery,
        webhooks::replay::delivery,
        events::list::list,
        events::stream::stream,
        events::ws::ws,
        events::ticket::get,
        phone_numbers::claim,
        contacts::list::list,
        contacts::create::create,
        contacts::import::import,
        contacts::export::export,
        contacts::get::get,
        contacts::change::change,
        contacts::remove::remove,
        lists::look::list,
        lists::create::create,
        lists::look::get,
        lists::change::change,
        lists::remove::remove,
        lists::members::add,
        lists::members::remove,
        broadcasts::look::list,
        broadcasts::create::create,
        broadcasts::look::get,
        broadcasts::remove::remove,
        broadcasts::recipients::list,
        broadcasts::recipients::add,
        broadcasts::link::presign,
        broadcasts::link::put,
        broadcasts::schedule::schedule,
        broadcasts::steps::pause,
        broadcasts::steps::resume,
        broadcasts::steps::cancel,
        broadcasts::retry::retry,
        broadcasts::results::results,
        broadcasts::campaigns::create,
        broadcasts::campaigns::list,
        broadcasts::campaigns::get,
        broadcasts::campaigns::contacts,
        broadcasts::campaigns::presign,
        broadcasts::campaigns::schedule,
        covers::list::list,
        covers::add::add,
        covers::preview::preview,
        covers::get::get,
        covers::change::change,
        covers::remove::remove,
        covers::logo::set,
        tenants::list::list,
        tenants::create::create,
        tenants::get::get,
        tenants::change::change,
        tenants::suspend::suspend,
        tenants::resume::resume,
        records::audit::list,
        records::holds::list,
        records::hold::place,
        records::lift::lift,
        records::retention::get,
        records::retention::put,
        records::erase::erase,
        records::erasure::get,
        records::erasure::call_off,
        routing::list::list,
        routing::add::add,
        routing::remove::remove,
        usage::get::get,
        usage::csv::csv,
        usage::balance::balance,
        usage::keep::keep,
        usage::entries::entries,
        usage::top_up::top_up,
        usage::prices::prices,
        usage::set_prices::set_prices,
        usage::drop_prices::drop_prices,
        health::live,
        health::ready,
        document,
        docs::page,
    ),
    components(schemas(DetailBody, EnvelopeErrorBody, ErrorBody, SendErrorBody)),
    security(("token" = []), ("bearer" = [])),
    tags(
        (name = "auth", description = "Who asks: logins, sessions, API keys, passwords, second factors."),
        (name = "users", description = "People, and what they may do in which tenant."),
        (name = "fax", description = "Faxes, out and in."),
        (name = "webhooks", description = "Notices that come in."),
        (name = "mail", description = "Notices by e-mail, and faxes that come as e-mail."),
        (name = "webhooks out", description = "How a tenant's own programs are told of events."),
        (name = "numbers", description = "Phone numbers: found, ordered, set up, given back."),
        (name = "covers", description = "The page before a fax: how it looks."),
        (name = "tenants", description = "Tenants, what they may do, and which lines their faxes take."),
        (name = "contacts", description = "The address book, and lists of contacts."),
        (name = "broadcasts", description = "One document to many recipients."),
        (name = "campaigns", description = "Broadcasts under the names of the campaign API."),
        (name = "events", description = "What happened: the log, and live streams of it."),
        (name = "usage", description = "What a tenant used, what it is charged, and what it has paid."),
        (name = "jobs", description = "The job API of the Telnyx example, for its clients."),
        (name = "records", description = "The audit log, legal holds, how long things are kept, and how a tenant is erased."),
        (name = "health", description = "For whatever watches over the process."),
        (name = "docs", description = "This description."),
    ),
    modifiers(&Schemes, &Common),
)]
struct Description;

/// The document as JSON.
#[must_use]
pub fn openapi_json() -> String {
    // The document is made of strings and maps: there is nothing in it that JSON cannot hold.
    Description::openapi().to_pretty_json().unwrap_or_default()
}

/// This document
///
/// The description of the API, as OpenAPI 3.1.
#[utoipa::path(
    get,
    path = "/api/openapi.json",
    tag = "docs",
    operation_id = "openapi",
    security(()),
    responses((status = 200, description = "The document.", body = Object))
)]
pub(crate) async fn document() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(ContentType::json())
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(openapi_json())
}

/// How callers show who they are.
struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        let key = |name: &str, text: &str| {
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(name, text)))
        };
        components.add_security_scheme(
            "token",
            key(
                "Authorization",
                "`Token ` and a token from /api/auth/token/.",
            ),
        );
        components.add_security_scheme(
            "bearer",
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
        );
        components.add_security_scheme(
            "basic",
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Basic).build()),
        );
        components.add_security_scheme(
            "ed25519",
            key(
                "telnyx-signature-ed25519",
                "Telnyx' Ed25519 signature of `telnyx-timestamp`, `|` and the raw body, in base64.",
            ),
        );
        components.add_security_scheme(
            "signature",
            key(
                "X-Webhook-Signature",
                "HMAC-SHA256 of the raw body with the gateway's secret, in hex; `sha256=` before it is allowed. \
                    Where the operator allows it, callers on the gateway's own machine may leave it out.",
            ),
        );
    }
}

/// What endpoints have in common: headers, and the answers that do not depend on the endpoint.
struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        define_headers(document.components.get_or_insert_default());
        for (path, item) in &mut document.paths.paths {
            let kind = Kind::of(path);
            let operations = [
                &mut item.get,
                &mut item.post,
                &mut item.put,
                &mut item.patch,
                &mut item.delete,
            ];
            for operation in operations.into_iter().flatten() {
                complete(operation, kind, acts_in_a_tenant(path));
            }
        }
    }
}

/// How an endpoint is entered.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// By anybody.
    Open,
    /// By whoever signs, or knows the user and the password.
    Signed,
    /// By whoever wants a token: limited by address.
    Login,
    /// The same; answers and errors in an envelope.
    V1Login,
    /// With a token: limited by user.
    User,
    /// With a token; errors in the shape of send.
    Send,
    /// With a token; answers and errors in an envelope.
    V1,
    /// By whoever has a link; answers and errors in an envelope.
    V1Signed,
    /// With a token; errors in the shape of the job API.
    Job,
    /// By whoever has a link; errors in the shape of the job API.
    JobSigned,
    /// By whoever signs a notice: limited by address.
    Notice,
    /// The same; errors in the shape of the job API.
    JobNotice,
}

impl Kind {
    fn of(path: &str) -> Self {
        match path {
            "/api/auth/token/" | "/auth/login" | "/auth/register" => Self::Login,
            "/api/v1/auth/login" | "/api/v1/auth/register" => Self::V1Login,
            "/api/fax/send/" => Self::Send,
            path if path.starts_with("/api/fax/pages/") => Self::Signed,
            path if path.starts_with("/api/fax/shared/") => Self::Signed,
            path if path.starts_with("/api/fax/webhook/") => Self::Notice,
            path if path.starts_with("/api/fax/") => Self::User,
            path if path.starts_with("/api/v1/uploads/") => Self::V1Signed,
            path if path.starts_with("/api/v1/") => Self::V1,
            "/phone_numbers" => Self::User,
            "/v1/health" => Self::Open,
            "/v1/uploads/public/{storage_key}" => Self::JobSigned,
            "/v1/webhooks/telnyx" => Self::JobNotice,
            path if path.starts_with("/v1/") => Self::Job,
            _ => Self::Open,
        }
    }

    /// Whether a token tells whose the request is.
    fn is_a_users(self) -> bool {
        matches!(self, Self::User | Self::Send | Self::V1 | Self::Job)
    }

    fn is_limited(self) -> bool {
        matches!(
            self,
            Self::Login
                | Self::V1Login
                | Self::User
                | Self::Send
                | Self::V1
                | Self::Job
                | Self::Notice
                | Self::JobNotice
        )
    }
}

/// Whether it matters in which tenant a user asks: not where it is about themselves.
fn acts_in_a_tenant(path: &str) -> bool {
    match path.strip_prefix("/api/v1/auth/") {
        Some(rest) => rest.starts_with("api-keys"),
        None => true,
    }
}

fn complete(operation: &mut Operation, kind: Kind, acts_in_a_tenant: bool) {
    for parameter in operation.parameters.iter_mut().flatten() {
        if let RefOr::T(parameter) = parameter {
            bound(parameter);
        }
    }
    if kind.is_a_users() && acts_in_a_tenant {
        operation
            .parameters
            .get_or_insert_default()
            .push(RefOr::T(tenant_header()));
    }
    let is_once = takes_a_key(operation);
    if is_once {
        let other = key_header(operation);
        operation.parameters.get_or_insert_default().extend(other);
    }
    let shape = match kind {
        Kind::V1 | Kind::V1Signed | Kind::V1Login => "EnvelopeErrorBody",
        Kind::Send => "SendErrorBody",
        Kind::Job | Kind::JobSigned | Kind::JobNotice => "DetailBody",
        Kind::Open | Kind::Signed | Kind::Notice | Kind::Login | Kind::User => "ErrorBody",
    };
    let mut add = |status: &str, description: &str| {
        operation
            .responses
            .responses
            .entry(status.to_owned())
            .or_insert_with(|| RefOr::T(error(shape, description)));
    };
    if kind.is_a_users() {
        add("400", "A header or a parameter is wrong; details name it.");
    }
    if is_once {
        add(
            "409",
            "The Idempotency-Key was used for another request, or the same one is being carried out; then see Retry-After.",
        );
    }
    if kind.is_limited() {
        add("429", "The quota is used up; see Retry-After.");
    }
    if kind != Kind::Open {
        add(
            "500",
            "Our fault. What happened is in the gateway's log, under the X-Request-Id.",
        );
        add(
            "503",
            "The database or the document store cannot be reached, or the gateway is busy; see Retry-After.",
        );
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response {
            add_headers(response, status, kind, is_once);
        }
    }
}

/// Says of the parameters that many endpoints have what they may be.
fn bound(parameter: &mut Parameter) {
    if parameter.parameter_in == ParameterIn::Query && parameter.required == Required::False {
        // An empty one is the same as absent.
        parameter.extensions = Some([("allowEmptyValue", true)].into_iter().collect());
    }
    let Some(RefOr::T(Schema::Object(schema))) = &mut parameter.schema else {
        return;
    };
    match parameter.name.as_str() {
        "offset" => schema.maximum = usize::try_from(LARGEST_OFFSET).ok().map(Number::UInt),
        "Idempotency-Key" => {
            (schema.min_length, schema.max_length) = (Some(1), Some(255));
            schema.pattern = Some("^[!-~]+$".to_owned());
        }
        _ => {}
    }
}

/// Whether an operation is carried out once for each idempotency key.
fn takes_a_key(operation: &Operation) -> bool {
    let parameters = operation.parameters.iter().flatten();
    parameters
        .filter_map(|parameter| match parameter {
            RefOr::T(parameter) => Some(parameter),
            RefOr::Ref(_) => None,
        })
        .any(|parameter| parameter.name == "Idempotency-Key")
}

/// The other name of the key.
fn key_header(operation: &Operation) -> Option<RefOr<Parameter>> {
    let parameters = operation.parameters.iter().flatten();
    parameters
        .filter_map(|parameter| match parameter {
            RefOr::T(parameter) if parameter.name == "Idempotency-Key" => Some(parameter),
            _ => None,
        })
        .map(|key| {
            let mut key = key.clone();
            key.name = "X-Idempotency-Key".to_owned();
            key.description = Some("Another name of Idempotency-Key.".to_owned());
            RefOr::T(key)
        })
        .next()
}

fn tenant_header() -> Parameter {
    ParameterBuilder::new()
        .name("X-Tenant-ID")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "Slug or id of one of the user's tenants; the default one when absent.",
        ))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build()
}

fn error(shape: &str, description: &str) -> Response {
    ResponseBuilder::new()
        .description(description)
        .content(
            "application/json",
            Content::new(Some(Ref::from_schema_name(shape))),
        )
        .build()
}

/// The headers that answers share: name, type, meaning.
const HEADERS: [(&str, Type, &str); 7] = [
    (
        "X-Request-Id",
        Type::String,
        "The request's id, as in the gateway's log; taken over from the request when it is harmless.",
    ),
    (
        "X-RateLimit-Limit",
        Type::Integer,
        "Requests in one quota. Absent, like the other two, when this limit is switched off. A 401 is not counted, and shows a quota that is untouched.",
    ),
    (
        "X-RateLimit-Remaining",
        Type::Integer,
        "What is left of the quota.",
    ),
    (
        "X-RateLimit-Reset",
        Type::Integer,
        "The Unix second when the quota is full again.",
    ),
    (
        "WWW-Authenticate",
        Type::String,
        "The credentials that are wanted.",
    ),
    ("Retry-After", Type::Integer, "Seconds to wait."),
    (
        "Idempotent-Replayed",
        Type::Boolean,
        "`true`: the request was carried out before under this Idempotency-Key, and this is the answer that it got.",
    ),
];

fn define_headers(components: &mut Components) {
    for (name, type_, text) in HEADERS {
        let header = HeaderBuilder::new()
            .schema(Some(ObjectBuilder::new().schema_type(type_)))
            .description(Some(text))
            .build();
        components.headers.insert(name.to_owned(), RefOr::T(header));
    }
}

/// Says which of the shared headers an answer has.
fn add_headers(response: &mut Response, status: &str, kind: Kind, is_once: bool) {
    let has = |name: &str| match name {
        "WWW-Authenticate" => status == "401",
        "Retry-After" => matches!(status, "429" | "503") || (is_once && status == "409"),
        "Idempotent-Replayed" => is_once && status.starts_with('2'),
        limits if limits.starts_with("X-RateLimit-") => kind.is_limited(),
        _ => true,
    };
    for (name, _, _) in HEADERS.iter().filter(|(name, _, _)| has(name)) {
        let shared = Ref::new(format!("#/components/headers/{name}"));
        response
            .headers
            .insert((*name).to_owned(), RefOr::Ref(shared));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use serde_json::{Map, Value, json};

    use super::*;

    #[test]
    fn the_document_is_the_one_that_was_reviewed() {
        let document: Value = serde_json::from_str(&openapi_json()).unwrap();
        insta::assert_snapshot!("openapi", outline(&document).join("\n"));
    }

    /// A line for each operation and each schema: all but the prose, examples and the shared headers.
    fn outline(document: &Value) -> Vec<String> {
        let mut lines = Vec::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let parameters = operation["parameters"].as_array().into_iter().flatten();
                let parameters = parameters.map(|parameter| {
                    let name = parameter["name"].as_str().unwrap();
                    let needed = if parameter["required"] == true {
                        "!"
                    } else {
                        ""
                    };
                    let place = parameter["in"].as_str().unwrap();
                    format!("{place} {name}{needed}: {}", type_of(&parameter["schema"]))
                });
                let parameters: Vec<_> = parameters.collect();
                let body = contents(&operation["requestBody"]);
                let answers = operation["responses"].as_object().unwrap().iter();
                let answers =
                    answers.map(|(status, answer)| format!("{status} {}", contents(answer)));
                let answers: Vec<_> = answers.collect();
                let method = method.to_uppercase();
                lines.push(format!(
                    "{method} {path} [{}] {body}",
                    parameters.join(", ")
                ));
                lines.extend(
                    answers
                        .into_iter()
                        .map(|answer| format!("    {}", answer.trim())),
                );
            }
        }
        for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
            lines.push(format!("{name} = {}", type_of(schema)));
        }
        lines
    }

    fn contents(of: &Value) -> String {
        let contents = of["content"].as_object().into_iter().flatten();
        let contents =
            contents.map(|(kind, media)| format!("{kind} {}", type_of(&media["schema"])));
        contents.collect::<Vec<_>>().join(" | ")
    }

    fn type_of(schema: &Value) -> String {
        if let Some(reference) = schema["$ref"].as_str() {
            return reference.rsplit('/').next().unwrap().to_owned();
        }
        for (several, sign) in [("oneOf", " | "), ("anyOf", " | "), ("allOf", " & ")] {
            if let Some(parts) = schema[several].as_array() {
                return parts.iter().map(type_of).collect::<Vec<_>>().join(sign);
            }
        }
        let mut rules = Map::clone(schema.as_object().unwrap());
        for prose in ["description", "example", "examples", "title"] {
            rules.remove(prose);
        }
        let properties = rules.remove("properties");
        let required = rules.remove("required");
        let items = rules.remove("items").map(|items| type_of(&items));
        let fields = properties
            .iter()
            .flat_map(|fields| fields.as_object().unwrap());
        let fields = fields.map(|(name, field)| {
            let needed = required
                .as_ref()
                .is_some_and(|all| all.as_array().unwrap().contains(&json!(name)));
            format!(
                "{name}{}: {}",
                if needed { "!" } else { "" },
                type_of(field)
            )
        });
        let fields: Vec<_> = fields.collect();
        let parts = [
            fields.join(", "),
            items.unwrap_or_default(),
            Value::Object(rules).to_string(),
        ];
        let parts = parts
            .into_iter()
            .filter(|part| !part.is_empty() && part != "{}");
        parts.collect::<Vec<_>>().join(" ")
    }

    /// Where two have one name, the document has one of them, and describes the other's endpoints wrongly.
    #[test]
    fn no_two_schemas_have_the_same_name() {
        let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|kind| kind == "rs") {
                    for name in schemas(&std::fs::read_to_string(&path).unwrap()) {
                        let place = path.display().to_string();
                        places.entry(name).or_default().push(place);
                    }
                }
            }
        }
        assert!(places.len() > 100, "{places:?}");
        places.retain(|_, places| places.len() > 1);
        assert!(places.is_empty(), "{places:#?}");
    }

    /// The names of the schemas that a file derives.
    fn schemas(file: &str) -> Vec<String> {
        let mut names = Vec::new();
        let mut lines = file.lines().map(str::trim);
        while let Some(line) = lines.next() {
            if !(line.starts_with("#[derive(") && line.contains("ToSchema")) {
                continue;
            }
            let head: Vec<&str> = lines
                .by_ref()
                .take_while(|line| *line != "}" && !line.is_empty())
                .collect();
            let named = |line: &&str| {
                let other = line.strip_prefix("#[schema(as = ")?.strip_suffix(")]")?;
                Some(other.to_owned())
            };
            let declared = |line: &&str| {
                let rest = line.split_once("struct ").or(line.split_once("enum "))?.1;
                let name = rest.split([' ', '<', '(', ';']).next()?;
                Some(name.to_owned())
            };
            let name = head.iter().find_map(named);
            names.push(name.or(head.iter().find_map(declared)).unwrap());
        }
        names
    }
}

//! Bodies that would be taken, if they spoke of the caller's own things.

use serde_json::{Value, json};

use super::house::House;

/// A body for an operation, of what is this house's.
pub(super) fn own(operation: &str, house: &House) -> Value {
    let marker = &house.marker;
    let one = |kind: &str| house.one(kind);
    match operation {
        "POST /api/fax/send/" => {
            json!({"username": one("number"), "filename": one("file"), "numbers": "5550001111"})
        }
        "POST /api/v1/broadcasts" | "POST /api/v1/campaigns" => {
            json!({"name": marker, "filename": one("file"), "from": one("number"), "numbers": ["5550001111"]})
        }
        "POST /api/v1/broadcasts/{broadcast}/recipients"
        | "POST /api/v1/campaigns/{broadcast}/contacts" => {
            json!({"numbers": ["5550001112"]})
        }
        "POST /api/v1/broadcasts/{broadcast}/schedule"
        | "POST /api/v1/campaigns/{broadcast}/schedule"
        | "POST /api/v1/broadcasts/{broadcast}/retry" => {
            json!({})
        }
        "POST /api/v1/lists/{list}/members" => json!({"contacts": [one("contact")]}),
        "POST /api/v1/covers" | "PUT /api/v1/covers/{cover}" => {
            json!({"name": format!("{marker} other")})
        }
        "POST /api/v1/covers/preview" => json!({"subject": marker}),
        "POST /api/v1/legal-holds" => json!({"reason": marker, "fax_id": one("fax")}),
        "POST /api/v1/contacts" => json!({"fax_number": "+13125550155", "name": marker}),
        "POST /api/v1/lists" => json!({"name": format!("{marker} other")}),
        "POST /api/v1/webhooks" => json!({"url": "http://127.0.0.1:9999/other"}),
        "POST /api/v1/webhooks/{webhook}/replay" => json!({"since": "2026-01-01T00:00:00Z"}),
        "POST /api/v1/auth/api-keys" => json!({"label": marker}),
        "POST /api/v1/auth/api-keys/{key}/rotate" => json!({}),
        "POST /api/v1/auth/password" => {
            json!({"current_password": "not this one", "new_password": "another long password"})
        }
        "POST /api/v1/auth/totp/confirm" => json!({"totp": "123456"}),
        "POST /api/v1/auth/totp" | "POST /api/v1/auth/totp/remove" => {
            json!({"password": "not this one"})
        }
        "POST /api/v1/users" => {
            json!({"username": format!("{marker}-new"), "password": "a password of ten words", "role": "member"})
        }
        "POST /api/v1/users/{user}/password" => json!({"password": "another long password"}),
        "POST /api/v1/mail/test" => json!({"to": format!("{marker}@example.com")}),
        "POST /api/v1/numbers/import" | "POST /api/v1/numbers/orders" => {
            json!({"phone_numbers": ["+13125550103"]})
        }
        "POST /phone_numbers" => json!({"phone_number": "+13125550104"}),
        "POST /v1/fax/jobs" => {
            json!({"document_upload_id": one("upload"), "destination_fax": "+15550001111"})
        }
        "POST /api/v1/routes" => json!({"lanes": ["telnyx"]}),
        "POST /api/v1/tenants" => json!({"slug": format!("{marker}-second")}),
        "POST /api/v1/tenants/{tenant}/suspend" => json!({"reason": marker}),
        "POST /api/v1/tenants/{tenant}/erase" => json!({"confirm": one("tenant")}),
        "PUT /api/v1/tenants/{tenant}/retention" => json!({"sent_days": 9}),
        "POST /api/v1/balance/top-up" => json!({"amount": "1", "reference": "second"}),
        "PUT /api/v1/balance" => json!({"prepaid": true}),
        "PUT /api/v1/prices" => json!({"per_page": "9"}),
        "POST /api/auth/token/"
        | "POST /auth/login"
        | "POST /api/v1/auth/login"
        | "POST /auth/register"
        | "POST /api/v1/auth/register" => {
            json!({"username": format!("{marker}-worker"), "password": "not this one"})
        }
        "PATCH /api/v1/contacts/{contact}" | "PATCH /api/v1/lists/{list}" => {
            json!({"name": format!("{marker} changed")})
        }
        "PATCH /api/v1/numbers/{number}" => json!({"header_text": marker}),
        "PATCH /api/v1/users/{user}" => json!({"is_default": true}),
        "PATCH /api/v1/webhooks/{webhook}" => json!({"description": marker}),
        "PATCH /api/v1/tenants/{tenant}" => json!({"name": marker}),
        "PUT /api/v1/mail" | "POST /api/v1/webhooks/{webhook}/secret/rotate" => json!({}),
        // Notices that come in: their signatures are looked at before their bodies.
        _ if operation.contains("/webhook/") || operation.ends_with("/webhooks/telnyx") => {
            json!({})
        }
        _ => unreachable!("say in isolation/bodies.rs what body {operation} takes"),
    }
}

/// How something is named in a field of a body.
pub(super) fn naming(field: &str, thing: &str) -> Value {
    match field {
        "contacts" | "lists" | "phone_numbers" => json!([thing]),
        "cover" => json!({"template": thing}),
        "senders" => json!([{"from": "somebody@example.com", "user": thing}]),
        "inbound" => json!({"by_number": {thing: ["somebody@example.com"]}}),
        _ => json!(thing),
    }
}

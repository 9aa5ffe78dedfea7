//! What each parameter of the document names: something of a tenant's, or nothing that is anybody's.
//!
//! A parameter that is not here fails the walk, so that whoever adds a route says what its parameters are.

use super::house::House;

/// What a parameter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// One of the things that houses have, of this kind.
    Thing(&'static str),
    /// The text that is in every text of a tenant's.
    Marker,
    /// A switch that asks for more than the tenant's own.
    Switch,
    /// Nobody's: a time, a colour, a count.
    Harmless,
}

impl What {
    /// What the tenant of this house has of it.
    pub(super) fn of(self, house: &House) -> Vec<String> {
        match self {
            Self::Thing("shared") => house
                .all("fax")
                .iter()
                .map(|fax| format!("{fax}.pdf"))
                .collect(),
            Self::Thing("page") => {
                let fax = house.one("fax");
                vec![format!("{}/{fax}", house.id), fax.to_owned()]
            }
            Self::Thing(kind) => house.all(kind).to_vec(),
            Self::Marker => vec![house.marker.clone()],
            Self::Switch => vec!["true".to_owned()],
            Self::Harmless => Vec::new(),
        }
    }
}

/// What a parameter in a path is.
pub(super) fn in_path(path: &str, name: &str) -> What {
    What::Thing(match (path, name) {
        (path, "key") if path.contains("api-keys") => "key",
        ("/api/fax/pages/{key}", "key") => "page",
        ("/api/fax/shared/{tenant}/{file}", "file") => "shared",
        ("/api/docs/", _) => return What::Harmless,
        (path, "id") if path.starts_with("/v1/fax/jobs/") => "job",
        (_, "uuid") => "fax",
        (_, "storage_key") => "upload",
        (_, "broadcast") => "broadcast",
        (_, "contact") => "contact",
        (_, "cover") => "cover",
        (_, "delivery") => "delivery",
        (_, "hold") => "hold",
        (_, "list") => "list",
        (_, "message") => "message",
        (_, "number") => "number",
        (_, "order") => "order",
        (_, "route") => "route",
        (_, "session") => "session",
        (_, "tenant") => "tenant",
        (_, "user") => "user",
        (_, "webhook") => "webhook",
        _ => unreachable!(
            "say in isolation/kinds.rs what `{name}` in {path} is, and give each tenant one in house.rs"
        ),
    })
}

/// What a parameter in a query is.
pub(super) fn in_query(path: &str, name: &str) -> What {
    match name {
        "tenant" => What::Thing("tenant"),
        "list" => What::Thing("list"),
        "uuid" | "object" => What::Thing("fax"),
        "user" => What::Thing("person"),
        "after" | "last_event_id" => What::Thing("event"),
        "q" | "tag" => What::Marker,
        "all" | "gateway" => What::Switch,
        "action"
        | "administrative_area"
        | "area_code"
        | "begin"
        | "contains"
        | "country"
        | "direction"
        | "dry_run"
        | "ends_with"
        | "exp"
        | "expires"
        | "features"
        | "format"
        | "from"
        | "keep_at_carrier"
        | "lifted"
        | "limit"
        | "locality"
        | "offset"
        | "on_error"
        | "page"
        | "sig"
        | "signature"
        | "since"
        | "starts_with"
        | "status"
        | "ticket"
        | "to"
        | "type"
        | "types"
        | "until" => What::Harmless,
        _ => unreachable!("say in isolation/kinds.rs what `{name}` in the query of {path} is"),
    }
}

/// What a field of a JSON body is.
pub(super) fn in_body(name: &str, path: &str) -> What {
    match (path, name) {
        ("/api/fax/send/", "username") | ("/api/v1/broadcasts" | "/api/v1/campaigns", "from") => {
            What::Thing("number")
        }
        // The names of users and tenants are the gateway's: that one is taken is all that whoever adds one is told. Logins: walk.rs.
        (
            "/api/auth/token/"
            | "/auth/login"
            | "/auth/register"
            | "/api/v1/auth/login"
            | "/api/v1/auth/register"
            | "/api/v1/users",
            "username",
        ) => What::Harmless,
        (_, "filename") => What::Thing("file"),
        (_, "document_upload_id") => What::Thing("upload"),
        (_, "contacts") => What::Thing("contact"),
        (_, "lists") => What::Thing("list"),
        (_, "fax_id") => What::Thing("fax"),
        (_, "cover" | "template") => What::Thing("cover"),
        (_, "tenant") => What::Thing("tenant"),
        (_, "senders") => What::Thing("person"),
        ("/api/v1/mail", "inbound") => What::Thing("number"),
        ("/phone_numbers", "phone_number") => What::Thing("number"),
        (_, "phone_numbers") => What::Thing("number"),
        // What anybody may fax to, hold, or write down.
        (_, "numbers" | "phone_number" | "fax_number" | "destination_fax") => What::Harmless,
        (
            _,
            "all"
            | "allowed_countries"
            | "amount"
            | "branding"
            | "caller_name"
            | "company"
            | "confirm"
            | "country"
            | "current_password"
            | "data"
            | "description"
            | "design"
            | "destination_country"
            | "disabled"
            | "email"
            | "event_types"
            | "expires_at"
            | "fields"
            | "from"
            | "header_text"
            | "intake"
            | "is_active"
            | "is_default"
            | "is_enhanced"
            | "label"
            | "language"
            | "lanes"
            | "low_mark"
            | "message"
            | "name"
            | "new_password"
            | "note"
            | "notification_email"
            | "overlap_seconds"
            | "password"
            | "per_attempt"
            | "per_minute"
            | "per_minute_by_prefix"
            | "per_page"
            | "per_page_by_prefix"
            | "per_page_received"
            | "position"
            | "prefix"
            | "prepaid"
            | "priority"
            | "reason"
            | "reference"
            | "resolution"
            | "results"
            | "revoke_keys"
            | "role"
            | "route"
            | "scopes"
            | "secret"
            | "send_at"
            | "sending"
            | "since"
            | "slug"
            | "start"
            | "subject"
            | "tags"
            | "this_tenant_only"
            | "time_zone"
            | "to"
            | "totp"
            | "until"
            | "url"
            | "variables"
            | "sent_days"
            | "failed_days"
            | "alerts"
            | "values"
            | "confirmed"
            | "rate_limits"
            | "received_days"
            | "unsent_days",
        ) => What::Harmless,
        // Notices that come in, and are signed.
        (path, _) if path.contains("/webhook/") => What::Harmless,
        _ => unreachable!("say in isolation/kinds.rs what `{name}` in the body of {path} is"),
    }
}

/// Something of the same look that nobody has.
pub(super) fn made_up(real: &str) -> String {
    const NOTHING: &str = "01a1fca0-1b31-7046-b779-5277777a0e98";
    let is_uuid = |text: &str| text.len() == 36 && text.as_bytes()[8] == b'-';
    match real {
        _ if is_uuid(real) => NOTHING.to_owned(),
        _ if real.starts_with("+1") => "+15557659999".to_owned(),
        _ if real.starts_with("evt_") => {
            let last = if real.ends_with('0') { "1" } else { "0" };
            format!("{}{last}", &real[..real.len() - 1])
        }
        "true" => "true".to_owned(),
        _ => match real.get(..36).filter(|start| is_uuid(start)) {
            Some(_) => format!(
                "{NOTHING}{}",
                &real[36..].replace(|c: char| c.is_ascii_hexdigit() && c != 'd' && c != 'f', "7")
            ),
            None => "nothing-of-the-kind".to_owned(),
        },
    }
}

//! People, keys and sessions as JSON.

use faxgate_core::{ApiKey, MadeKey, Place, SecondFactorState, Session, User};
use faxgate_types::{Right, Rights, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A tenant that a user belongs to.
#[derive(Serialize, ToSchema)]
pub(crate) struct ClientBody {
    /// Its id.
    id: Uuid,
    /// Its short name, for X-Tenant-ID.
    #[schema(example = "clinic")]
    slug: String,
    /// What the user may do there: `read-only`, `member`, `admin` or `operator`.
    #[schema(example = "admin")]
    role: &'static str,
    /// Whether it is the one that counts when a request names none.
    is_default: bool,
}

impl From<Place> for ClientBody {
    fn from(place: Place) -> Self {
        Self {
            id: place.tenant.uuid(),
            slug: place.slug,
            role: place.role.as_str(),
            is_default: place.is_default,
        }
    }
}

/// Who asks.
#[derive(Serialize, ToSchema)]
pub(crate) struct MeBody {
    /// The user's id.
    id: Uuid,
    /// The name to sign in with.
    #[schema(example = "ada")]
    username: String,
    /// Whether a second factor is asked for at login.
    has_totp: bool,
    /// How many recovery codes are left.
    recovery_codes: u32,
    /// What this request showed: `session` or `api_key`.
    #[schema(example = "session")]
    credential: &'static str,
    /// The id of that session or key.
    credential_id: Option<Uuid>,
    /// What that key may be used for; null: everything that the role allows.
    #[schema(example = json!(["fax:read", "fax:send"]))]
    scopes: Option<Vec<&'static str>>,
    /// The tenants, the default one first.
    clients: Vec<ClientBody>,
}

impl MeBody {
    pub(crate) fn new(user: User, state: SecondFactorState, places: Vec<Place>) -> Self {
        let (credential, id) = match (user.session, user.token) {
            (Some(session), _) => ("session", Some(session.uuid())),
            (None, token) => ("api_key", token.map(|token| token.uuid())),
        };
        Self {
            id: user.id.uuid(),
            username: user.username,
            has_totp: state.is_confirmed,
            recovery_codes: state.codes_left,
            credential,
            credential_id: id,
            scopes: scopes(user.rights),
            clients: places.into_iter().map(Into::into).collect(),
        }
    }
}

fn scopes(rights: Rights) -> Option<Vec<&'static str>> {
    (!rights.is_all()).then(|| rights.iter().map(Right::as_str).collect())
}

fn time(at: Timestamp) -> String {
    at.to_seconds()
}

/// An API key, without its secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeyBody {
    /// Its id.
    id: Uuid,
    /// What it is for.
    #[schema(example = "billing")]
    label: String,
    /// What every key begins with.
    #[schema(example = "fxg_")]
    prefix: &'static str,
    /// Its last four characters; null for keys of earlier versions.
    #[schema(example = "k3Vq")]
    last_four: Option<String>,
    /// What it may be used for; null: everything that the role allows.
    #[schema(example = json!(["fax:read", "fax:send"]))]
    scopes: Option<Vec<&'static str>>,
    /// The slug of the only tenant that it is good for; null: every one of the user's.
    #[schema(example = "clinic")]
    tenant: Option<String>,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was last used, to the minute.
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
    /// When it stops working; null: never by itself.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

impl From<ApiKey> for KeyBody {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id.uuid(),
            label: key.label,
            prefix: "fxg_",
            last_four: key.last_four,
            scopes: scopes(key.rights),
            tenant: key.tenant.map(|(_, slug)| slug),
            created_at: time(key.created_at),
            last_used_at: key.last_used_at.map(time),
            expires_at: key.expires_at.map(time),
        }
    }
}

/// An API key that was just made.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeKeyBody {
    #[serde(flatten)]
    key: KeyBody,
    /// The key itself: goes into the header `Authorization: Bearer …`. It is not shown again.
    #[schema(example = "fxg_000000000000000000000000000000000000")]
    api_key: String,
    /// The id of the key that it takes the place of.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    replaces: Option<Uuid>,
    /// Until when that one goes on working.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, format = DateTime)]
    old_key_until: Option<String>,
}

impl From<&MadeKey> for MadeKeyBody {
    fn from(made: &MadeKey) -> Self {
        Self {
            key: made.key.clone().into(),
            api_key: made.secret.clone(),
            replaces: made.replaces.map(|(id, _)| id.uuid()),
            old_key_until: made.replaces.map(|(_, until)| time(until)),
        }
    }
}

/// A session that is open.
#[derive(Serialize, ToSchema)]
pub(crate) struct OpenSessionBody {
    /// Its id.
    id: Uuid,
    /// Whether it is the one of this request.
    is_current: bool,
    /// When it was opened.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it ends.
    #[schema(format = DateTime)]
    expires_at: String,
    /// When it was last used, to the minute.
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
    /// Where it was opened from.
    #[schema(example = "192.0.2.7")]
    address: Option<String>,
    /// By which program, as that told.
    #[schema(example = "curl/8.5.0")]
    agent: Option<String>,
}

impl OpenSessionBody {
    pub(crate) fn new(session: Session, user: &User) -> Self {
        Self {
            id: session.id.uuid(),
            is_current: user.session == Some(session.id),
            created_at: time(session.created_at),
            expires_at: time(session.expires_at),
            last_used_at: session.last_used_at.map(time),
            address: session.address,
            agent: session.agent,
        }
    }
}

/// A key to make.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct NewKeyBody {
    /// What it is for.
    #[schema(example = "billing", max_length = 200)]
    label: String,
    /// What it may be used for; absent or null: everything that the role allows. One or more of `fax:read`, `fax:send`,
    /// `numbers:read`, `numbers:write`, `webhooks`, `contacts`, `broadcasts`, `events`, `usage`, `people`, `tenants`, `records`.
    #[schema(required = false, nullable, example = json!(["fax:read", "fax:send"]))]
    scopes: Option<Vec<String>>,
    /// Whether it is good for this tenant only, and not for all of the user's.
    #[schema(required = false, default = false)]
    this_tenant_only: Option<bool>,
    /// When it stops working; absent or null: never by itself.
    #[schema(required = false, nullable, format = DateTime, example = "2027-01-01T00:00:00Z")]
    expires_at: Option<String>,
}

/// How a key is rotated.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct RotateBody {
    /// How long the old key goes on working: a day if not given, 30 days at most.
    #[schema(required = false, default = 86400, minimum = 0, maximum = 2592000)]
    overlap_seconds: Option<u32>,
}

/// Another password.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct PasswordBody {
    /// The one so far.
    #[schema(max_length = 1024)]
    current_password: String,
    /// The one from now on.
    #[schema(max_length = 1024)]
    new_password: String,
    /// The code of the second factor, for users who have one.
    #[schema(required = false, nullable, max_length = 32)]
    totp: Option<String>,
    /// Whether every API key stops working as well.
    #[schema(required = false, default = false)]
    revoke_keys: Option<bool>,
}

/// A second factor that is to be confirmed.
#[derive(Serialize, ToSchema)]
pub(crate) struct EnrolmentBody {
    /// The secret in base32, to type into an authenticator. It is not shown again.
    #[schema(example = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")]
    pub(crate) secret: String,
    /// The same for a QR code.
    #[schema(
        example = "otpauth://totp/Faxgate:ada?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Faxgate"
    )]
    pub(crate) uri: String,
}

/// A code of the second factor.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct CodeBody {
    /// Six digits.
    #[schema(example = "287082", max_length = 32)]
    totp: String,
}

/// Codes for when the device is lost: each works once.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryBody {
    /// They are not shown again.
    #[schema(example = json!(["abcd-efgh-jkmn"]))]
    pub(crate) recovery_codes: Vec<String>,
}

/// The password, once more, to enrol a second factor.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct EnrolBody {
    /// The password.
    #[schema(max_length = 1024)]
    password: String,
}

/// The password, once more.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct AgainBody {
    /// The password.
    #[schema(max_length = 1024)]
    password: String,
    /// A code of the second factor, or a recovery code; once it is confirmed.
    #[schema(required = false, nullable, max_length = 32)]
    totp: Option<String>,
}

/// How many were ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct EndedBody {
    /// Sessions.
    pub(crate) sessions: usize,
    /// API keys.
    pub(crate) api_keys: usize,
}

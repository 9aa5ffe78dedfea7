//! Users as JSON.

use faxgate_core::PersonShown;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::v1::auth::model::ClientBody;

/// A user.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserBody {
    /// The id.
    id: Uuid,
    /// The name to sign in with.
    #[schema(example = "ada")]
    username: String,
    /// Whether signing in is refused.
    disabled: bool,
    /// Whether a second factor is asked for at login.
    has_totp: bool,
    /// When they were added.
    #[schema(format = DateTime)]
    created_at: String,
    /// When they last logged in.
    #[schema(format = DateTime)]
    last_login_at: Option<String>,
    /// What they may do where, as far as the caller may know: operators see every tenant, administrators theirs.
    memberships: Vec<ClientBody>,
}

impl From<&PersonShown> for UserBody {
    fn from(shown: &PersonShown) -> Self {
        let person = &shown.person;
        Self {
            id: person.id.uuid(),
            username: person.username.clone(),
            disabled: person.disabled,
            has_totp: person.has_second_factor,
            created_at: person.created_at.to_seconds(),
            last_login_at: person.last_login_at.map(|at| at.to_seconds()),
            memberships: shown.places.iter().cloned().map(Into::into).collect(),
        }
    }
}

/// A user to add.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct NewUserBody {
    /// The name to sign in with: no spaces.
    #[schema(example = "ada", max_length = 150)]
    username: String,
    /// The first password.
    #[schema(max_length = 1024)]
    password: String,
    /// What they may do: `read-only`, `member`, `admin` or `operator`; nothing above the caller's own role.
    #[schema(required = false, default = "member", example = "member")]
    role: Option<String>,
    /// The tenant, by slug or id; the caller's if not given. Others are for operators.
    #[schema(required = false, nullable, example = "clinic", max_length = 63)]
    tenant: Option<String>,
}

/// What of a user is to be different.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct ChangeUserBody {
    /// What they may do in the tenant. Operators make somebody a member with it who is none yet.
    #[schema(required = false, nullable, example = "admin")]
    role: Option<String>,
    /// Whether the tenant becomes the one that counts when a request names none.
    #[schema(required = false, default = false)]
    is_default: Option<bool>,
    /// The tenant that `role` and `is_default` are about, by slug or id; the caller's if not given.
    #[schema(required = false, nullable, example = "clinic", max_length = 63)]
    tenant: Option<String>,
    /// Whether signing in is refused: sessions end and keys stop working, at once.
    #[schema(required = false, nullable)]
    disabled: Option<bool>,
}

/// Another password for somebody.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct ResetBody {
    /// The new password.
    #[schema(max_length = 1024)]
    password: String,
    /// Whether their API keys stop working as well.
    #[schema(required = false, default = false)]
    revoke_keys: Option<bool>,
}

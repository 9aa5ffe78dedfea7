//! Lists as JSON.

use faxgate_core::ContactList;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A list of contacts.
#[derive(Serialize, ToSchema)]
pub(crate) struct ListBody {
    /// Its id.
    id: Uuid,
    /// Its name; no two lists of a tenant have the same.
    #[schema(example = "Pharmacies")]
    name: String,
    /// What it is for.
    description: String,
    /// How many contacts are on it.
    #[schema(example = 120)]
    members: u64,
    /// Since when it is there.
    #[schema(format = DateTime)]
    created_at: String,
    /// When its name or description last changed.
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<ContactList> for ListBody {
    fn from(list: ContactList) -> Self {
        Self {
            id: list.id.uuid(),
            name: list.name,
            description: list.description,
            members: u64::try_from(list.members).unwrap_or(0),
            created_at: list.created_at.to_seconds(),
            updated_at: list.updated_at.to_seconds(),
        }
    }
}

/// A list to add.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct NewListBody {
    /// Its name, at most 100 characters.
    #[schema(example = "Pharmacies")]
    name: String,
    /// What it is for, at most 500 characters.
    #[schema(required = false)]
    description: Option<String>,
}

/// What is to become of a list; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct ListChangeBody {
    /// Its name.
    #[schema(required = false)]
    name: Option<String>,
    /// What it is for.
    #[schema(required = false)]
    description: Option<String>,
}

/// Contacts to put on a list.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct MembersBody {
    /// Their ids, at most 1,000.
    contacts: Vec<Uuid>,
}

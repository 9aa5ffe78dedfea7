//! Contacts as JSON.

use std::collections::BTreeMap;

use faxgate_core::{Contact, ImportReport, WrongLine};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// An entry of the address book.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContactBody {
    /// Its id.
    id: Uuid,
    /// The fax number, as it was typed.
    #[schema(example = "(312) 555-0100")]
    fax_number: String,
    /// The fax number in E.164; no two contacts of a tenant have the same.
    #[schema(example = "+13125550100")]
    number: String,
    /// Who.
    #[schema(example = "Ann Lee")]
    name: String,
    /// Of which company.
    #[schema(example = "Acme")]
    company: String,
    /// Their e-mail address.
    email: String,
    /// Their language, as a tag of BCP 47.
    #[schema(example = "en")]
    language: String,
    /// The tenant's own fields.
    #[schema(example = json!({"room": "12"}))]
    fields: BTreeMap<String, String>,
    /// Words to find them by, in lower case.
    #[schema(example = json!(["board"]))]
    tags: Vec<String>,
    /// Since when it is there.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it last changed.
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<Contact> for ContactBody {
    fn from(contact: Contact) -> Self {
        Self {
            id: contact.id.uuid(),
            fax_number: contact.number_raw,
            number: contact.number.to_string(),
            name: contact.name,
            company: contact.company,
            email: contact.email,
            language: contact.language,
            fields: contact.fields,
            tags: contact.tags,
            created_at: contact.created_at.to_seconds(),
            updated_at: contact.updated_at.to_seconds(),
        }
    }
}

/// A contact to add.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct NewContactBody {
    /// The fax number, as the tenant's country writes it, or with its `+`.
    #[schema(example = "(312) 555-0100")]
    fax_number: String,
    /// Who; at most 500 characters, as all texts here.
    #[schema(required = false)]
    name: Option<String>,
    /// Of which company.
    #[schema(required = false)]
    company: Option<String>,
    /// Their e-mail address.
    #[schema(required = false)]
    email: Option<String>,
    /// Their language, as a tag of BCP 47.
    #[schema(required = false)]
    language: Option<String>,
    /// The tenant's own fields, at most 50.
    #[schema(required = false)]
    fields: Option<BTreeMap<String, String>>,
    /// Words to find them by, at most 50.
    #[schema(required = false)]
    tags: Option<Vec<String>>,
}

/// What is to become of a contact; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the body in the OpenAPI document; it is read field by field"
)]
pub(crate) struct ContactChangeBody {
    /// The fax number.
    #[schema(required = false)]
    fax_number: Option<String>,
    /// Who.
    #[schema(required = false)]
    name: Option<String>,
    /// Of which company.
    #[schema(required = false)]
    company: Option<String>,
    /// Their e-mail address.
    #[schema(required = false)]
    email: Option<String>,
    /// Their language.
    #[schema(required = false)]
    language: Option<String>,
    /// The tenant's own fields: all of them.
    #[schema(required = false)]
    fields: Option<BTreeMap<String, String>>,
    /// Words to find them by: all of them.
    #[schema(required = false)]
    tags: Option<Vec<String>>,
}

/// Something is gone.
#[derive(Serialize, ToSchema)]
pub(crate) struct GoneBody {
    /// What it was.
    pub(crate) id: Uuid,
    /// Always `true`.
    pub(crate) deleted: bool,
}

/// A line of a table that was not taken in.
#[derive(Serialize, ToSchema)]
pub(crate) struct WrongLineBody {
    /// Its number in the file, from 1.
    #[schema(example = 7)]
    line: u64,
    /// What is wrong with it.
    #[schema(example = "has no fax number")]
    reason: String,
}

impl From<WrongLine> for WrongLineBody {
    fn from(wrong: WrongLine) -> Self {
        Self {
            line: wrong.line,
            reason: wrong.reason,
        }
    }
}

/// What came of a table.
#[derive(Serialize, ToSchema)]
pub(crate) struct ImportedContactsBody {
    /// Lines with something in them, without the first.
    lines: u64,
    /// Contacts that are new.
    created: u64,
    /// Contacts that were there, and changed.
    updated: u64,
    /// Lines with a number that an earlier line has.
    repeated: u64,
    /// Lines that were not taken in.
    wrong: u64,
    /// The first thousand of those.
    wrong_lines: Vec<WrongLineBody>,
    /// Whether nothing was written.
    dry_run: bool,
}

impl From<ImportReport> for ImportedContactsBody {
    fn from(report: ImportReport) -> Self {
        Self {
            lines: report.lines,
            created: report.created,
            updated: report.updated,
            repeated: report.repeated,
            wrong: report.wrong,
            wrong_lines: report.wrong_lines.into_iter().map(Into::into).collect(),
            dry_run: report.dry_run,
        }
    }
}

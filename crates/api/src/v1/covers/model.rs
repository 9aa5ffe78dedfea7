//! Covers and their templates as JSON.

use std::collections::BTreeMap;

use faxgate_core::{CoverDesign, CoverTemplate, Error, NewCoverTemplate};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::extract::{json, strict};

/// What a cover says; what is empty is left out.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes the request; it is read as a whole")]
pub(crate) struct CoverBody {
    /// A template's name or id; absent: the tenant's default one, or a plain one.
    #[schema(example = "letterhead")]
    template: Option<String>,
    /// Whom it is for.
    to: Option<PartyBody>,
    /// Who sends it.
    from: Option<PartyBody>,
    /// What it is about, at most 200 characters.
    #[schema(example = "Records of 12 March")]
    subject: Option<String>,
    /// Free text. What does not fit the page is cut, and ends with an ellipsis.
    message: Option<String>,
    /// Up to twelve further facts by their labels. `{label}` in subject and message becomes what stands here, `{name}` and `{company}` those
    /// of whom it is for.
    fields: Option<BTreeMap<String, String>>,
    /// Up to fifty more that `{label}` can become, and that do not stand on the cover by themselves.
    values: Option<BTreeMap<String, String>>,
}

/// One of the two ends of a fax.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes the request; it is read as a whole")]
pub(crate) struct PartyBody {
    /// A person.
    #[schema(example = "Dr. Miller")]
    name: Option<String>,
    /// Their organization.
    company: Option<String>,
    /// A telephone number, as it is to stand there.
    phone: Option<String>,
    /// An e-mail address, as it is to stand there.
    email: Option<String>,
}

/// How a tenant's covers look.
#[derive(Serialize, ToSchema)]
pub(crate) struct TemplateBody {
    /// Its id.
    id: Uuid,
    /// Its name; unique within the tenant.
    #[schema(example = "letterhead")]
    name: String,
    /// Whether it is taken when a fax names none.
    is_default: bool,
    /// Its look.
    #[schema(value_type = DesignBody)]
    design: CoverDesign,
    /// Whether it has a logo.
    has_logo: bool,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was last changed.
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<CoverTemplate> for TemplateBody {
    fn from(template: CoverTemplate) -> Self {
        Self {
            id: template.id.uuid(),
            name: template.name,
            is_default: template.is_default,
            design: template.design,
            has_logo: template.has_logo,
            created_at: template.created_at.to_seconds(),
            updated_at: template.updated_at.to_seconds(),
        }
    }
}

/// A template to add, or what one is to become.
#[derive(Deserialize, ToSchema)]
#[expect(
    dead_code,
    reason = "describes the request; its fields are read one by one"
)]
pub(crate) struct NewTemplateBody {
    /// 1 to 100 characters.
    #[schema(example = "letterhead")]
    name: String,
    /// Whether it is taken when a fax names none; it takes the place of the one before.
    is_default: Option<bool>,
    /// Its look; what is absent is plain.
    design: Option<DesignBody>,
}

/// The look of a cover.
#[derive(Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes the request; it is read as a whole")]
pub(crate) struct DesignBody {
    /// The organization's name; empty: the tenant's.
    #[schema(example = "Harbour Clinic")]
    heading: Option<String>,
    /// Its address, at most eight lines.
    #[schema(example = json!(["1 Harbour Street", "Portland, ME 04101"]))]
    address: Option<Vec<String>>,
    /// Small print at the bottom, at most 2000 characters.
    #[schema(example = "Meant for the addressee alone.")]
    note: Option<String>,
    /// A4 paper instead of US Letter.
    a4: Option<bool>,
    /// The words of the cover in another language: `title` (`FAX`), `to`, `from`, `company`, `fax`, `phone`, `email`, `date`, `pages`, `subject`.
    #[schema(example = json!({"to": "An", "from": "Von", "subject": "Betreff"}))]
    labels: Option<BTreeMap<String, String>>,
}

/// The template that a body describes.
pub(super) fn read(body: &[u8]) -> Result<NewCoverTemplate, Error> {
    let mut fields = json::object(body)?;
    let name = fields.text("name", 400, "the template's name");
    let is_default = fields.flag("is_default");
    let design = match fields.take("design") {
        None | Some(Value::Null) => Value::Object(Map::new()),
        Some(design) => design,
    };
    let design = match strict::from_value(strict::without_nulls(design)) {
        Ok(design) => design,
        Err(error) => {
            fields.problem("design", format!("is wrong: {error}"));
            CoverDesign::default()
        }
    };
    fields.finish()?;
    Ok(NewCoverTemplate {
        name,
        is_default,
        design,
    })
}

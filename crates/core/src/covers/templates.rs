//! How a tenant's covers look.

use bytes::Bytes;
use faxgate_db::Tx;
use faxgate_db::covers::{self, Template};
use faxgate_db::tenants::Tenant;
use faxgate_files::StorageKey;
use faxgate_imaging::cover::Logo;
use faxgate_types::{CoverTemplateId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{CoverOf, CoverSaid, Written};
use crate::app::App;
use crate::audit::Entry;
use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::idempotent::Once;

const MOST_TEMPLATES: usize = 100;
const MOST_ADDRESS_LINES: usize = 8;

/// The look of a cover.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CoverDesign {
    /// The organization's name; empty: the tenant's.
    pub heading: String,
    /// Its address, at most eight lines.
    pub address: Vec<String>,
    /// Small print at the bottom.
    pub note: String,
    /// A4 paper instead of US Letter.
    pub a4: bool,
    /// The words beside the facts.
    pub labels: Labels,
}

/// The words of a cover, for other languages than English.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Labels {
    /// The large word at the top: `FAX`.
    pub title: String,
    /// `To`.
    pub to: String,
    /// `From`.
    pub from: String,
    /// `Company`.
    pub company: String,
    /// `Fax`.
    pub fax: String,
    /// `Phone`.
    pub phone: String,
    /// `E-mail`.
    pub email: String,
    /// `Date`.
    pub date: String,
    /// `Pages`.
    pub pages: String,
    /// `Subject`.
    pub subject: String,
}

/// A template.
#[derive(Clone, Debug)]
pub struct CoverTemplate {
    /// Its id.
    pub id: CoverTemplateId,
    /// Its name; unique within the tenant.
    pub name: String,
    /// Whether it is taken when a fax names none.
    pub is_default: bool,
    /// Its look.
    pub design: CoverDesign,
    /// Whether it has a logo.
    pub has_logo: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A template to add, or what one is to become.
#[derive(Clone, Debug)]
pub struct NewCoverTemplate {
    /// Its name, 1 to 100 characters.
    pub name: String,
    /// Whether it is taken when a fax names none.
    pub is_default: bool,
    /// Its look.
    pub design: CoverDesign,
}

impl App {
    /// The tenant's templates, by name.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn cover_templates(&self, caller: &Caller) -> Result<Vec<CoverTemplate>> {
        let mut tx = self.db.read(caller.tenant.id).await?;
        let all = covers::of_tenant(&mut tx, caller.tenant.id).await?;
        tx.commit().await?;
        all.into_iter().map(shown).collect()
    }

    /// One of them, by id or name.
    ///
    /// # Errors
    /// `NO_SUCH_TEMPLATE`.
    pub async fn cover_template(&self, caller: &Caller, named: &str) -> Result<CoverTemplate> {
        let mut tx = self.db.read(caller.tenant.id).await?;
        let found = find(&mut tx, &caller.tenant, named).await?;
        tx.commit().await?;
        shown(found)
    }

    /// Adds a template.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `INVALID_TEMPLATE`, `TEMPLATE_EXISTS`, `TOO_MANY_TEMPLATES`.
    pub async fn add_cover_template(
        &self,
        caller: &Caller,
        new: NewCoverTemplate,
        once: Once<CoverTemplate>,
    ) -> Result<CoverTemplate> {
        may_manage(caller)?;
        new.check()?;
        let (app, caller) = (self.clone(), caller.clone());
        self.on_main(async move {
            let (tenant, now) = (caller.tenant.id, app.now());
            let mut tx = app.db.write(tenant).await?;
            if covers::of_tenant(&mut tx, tenant).await?.len() >= MOST_TEMPLATES {
                return Err(Error::conflict(
                    "TOO_MANY_TEMPLATES",
                    format!("a tenant has at most {MOST_TEMPLATES} templates; remove one first"),
                ));
            }
            let template = Template {
                id: CoverTemplateId::generate(&app.ambient),
                name: new.name.trim().to_owned(),
                is_default: new.is_default,
                design: serde_json::to_string(&new.design).map_err(Error::internal)?,
                logo_key: None,
                created_at: now,
                updated_at: now,
            };
            taken(
                covers::insert(&mut tx, tenant, &template).await,
                &template.name,
            )?;
            let added = shown(template)?;
            once.complete(&mut tx, &added).await?;
            let entry = Entry::new(&caller, "cover_template.created", added.id)
                .details(json!({"name": added.name}));
            app.audit(&mut tx, tenant, entry).await?;
            tx.commit().await?;
            Ok(added)
        })
        .await
    }

    /// Gives a template another name, look or rank. Covers of faxes that were accepted before stay as they are.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TEMPLATE`, `INVALID_TEMPLATE`, `TEMPLATE_EXISTS`.
    pub async fn change_cover_template(
        &self,
        caller: &Caller,
        named: &str,
        new: NewCoverTemplate,
    ) -> Result<CoverTemplate> {
        may_manage(caller)?;
        new.check()?;
        let design = serde_json::to_string(&new.design).map_err(Error::internal)?;
        self.rewrite(caller, named, "cover_template.changed", move |template| {
            template.name = new.name.trim().to_owned();
            template.is_default = new.is_default;
            template.design = design;
        })
        .await
    }

    /// Removes a template and its logo.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TEMPLATE`.
    pub async fn remove_cover_template(&self, caller: &Caller, named: &str) -> Result<()> {
        may_manage(caller)?;
        let (app, caller, named) = (self.clone(), caller.clone(), named.to_owned());
        self.on_main(async move {
            let tenant = caller.tenant.id;
            let mut tx = app.db.write(tenant).await?;
            let found = find(&mut tx, &caller.tenant, &named).await?;
            covers::remove(&mut tx, tenant, found.id).await?;
            let entry = Entry::new(&caller, "cover_template.removed", found.id)
                .details(json!({"name": found.name}));
            app.audit(&mut tx, tenant, entry).await?;
            Ok(tx.commit().await?)
        })
        .await
    }

    /// Gives a template a logo: a JPEG, or a PNG without transparency; `None` takes it away. Faxes that were accepted with the one
    /// before keep it.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TEMPLATE`, `INVALID_LOGO`.
    pub async fn set_cover_logo(
        &self,
        caller: &Caller,
        named: &str,
        logo: Option<Bytes>,
    ) -> Result<CoverTemplate> {
        may_manage(caller)?;
        // Before the bytes are taken in.
        self.cover_template(caller, named).await?;
        let key = match logo {
            None => None,
            Some(bytes) => {
                Logo::read(&bytes).map_err(|refusal| {
                    let why = refusal.to_string();
                    Error::bad_input("INVALID_LOGO", why.clone()).field("logo", why)
                })?;
                let name = self.ambient.uuid().to_string();
                let key = self.key(caller.tenant.id, "logos", &name)?;
                self.vault.put(&key, bytes).await?;
                Some(key)
            }
        };
        let stored = key.as_ref().map(StorageKey::to_string);
        self.rewrite(caller, named, "cover_template.logo_set", move |template| {
            template.logo_key = stored;
        })
        .await
    }

    async fn rewrite(
        &self,
        caller: &Caller,
        named: &str,
        action: &'static str,
        change: impl FnOnce(&mut Template) + Send + 'static,
    ) -> Result<CoverTemplate> {
        let (app, caller, named) = (self.clone(), caller.clone(), named.to_owned());
        self.on_main(async move {
            let tenant = caller.tenant.id;
            let mut tx = app.db.write(tenant).await?;
            let mut template = find(&mut tx, &caller.tenant, &named).await?;
            change(&mut template);
            template.updated_at = app.now();
            taken(
                covers::update(&mut tx, tenant, &template).await.map(|_| ()),
                &template.name,
            )?;
            let entry = Entry::new(&caller, action, template.id)
                .details(json!({"name": template.name, "logo": template.logo_key.is_some()}));
            app.audit(&mut tx, tenant, entry).await?;
            tx.commit().await?;
            shown(template)
        })
        .await
    }

    /// How a cover would look, as a PDF.
    ///
    /// # Errors
    /// `NO_SUCH_TEMPLATE`, `INVALID_COVER`.
    pub async fn preview_cover(&self, caller: &Caller, said: CoverSaid) -> Result<Bytes> {
        said.check()?;
        let mut tx = self.db.read(caller.tenant.id).await?;
        let written = written(&mut tx, &caller.tenant, said).await?;
        tx.commit().await?;
        let of = CoverOf {
            sender: "+1 555 123 4567",
            recipient: Some("+1 555 987 6543"),
            at: self.now(),
            zone: caller.tenant.time_zone,
            pages: 3,
        };
        self.cover_pdf(&written, &of).await
    }
}

/// A fax's cover, to be written down with it: what it says, in the look that its template has now.
///
/// # Errors
/// `NO_SUCH_TEMPLATE`.
pub(crate) async fn written(tx: &mut Tx, tenant: &Tenant, said: CoverSaid) -> Result<Written> {
    let template = match &said.template {
        Some(named) => Some(find(tx, tenant, named).await?),
        None => {
            let all = covers::of_tenant(tx, tenant.id).await?;
            all.into_iter().find(|template| template.is_default)
        }
    };
    let (mut design, logo) = match template {
        Some(template) => {
            let design = serde_json::from_str(&template.design).map_err(Error::internal)?;
            (design, template.logo_key)
        }
        None => (CoverDesign::default(), None),
    };
    if design.heading.trim().is_empty() {
        design.heading.clone_from(&tenant.name);
    }
    Ok(Written { said, design, logo })
}

async fn find(tx: &mut Tx, tenant: &Tenant, named: &str) -> Result<Template> {
    let named = named.trim();
    let all = covers::of_tenant(tx, tenant.id).await?;
    let is_it = |template: &Template| template.name == named || template.id.to_string() == named;
    all.into_iter().find(is_it).ok_or_else(|| {
        Error::not_found(
            "NO_SUCH_TEMPLATE",
            "there is no such cover template; GET /api/v1/covers lists them",
        )
    })
}

impl NewCoverTemplate {
    fn check(&self) -> Result<()> {
        let wrong = |field: &str, problem: &str| {
            let message = format!("{field} {problem}");
            Err(Error::bad_input("INVALID_TEMPLATE", message).field(field, problem))
        };
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
            return wrong("name", "has 1 to 100 characters");
        }
        let design = &self.design;
        if design.address.len() > MOST_ADDRESS_LINES {
            return wrong("address", "has at most 8 lines");
        }
        let labels = &design.labels;
        let short = [
            &design.heading,
            &labels.title,
            &labels.to,
            &labels.from,
            &labels.company,
            &labels.fax,
            &labels.phone,
            &labels.email,
            &labels.date,
            &labels.pages,
            &labels.subject,
        ];
        let mut short = short.into_iter().chain(&design.address);
        if short.any(|text| text.chars().count() > 200) {
            return wrong("design", "has texts of at most 200 characters");
        }
        if design.note.chars().count() > 2_000 {
            return wrong("note", "has at most 2000 characters");
        }
        Ok(())
    }
}

fn may_manage(caller: &Caller) -> Result<()> {
    if caller.role.can_manage() {
        return Ok(());
    }
    Err(Error::forbidden(
        "ROLE_FORBIDDEN",
        "your role in this tenant may not change its covers; ask its administrator",
    ))
}

fn taken(result: faxgate_db::DbResult<()>, name: &str) -> Result<()> {
    match result {
        Err(error) if error.is_unique_violation() => Err(Error::conflict(
            "TEMPLATE_EXISTS",
            format!("there is a template `{name}` already"),
        )),
        other => Ok(other?),
    }
}

fn shown(template: Template) -> Result<CoverTemplate> {
    Ok(CoverTemplate {
        id: template.id,
        name: template.name,
        is_default: template.is_default,
        design: serde_json::from_str(&template.design).map_err(Error::internal)?,
        has_logo: template.logo_key.is_some(),
        created_at: template.created_at,
        updated_at: template.updated_at,
    })
}

//! Adding, changing and removing contacts.

use std::collections::BTreeMap;

use faxgate_db::contacts::{self, Contact, Filter};
use faxgate_types::ContactId;
use serde_json::json;

use super::{MOST_CONTACTS, Said, no_such_contact, refused, too_many};
use crate::app::App;
use crate::audit::Entry;
use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::idempotent::Once;

/// A contact to add.
#[derive(Clone, Debug, Default)]
pub struct NewContact {
    /// The fax number, as it was typed.
    pub number: String,
    /// Who; may be empty.
    pub name: String,
    /// Of which company; may be empty.
    pub company: String,
    /// Their e-mail address; may be empty.
    pub email: String,
    /// Their language, as a tag of BCP 47; may be empty.
    pub language: String,
    /// The tenant's own fields.
    pub fields: BTreeMap<String, String>,
    /// Words to find them by.
    pub tags: Vec<String>,
    /// The caller's idempotency key, if there is one.
    pub once: Once<Contact>,
}

/// What is to become of a contact; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactChange {
    /// The fax number.
    pub number: Option<String>,
    /// Who.
    pub name: Option<String>,
    /// Of which company.
    pub company: Option<String>,
    /// Their e-mail address.
    pub email: Option<String>,
    /// Their language.
    pub language: Option<String>,
    /// The tenant's own fields: all of them.
    pub fields: Option<BTreeMap<String, String>>,
    /// Words to find them by: all of them.
    pub tags: Option<Vec<String>>,
}

impl App {
    /// Adds a contact.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`; `INVALID_FIELDS`; `CONTACT_EXISTS`, which names the contact that has the number; `TOO_MANY_CONTACTS`.
    pub async fn add_contact(&self, caller: &Caller, new: NewContact) -> Result<Contact> {
        caller.may_send()?;
        let said = Said {
            number: new.number,
            name: new.name,
            company: new.company,
            email: new.email,
            language: new.language,
            fields: new.fields,
            tags: new.tags,
        };
        let id = ContactId::generate(&self.ambient);
        let contact = said
            .check(&caller.tenant, id, self.now())
            .map_err(refused)?;
        let (app, caller, once) = (self.clone(), caller.clone(), new.once);
        self.on_main(async move {
            let tenant = caller.tenant.id;
            let mut tx = app.db.write(tenant).await?;
            if contacts::count(&mut tx, tenant, &Filter::default()).await? >= MOST_CONTACTS {
                return Err(too_many());
            }
            if !contacts::add(&mut tx, tenant, &contact).await? {
                let numbers = std::slice::from_ref(&contact.number);
                let there = contacts::with_numbers(&mut tx, tenant, numbers).await?;
                return Err(exists(there.first().map(|there| there.id)));
            }
            once.complete(&mut tx, &contact).await?;
            let entry = Entry::new(&caller, "contact.created", contact.id);
            app.audit(&mut tx, tenant, entry).await?;
            tx.commit().await?;
            Ok(contact)
        })
        .await
    }

    /// Changes a contact.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_CONTACT`, `INVALID_FIELDS`, `CONTACT_EXISTS`.
    pub async fn change_contact(
        &self,
        caller: &Caller,
        id: ContactId,
        change: ContactChange,
    ) -> Result<Contact> {
        caller.may_send()?;
        let (app, caller) = (self.clone(), caller.clone());
        self.on_main(async move {
            let tenant = caller.tenant.id;
            let mut tx = app.db.write(tenant).await?;
            let was = contacts::find(&mut tx, tenant, id)
                .await?
                .ok_or_else(no_such_contact)?;
            let said = Said {
                number: change.number.unwrap_or_else(|| was.number_raw.clone()),
                name: change.name.unwrap_or(was.name),
                company: change.company.unwrap_or(was.company),
                email: change.email.unwrap_or(was.email),
                language: change.language.unwrap_or(was.language),
                fields: change.fields.unwrap_or(was.fields),
                tags: change.tags.unwrap_or(was.tags),
            };
            let mut contact = said.check(&caller.tenant, id, app.now()).map_err(refused)?;
            contact.created_at = was.created_at;
            let numbers = std::slice::from_ref(&contact.number);
            let there = contacts::with_numbers(&mut tx, tenant, numbers).await?;
            if let Some(other) = there.iter().find(|there| there.id != id) {
                return Err(exists(Some(other.id)));
            }
            match contacts::change(&mut tx, tenant, &contact).await {
                Ok(true) => {}
                Ok(false) => return Err(no_such_contact()),
                // Somebody else was a moment earlier.
                Err(error) if error.is_unique_violation() => return Err(exists(None)),
                Err(error) => return Err(error.into()),
            }
            let entry = Entry::new(&caller, "contact.changed", id);
            app.audit(&mut tx, tenant, entry).await?;
            tx.commit().await?;
            Ok(contact)
        })
        .await
    }

    /// Removes a contact, from every list too. What broadcasts have of it stays with them.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_CONTACT`.
    pub async fn remove_contact(&self, caller: &Caller, id: ContactId) -> Result<()> {
        caller.may_send()?;
        let (app, caller) = (self.clone(), caller.clone());
        self.on_main(async move {
            let tenant = caller.tenant.id;
            let mut tx = app.db.write(tenant).await?;
            let was = contacts::find(&mut tx, tenant, id)
                .await?
                .ok_or_else(no_such_contact)?;
            contacts::remove(&mut tx, tenant, id).await?;
            let entry = Entry::new(&caller, "contact.removed", id);
            let entry = entry.details(json!({"number": was.number.as_str()}));
            app.audit(&mut tx, tenant, entry).await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }
}

fn exists(id: Option<ContactId>) -> Error {
    let message = "another contact has this fax number; a number is in the address book once";
    let error = Error::conflict("CONTACT_EXISTS", message);
    match id {
        Some(id) => error.field("contact", id.to_string()),
        None => error,
    }
}

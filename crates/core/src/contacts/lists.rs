//! Lists of contacts.

use faxgate_db::contacts::{self, List};
use faxgate_types::{ContactId, ListId};
use serde_json::json;

use super::{LONGEST_TEXT, no_such_contact, no_such_list};
use crate::app::App;
use crate::audit::Entry;
use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::idempotent::Once;
use crate::numbers::Page;

/// Characters that a list's name may have.
const LONGEST_NAME: usize = 100;
/// Contacts that are put on a list at once.
const MOST_AT_ONCE: usize = 1000;

/// A list to add.
#[derive(Clone, Debug, Default)]
pub struct NewList {
    /// Its name.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// The caller's idempotency key, if there is one.
    pub once: Once<List>,
}

/// What is to become of a list; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListChange {
    /// Its name.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
}

impl App {
    /// Adds a list.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `INVALID_FIELDS`, `LIST_EXISTS`.
    pub async fn add_list(&self, caller: &Caller, new: NewList) -> Result<List> {
        caller.may_send()?;
        let now = self.now();
        let list = List {
            id: ListId::generate(&self.ambient),
            name: name(&new.name)?,
            description: description(&new.description)?,
            members: 0,
            created_at: now,
            updated_at: now,
        };
        let (app, caller) = (self.clone(), caller.clone());
        self.on_main(async move {
            let tenant = caller.tenant.id;
            let mut tx = app.db.write(tenant).await?;
            if !contacts::add_list(&mut tx, tenant, &list).await? {
                return Err(exists(&list.name));
            }
            new.once.complete(&mut tx, &list).await?;
            let entry = Entry::new(&caller, "list.created", list.id);
            app.audit(&mut tx, tenant, entry.details(json!({"name": list.name})))
                .await?;
            tx.commit().await?;
            Ok(list)
        })
        .await
    }

    /// Changes a list's name or description.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_LIST`, `INVALID_FIELDS`, `LIST_EXISTS`.
    pub async fn change_list(
        &self,
        caller: &Caller,
        id: ListId,
        change: ListChange,
    ) -> Result<List> {
        caller.may_send()?;
        let (app, caller) = (self.clone(), caller.clone());
        self.on_main(async move {
            let tenant = caller.tenant.id;
            let mut tx = app.db.write(tenant).await?;
            let mut list = contacts::find_list(&mut tx, tenant, id)
                .await?
                .ok_or_else(no_such_list)?;
            if let Some(said) = &change.name {
                list.name = name(said)?;
            }
            if let Some(said) = &change.description {
                list.description = description(said)?;
            }
            list.updated_at = app.now();
            match contacts::change_list(&mut tx, tenant, &list).await {
                Ok(_) => {}
                Err(error) if error.is_unique_violation() => return Err(exists(&list.name)),
                Err(error) => return Err(error.into()),
            }
            let entry = Entry::new(&caller, "list.changed", id);
            app.audit(&mut tx, tenant, entry.details(json!({"name": list.name})))
                .await?;
            tx.commit().await?;
            Ok(list)
        })
        .await
    }

    /// Removes a list; its contacts stay.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_LIST`.
    pub async fn remove_list(&self, caller: &Caller, id: ListId) -> Result<()> {
        caller.may_send()?;
        let (app, caller) = (self.clone(), caller.clone());
        self.on_main(async move {
            let tenant = caller.tenant.id;
            let mut tx = app.db.write(tenant).await?;
            if !contacts::remove_list(&mut tx, tenant, id).await? {
                return Err(no_such_list());
            }
            app.audit(&mut tx, tenant, Entry::new(&caller, "list.removed", id))
                .await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }

    /// A page of the tenant's lists, by name.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn lists(&self, caller: &Caller, limit: u32, offset: u64) -> Result<Page<List>> {
        let tenant = caller.tenant.id;
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        let mut tx = self.db.read(tenant).await?;
        let (total, results) = contacts::lists(&mut tx, tenant, limit.into(), offset).await?;
        tx.commit().await?;
        Ok(Page {
            total: u64::try_from(total).unwrap_or(0),
            results,
        })
    }

    /// A list.
    ///
    /// # Errors
    /// `NO_SUCH_LIST`, for another tenant's too.
    pub async fn contact_list(&self, caller: &Caller, id: ListId) -> Result<List> {
        let mut tx = self.db.read(caller.tenant.id).await?;
        let found = contacts::find_list(&mut tx, caller.tenant.id, id).await?;
        tx.commit().await?;
        found.ok_or_else(no_such_list)
    }

    /// Puts contacts on a list, at most a thousand at once: all of them or none. Those that are on it stay on it.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_LIST`, `NO_SUCH_CONTACT`, `INVALID_FIELDS`.
    pub async fn add_to_list(
        &self,
        caller: &Caller,
        id: ListId,
        mut members: Vec<ContactId>,
        once: Once<List>,
    ) -> Result<List> {
        caller.may_send()?;
        members.sort_unstable();
        members.dedup();
        if members.len() > MOST_AT_ONCE {
            return Err(wrong(
                "contacts",
                &format!("must be at most {MOST_AT_ONCE} at once"),
            ));
        }
        let (app, caller) = (self.clone(), caller.clone());
        self.on_main(async move {
            let tenant = caller.tenant.id;
            let now = app.now();
            let mut tx = app.db.write(tenant).await?;
            contacts::find_list(&mut tx, tenant, id)
                .await?
                .ok_or_else(no_such_list)?;
            if contacts::among(&mut tx, tenant, &members).await?.len() < members.len() {
                return Err(no_such_contact());
            }
            let added = contacts::add_members(&mut tx, tenant, id, &members, now).await?;
            let list = contacts::find_list(&mut tx, tenant, id)
                .await?
                .ok_or_else(no_such_list)?;
            once.complete(&mut tx, &list).await?;
            let entry = Entry::new(&caller, "list.members_added", id);
            app.audit(&mut tx, tenant, entry.details(json!({"added": added})))
                .await?;
            tx.commit().await?;
            Ok(list)
        })
        .await
    }

    /// Takes a contact off a list; the contact stays.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_LIST`, `NO_SUCH_CONTACT` when it is not on it.
    pub async fn take_off_list(
        &self,
        caller: &Caller,
        id: ListId,
        contact: ContactId,
    ) -> Result<()> {
        caller.may_send()?;
        let (app, caller) = (self.clone(), caller.clone());
        self.on_main(async move {
            let tenant = caller.tenant.id;
            let mut tx = app.db.write(tenant).await?;
            contacts::find_list(&mut tx, tenant, id)
                .await?
                .ok_or_else(no_such_list)?;
            if !contacts::remove_member(&mut tx, tenant, id, contact).await? {
                return Err(no_such_contact());
            }
            let entry = Entry::new(&caller, "list.member_removed", id);
            app.audit(
                &mut tx,
                tenant,
                entry.details(json!({"contact": contact.to_string()})),
            )
            .await?;
            tx.commit().await?;
            Ok(())
        })
        .await
    }
}

fn name(said: &str) -> Result<String> {
    let name = said.trim();
    let count = name.chars().count();
    if count == 0 || count > LONGEST_NAME || name.contains(char::is_control) {
        return Err(wrong(
            "name",
            &format!("must be one line of 1 to {LONGEST_NAME} characters"),
        ));
    }
    Ok(name.to_owned())
}

fn description(said: &str) -> Result<String> {
    if said.chars().count() > LONGEST_TEXT || said.contains('\0') {
        return Err(wrong(
            "description",
            &format!("must have at most {LONGEST_TEXT} characters"),
        ));
    }
    Ok(said.trim().to_owned())
}

fn wrong(field: &str, problem: &str) -> Error {
    Error::bad_input("INVALID_FIELDS", format!("{field} {problem}")).field(field, problem)
}

fn exists(name: &str) -> Error {
    Error::conflict(
        "LIST_EXISTS",
        format!("there is a list called {name} already"),
    )
}

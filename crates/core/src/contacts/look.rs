//! Looking at the address book.

use faxgate_db::contacts::{self, Contact};
use faxgate_types::{ContactId, ListId};

use super::no_such_contact;
use crate::app::App;
use crate::auth::Caller;
use crate::error::Result;
use crate::numbers::Page;

/// Which contacts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactQuery {
    /// Only those with this in their name, company, number or e-mail address; capitals make no difference.
    pub search: Option<String>,
    /// Only members of this list.
    pub list: Option<ListId>,
    /// Only those with this tag.
    pub tag: Option<String>,
    /// At most so many.
    pub limit: u32,
    /// After so many.
    pub offset: u64,
}

impl App {
    /// A page of the tenant's contacts, by name.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn contacts(&self, caller: &Caller, query: &ContactQuery) -> Result<Page<Contact>> {
        let tenant = caller.tenant.id;
        let filter = query.filter();
        let offset = i64::try_from(query.offset).unwrap_or(i64::MAX);
        let mut tx = self.db.read(tenant).await?;
        let total = contacts::count(&mut tx, tenant, &filter).await?;
        let results = contacts::page(&mut tx, tenant, &filter, query.limit.into(), offset).await?;
        tx.commit().await?;
        Ok(Page {
            total: u64::try_from(total).unwrap_or(0),
            results,
        })
    }

    /// A contact.
    ///
    /// # Errors
    /// `NO_SUCH_CONTACT`, for another tenant's too.
    pub async fn contact(&self, caller: &Caller, id: ContactId) -> Result<Contact> {
        let mut tx = self.db.read(caller.tenant.id).await?;
        let found = contacts::find(&mut tx, caller.tenant.id, id).await?;
        tx.commit().await?;
        found.ok_or_else(no_such_contact)
    }
}

//! Users, as they are listed.

use std::collections::HashMap;

use faxgate_db::System;
use faxgate_db::members::{self, Person, Place, Which};
use faxgate_types::{TenantId, UserId};

use super::authority::{must_manage, target, tenant_of};
use crate::app::App;
use crate::auth::{User, role_with};
use crate::error::{Error, Result};
use crate::numbers::Asker;

/// A user and what they belong to, as far as the asker may know.
#[derive(Clone, Debug)]
pub struct PersonShown {
    /// The user.
    pub person: Person,
    /// The default one first, then by slug.
    pub places: Vec<Place>,
}

/// A page of users.
#[derive(Clone, Debug)]
pub struct PeoplePage {
    /// The users, by name.
    pub people: Vec<PersonShown>,
    /// How many there are in all.
    pub total: u64,
}

impl App {
    /// Users: for operators everybody, or those of a tenant; for administrators those of theirs.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TENANT`.
    pub async fn people(
        &self,
        asker: &Asker,
        tenant: Option<&str>,
        limit: u32,
        offset: u64,
    ) -> Result<PeoplePage> {
        must_manage(asker)?;
        let mut tx = self.db.system_read("list people").await?;
        let only = match tenant {
            None if asker.is_operator() => None,
            named => Some(tenant_of(&mut tx, asker, named).await?.id),
        };
        let which = Which {
            tenant: only,
            user: None,
        };
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        let (people, total) = members::people(&mut tx, which, i64::from(limit), offset).await?;
        let people = with_places(&mut tx, asker, people).await?;
        tx.commit().await?;
        Ok(PeoplePage {
            people,
            total: u64::try_from(total).unwrap_or(0),
        })
    }

    /// The tenants that a user belongs to, the default one first; of a key for one tenant, that one.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn places_of(&self, user: &User) -> Result<Vec<Place>> {
        let mut tx = self.db.system_read("list somebody's tenants").await?;
        let places = members::places(&mut tx, &[user.id]).await?;
        tx.commit().await?;
        let places = places.into_iter().map(|(_, place)| place);
        let good = |place: &Place| user.bound_to.is_none_or(|bound| bound == place.tenant);
        let places = places.filter(good).map(|place| Place {
            role: role_with(user, place.role),
            ..place
        });
        Ok(places.collect())
    }

    /// One user.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_USER`.
    pub async fn person(&self, asker: &Asker, user: UserId) -> Result<PersonShown> {
        must_manage(asker)?;
        let mut tx = self.db.system_read("look at a person").await?;
        target(&mut tx, asker, user).await?;
        let shown = shown(&mut tx, asker, user).await?;
        tx.commit().await?;
        Ok(shown)
    }
}

/// One user, who is there.
pub(super) async fn shown(tx: &mut System, asker: &Asker, user: UserId) -> Result<PersonShown> {
    let which = Which {
        tenant: None,
        user: Some(user),
    };
    let (people, _) = members::people(tx, which, 1, 0).await?;
    let mut shown = with_places(tx, asker, people).await?;
    let none = || Error::not_found("NO_SUCH_USER", "there is no such user");
    shown.pop().ok_or_else(none)
}

async fn with_places(
    tx: &mut System,
    asker: &Asker,
    people: Vec<Person>,
) -> Result<Vec<PersonShown>> {
    let ids: Vec<_> = people.iter().map(|person| person.id).collect();
    let mut places: HashMap<UserId, Vec<Place>> = HashMap::new();
    for (user, place) in members::places(tx, &ids).await? {
        if sees(asker, place.tenant) {
            places.entry(user).or_default().push(place);
        }
    }
    let shown = |person: Person| PersonShown {
        places: places.remove(&person.id).unwrap_or_default(),
        person,
    };
    Ok(people.into_iter().map(shown).collect())
}

/// Which other tenants a user belongs to is for operators to know.
fn sees(asker: &Asker, tenant: TenantId) -> bool {
    match asker {
        Asker::Caller(caller) => asker.is_operator() || caller.tenant.id == tenant,
        Asker::Console => true,
    }
}

//! What most tests begin with: a tenant with a user, a number and a document.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use faxgate_db::documents::Document;
use faxgate_db::items::{self, Claim, Claimed, Item, LaneLimits};
use faxgate_db::tenants::Tenant;
use faxgate_db::users::User;
use faxgate_db::{Db, DbResult, System};
use faxgate_test_support::{Seed, SeededFax};
use faxgate_types::{ItemId, Role, TenantId, Timestamp};

/// How long a lease runs in these tests.
pub(crate) const LEASE: Duration = Duration::from_secs(30);

/// A tenant that can send.
pub(crate) struct World {
    pub(crate) seed: Seed,
    pub(crate) tenant: TenantId,
    pub(crate) user: User,
    pub(crate) document: Document,
    /// Numbers given out so far.
    numbers: AtomicU32,
}

impl World {
    pub(crate) async fn new(db: &Db) -> Self {
        let seed = Seed::new(db);
        let tenant = seed.tenant("acme").await;
        Self::of(seed, &tenant, "alice").await
    }

    async fn of(seed: Seed, tenant: &Tenant, username: &str) -> Self {
        let user = seed.user(username, "hash", tenant.id, Role::Admin).await;
        let document = seed.document(tenant.id, user.id, 3).await;
        Self {
            seed,
            tenant: tenant.id,
            user,
            document,
            numbers: AtomicU32::new(0),
        }
    }

    /// Another tenant in the same database, with ids of its own.
    pub(crate) async fn stranger(&self, db: &Db) -> Self {
        let seed = Seed::new(db);
        // The same seed gives the same ids: another millisecond makes them others.
        seed.clock.advance(Duration::from_secs(1));
        let tenant = seed.tenant("stranger").await;
        Self::of(seed, &tenant, "mallory").await
    }

    pub(crate) async fn fax(&self, recipients: &[&str]) -> SeededFax {
        self.seed.fax(self.tenant, &self.document, recipients).await
    }

    /// A fax to so many numbers that no other fax goes to.
    pub(crate) async fn fax_to(&self, recipients: u32) -> SeededFax {
        let first = self.numbers.fetch_add(recipients, Ordering::Relaxed);
        let numbers: Vec<String> = (first..first + recipients)
            .map(|n| format!("+1555{n:07}"))
            .collect();
        let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
        self.fax(&numbers).await
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.seed.now()
    }

    /// What `node` would claim now.
    pub(crate) fn claim<'a>(&self, node: &'a str) -> Claim<'a> {
        Claim {
            node,
            lane: "fs-1",
            simulated: false,
            limits: LaneLimits::default(),
            lanes_up: &["fs-1"],
            now: self.now(),
            until: self.now() + LEASE,
            limit: 10,
        }
    }

    /// Claims all that is due, for `node`.
    pub(crate) async fn claimed(&self, db: &Db, node: &str) -> Vec<Item> {
        let mut tx = db.system("test").await.unwrap();
        let claimed = items::claim(&mut tx, self.claim(node)).await.unwrap();
        tx.commit().await.unwrap();
        items_of(claimed)
    }

    /// The item as it is now.
    pub(crate) async fn item(&self, db: &Db, item: &Item) -> Item {
        self.item_of(db, item.id).await
    }

    /// The item with this id, as it is now.
    pub(crate) async fn item_of(&self, db: &Db, item: ItemId) -> Item {
        let mut tx = db.read(self.tenant).await.unwrap();
        items::find(&mut tx, self.tenant, item)
            .await
            .unwrap()
            .unwrap()
    }
}

/// What was claimed, in order.
pub(crate) fn items_of(claimed: Claimed) -> Vec<Item> {
    claimed
        .items
        .into_iter()
        .map(|granted| granted.item)
        .collect()
}

/// A system transaction around one query.
pub(crate) async fn system<T>(
    db: &Db,
    query: impl AsyncFnOnce(&mut System) -> DbResult<T>,
) -> DbResult<T> {
    let mut tx = db.system("test").await?;
    let answer = query(&mut tx).await?;
    tx.commit().await?;
    Ok(answer)
}

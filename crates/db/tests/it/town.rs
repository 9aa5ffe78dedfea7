//! Several tenants that send at once, and the line that serves them.

use std::time::Duration;

use faxgate_db::documents::Document;
use faxgate_db::items::{self, Change, Claim, Claimed, Item, ItemsOf, LaneLimits, NewItem};
use faxgate_db::{Db, attempts, faxes, tenants};
use faxgate_test_support::{Seed, TestDb};
use faxgate_types::{ItemId, ItemState, Priority, Role, SendingPolicy, TenantId, Timestamp};

use crate::attempts::intent_of;
use crate::raw::lines;
use crate::world::{LEASE, system};

/// Tenants with a document each, in a database of their own.
pub(crate) struct Town {
    pub(crate) db: TestDb,
    pub(crate) seed: Seed,
    pub(crate) tenants: Vec<TenantId>,
    documents: Vec<Document>,
    numbers: u32,
}

/// What to queue besides what is normal.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Queued {
    pub(crate) priority: Priority,
    /// Due so long from now.
    pub(crate) after: Duration,
    pub(crate) simulated: bool,
}

impl Town {
    pub(crate) async fn new(db: TestDb, tenants: usize) -> Self {
        let seed = Seed::new(&db);
        let mut town = Self {
            db,
            seed,
            tenants: Vec::new(),
            documents: Vec::new(),
            numbers: 0,
        };
        for _ in 0..tenants {
            town.settle_in().await;
        }
        town
    }

    /// One more tenant; answers its place.
    pub(crate) async fn settle_in(&mut self) -> usize {
        let place = self.tenants.len();
        let tenant = self.seed.tenant(&format!("tenant-{place}")).await;
        let name = format!("user-{place}");
        let user = self.seed.user(&name, "hash", tenant.id, Role::Admin).await;
        let document = self.seed.document(tenant.id, user.id, 1).await;
        self.tenants.push(tenant.id);
        self.documents.push(document);
        place
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.seed.now()
    }

    pub(crate) async fn policy(&self, place: usize, policy: SendingPolicy) {
        let tenant = self.tenants[place];
        let mut tx = self.db.write(tenant).await.unwrap();
        assert!(
            tenants::set_policy(&mut tx, tenant, &policy, self.now())
                .await
                .unwrap()
        );
        tx.commit().await.unwrap();
    }

    /// Queues so many items, each to a number of its own. The fax takes about 30 s.
    pub(crate) async fn queue(&mut self, place: usize, count: u32) -> Vec<ItemId> {
        let first = self.numbers;
        self.numbers += count;
        let numbers: Vec<String> = (first..self.numbers)
            .map(|n| format!("+1212{n:07}"))
            .collect();
        let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
        self.queue_to(place, &numbers, Queued::default()).await
    }

    /// Queues one item for each number.
    pub(crate) async fn queue_to(
        &self,
        place: usize,
        numbers: &[&str],
        how: Queued,
    ) -> Vec<ItemId> {
        let (tenant, now) = (self.tenants[place], self.now());
        let mut fax = self
            .seed
            .unsaved_fax(tenant, &self.documents[place], numbers);
        fax.simulated = how.simulated;
        fax.priority = how.priority;
        let new = |number: &&str| NewItem {
            id: ItemId::generate(&self.seed.ambient),
            recipient_raw: (*number).to_owned(),
            destination: number.parse().unwrap(),
            due_at: now + how.after,
            waiting_for: None,
        };
        let new: Vec<NewItem> = numbers.iter().map(new).collect();
        let of = ItemsOf {
            tenant,
            fax: fax.id,
            simulated: how.simulated,
            priority: how.priority,
        };
        let mut tx = self.db.write(tenant).await.unwrap();
        faxes::insert(&mut tx, &fax).await.unwrap();
        items::insert_all(&mut tx, of, &new, now).await.unwrap();
        items::make_ready(&mut tx, tenant, fax.id, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        new.into_iter().map(|item| item.id).collect()
    }

    /// What the line `fs-1` would claim now.
    pub(crate) fn ask(&self, limit: u32) -> Claim<'static> {
        Claim {
            node: "node-1",
            lane: "fs-1",
            simulated: false,
            limits: LaneLimits::default(),
            lanes_up: &["fs-1", "fs-2"],
            now: self.now(),
            until: self.now() + LEASE,
            limit,
        }
    }

    pub(crate) async fn claim(&self, claim: Claim<'_>) -> Claimed {
        claim_in(&self.db, claim).await
    }

    /// Claims, and says whose items those are, in order.
    pub(crate) async fn served(&self, limit: u32) -> Vec<usize> {
        let claimed = self.claim(self.ask(limit)).await;
        let places = claimed
            .items
            .iter()
            .map(|granted| self.place(&granted.item));
        places.collect()
    }

    pub(crate) fn place(&self, item: &Item) -> usize {
        let same = |tenant: &TenantId| *tenant == item.tenant_id;
        self.tenants.iter().position(same).unwrap()
    }

    /// Writes the intent to dial.
    pub(crate) async fn dial(&self, item: &Item) {
        let attempt = intent_of(&self.seed.ambient, item);
        let mut tx = self.db.write(item.tenant_id).await.unwrap();
        assert!(attempts::intend(&mut tx, &attempt).await.unwrap());
        tx.commit().await.unwrap();
    }

    /// Ends what was claimed, after so much line time.
    pub(crate) async fn end(&self, item: &Item, state: ItemState, line: Duration) {
        let to = Change {
            line_ms: u64::try_from(line.as_millis()).unwrap(),
            ..Change::of(item, state)
        };
        self.change(item, &to).await;
    }

    pub(crate) async fn change(&self, item: &Item, to: &Change) {
        let (tenant, now) = (item.tenant_id, self.now());
        let mut tx = self.db.write(tenant).await.unwrap();
        let changed = items::change(&mut tx, tenant, item.id, item.fence, to, now).await;
        assert!(changed.unwrap());
        tx.commit().await.unwrap();
    }

    pub(crate) async fn item(&self, place: usize, item: ItemId) -> Item {
        let tenant = self.tenants[place];
        let mut tx = self.db.read(tenant).await.unwrap();
        items::find(&mut tx, tenant, item).await.unwrap().unwrap()
    }

    /// The limit that the tenant was last found at.
    pub(crate) async fn limit_of(&self, place: usize) -> Option<String> {
        let query = format!(
            "SELECT waiting_for AS line FROM shares WHERE waiting_for IS NOT NULL AND tenant_id = '{}'",
            self.tenants[place]
        );
        lines(&self.db, &query).await.pop()
    }
}

pub(crate) async fn claim_in(db: &Db, claim: Claim<'_>) -> Claimed {
    let claimed = system(db, async |tx| items::claim(tx, claim).await).await;
    claimed.unwrap()
}

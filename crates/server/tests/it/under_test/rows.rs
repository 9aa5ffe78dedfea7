//! The database of a gateway under test, for what no request can bring about.

use std::time::Duration;

use faxgate_db::idempotency::{self, Key, Progress};
use faxgate_db::items::{self, Change, Item};
use faxgate_db::nodes::{self, Node};
use faxgate_db::{Db, System, held, tenants, users, webhooks};
use faxgate_test_support::TestDb;
use faxgate_types::{Ambient, FaxId, ItemState, Timestamp};

/// Changes rows behind a gateway's back.
pub(crate) struct Rows(Db);

impl Rows {
    pub(crate) fn of(db: &TestDb) -> Self {
        Self(db.another_node())
    }

    /// The time now.
    pub(crate) fn now() -> Timestamp {
        Ambient::system().now()
    }

    /// Puts a fax's recipients into the queue, as if its pages had been made.
    pub(crate) async fn make_ready(&self, uuid: &str) {
        let fax: FaxId = uuid.parse().unwrap();
        let mut tx = self.0.system("a test").await.unwrap();
        let tenant = held::owner(&mut tx, fax).await.unwrap().unwrap();
        let ready = items::make_ready(&mut tx, tenant, fax, Self::now()).await;
        assert!(ready.unwrap() > 0);
        tx.commit().await.unwrap();
    }

    /// Changes each of a fax's recipients into this state.
    pub(crate) async fn change(
        &self,
        uuid: &str,
        state: ItemState,
        detail: impl Fn(&Item, &mut Change),
    ) {
        let fax: FaxId = uuid.parse().unwrap();
        let mut tx = self.0.system("a test").await.unwrap();
        let tenant = held::owner(&mut tx, fax).await.unwrap().unwrap();
        for item in items::of_fax(&mut tx, tenant, fax).await.unwrap() {
            let mut change = Change::of(&item, state);
            detail(&item, &mut change);
            let changed =
                items::change(&mut tx, tenant, item.id, item.fence, &change, Self::now()).await;
            assert!(changed.unwrap());
        }
        tx.commit().await.unwrap();
    }

    /// A node that dispatches to these lines was heard of `ago`.
    pub(crate) async fn node(&self, lanes: &str, ago: Duration) {
        let beat_at = Self::now() - ago;
        let node = Node {
            name: "other".to_owned(),
            started_at: beat_at,
            beat_at,
            version: "0.0.0".to_owned(),
            lanes: lanes.to_owned(),
        };
        let mut tx = self.0.system("a test").await.unwrap();
        nodes::beat(&mut tx, &node).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A request that was answered is being carried out by somebody, for so long.
    pub(crate) async fn as_if_under_way(
        &self,
        username: &str,
        endpoint: &str,
        key: &str,
        lasts: Duration,
    ) {
        let mut tx = self.0.system("a test").await.unwrap();
        let key = own_key(&mut tx, username, endpoint, key).await;
        let record = idempotency::find(&mut tx, key).await.unwrap().unwrap();
        let (now, hash) = (Self::now(), &record.body_sha256);
        assert_eq!(
            idempotency::forget(&mut tx, now + lasts).await.unwrap(),
            1,
            "the only one"
        );
        let until = now + lasts;
        let reserved = idempotency::reserve(&mut tx, key, hash, "a test", until, now).await;
        assert!(reserved.unwrap());
        tx.commit().await.unwrap();
    }

    /// The lease of a request that is being carried out is over.
    pub(crate) async fn lease_ends(&self, username: &str, endpoint: &str, key: &str) {
        let mut tx = self.0.system("a test").await.unwrap();
        let key = own_key(&mut tx, username, endpoint, key).await;
        let record = idempotency::find(&mut tx, key).await.unwrap().unwrap();
        let Progress::UnderWay { reservation, .. } = record.progress else {
            unreachable!("it is under way");
        };
        let past = Self::now() - Duration::from_secs(1);
        let taken = idempotency::take_over(&mut tx, key, &reservation, &reservation, past).await;
        assert!(taken.unwrap());
        tx.commit().await.unwrap();
    }

    /// The line takes no calls for an hour.
    pub(crate) async fn pause(&self, lane: &str, reason: &str) {
        let now = Self::now();
        let until = now + Duration::from_secs(3600);
        let mut tx = self.0.system("a test").await.unwrap();
        let paused = faxgate_db::lanes::pause(&mut tx, lane, until, reason, now).await;
        assert!(paused.unwrap());
        tx.commit().await.unwrap();
    }

    /// A webhook endpoint has done nothing but fail for so many hours.
    pub(crate) async fn webhook_fails_since(&self, webhook: &str, hours: u64) {
        let id = webhook.parse().unwrap();
        let since = Self::now() - Duration::from_secs(hours * 3600);
        let last = Self::now() - Duration::from_secs(3600);
        let mut tx = self.0.system("a test").await.unwrap();
        let tenant = webhooks::owner(&mut tx, id).await.unwrap().unwrap();
        let failed = webhooks::failed(&mut tx, tenant, id, since, last).await;
        failed.unwrap();
        tx.commit().await.unwrap();
    }
}

/// A key of a user's in the first tenant.
async fn own_key<'a>(tx: &mut System, username: &str, endpoint: &'a str, key: &'a str) -> Key<'a> {
    let tenant = tenants::by_slug(tx, "default").await.unwrap().unwrap();
    let user = users::by_username(tx, username).await.unwrap().unwrap();
    Key {
        tenant: tenant.id,
        user: user.id,
        endpoint,
        key,
    }
}

//! Another node, which writes into a tenant's log.

use std::sync::atomic::{AtomicU64, Ordering};

use faxgate_db::events::{self, Event};
use faxgate_db::{Db, tenants, tokens};
use faxgate_test_support::TestDb;
use faxgate_types::{Ambient, TenantId, UserId};
use serde_json::json;

/// Another node's way into the database of a gateway.
pub(super) struct Log {
    db: Db,
    written: AtomicU64,
}

impl Log {
    pub(super) fn of(db: &TestDb) -> Self {
        Self {
            db: db.another_node(),
            written: AtomicU64::new(0),
        }
    }

    pub(super) async fn tenant(&self, slug: &str) -> TenantId {
        let mut tx = self.db.system_read("a test").await.unwrap();
        let tenant = tenants::by_slug(&mut tx, slug).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        tenant.id
    }

    /// Appends an event of which programs are told, with so many letters in it; and one of which they are not.
    pub(super) async fn append(&self, tenant: TenantId, letters: usize) {
        let n = self.written.fetch_add(1, Ordering::Relaxed);
        let event = |kind: &str, data| Event {
            fax: None,
            item: None,
            attempt: None,
            kind: kind.to_owned(),
            text: "something".to_owned(),
            data,
            at: Ambient::system().now(),
        };
        let data = json!({"n": n, "letters": "x".repeat(letters)});
        let told = [
            event("number.changed", Some(data)),
            event("attempt.ringing", None),
        ];
        let mut tx = self.db.write(tenant).await.unwrap();
        events::append_all(&mut tx, tenant, &told).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub(super) async fn revoke_all(&self, user: &str) {
        let mut tx = self.db.system("a test").await.unwrap();
        let user: UserId = faxgate_db::users::by_username(&mut tx, user)
            .await
            .unwrap()
            .unwrap()
            .id;
        let now = Ambient::system().now();
        assert!(tokens::revoke_all(&mut tx, user, now).await.unwrap() > 0);
        tx.commit().await.unwrap();
    }
}

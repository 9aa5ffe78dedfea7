//! Records that come after their calls were given up as unknown.

use std::time::Duration;

use faxgate_core::{
    App, CallBounds, CallFacts, ClaimFor, ClaimScope, LaneLimits, Open, Prepared, RecordTaken,
    Release, Settled,
};
use faxgate_db::items::{self, Item, ItemsOf, NewItem};
use faxgate_db::{attempts, events, faxes};
use faxgate_lifecycle::{Action, Attempt, Evidence};
use faxgate_test_support::{Seed, TestDb, on_both_databases};
use faxgate_types::{FaxId, ItemId, ItemState, Outcome, Role, TenantId, Witness};
use serde_json::json;
use tempfile::TempDir;

use crate::under_test::app;

on_both_databases![
    a_late_record_of_a_sent_fax_ends_it,
    a_late_record_of_a_busy_line_lets_it_be_tried_again,
    a_late_record_changes_nothing_once_somebody_has_decided,
    a_record_that_was_kept_is_heard_before_it_is_dropped,
];

/// A fax of one page whose only call ended as unknown: it is held.
struct Lost {
    db: TestDb,
    app: App,
    tenant: TenantId,
    fax: FaxId,
    open: Open,
    _folder: TempDir,
}

impl Lost {
    async fn new(db: TestDb) -> Self {
        let lost = Self::open(db).await;
        lost.lose().await;
        lost
    }

    /// The same with the call still open.
    async fn open(db: TestDb) -> Self {
        let seed = Seed::new(&db);
        let tenant = seed.tenant("acme").await.id;
        let user = seed.user("nurse", "x", tenant, Role::Member).await;
        let did = seed.did(tenant, "+12125550100").await;
        let document = seed.document(tenant, user.id, 1).await;
        let mut fax = seed.unsaved_fax(tenant, &document, &["+12125550101"]);
        fax.sender_e164 = Some(did);
        let new = NewItem {
            id: ItemId::generate(&seed.ambient),
            recipient_raw: "+12125550101".to_owned(),
            destination: "+12125550101".parse().unwrap(),
            due_at: seed.now(),
            waiting_for: None,
        };
        let of = ItemsOf {
            tenant,
            fax: fax.id,
            simulated: false,
            priority: fax.priority,
        };
        let mut tx = db.write(tenant).await.unwrap();
        faxes::insert(&mut tx, &fax).await.unwrap();
        items::insert_all(&mut tx, of, &[new], seed.now())
            .await
            .unwrap();
        items::make_ready(&mut tx, tenant, fax.id, seed.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let fax = fax.id;
        let folder = tempfile::tempdir().unwrap();
        let app = app(&db, "here", &seed.ambient, folder.path()).await;
        let ask = ClaimFor {
            lane: "line",
            scope: ClaimScope::Real,
            limits: LaneLimits::default(),
            lanes_up: &["line"],
            lease: Duration::from_secs(60),
            limit: 1,
        };
        let claimed = app.claim(ask).await.unwrap().items.remove(0);
        let bounds = CallBounds {
            ringing: Duration::from_secs(60),
            page: Duration::from_secs(120),
            send_within: Duration::from_secs(1),
        };
        let prepared = app.intend(&claimed.item, "line", "core", bounds).await;
        let Prepared::Intended(intended) = prepared.unwrap() else {
            panic!("no call was intended");
        };
        Self {
            db,
            app,
            tenant,
            fax,
            open: intended.open,
            _folder: folder,
        }
    }

    async fn lose(&self) {
        let mut actions = Attempt::new(0, 1).on(Evidence::Abandoned);
        let Action::Settle(verdict) = actions.remove(0) else {
            panic!("no verdict");
        };
        let facts = CallFacts::default();
        let settled = self.app.settle(&self.open, &verdict, &facts);
        assert_eq!(settled.await.unwrap(), Settled::Now(ItemState::Held));
    }

    fn record(&self, busy: bool) -> String {
        let mut variables = json!({
            "uuid": self.open.attempt.call_uuid.to_string(), "direction": "outbound", "hangup_cause": "NORMAL_CLEARING",
            "answer_epoch": "1763708400", "billsec": "41", "fax_success": "1", "fax_result_code": "0",
            "fax_document_transferred_pages": "1", "fax_document_total_pages": "1",
        });
        if busy {
            variables = json!({
                "uuid": self.open.attempt.call_uuid.to_string(), "direction": "outbound", "hangup_cause": "USER_BUSY",
                "answer_epoch": "0", "billsec": "0",
            });
        }
        json!({"core-uuid": "core", "variables": variables}).to_string()
    }

    async fn told(&self, busy: bool) -> RecordTaken {
        let body = self.record(busy);
        let call = self.open.attempt.call_uuid;
        let taken = self
            .app
            .take_record(call, body.as_bytes(), Witness::CdrWebhook);
        taken.await.unwrap()
    }

    async fn item(&self) -> Item {
        let mut tx = self.db.read(self.tenant).await.unwrap();
        let items = items::of_fax(&mut tx, self.tenant, self.fax).await.unwrap();
        tx.commit().await.unwrap();
        items.into_iter().next().unwrap()
    }

    async fn attempt(&self) -> attempts::Attempt {
        let mut tx = self.db.read(self.tenant).await.unwrap();
        let item = self.open.item.id;
        let all = attempts::of_item(&mut tx, self.tenant, item).await.unwrap();
        tx.commit().await.unwrap();
        all.into_iter().next_back().unwrap()
    }

    async fn story(&self) -> Vec<String> {
        let mut tx = self.db.read(self.tenant).await.unwrap();
        let events = events::of_fax(&mut tx, self.tenant, self.fax)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        events.into_iter().map(|event| event.text).collect()
    }
}

async fn a_late_record_of_a_sent_fax_ends_it(db: TestDb) {
    let lost = Lost::new(db).await;
    assert_eq!(lost.told(false).await, RecordTaken::Resolved);
    let item = lost.item().await;
    assert_eq!((item.state, item.confirmed_pages), (ItemState::Sent, 1));
    assert_eq!(item.error, None);
    let attempt = lost.attempt().await;
    assert_eq!(attempt.outcome, Some(Outcome::Sent));
    assert_eq!((attempt.transferred, attempt.duration), (1, 41));
    let evidence = attempt.evidence.unwrap();
    assert!(
        evidence.starts_with("settled from the CDR webhook: 41 s on the line"),
        "{evidence}"
    );
    let story = lost.story().await;
    let late = "resolved late from the CDR webhook: 1 page confirmed";
    assert!(story.iter().any(|text| text == late), "{story:#?}");
    assert_eq!(lost.told(true).await, RecordTaken::Ignored);
    assert_eq!(lost.story().await, story, "a second record changes nothing");
}

async fn a_late_record_of_a_busy_line_lets_it_be_tried_again(db: TestDb) {
    let lost = Lost::new(db).await;
    assert_eq!(lost.told(true).await, RecordTaken::Resolved);
    let item = lost.item().await;
    assert_eq!(item.state, ItemState::Queued);
    assert_eq!(item.tries_line, 1, "the call is counted once");
    let attempt = lost.attempt().await;
    assert_eq!(attempt.outcome, Some(Outcome::Failed));
    assert_eq!(attempt.cause.as_deref(), Some("USER_BUSY"));
}

async fn a_late_record_changes_nothing_once_somebody_has_decided(db: TestDb) {
    let lost = Lost::new(db).await;
    let release = lost
        .app
        .release_held(lost.fax, None, Release::CloseFailed, "Alice");
    release.await.unwrap();
    let story = lost.story().await;
    assert_eq!(lost.told(false).await, RecordTaken::Ignored);
    assert_eq!(lost.item().await.state, ItemState::Failed);
    assert_eq!(lost.attempt().await.outcome, Some(Outcome::Unknown));
    assert_eq!(lost.story().await, story);
}

async fn a_record_that_was_kept_is_heard_before_it_is_dropped(db: TestDb) {
    let lost = Lost::open(db).await;
    assert_eq!(lost.told(false).await, RecordTaken::Kept);
    let call = lost.open.attempt.call_uuid;
    assert_eq!(
        lost.app.drop_records().await.unwrap(),
        0,
        "its call is open"
    );
    assert_eq!(lost.app.waiting_records().await.unwrap(), [call]);
    lost.lose().await;
    assert_eq!(lost.app.drop_records().await.unwrap(), 1);
    assert_eq!(lost.item().await.state, ItemState::Sent);
}

//! A tenant with money, and calls that cost some.

use std::time::Duration;

use faxgate_core::{
    Amount, App, Asker, BalanceView, CallBounds, CallFacts, ClaimFor, ClaimScope, LaneLimits, Once,
    Open, Prepaid, Prepared, PriceList, Settled, TopUp, Usage,
};
use faxgate_db::broadcasts::{self, Broadcast, Counts};
use faxgate_db::documents::Document;
use faxgate_db::items::{self, Item, ItemsOf, NewItem};
use faxgate_db::{attempts, faxes, jobs};
use faxgate_lifecycle::{Action, Attempt, Evidence, FaxResult, HangUp};
use faxgate_test_support::{DEADLINE, Raw, Seed, TestDb, eventually};
use faxgate_types::{
    BroadcastId, BroadcastState, E164, FaxCode, FaxId, HangupCause, ItemId, ItemState, JobId,
    Resolution, Role, TenantId,
};
use tempfile::TempDir;

use crate::under_test::app;

/// What a call for a fax of two pages can cost at most: 0.01 for itself, 0.1 a page, and 0.06 a minute for ten minutes.
pub(super) const WORST: i64 = 810_000;

pub(super) const PRICES: fn() -> PriceList = || PriceList {
    per_page: 100_000,
    per_minute: 60_000,
    per_attempt: 10_000,
    per_page_received: 5_000,
    ..PriceList::default()
};

/// A prepaid tenant that sends faxes of two pages.
pub(super) struct Purse {
    pub(super) db: TestDb,
    pub(super) seed: Seed,
    pub(super) app: App,
    pub(super) tenant: TenantId,
    document: Document,
    did: E164,
    folder: TempDir,
    numbers: u32,
}

impl Purse {
    /// With so much money, in millionths.
    pub(super) async fn with(db: TestDb, money: i64) -> Self {
        let seed = Seed::new(&db);
        let tenant = seed.tenant("acme").await.id;
        let user = seed.user("nurse", "x", tenant, Role::Member).await;
        let did = seed.did(tenant, "+12125550100").await;
        let document = seed.document(tenant, user.id, 2).await;
        let folder = tempfile::tempdir().unwrap();
        let app = app(&db, "here", &seed.ambient, folder.path()).await;
        let purse = Self {
            db,
            seed,
            app,
            tenant,
            document,
            did,
            folder,
            numbers: 0,
        };
        let prepaid = Prepaid {
            on: true,
            low_mark: None,
        };
        let (console, acme) = (&Asker::Console, Some("acme"));
        purse
            .app
            .set_prices(console, acme, Some(PRICES()))
            .await
            .unwrap();
        purse.app.set_prepaid(console, acme, prepaid).await.unwrap();
        if money > 0 {
            purse.top_up(money, "the first").await;
        }
        purse
    }

    /// The same gateway after a restart, or another node.
    pub(super) async fn node(&self, name: &str) -> App {
        app(&self.db, name, &self.seed.ambient, self.folder.path()).await
    }

    pub(super) async fn top_up(&self, money: i64, reference: &str) -> bool {
        let top_up = TopUp {
            amount: Amount::new(money),
            reference: Some(reference.to_owned()),
            note: None,
        };
        let (console, acme) = (&Asker::Console, Some("acme"));
        let done = self
            .app
            .top_up(console, acme, top_up, Once::default())
            .await;
        done.unwrap().is_new
    }

    /// A fax to a number that no other goes to.
    pub(super) async fn queue(&mut self) -> FaxId {
        self.numbers += 1;
        let number = format!("+1212555{:04}", 1000 + self.numbers);
        let seed = &self.seed;
        let mut fax = seed.unsaved_fax(self.tenant, &self.document, &[&number]);
        fax.sender_e164 = Some(self.did.clone());
        let new = NewItem {
            id: ItemId::generate(&seed.ambient),
            recipient_raw: number.clone(),
            destination: number.parse().unwrap(),
            due_at: seed.now(),
            waiting_for: None,
        };
        let of = ItemsOf {
            tenant: self.tenant,
            fax: fax.id,
            simulated: false,
            priority: fax.priority,
        };
        let mut tx = self.db.write(self.tenant).await.unwrap();
        faxes::insert(&mut tx, &fax).await.unwrap();
        items::insert_all(&mut tx, of, &[new], seed.now())
            .await
            .unwrap();
        items::make_ready(&mut tx, self.tenant, fax.id, seed.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        fax.id
    }

    /// The fax is one of a broadcast, which somebody cancels.
    pub(super) async fn cancel_as_broadcast(&self, fax: FaxId) {
        let (seed, now) = (&self.seed, self.seed.now());
        let canceled = Broadcast {
            id: BroadcastId::generate(&seed.ambient),
            tenant_id: self.tenant,
            user_id: None,
            name: "Recall".to_owned(),
            state: BroadcastState::Canceled,
            document_id: Some(self.document.id),
            sender_number: self.did.to_string(),
            sender: self.did.clone(),
            resolution: Resolution::Fine,
            cover: None,
            simulated: false,
            send_at: None,
            retry_of: None,
            error: None,
            counts: Counts::default(),
            created_at: now,
            updated_at: now,
            started_at: Some(now),
            finished_at: Some(now),
        };
        let mut tx = self.db.system("test").await.unwrap();
        broadcasts::add(&mut tx, &canceled).await.unwrap();
        tx.commit().await.unwrap();
        let (raw, id) = (Raw::of(&self.db), canceled.id);
        raw.execute(&format!(
            "UPDATE queue_items SET broadcast_id = '{id}' WHERE fax_id = '{fax}'"
        ))
        .await;
        let mut tx = self.db.system("test").await.unwrap();
        let (job, subject) = (
            JobId::generate(&seed.ambient),
            format!("{}/{id}", self.tenant),
        );
        jobs::add(&mut tx, job, "broadcast", subject, now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let app = self.app.clone();
        let running = tokio::spawn(async move { app.run_jobs(stopped).await });
        eventually("the broadcast's job has ended", DEADLINE, async || {
            let there = "SELECT kind AS line FROM jobs WHERE kind = 'broadcast'";
            raw.lines(there).await.is_empty().then_some(())
        })
        .await;
        stop.send(true).unwrap();
        running.await.unwrap();
    }

    pub(super) async fn claim(&self, limit: u32) -> Vec<Item> {
        let ask = ClaimFor {
            lane: "line",
            scope: ClaimScope::Real,
            limits: LaneLimits::default(),
            lanes_up: &["line"],
            lease: Duration::from_secs(60),
            limit,
        };
        let claimed = self.app.claim(ask).await.unwrap();
        claimed
            .items
            .into_iter()
            .map(|granted| granted.item)
            .collect()
    }

    /// Claims what is next and writes its intent; `None`: there was nothing, or no money for it.
    pub(super) async fn begin(&self) -> Option<Open> {
        let item = self.claim(1).await.into_iter().next()?;
        intend(&self.app, &item).await
    }

    pub(super) async fn end(&self, open: &Open, evidence: Evidence, seconds: u32) -> ItemState {
        end(&self.app, open, evidence, seconds).await
    }

    pub(super) async fn left(&self) -> BalanceView {
        let left = self.app.balance(&Asker::Console, Some("acme")).await;
        left.unwrap()
    }

    /// Balance and holds, in millionths.
    pub(super) async fn sums(&self) -> (i64, i64) {
        let left = self.left().await;
        (left.balance.millionths(), left.held.millionths())
    }

    pub(super) async fn used(&self) -> Usage {
        let report = self
            .app
            .usage_report(&Asker::Console, Some("acme"), None, None);
        report.await.unwrap().total
    }

    pub(super) async fn item(&self, fax: FaxId) -> Item {
        let mut tx = self.db.read(self.tenant).await.unwrap();
        let items = items::of_fax(&mut tx, self.tenant, fax).await.unwrap();
        items.into_iter().next().unwrap()
    }

    /// Calls of the recipient, in order.
    pub(super) async fn attempts(&self, item: ItemId) -> Vec<attempts::Attempt> {
        let mut tx = self.db.read(self.tenant).await.unwrap();
        attempts::of_item(&mut tx, self.tenant, item).await.unwrap()
    }
}

pub(super) async fn intend(app: &App, item: &Item) -> Option<Open> {
    let bounds = CallBounds {
        ringing: Duration::from_secs(60),
        page: Duration::from_secs(120),
        send_within: Duration::from_secs(1),
    };
    match app.intend(item, "line", "core", bounds).await.unwrap() {
        Prepared::Intended(intended) => Some(intended.open),
        Prepared::Dropped => None,
    }
}

pub(super) async fn end(app: &App, open: &Open, evidence: Evidence, seconds: u32) -> ItemState {
    let start = u32::try_from(open.attempt.start_page).unwrap();
    let mut actions = Attempt::new(start, 2).on(evidence);
    let Action::Settle(verdict) = actions.remove(0) else {
        panic!("no verdict");
    };
    let facts = CallFacts {
        seconds,
        ..CallFacts::default()
    };
    let settled = app.settle(open, &verdict, &facts).await;
    let Settled::Now(state) = settled.unwrap() else {
        panic!("not settled");
    };
    state
}

/// The call ended after so many pages of those that it had to send.
pub(super) fn hung_up(pages: u32, success: bool) -> Evidence {
    let code = match success {
        true => FaxCode::new(0).unwrap(),
        false => FaxCode::CALL_DROPPED,
    };
    Evidence::HungUp(HangUp {
        cause: HangupCause::new("NORMAL_CLEARING"),
        answered: true,
        fax: Some(FaxResult::new(success, code, pages)),
    })
}

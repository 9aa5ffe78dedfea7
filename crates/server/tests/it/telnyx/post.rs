//! One fax with a written intent, a double of Telnyx, and the line between them: no dispatcher.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use faxgate_core::{App, CallBounds, CallOrder, ClaimFor, ClaimScope, LaneLimits, Open, Prepared};
use faxgate_db::items::{self, Item, ItemsOf, NewItem};
use faxgate_db::{attempts, faxes};
use faxgate_dispatch::Switchboard;
use faxgate_dispatch::telnyx::{Config, LANE, Telnyx};
use faxgate_files::Files;
use faxgate_simulator::telnyx::{Options, TelnyxDouble};
use faxgate_telnyx::{Client, SecretString};
use faxgate_test_support::{Seed, TestDb};
use faxgate_types::{Ambient, FaxId, ItemId, Role, TenantId};
use tempfile::TempDir;
use url::Url;

use crate::under_test::{app, tiff};

/// How long what is not listed may still be on its way.
pub(super) const SETTLE: Duration = Duration::from_millis(20);
/// How long an order may wait.
const SEND_WITHIN: Duration = Duration::from_secs(10);
/// Pages of the fax.
pub(super) const PAGES: u32 = 3;

pub(super) fn loopback() -> SocketAddr {
    ([127, 0, 0, 1], 0).into()
}

pub(super) struct Post {
    pub(super) db: TestDb,
    pub(super) seed: Seed,
    pub(super) app: App,
    pub(super) double: TelnyxDouble,
    pub(super) line: Arc<Telnyx>,
    pub(super) pages: Bytes,
    pub(super) order: CallOrder,
    pub(super) open: Open,
    pub(super) tenant: TenantId,
    pub(super) fax: FaxId,
    pub(super) files: Files,
    _folder: TempDir,
}

impl Post {
    pub(super) async fn new(db: TestDb) -> Self {
        let seed = Seed::new(&db);
        Self::with(db, seed).await
    }

    /// With our clock so far ahead of Telnyx'.
    pub(super) async fn ahead(db: TestDb, ahead: Duration) -> Self {
        let seed = Seed::new(&db);
        let behind = Ambient::system().now().since(seed.now());
        seed.clock.advance(behind + ahead);
        Self::with(db, seed).await
    }

    async fn with(db: TestDb, seed: Seed) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let app = app(&db, "here", &seed.ambient, folder.path()).await;
        let tenant = seed.tenant("acme").await.id;
        let user = seed.user("nurse", "x", tenant, Role::Member).await;
        let did = seed.did(tenant, "+12125550100").await;
        let count = i32::try_from(PAGES).unwrap();
        let document = seed.document(tenant, user.id, count).await;
        let mut fax = seed.unsaved_fax(tenant, &document, &["+15550001111"]);
        fax.sender_e164 = Some(did);
        let pages = Bytes::from(tiff(PAGES));
        let files = format!("file://{}", folder.path().join("files").display());
        let files = Files::open(&files, faxgate_files::Options::default())
            .await
            .unwrap();
        let key = fax.pages_key.as_deref().unwrap().parse().unwrap();
        files.put(&key, pages.clone()).await.unwrap();
        let new = NewItem {
            id: ItemId::generate(&seed.ambient),
            recipient_raw: "+15550001111".to_owned(),
            destination: "+15550001111".parse().unwrap(),
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
        let ask = ClaimFor {
            lane: LANE,
            scope: ClaimScope::Real,
            limits: LaneLimits::default(),
            lanes_up: &[LANE],
            lease: Duration::from_secs(60),
            limit: 1,
        };
        let claimed = app.claim(ask).await.unwrap().items.remove(0);
        let bounds = CallBounds {
            ringing: Duration::from_secs(60),
            page: Duration::from_secs(120),
            send_within: SEND_WITHIN,
        };
        let prepared = app.intend(&claimed.item, LANE, LANE, bounds).await;
        let Prepared::Intended(intended) = prepared.unwrap() else {
            panic!("no call was intended");
        };
        let double = TelnyxDouble::start(Options::new(loopback())).await.unwrap();
        let line = line(&double, &app);
        Self {
            db,
            seed,
            app,
            double,
            line,
            pages,
            order: intended.order,
            open: intended.open,
            tenant,
            fax: fax.id,
            files,
            _folder: folder,
        }
    }

    /// Past the moment at which anything that was sent in time must have arrived.
    pub(super) fn long_after(&self) {
        let upload = Duration::from_secs(10) * PAGES;
        self.seed.clock.advance(SEND_WITHIN + upload + SETTLE * 2);
    }

    /// The requests that order a fax.
    pub(super) fn orders(&self) -> usize {
        let requests = self.double.requests();
        let orders = |one: &&faxgate_simulator::telnyx::Request| {
            one.method == "POST" && one.target == "/v2/faxes"
        };
        requests.iter().filter(orders).count()
    }

    pub(super) async fn item(&self) -> Item {
        let mut tx = self.db.read(self.tenant).await.unwrap();
        let items = items::of_fax(&mut tx, self.tenant, self.fax).await.unwrap();
        tx.commit().await.unwrap();
        items.into_iter().next().unwrap()
    }

    /// Its only attempt.
    pub(super) async fn attempt(&self) -> attempts::Attempt {
        let mut tx = self.db.read(self.tenant).await.unwrap();
        let item = self.open.item.id;
        let all = attempts::of_item(&mut tx, self.tenant, item).await.unwrap();
        tx.commit().await.unwrap();
        all.into_iter().next_back().unwrap()
    }

    pub(super) async fn carrier_id(&self) -> Option<String> {
        let mut tx = self.db.read(self.tenant).await.unwrap();
        let item = self.open.item.id;
        let all = attempts::of_item(&mut tx, self.tenant, item).await.unwrap();
        tx.commit().await.unwrap();
        all.into_iter().next_back()?.carrier_id
    }
}

/// What speaks to the account.
pub(super) fn client(double: &TelnyxDouble) -> Client {
    let key = SecretString::from(double.api_key().to_owned());
    let mut config = faxgate_telnyx::Config::at(Url::parse(&double.base_url()).unwrap(), key);
    config.retries.most = 0;
    Client::new(config).unwrap()
}

fn line(double: &TelnyxDouble, app: &App) -> Arc<Telnyx> {
    let client = client(double);
    let config = Config {
        connection: double.connection_id().into(),
        public_url: None,
        links: false,
        settle: SETTLE,
    };
    Telnyx::start(config, client, app.clone(), Switchboard::default())
}

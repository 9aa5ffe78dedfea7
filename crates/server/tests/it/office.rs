//! A dispatcher on a line that does as it is told, with a clock that moves when it is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use faxgate_core::{
    App, CallEvent, CallOrder, ClaimScope, Fence, Parts, Placed, PriceList, Probe, Settings,
    Tariff, TestMode, Transport,
};
use faxgate_db::items::{self, Item};
use faxgate_db::{events, faxes};
use faxgate_dispatch::{Dispatcher, Lane, Limits, Switchboard};
use faxgate_files::Files;
use faxgate_imaging::{Cage, CageConfig, Halftone};
use faxgate_lifecycle::{Core, Evidence, FaxResult, HangUp, RetryPolicy};
use faxgate_outbound::Outbound;
use faxgate_test_support::{DEADLINE, Seed, TestDb, eventually};
use faxgate_types::{CallUuid, FaxCode, HangupCause, ItemState, Role, TenantId, Witness};
use tempfile::TempDir;
use tokio::sync::watch;

/// What the line does with a call.
#[derive(Clone, Copy)]
pub(crate) enum Plan {
    /// The task that places it breaks.
    Break,
    /// The command is refused.
    Refuse,
    /// It succeeds, and whoever asks finds its record.
    Succeed,
    /// The carrier does not let the account call this number.
    Bar,
    /// It is lost with its FreeSWITCH.
    Lose,
    /// It goes on and on.
    Last,
}

fn hung_up(cause: &str, fax: Option<FaxResult>) -> Evidence {
    Evidence::HungUp(HangUp {
        cause: HangupCause::new(cause),
        answered: fax.is_some(),
        fax,
    })
}

/// A line that follows a plan; the last entry is for all further calls.
struct Planned {
    name: &'static str,
    plan: Vec<Plan>,
    placed: Arc<AtomicU32>,
}

impl Planned {
    fn of(&self, call: u32) -> Plan {
        let last = self.plan.len() - 1;
        self.plan[usize::try_from(call).unwrap().min(last)]
    }

    /// Of the call that was placed last.
    fn now(&self) -> Plan {
        self.of(self.placed.load(Ordering::SeqCst) - 1)
    }
}

#[async_trait]
impl Transport for Planned {
    fn name(&self) -> &str {
        self.name
    }

    fn core(&self) -> Option<String> {
        Some("core".to_owned())
    }

    async fn place(&self, _: &CallOrder) -> Placed {
        match self.of(self.placed.fetch_add(1, Ordering::SeqCst)) {
            Plan::Break => panic!("broken on purpose"),
            Plan::Refuse => Placed::Refused("-ERR".to_owned()),
            Plan::Succeed | Plan::Bar | Plan::Lose | Plan::Last => Placed::Unclear,
        }
    }

    async fn kill(&self, _: CallUuid) -> bool {
        true
    }

    async fn probe(&self, call: CallUuid, _: &str) -> Probe {
        let evidence = match self.now() {
            Plan::Break | Plan::Refuse => return Probe::Absent(Core::Same),
            Plan::Lose => return Probe::Absent(Core::Changed),
            Plan::Last => return Probe::Alive,
            Plan::Bar => hung_up("OUTGOING_CALL_BARRED", None),
            Plan::Succeed => {
                let sent = FaxResult::new(true, FaxCode::new(0).unwrap(), 1);
                hung_up("NORMAL_CLEARING", Some(sent))
            }
        };
        Probe::Record(CallEvent {
            call,
            evidence,
            by: Witness::CdrFile,
            seconds: Some(40),
            remote_station_id: None,
        })
    }

    async fn fence(&self, _: CallUuid, _: &str) -> Fence {
        Fence::Taken(match self.now() {
            Plan::Lose => Core::Changed,
            _ => Core::Same,
        })
    }

    async fn forget(&self, _: CallUuid) {}
}

/// A gateway without an API, and one fax of one page in its queue.
pub(crate) struct Office {
    pub(crate) db: TestDb,
    pub(crate) seed: Seed,
    pub(crate) app: App,
    pub(crate) tenant: TenantId,
    fax: faxgate_types::FaxId,
    placed: Arc<AtomicU32>,
    pub(crate) stop: watch::Sender<bool>,
    _folder: TempDir,
}

impl Office {
    pub(crate) async fn new(db: TestDb, recipients: &[&str]) -> Self {
        Self::with(db, recipients, RetryPolicy::default(), |_| {}).await
    }

    pub(crate) async fn with(
        db: TestDb,
        recipients: &[&str],
        retry: RetryPolicy,
        change: fn(&mut faxes::Fax),
    ) -> Self {
        let seed = Seed::new(&db);
        let tenant = seed.tenant("acme").await;
        let user = seed.user("nurse", "x", tenant.id, Role::Member).await;
        let did = seed.did(tenant.id, "+12125550100").await;
        let document = seed.document(tenant.id, user.id, 1).await;
        let mut fax = seed.unsaved_fax(tenant.id, &document, recipients);
        fax.sender_e164 = Some(did);
        change(&mut fax);
        let new: Vec<_> = recipients
            .iter()
            .map(|number| items::NewItem {
                id: faxgate_types::ItemId::generate(&seed.ambient),
                recipient_raw: (*number).to_owned(),
                destination: number.parse().unwrap(),
                due_at: seed.now(),
                waiting_for: None,
            })
            .collect();
        let mut tx = db.write(tenant.id).await.unwrap();
        faxes::insert(&mut tx, &fax).await.unwrap();
        let of = items::ItemsOf {
            tenant: tenant.id,
            fax: fax.id,
            simulated: false,
            priority: fax.priority,
        };
        items::insert_all(&mut tx, of, &new, seed.now())
            .await
            .unwrap();
        items::make_ready(&mut tx, tenant.id, fax.id, seed.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let files = format!("file://{}", folder.path().display());
        let app = App::new(Parts {
            db: db.another_node(),
            files: Files::open(&files, faxgate_files::Options::default())
                .await
                .unwrap(),
            cage: Cage::new(CageConfig::default()),
            outbound: Outbound::new(faxgate_outbound::Config::default()).unwrap(),
            carrier: None,
            ambient: seed.ambient.clone(),
            settings: Settings {
                node: "here".to_owned(),
                max_pages: 350,
                halftone: Halftone::Auto,
                retry,
                tariff: Tariff::default(),
                prices: PriceList::default(),
                spool_dirs: Vec::new(),
                telnyx_media: None,
                secret: "secret".into(),
                auth: faxgate_core::AuthSettings::default(),
                webhooks: faxgate_core::WebhookSettings::default(),
                mail: faxgate_core::MailSettings::default(),
                tenants_may_order: 0,
                test_mode: TestMode::Off,
                only_simulator: false,
                records: faxgate_core::RecordSettings::default(),
                master_keys: faxgate_core::MasterKeys::default(),
            },
        });
        Self {
            db,
            seed,
            app,
            tenant: tenant.id,
            fax: fax.id,
            placed: Arc::default(),
            stop: watch::channel(false).0,
            _folder: folder,
        }
    }

    /// Starts a dispatcher with one line of one channel.
    pub(crate) fn dispatch(
        &self,
        name: &'static str,
        plan: &[Plan],
    ) -> tokio::task::JoinHandle<()> {
        let line = Planned {
            name,
            plan: plan.to_vec(),
            placed: Arc::clone(&self.placed),
        };
        let limits = Limits {
            channels: 1,
            calls_per_second: 0,
            cost_per_minute: 0,
            weight: 100,
            ringing: Duration::from_secs(60),
        };
        let lane = Lane::new(Arc::new(line), ClaimScope::Real, limits);
        let settings = faxgate_dispatch::Settings {
            lease: Duration::from_secs(3),
            send_within: Duration::from_secs(1),
            poll: Duration::from_millis(20),
            ..faxgate_dispatch::Settings::default()
        };
        let dispatcher = Dispatcher::new(
            self.app.clone(),
            Switchboard::default(),
            vec![lane],
            settings,
            self.stop.subscribe(),
        );
        tokio::spawn(dispatcher.run(Duration::ZERO, std::future::pending()))
    }

    pub(crate) async fn items(&self) -> Vec<Item> {
        let mut tx = self.db.read(self.tenant).await.unwrap();
        let items = items::of_fax(&mut tx, self.tenant, self.fax).await.unwrap();
        tx.commit().await.unwrap();
        items
    }

    pub(crate) async fn story(&self) -> Vec<String> {
        let mut tx = self.db.read(self.tenant).await.unwrap();
        let events = events::of_fax(&mut tx, self.tenant, self.fax)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        events.into_iter().map(|event| event.text).collect()
    }

    /// Lets a second of the clock pass whenever it is looked, until every item is in this state.
    pub(crate) async fn until_all_are(&self, state: ItemState) {
        eventually("every recipient is there", DEADLINE, || async {
            self.seed.clock.advance(Duration::from_millis(300));
            let items = self.items().await;
            items.iter().all(|item| item.state == state).then_some(())
        })
        .await;
    }

    pub(crate) fn placed(&self) -> u32 {
        self.placed.load(Ordering::SeqCst)
    }
}

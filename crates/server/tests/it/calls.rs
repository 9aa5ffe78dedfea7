//! The dispatcher on a line that does as it is told, with a clock that moves when it is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use faxgate_core::{
    App, CallEvent, CallOrder, ClaimScope, Fence, Parts, Placed, Probe, Settings, Tariff,
    TestMode, Transport,
};
use faxgate_db::items::{self, Item};
use faxgate_db::{attempts, events, faxes};
use faxgate_dispatch::{Dispatcher, Lane, Limits, Switchboard};
use faxgate_files::Files;
use faxgate_imaging::{Cage, CageConfig, Halftone};
use faxgate_lifecycle::{Core, Evidence, FaxResult, HangUp, RetryPolicy};
use faxgate_outbound::Outbound;
use faxgate_test_support::{DEADLINE, Seed, TestDb, eventually, on_both_databases};
use faxgate_types::{CallUuid, FaxCode, HangupCause, ItemState, Role, TenantId, Witness};
use tempfile::TempDir;
use tokio::sync::watch;

on_both_databases![
    a_call_whose_task_breaks_is_taken_over_by_another_task,
    a_line_that_refuses_is_paused_and_then_tried_by_one_call,
    a_call_on_a_line_that_no_node_has_any_more_ends_as_unknown,
];

/// What the line does with a call.
#[derive(Clone, Copy)]
enum Plan {
    /// The task that places it breaks.
    Break,
    /// The command is refused.
    Refuse,
    /// It succeeds, and whoever asks finds its record.
    Succeed,
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
            Plan::Succeed => Placed::Unclear,
        }
    }

    async fn kill(&self, _: CallUuid) -> bool {
        true
    }

    async fn probe(&self, call: CallUuid, _: &str) -> Probe {
        match self.of(self.placed.load(Ordering::SeqCst) - 1) {
            Plan::Break | Plan::Refuse => Probe::Absent(Core::Same),
            Plan::Succeed => Probe::Record(CallEvent {
                call,
                evidence: Evidence::HungUp(HangUp {
                    cause: HangupCause::new("NORMAL_CLEARING"),
                    answered: true,
                    fax: Some(FaxResult::new(true, FaxCode::new(0).unwrap(), 1)),
                }),
                by: Witness::CdrFile,
                seconds: Some(40),
                remote_station_id: None,
            }),
        }
    }

    async fn fence(&self, _: CallUuid, _: &str) -> Fence {
        Fence::Taken(Core::Same)
    }

    async fn forget(&self, _: CallUuid) {}
}

/// A gateway without an API, and one fax of one page in its queue.
struct Office {
    db: TestDb,
    seed: Seed,
    app: App,
    tenant: TenantId,
    fax: faxgate_types::FaxId,
    placed: Arc<AtomicU32>,
    stop: watch::Sender<bool>,
    _folder: TempDir,
}

impl Office {
    async fn new(db: TestDb, recipients: &[&str]) -> Self {
        let seed = Seed::new(&db);
        let tenant = seed.tenant("acme").await;
        let user = seed.user("nurse", "x", tenant.id, Role::Member).await;
        let did = seed.did(tenant.id, "+12125550100").await;
        let document = seed.document(tenant.id, user.id, 1).await;
        let mut fax = seed.unsaved_fax(tenant.id, &document, recipients);
        fax.sender_e164 = Some(did);
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
        items::insert_all(&mut tx, of, &new, seed.now()).await.unwrap();
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
            ambient: seed.ambient.clone(),
            settings: Settings {
                node: "here".to_owned(),
                max_pages: 350,
                halftone: Halftone::Auto,
                retry: RetryPolicy::default(),
                tariff: Tariff::default(),
                spool_dirs: Vec::new(),
                telnyx_media: None,
                secret: "secret".into(),
                test_mode: TestMode::Off,
                only_simulator: false,
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
    fn dispatch(&self, name: &'static str, plan: &[Plan]) -> tokio::task::JoinHandle<()> {
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

    async fn items(&self) -> Vec<Item> {
        let mut tx = self.db.read(self.tenant).await.unwrap();
        let items = items::of_fax(&mut tx, self.tenant, self.fax).await.unwrap();
        tx.commit().await.unwrap();
        items
    }

    async fn story(&self) -> Vec<String> {
        let mut tx = self.db.read(self.tenant).await.unwrap();
        let events = events::of_fax(&mut tx, self.tenant, self.fax).await.unwrap();
        tx.commit().await.unwrap();
        events.into_iter().map(|event| event.text).collect()
    }

    /// Lets a second of the clock pass whenever it is looked, until every item is in this state.
    async fn until_all_are(&self, state: ItemState) {
        eventually("every recipient is there", DEADLINE, || async {
            self.seed.clock.advance(Duration::from_millis(300));
            let items = self.items().await;
            items.iter().all(|item| item.state == state).then_some(())
        })
        .await;
    }

    fn placed(&self) -> u32 {
        self.placed.load(Ordering::SeqCst)
    }
}

async fn a_call_whose_task_breaks_is_taken_over_by_another_task(db: TestDb) {
    let office = Office::new(db, &["+12125550101"]).await;
    let running = office.dispatch("line", &[Plan::Break, Plan::Succeed]);
    office.until_all_are(ItemState::Sent).await;
    assert_eq!(office.placed(), 2);
    let story = office.story().await;
    let ended = "no call was placed; settled by taking the call's UUID and finding no CDR after the call was taken over";
    assert!(story.iter().any(|text| text == ended), "{story:#?}");
    office.stop.send_replace(true);
    running.await.unwrap();
}

async fn a_line_that_refuses_is_paused_and_then_tried_by_one_call(db: TestDb) {
    let office = Office::new(db, &["+12125550101", "+12125550102", "+12125550103"]).await;
    let plan = [Plan::Refuse, Plan::Refuse, Plan::Succeed];
    let running = office.dispatch("line", &plan);
    let pauses = |n| {
        let office = &office;
        move || async move {
            let lanes = office.app.lanes().await.unwrap();
            lanes.iter().any(|lane| lane.pauses == n).then_some(())
        }
    };
    eventually("the line is paused", DEADLINE, pauses(1)).await;
    assert_eq!(office.placed(), 1, "the others are not tried on it");
    office.seed.clock.advance(Duration::from_secs(6));
    eventually("the line is paused for longer", DEADLINE, pauses(2)).await;
    assert_eq!(office.placed(), 2, "one call tried it");
    office.until_all_are(ItemState::Sent).await;
    eventually("the line works again", DEADLINE, pauses(0)).await;
    assert_eq!(office.placed(), 5);
    office.stop.send_replace(true);
    running.await.unwrap();
}

async fn a_call_on_a_line_that_no_node_has_any_more_ends_as_unknown(db: TestDb) {
    let office = Office::new(db, &["+12125550101"]).await;
    open_a_call(&office, "old").await;
    office.seed.clock.advance(Duration::from_secs(3600));
    let running = office.dispatch("new", &[Plan::Succeed]);
    eventually("the recipient is held", DEADLINE, || async {
        let item = office.items().await.remove(0);
        (item.state == ItemState::Held).then_some(())
    })
    .await;
    let story = office.story().await;
    let why = "the line of the call is not configured any more; nobody knows whether it went through";
    assert!(
        story.iter().any(|text| text.starts_with(why)
            && text.contains("settled without a witness")),
        "{story:#?}"
    );
    office.stop.send_replace(true);
    running.await.unwrap();
}

/// Leaves an item as a node leaves it that wrote an intent and was never seen again.
async fn open_a_call(office: &Office, lane: &str) {
    let ask = faxgate_core::ClaimFor {
        lane,
        scope: ClaimScope::Real,
        limits: faxgate_core::LaneLimits::default(),
        lanes_up: &[lane],
        lease: Duration::from_secs(3),
        limit: 1,
    };
    let claimed = office.app.claim(ask).await.unwrap().items.remove(0);
    let bounds = faxgate_core::CallBounds {
        ringing: Duration::from_secs(60),
        page: Duration::from_secs(120),
        send_within: Duration::from_secs(1),
    };
    let prepared = office
        .app
        .intend(&claimed.item, lane, "core", bounds)
        .await
        .unwrap();
    assert!(matches!(prepared, faxgate_core::Prepared::Intended(_)));
    let mut tx = office.db.read(office.tenant).await.unwrap();
    let attempts = attempts::of_item(&mut tx, office.tenant, claimed.item.id)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(attempts.last().unwrap().lane, lane);
}

//! Faxes from one number of the gateway to another.

use std::time::Duration;

use faxgate_core::{
    App, CallBounds, CallFacts, CallOrder, HandedOver, Intended, ON_NET, Prepared, Settled,
};
use faxgate_db::items::{self, ItemsOf, NewItem};
use faxgate_db::{faxes, routes};
use faxgate_files::Files;
use faxgate_imaging::{Bitmap, FaxPage, Resolution, fax_tiff};
use faxgate_lifecycle::{Action, Attempt, CarrierEnd, Evidence};
use faxgate_test_support::{DEADLINE, Seed, TestDb, eventually, on_both_databases};
use faxgate_types::{ItemId, ItemState, Role, TenantId};
use tempfile::TempDir;

use crate::under_test::{Gateway, Settings, app};

on_both_databases![
    a_fax_to_another_tenants_number_never_leaves_the_gateway,
    a_gateway_that_dies_hands_over_once,
    what_is_handed_over_twice_arrives_once,
    what_was_given_up_is_not_handed_over_any_more,
    a_number_that_is_not_ours_any_more_goes_by_another_line,
];

pub(crate) const OTHER: &str = "+15559876543";

/// A tenant `beta` with a number, and a rule that keeps faxes to it inside.
pub(crate) async fn neighbours(gateway: &Gateway) -> String {
    gateway
        .manage(&["tenant", "create", "beta", "--country", "US"], "")
        .await;
    gateway
        .manage(&["did", "add", OTHER, "--tenant", "beta"], "")
        .await;
    let user = [
        "user",
        "create",
        "bob",
        "--tenant",
        "beta",
        "--role",
        "admin",
        "--password-stdin",
    ];
    gateway.manage(&user, "the password of bob").await;
    let added = gateway
        .manage(
            &["route", "add", "--lanes", "on-net,far", "--prefix", "+1555"],
            "",
        )
        .await;
    assert!(
        added.ends_with("\teverybody\t1\t+1555…\ton-net,far"),
        "{added}"
    );
    gateway.sign_in_as("bob", "the password of bob").await
}

/// A gateway whose only line is never connected.
pub(crate) async fn secluded(db: TestDb, failpoint: Option<&str>) -> Gateway {
    secluded_with(db, |settings| match failpoint {
        None => settings,
        Some(point) => settings.with("TEST_FAILPOINT", point),
    })
    .await
}

/// The same, set up further.
pub(crate) async fn secluded_with(
    db: TestDb,
    change: impl FnOnce(Settings) -> Settings,
) -> Gateway {
    let mut gateway = Gateway::start(db, "all", |settings| {
        let settings = settings
            .with("FREESWITCH__HOST", "127.0.0.1")
            .with("FREESWITCH__PORT", "1")
            .with("FREESWITCH__PASSWORD", "nobody listens")
            .with("FREESWITCH__SPOOL_DIR", "spool")
            .with("FREESWITCH__CDR_DIR", "spool/cdr")
            .with("FREESWITCH__NAME", "far")
            .with("DISPATCH__SEND_BY_SECONDS", "1")
            .with("DISPATCH__LEASE_SECONDS", "10")
            .with("RETRY__BACK_PRESSURE_SECONDS", "1")
            .with("RATE_LIMITS__LIST", "0")
            .with("RATE_LIMITS__STATUS", "0");
        change(settings)
    })
    .await;
    gateway.expect_errors("");
    gateway
}

async fn a_fax_to_another_tenants_number_never_leaves_the_gateway(db: TestDb) {
    let gateway = secluded(db, None).await;
    let bob = neighbours(&gateway).await;
    let shown = gateway
        .manage(&["route", "show", OTHER, "--tenant", "default"], "")
        .await;
    assert!(shown.contains("a number of this gateway"), "{shown}");
    assert!(shown.contains("\non-net\tup"), "{shown}");
    let alice = gateway.sign_in().await;
    let sent = gateway.fax(&alice, OTHER).await;
    let body = gateway.until(&alice, &sent, "sent").await;
    let told = body.to_string();
    assert!(told.contains("1 page delivered on-net"), "{told}");
    assert!(
        told.contains("handing it over to +15559876543, on-net"),
        "{told}"
    );

    let list = eventually("the other tenant has it", DEADLINE, async || {
        let answer = gateway
            .ask("GET", "/api/fax/list/")
            .token(&bob)
            .send()
            .await;
        let body = answer.expect(200);
        (body["count"] == 1).then_some(body)
    })
    .await;
    let received = &list["results"][0];
    assert_eq!(received["status"], "received", "{list}");
    assert_eq!(received["direction"], "inbound", "{list}");
    let uuid = received["uuid"].as_str().unwrap();
    let told = gateway.status(&bob, uuid).await.to_string();
    assert!(
        told.contains("from +15551234567, delivered on-net"),
        "{told}"
    );
    assert_eq!(
        gateway.count(&alice).await,
        1,
        "the sender has its own alone"
    );
}

async fn a_gateway_that_dies_hands_over_once(db: TestDb) {
    let mut gateway = secluded(db, None).await;
    let bob = neighbours(&gateway).await;
    let points = [
        "claim",
        "after_intent",
        "after_result",
        "before_settle_commit",
        "after_settle_commit",
    ];
    for (before, point) in (0..).zip(points) {
        gateway.kill().await;
        gateway
            .start_again("all", |settings| settings.with("TEST_FAILPOINT", point))
            .await;
        let alice = gateway.sign_in().await;
        let sent = gateway.fax(&alice, OTHER).await;
        gateway
            .start_again("all", |settings| settings.without("TEST_FAILPOINT"))
            .await;
        gateway.until(&alice, &sent, "sent").await;
        eventually("it arrived", DEADLINE, async || {
            (gateway.count(&bob).await == before + 1).then_some(())
        })
        .await;
    }
    assert_eq!(gateway.count(&bob).await, 5, "each of them once");
}

/// A fax of three pages on its way from one tenant to another, the intent written.
struct OnItsWay {
    db: TestDb,
    seed: Seed,
    app: App,
    tenant: TenantId,
    item: ItemId,
    intended: Intended,
    _folder: TempDir,
}

impl OnItsWay {
    async fn new(db: TestDb) -> Self {
        let seed = Seed::new(&db);
        let tenant = seed.tenant("acme").await.id;
        let other = seed.tenant("beta").await.id;
        let user = seed.user("nurse", "x", tenant, Role::Member).await;
        let sender = seed.did(tenant, "+12125550100").await;
        seed.did(other, OTHER).await;
        let document = seed.document(tenant, user.id, 3).await;
        let mut fax = seed.unsaved_fax(tenant, &document, &[OTHER]);
        fax.sender_e164 = Some(sender);
        let folder = tempfile::tempdir().unwrap();
        let files = format!("file://{}", folder.path().join("files").display());
        let files = Files::open(&files, faxgate_files::Options::default())
            .await
            .unwrap();
        let page = || FaxPage {
            bitmap: Bitmap::new(1728, 2156),
            resolution: Resolution::Fine,
        };
        let pages = fax_tiff::write(&[page(), page(), page()]);
        let key = format!("{tenant}/pages/{}.tif", fax.id);
        files
            .put(&key.parse().unwrap(), pages.into())
            .await
            .unwrap();
        fax.pages_key = Some(key);
        let new = NewItem {
            id: ItemId::generate(&seed.ambient),
            recipient_raw: OTHER.to_owned(),
            destination: OTHER.parse().unwrap(),
            due_at: seed.now(),
            waiting_for: None,
        };
        let of = ItemsOf {
            tenant,
            fax: fax.id,
            simulated: false,
            priority: fax.priority,
        };
        let item = new.id;
        let mut tx = db.write(tenant).await.unwrap();
        faxes::insert(&mut tx, &fax).await.unwrap();
        items::insert_all(&mut tx, of, &[new], seed.now())
            .await
            .unwrap();
        let route = [(item, "on-net,line".parse().unwrap())];
        routes::write(&mut tx, tenant, &route).await.unwrap();
        items::make_ready(&mut tx, tenant, fax.id, seed.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let app = app(&db, "here", &seed.ambient, folder.path()).await;
        let claimed = app
            .claim_on_net(&[], Duration::from_secs(60), 4)
            .await
            .unwrap();
        let bounds = CallBounds {
            ringing: Duration::ZERO,
            page: Duration::from_secs(120),
            send_within: Duration::from_secs(10),
        };
        let prepared = app
            .intend(&claimed.items[0].item, ON_NET, ON_NET, bounds)
            .await;
        let Prepared::Intended(intended) = prepared.unwrap() else {
            panic!("nothing was intended");
        };
        Self {
            db,
            seed,
            app,
            tenant,
            item,
            intended: *intended,
            _folder: folder,
        }
    }

    fn order(&self) -> &CallOrder {
        &self.intended.order
    }

    async fn hand_over(&self) -> HandedOver {
        self.app.pass_on_net(self.order()).await.unwrap()
    }

    async fn receptions(&self) -> usize {
        self.app.receptions(None).await.unwrap().len()
    }

    async fn settle(&self, evidence: Evidence) -> ItemState {
        let mut actions = Attempt::new(0, 3).on(evidence);
        let Action::Settle(verdict) = actions.remove(0) else {
            panic!("no verdict");
        };
        let facts = CallFacts::default();
        let settled = self.app.settle(&self.intended.open, &verdict, &facts).await;
        let Settled::Now(state) = settled.unwrap() else {
            panic!("not settled");
        };
        state
    }
}

async fn what_is_handed_over_twice_arrives_once(db: TestDb) {
    let fax = OnItsWay::new(db).await;
    let call = fax.order().call;
    assert!(!fax.app.is_passed_on_net(call).await.unwrap());
    assert_eq!(fax.hand_over().await, HandedOver::Delivered);
    // Its answer was lost; or another node took it over and asks.
    assert_eq!(fax.hand_over().await, HandedOver::Delivered);
    assert!(fax.app.is_passed_on_net(call).await.unwrap());
    assert!(fax.app.fence_on_net(call).await.unwrap());
    assert_eq!(fax.receptions().await, 1);
    let delivered = Evidence::Carrier(CarrierEnd::Delivered);
    assert_eq!(fax.settle(delivered).await, ItemState::Sent);
    assert_eq!(fax.hand_over().await, HandedOver::Delivered);
    assert_eq!(fax.receptions().await, 1);
}

async fn what_was_given_up_is_not_handed_over_any_more(db: TestDb) {
    let fax = OnItsWay::new(db).await;
    // Whoever was to hand it over was suspended.
    fax.seed.clock.advance(Duration::from_secs(11));
    assert!(!fax.app.fence_on_net(fax.order().call).await.unwrap());
    assert_eq!(fax.hand_over().await, HandedOver::TooLate);
    assert_eq!(fax.settle(Evidence::NotSent).await, ItemState::Queued);
    // And its clock stands still.
    let mut order = fax.order().clone();
    order.send_by = fax.seed.ambient.since_boot() + Duration::from_secs(60);
    assert_eq!(
        fax.app.pass_on_net(&order).await.unwrap(),
        HandedOver::TooLate
    );
    assert_eq!(fax.receptions().await, 0);
}

async fn a_number_that_is_not_ours_any_more_goes_by_another_line(db: TestDb) {
    let fax = OnItsWay::new(db).await;
    fax.app.remove_did(OTHER, true).await.unwrap();
    let added = faxgate_core::NewRoute {
        lanes: "on-net,line".to_owned(),
        ..faxgate_core::NewRoute::default()
    };
    let console = faxgate_core::Asker::Console;
    fax.app
        .add_route(&console, added, faxgate_core::Once::default())
        .await
        .unwrap();
    assert_eq!(fax.hand_over().await, HandedOver::NotOurs);
    assert_eq!(fax.receptions().await, 0);
    let item = fax.intended.open.item.fax_id;
    let mut tx = fax.db.read(fax.tenant).await.unwrap();
    let shown = routes::of_fax(&mut tx, fax.tenant, item).await.unwrap();
    assert_eq!(shown[&fax.item].to_string(), ",line,");
}

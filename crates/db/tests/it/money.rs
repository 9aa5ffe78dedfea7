//! Balances, what waits for money, prices and notices.

use std::sync::Arc;
use std::time::Duration;

use faxgate_db::items::{self, Change, WaitingFor};
use faxgate_db::money::balance::{self, Balance, Told};
use faxgate_db::money::charges::{self, Charge};
use faxgate_db::money::entries::{self, EntryKind, Posting};
use faxgate_db::money::notices::{self, LimitNotice};
use faxgate_db::money::{prices, waits};
use faxgate_db::usage::{self, Day, Usage};
use faxgate_db::{Db, DbError, attempts};
use faxgate_test_support::{Kind, TestDb, on_both_databases, run};
use faxgate_types::{ItemState, SendingPolicy, TenantId, TimeZone, Timestamp};
use proptest::prelude::*;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::attempts::intent;
use crate::raw::{lines, postgres};
use crate::town::Town;
use crate::world::World;

on_both_databases![
    holds_of_many_at_once_never_exceed_the_balance,
    every_change_is_an_entry_and_the_entries_add_up,
    an_entry_is_never_changed,
    a_reference_stands_for_one_entry,
    money_wakes_those_that_it_is_enough_for,
    a_claim_leaves_a_tenant_without_money_alone,
    who_waits_for_money_one_by_one_waits_together_in_the_end,
    what_is_held_for_a_settled_call_is_found,
    terms_are_the_list_and_the_balance,
    a_tenant_is_told_of_a_limit_once,
    usage_adds_up_by_day_and_month,
];

async fn open(db: &Db, tenant: TenantId, amount: i64, now: Timestamp) {
    let mut tx = db.write(tenant).await.unwrap();
    balance::lock(&mut tx, tenant, now).await.unwrap();
    balance::configure(&mut tx, tenant, true, None, now)
        .await
        .unwrap();
    if amount > 0 {
        let top_up = posting(EntryKind::TopUp, amount, 0, now);
        balance::post(&mut tx, tenant, &top_up).await.unwrap();
    }
    tx.commit().await.unwrap();
}

fn posting(kind: EntryKind, amount: i64, held: i64, at: Timestamp) -> Posting {
    Posting {
        kind,
        amount,
        held,
        fax: None,
        attempt: None,
        reference: None,
        note: None,
        at,
    }
}

async fn balance_of(db: &Db, tenant: TenantId) -> Balance {
    let mut tx = db.read(tenant).await.unwrap();
    balance::find(&mut tx, tenant).await.unwrap().unwrap()
}

async fn holds_of_many_at_once_never_exceed_the_balance(db: TestDb) {
    let world = World::new(&db).await;
    let (tenant, now) = (world.tenant, world.now());
    open(&db, tenant, 1_000, now).await;
    // Two nodes, eight calls each, all at once: there is money for three.
    let nodes = [db.another_node(), db.another_node()];
    let barrier = Arc::new(Barrier::new(16));
    let mut tasks = JoinSet::new();
    for call in 0..16 {
        let (db, barrier) = (nodes[call % 2].clone(), Arc::clone(&barrier));
        tasks.spawn(async move {
            barrier.wait().await;
            let mut tx = db.write(tenant).await.unwrap();
            let hold = posting(EntryKind::Hold, 0, 300, now);
            let held = balance::hold(&mut tx, tenant, &hold).await.unwrap();
            tx.commit().await.unwrap();
            held.is_some()
        });
    }
    let held = tasks.join_all().await.into_iter().filter(|held| *held);
    assert_eq!(held.count(), 3);
    let left = balance_of(&db, tenant).await;
    assert_eq!(
        (left.balance, left.held, left.available()),
        (1_000, 900, 100)
    );
    assert_eq!(left.last_seq, 4, "who got nothing left no entry");
}

async fn every_change_is_an_entry_and_the_entries_add_up(db: TestDb) {
    let world = World::new(&db).await;
    let (tenant, now) = (world.tenant, world.now());
    open(&db, tenant, 1_000, now).await;
    let mut tx = db.write(tenant).await.unwrap();
    for (kind, amount, held) in [
        (EntryKind::Hold, 0, 400),
        (EntryKind::Capture, -150, -400),
        (EntryKind::Received, -2_000, 0),
    ] {
        let change = posting(kind, amount, held, now);
        assert!(
            balance::post(&mut tx, tenant, &change)
                .await
                .unwrap()
                .is_some()
        );
    }
    // Below zero nothing is held, not even nothing.
    let nothing = posting(EntryKind::Hold, 0, 0, now);
    assert!(
        balance::hold(&mut tx, tenant, &nothing)
            .await
            .unwrap()
            .is_none()
    );
    tx.commit().await.unwrap();
    let mut tx = db.read(tenant).await.unwrap();
    let (total, page) = entries::page(&mut tx, tenant, 10, 0).await.unwrap();
    let told: Vec<_> = page
        .iter()
        .rev()
        .map(|e| (e.seq, e.kind, e.balance_after, e.held_after))
        .collect();
    assert_eq!(
        told,
        [
            (1, EntryKind::TopUp, 1_000, 0),
            (2, EntryKind::Hold, 1_000, 400),
            (3, EntryKind::Capture, 850, 0),
            (4, EntryKind::Received, -1_150, 0),
        ]
    );
    assert_eq!(total, 4);
    let (total, page) = entries::page(&mut tx, tenant, 1, 1).await.unwrap();
    assert_eq!((total, page[0].seq), (4, 3), "latest first");
}

async fn an_entry_is_never_changed(db: TestDb) {
    let world = World::new(&db).await;
    open(&db, world.tenant, 1_000, world.now()).await;
    let forge = "UPDATE balance_entries SET amount = 9";
    match db.kind() {
        Kind::Postgres => {
            let client = postgres(&db).await;
            for role in ["faxgate_app", "faxgate_system"] {
                let refused = client
                    .batch_execute(&format!("SET ROLE {role}; {forge}"))
                    .await;
                assert!(refused.is_err(), "{role}");
            }
        }
        Kind::Sqlite => {
            let path = db.url().trim_start_matches("sqlite://").to_owned();
            let refused = tokio::task::spawn_blocking(move || {
                use diesel::Connection as _;
                use diesel::connection::SimpleConnection as _;
                let mut conn = diesel::sqlite::SqliteConnection::establish(&path).unwrap();
                conn.batch_execute(forge)
            });
            assert!(refused.await.unwrap().is_err());
        }
    }
    let amounts = lines(
        &db,
        "SELECT CAST(amount AS TEXT) AS line FROM balance_entries",
    )
    .await;
    assert_eq!(amounts, ["1000"]);
}

async fn a_reference_stands_for_one_entry(db: TestDb) {
    let world = World::new(&db).await;
    let other = world.stranger(&db).await;
    let named = |at| Posting {
        reference: Some("invoice 7".to_owned()),
        ..posting(EntryKind::TopUp, 500, 0, at)
    };
    for tenant in [world.tenant, other.tenant] {
        open(&db, tenant, 0, world.now()).await;
        let mut tx = db.write(tenant).await.unwrap();
        balance::post(&mut tx, tenant, &named(world.now()))
            .await
            .unwrap();
        let found = entries::by_reference(&mut tx, tenant, "invoice 7")
            .await
            .unwrap();
        assert_eq!(found.unwrap().amount, 500);
        tx.commit().await.unwrap();
        let mut tx = db.write(tenant).await.unwrap();
        let again: Result<_, DbError> = balance::post(&mut tx, tenant, &named(world.now())).await;
        assert!(
            again.is_err(),
            "and if somebody forgets to look, the database does not"
        );
    }
    assert_eq!(balance_of(&db, world.tenant).await.balance, 500);
}

/// Puts a claimed item back, waiting for so much money.
async fn wait_for(town: &Town, item: &items::Item, needs: i64) {
    let (tenant, now) = (item.tenant_id, town.now());
    let change = Change {
        due_at: now + Duration::from_secs(600),
        waiting_for: Some(WaitingFor::Balance),
        ..Change::of(item, ItemState::Queued)
    };
    let mut tx = town.db.write(tenant).await.unwrap();
    let changed = items::change(&mut tx, tenant, item.id, item.fence, &change, now).await;
    assert!(changed.unwrap());
    waits::add(&mut tx, tenant, item.id, needs, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn money_wakes_those_that_it_is_enough_for(db: TestDb) {
    let mut town = Town::new(db, 1).await;
    let tenant = town.tenants[0];
    town.queue(0, 4).await;
    let claimed = town.claim(town.ask(10)).await.items;
    for (granted, needs) in claimed.iter().zip([500, 200, 900, 100]) {
        wait_for(&town, &granted.item, needs).await;
        town.seed.clock.advance(Duration::from_secs(1));
    }
    assert!(town.served(10).await.is_empty(), "none of them is due");
    let wake = async |available| {
        let mut tx = town.db.write(tenant).await.unwrap();
        let woken = waits::wake(&mut tx, tenant, available, town.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        woken
    };
    assert_eq!(wake(99).await, 0);
    assert_eq!(
        wake(799).await,
        2,
        "500 and 200 wait the longest; 100 would be too much"
    );
    assert_eq!(town.served(10).await.len(), 2);
    let mut tx = town.db.read(tenant).await.unwrap();
    assert_eq!(waits::least(&mut tx, tenant).await.unwrap(), (2, Some(100)));
    drop(tx);
    assert_eq!(wake(10_000).await, 2);
    assert_eq!(town.served(10).await.len(), 2);
}

async fn a_claim_leaves_a_tenant_without_money_alone(db: TestDb) {
    let mut town = Town::new(db, 2).await;
    let prepaid = SendingPolicy {
        prepaid: Some(true),
        ..SendingPolicy::default()
    };
    town.policy(0, prepaid).await;
    town.queue(0, 3).await;
    town.queue(1, 1).await;
    open(&town.db, town.tenants[0], 0, town.now()).await;
    assert_eq!(town.served(10).await, [1]);
    assert_eq!(town.limit_of(0).await.as_deref(), Some("balance"));
    open(&town.db, town.tenants[0], 100, town.now()).await;
    assert!(town.served(10).await.is_empty(), "nobody said so");
    let mut tx = town.db.write(town.tenants[0]).await.unwrap();
    faxgate_db::shares::look_at(&mut tx, town.tenants[0], false, town.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(town.served(10).await, [0, 0, 0]);
}

async fn who_waits_for_money_one_by_one_waits_together_in_the_end(db: TestDb) {
    let mut town = Town::new(db, 1).await;
    let prepaid = SendingPolicy {
        prepaid: Some(true),
        ..SendingPolicy::default()
    };
    town.policy(0, prepaid).await;
    open(&town.db, town.tenants[0], 50, town.now()).await;
    town.queue(0, 40).await;
    let mut refused = 0;
    loop {
        let claimed = town.claim(town.ask(16)).await.items;
        if claimed.is_empty() {
            break;
        }
        for granted in &claimed {
            wait_for(&town, &granted.item, 100).await;
        }
        refused += claimed.len();
    }
    assert_eq!(refused, 32);
    assert_eq!(town.limit_of(0).await.as_deref(), Some("balance"));
}

async fn what_is_held_for_a_settled_call_is_found(db: TestDb) {
    let world = World::new(&db).await;
    let fax = world.fax_to(2).await.fax;
    let tenant = world.tenant;
    let claimed = world.claimed(&db, "node-1").await;
    let mut tx = db.write(tenant).await.unwrap();
    let mut made = Vec::new();
    for item in &claimed {
        let attempt = intent(&world, item);
        assert!(attempts::intend(&mut tx, &attempt).await.unwrap());
        let charge = Charge {
            attempt_id: attempt.id,
            tenant_id: tenant,
            fax_id: fax.id,
            item_id: item.id,
            per_page: 1,
            per_minute: 2,
            per_attempt: 3,
            most: Some(100),
            held: 100,
            price: 0,
        };
        charges::insert(&mut tx, &charge).await.unwrap();
        made.push((attempt, charge));
    }
    assert!(
        charges::in_doubt(&mut tx, tenant, fax.id)
            .await
            .unwrap()
            .is_empty()
    );
    let (attempt, charge) = &made[0];
    let ending = attempts::Ending {
        outcome: faxgate_types::Outcome::Unknown,
        class: None,
        cause: None,
        code: None,
        transferred: 0,
        duration: 0,
        remote_station_id: None,
        evidence: None,
        cost: 0,
    };
    assert!(
        attempts::settle(&mut tx, attempt, &ending, world.now())
            .await
            .unwrap()
    );
    let doubted = charges::in_doubt(&mut tx, tenant, fax.id).await.unwrap();
    assert_eq!(doubted.as_slice(), std::slice::from_ref(charge));
    charges::settle(&mut tx, charge, 0, 40).await.unwrap();
    assert!(
        charges::in_doubt(&mut tx, tenant, fax.id)
            .await
            .unwrap()
            .is_empty()
    );
    let known = charges::find(&mut tx, tenant, charge.attempt_id)
        .await
        .unwrap();
    assert_eq!(known.unwrap().price, 40);
    tx.commit().await.unwrap();
}

async fn terms_are_the_list_and_the_balance(db: TestDb) {
    let world = World::new(&db).await;
    let (tenant, now) = (world.tenant, world.now());
    let terms = async || {
        let mut tx = db.read(tenant).await.unwrap();
        prices::terms(&mut tx, tenant).await.unwrap()
    };
    assert_eq!(terms().await, (None, None));
    for list in [Some("{\"per_page\":1}"), Some("{}"), None] {
        let mut tx = db.write(tenant).await.unwrap();
        prices::set(&mut tx, tenant, list, now).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(terms().await, (list.map(str::to_owned), None));
    }
    open(&db, tenant, 70, now).await;
    let (list, balance) = terms().await;
    assert_eq!((list, balance.unwrap().available()), (None, 70));
    let stranger = world.stranger(&db).await;
    let mut tx = db.read(stranger.tenant).await.unwrap();
    assert_eq!(
        prices::terms(&mut tx, stranger.tenant).await.unwrap(),
        (None, None)
    );
}

async fn a_tenant_is_told_of_a_limit_once(db: TestDb) {
    let world = World::new(&db).await;
    let tenant = world.tenant;
    let notice = LimitNotice {
        name: "pages_per_day",
        period: "2026-01-15",
        percent: 80,
        most: 100,
    };
    let others = [
        LimitNotice {
            percent: 100,
            ..notice
        },
        LimitNotice {
            period: "2026-01-16",
            ..notice
        },
        LimitNotice {
            most: 200,
            ..notice
        },
    ];
    let mut tx = db.write(tenant).await.unwrap();
    assert!(notices::take(&mut tx, tenant, notice).await.unwrap());
    assert!(!notices::take(&mut tx, tenant, notice).await.unwrap());
    for other in others {
        assert!(notices::take(&mut tx, tenant, other).await.unwrap());
    }
    tx.commit().await.unwrap();
    open(&db, tenant, 0, world.now()).await;
    assert!(balance_of(&db, tenant).await.is_news(Told::Low));
    let mut tx = db.write(tenant).await.unwrap();
    balance::tell(&mut tx, tenant, Told::Low).await.unwrap();
    tx.commit().await.unwrap();
    let told = balance_of(&db, tenant).await;
    assert!(!told.is_news(Told::Low) && told.is_news(Told::Reached));
}

async fn usage_adds_up_by_day_and_month(db: TestDb) {
    let world = World::new(&db).await;
    let tenant = world.tenant;
    let zone: TimeZone = "America/New_York".parse().unwrap();
    let day = |at: &str| Day::of(zone, Timestamp::parse(at).unwrap());
    let used = Usage {
        attempts: 1,
        line_seconds: 2,
        cost: 3,
        price: 4,
        faxes_sent: 5,
        faxes_failed: 6,
        faxes_received: 7,
        pages_sent: 8,
        pages_received: 9,
        faxes_on_net: 10,
        pages_on_net: 11,
    };
    let (last, first) = (day("2026-01-31T12:00:00Z"), day("2026-02-01T12:00:00Z"));
    let mut tx = db.write(tenant).await.unwrap();
    assert_eq!(usage::add(&mut tx, tenant, last, used).await.unwrap(), used);
    let mut twice = used;
    twice += used;
    assert_eq!(
        usage::add(&mut tx, tenant, last, used).await.unwrap(),
        twice
    );
    usage::add(&mut tx, tenant, first, used).await.unwrap();
    usage::add(&mut tx, tenant, day("2026-01-02T12:00:00Z"), used)
        .await
        .unwrap();
    let mut month = twice;
    month += used;
    assert_eq!(usage::of_month(&mut tx, tenant, last).await.unwrap(), month);
    assert_eq!(usage::of_month(&mut tx, tenant, first).await.unwrap(), used);
    let between = usage::between(&mut tx, tenant, "2026-01-03", "2026-02-01")
        .await
        .unwrap();
    let expected = [("2026-01-31", twice), ("2026-02-01", used)];
    assert_eq!(between, expected.map(|(day, used)| (day.to_owned(), used)));
    tx.commit().await.unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// The balance is what was added and taken, the holds what is held, the last entry says so, and nothing is held that is not there.
    #[test]
    fn any_order_of_changes_adds_up(changes in prop::collection::vec((0_u8..4, 1_i64..1_000), 1..40)) {
        run(Kind::Sqlite, async |db| {
            let world = World::new(&db).await;
            let (tenant, now) = (world.tenant, world.now());
            open(&db, tenant, 0, now).await;
            let (mut money, mut holds, mut entries_before) = (0, Vec::new(), 0);
            for (what, size) in changes {
                let held: i64 = holds.iter().sum();
                let mut tx = db.write(tenant).await.unwrap();
                let after = match (what, holds.last().copied()) {
                    (1, _) => {
                        let hold = posting(EntryKind::Hold, 0, size, now);
                        let after = balance::hold(&mut tx, tenant, &hold).await.unwrap();
                        assert_eq!(after.is_some(), money - held >= size);
                        holds.extend(after.map(|_| size));
                        after
                    }
                    (2, Some(last)) => {
                        let price = size.min(last);
                        holds.pop();
                        money -= price;
                        let capture = posting(EntryKind::Capture, -price, -last, now);
                        balance::post(&mut tx, tenant, &capture).await.unwrap()
                    }
                    (3, Some(last)) => {
                        holds.pop();
                        let release = posting(EntryKind::Release, 0, -last, now);
                        balance::post(&mut tx, tenant, &release).await.unwrap()
                    }
                    _ => {
                        money += size;
                        let top_up = posting(EntryKind::TopUp, size, 0, now);
                        balance::post(&mut tx, tenant, &top_up).await.unwrap()
                    }
                };
                tx.commit().await.unwrap();
                let held: i64 = holds.iter().sum();
                let left = balance_of(&db, tenant).await;
                assert_eq!((left.balance, left.held), (money, held));
                assert!(left.available() >= 0);
                entries_before += i64::from(after.is_some());
                assert_eq!(left.last_seq, entries_before);
            }
        });
    }
}

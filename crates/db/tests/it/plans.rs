//! How the databases run what runs all the time: by an index that has little else in it, however long the queue is.
//!
//! What the queries really are is taken down while they run; then the databases are asked for their plans.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use diesel::connection::{InstrumentationEvent, set_default_instrumentation};
use faxgate_db::handover::{self, Abandoned};
use faxgate_db::items::{self, Adoption};
use faxgate_db::{attempts, queue_view};
use faxgate_test_support::{Kind, TestDb, run};
use faxgate_types::{AttemptPhase, ItemState};

use crate::attempts::intent_of;
use crate::raw::{execute, lines, plan};
use crate::town::{Queued, Town};
use crate::world::system;

static STATEMENTS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

fn take_down(event: InstrumentationEvent<'_>) {
    if let InstrumentationEvent::StartQuery { query, .. } = event {
        let query = query.to_string();
        // Behind it come the values.
        let statement = query.split(" -- binds").next().unwrap_or_default();
        let mut all = STATEMENTS.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(statement.to_owned());
    }
}

fn taken_down() -> BTreeSet<String> {
    let mut all = STATEMENTS.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::take(&mut *all)
}

/// Runs what claims, heartbeats, calls and people who ask do to the queue. Answers the statements that touch it.
async fn hot(db: TestDb) -> (Town, Vec<String>) {
    let mut town = Town::new(db, 2).await;
    for place in 0..2 {
        town.queue(place, 6).await;
        let same = ["+12125559999", "+12125559999"];
        town.queue_to(place, &same, Queued::default()).await;
    }
    taken_down();

    town.seed.clock.advance(Duration::from_secs(1));
    let claimed = town.claim(town.ask(20)).await.items;
    assert_eq!(claimed.len(), 13, "the others are parked");
    let claimed: Vec<_> = claimed.into_iter().map(|granted| granted.item).collect();
    let to_same = |item: &&items::Item| item.destination.as_str() == "+12125559999";
    let same = claimed.iter().find(to_same).unwrap();
    town.end(same, ItemState::Sent, Duration::from_secs(30))
        .await;
    assert_eq!(
        town.claim(town.ask(20)).await.items.len(),
        1,
        "it is let in"
    );

    let called = claimed.iter().find(|item| !to_same(item)).unwrap();
    let (tenant, now) = (called.tenant_id, town.now());
    let attempt = intent_of(&town.seed.ambient, called);
    let mut tx = town.db.write(tenant).await.unwrap();
    assert!(attempts::intend(&mut tx, &attempt).await.unwrap());
    let phase = AttemptPhase::Ringing;
    assert!(
        attempts::progress(&mut tx, &attempt, phase, 0)
            .await
            .unwrap()
    );
    items::states(&mut tx, tenant, called.fax_id).await.unwrap();
    items::of_fax(&mut tx, tenant, called.fax_id).await.unwrap();
    attempts::of_item(&mut tx, tenant, called.id).await.unwrap();
    queue_view::in_line(&mut tx, tenant, false, now, &[], 100)
        .await
        .unwrap();
    queue_view::begun_since(&mut tx, tenant, false, now)
        .await
        .unwrap();
    queue_view::call_notes(&mut tx, tenant, &[called.id])
        .await
        .unwrap();
    let other = claimed
        .iter()
        .find(|item| item.tenant_id == tenant && item.id != called.id);
    items::unclaim(&mut tx, other.unwrap(), now, now)
        .await
        .unwrap();
    items::cancel(&mut tx, tenant, called.fax_id, now)
        .await
        .unwrap();
    items::fail_preparing(&mut tx, tenant, called.fax_id, "", now)
        .await
        .unwrap();
    tx.commit().await.unwrap();

    let until = now + Duration::from_secs(60);
    let numbers = std::slice::from_ref(&called.destination);
    let asked = system(&town.db, async |tx| {
        queue_view::busy(tx, tenant, false, numbers).await?;
        items::renew(tx, "node-1", &[called.id], until).await?;
        items::cancel_requests(tx, "node-1").await?;
        items::to_cancel(tx).await?;
        items::hand_back(tx, "node-1", false, now).await?;
        items::hand_back(tx, "node-1", true, now).await?;
        let adoption = Adoption {
            node: "node-2",
            lanes: &["fs-1"],
            own_except: Some(&[]),
            now,
            until,
        };
        items::adopt(tx, adoption).await?;
        let gone = Abandoned {
            node: "node-2",
            lanes: &["fs-2"],
            overdue_before: now,
            now,
            until,
        };
        handover::abandoned(tx, gone).await?;
        attempts::by_call(tx, attempt.call_uuid).await?;
        attempts::adopt(tx, called.id, called.fence).await
    });
    asked.await.unwrap();

    let touches = |statement: &String| {
        ["queue_items", "attempts", "share_notes", "shares"]
            .iter()
            .any(|table| statement.contains(table))
    };
    let statements: Vec<String> = taken_down().into_iter().filter(touches).collect();
    assert!(statements.len() > 30, "{statements:#?}");
    (town, statements)
}

fn take_all_down() {
    set_default_instrumentation(|| Some(Box::new(take_down))).unwrap();
}

#[test]
fn sqlite_goes_through_no_queue() {
    take_all_down();
    run(Kind::Sqlite, async |db| {
        let (town, statements) = hot(db).await;
        // Nothing here runs where the optimizer has been given statistics.
        let statistics = "SELECT name AS line FROM sqlite_master WHERE name LIKE 'sqlite_stat%'";
        assert_eq!(lines(&town.db, statistics).await, [""; 0]);
        let partial = ["ready", "parked", "leased", "open", "to_cancel"];
        for statement in statements {
            let mut names = vec!["queue_items", "attempts", "share_notes", "shares"];
            for (alias, table) in [("q", "queue_items q"), ("i", "queue_items i")] {
                names.extend(statement.contains(table).then_some(alias));
            }
            let plan = plan(&town.db, &statement).await;
            for step in &plan {
                let few = partial
                    .iter()
                    .any(|name| step.ends_with(&format!(" INDEX queue_items_{name}")));
                let scans = names.iter().any(|name| {
                    step == &format!("SCAN {name}") || step.starts_with(&format!("SCAN {name} "))
                });
                assert!(few || !scans, "{statement}\n{plan:#?}");
                let has_tenant_only =
                    step.ends_with("(tenant_id=?)") && !step.contains("autoindex_shares");
                assert!(!has_tenant_only, "{statement}\n{plan:#?}");
            }
        }
    });
}

/// Here with statistics, and plans for whatever value may be bound.
#[test]
fn postgres_goes_through_no_queue() {
    take_all_down();
    run(Kind::Postgres, async |db| {
        let (town, statements) = hot(db).await;
        let tenant = town.tenants[0];
        let some = format!("tenant_id = '{tenant}'");
        execute(
            &town.db,
            &format!(
                "SET ROLE faxgate_system; \
                 INSERT INTO faxes (id, tenant_id, user_id, direction, status, sender_number, recipient_number, document_id, resolution, pages, \
                    created_at, updated_at) \
                 SELECT 'f' || n, tenant_id, user_id, direction, status, sender_number, recipient_number, document_id, resolution, pages, \
                    created_at, updated_at \
                 FROM generate_series(1, 2000) n, (SELECT * FROM faxes WHERE {some} LIMIT 1) one; \
                 INSERT INTO queue_items (id, tenant_id, fax_id, position, recipient_raw, destination, state, due_at, created_at, updated_at) \
                 SELECT 'x' || n, '{tenant}', 'f' || (n % 2000 + 1), n + 100, '', '+1', 'queued', now(), now(), now() \
                 FROM generate_series(1, 20000) n; \
                 INSERT INTO attempts (id, tenant_id, fax_id, item_id, number, fence, call_uuid, lane, core_uuid, start_page, total_pages, \
                    phase, send_by, overdue_at, created_at) \
                 SELECT id, tenant_id, fax_id, id, 1, 1, id, 'fs-1', '', 1, 1, 'settled', now(), now(), now() FROM queue_items WHERE id LIKE 'x%'; \
                 RESET ROLE; ANALYZE"
            ),
        )
        .await;
        for statement in statements {
            // The server cannot tell the types of its values by itself.
            if statement.starts_with("WITH v ") {
                continue;
            }
            let plan = plan(&town.db, &statement).await;
            for table in ["queue_items", "attempts"] {
                let scans = plan
                    .iter()
                    .any(|step| step.contains(&format!("Seq Scan on {table}")));
                assert!(!scans, "{statement}\n{plan:#?}");
            }
        }
    });
}

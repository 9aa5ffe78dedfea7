//! What calls hold, and what they are charged.

use std::time::Duration;

use faxgate_core::{Amount, Asker, Prepaid, PriceList, RecordTaken, Release};
use faxgate_db::items::WaitingFor;
use faxgate_db::{events, tenants};
use faxgate_lifecycle::Evidence;
use faxgate_test_support::{TestDb, on_both_databases};
use faxgate_types::{ItemState, SendingPolicy, Witness};
use serde_json::json;
use tokio::task::JoinSet;

use super::purse::{Purse, WORST, hung_up, intend};

on_both_databases![
    a_call_holds_its_worst_case_and_pays_its_price,
    a_call_that_was_never_dialled_costs_nothing,
    a_call_never_pays_more_than_was_held,
    who_has_too_little_money_waits_for_it_and_uses_up_no_try,
    what_is_released_wakes_who_waits,
    two_nodes_cannot_spend_the_same_money,
    an_unknown_outcome_keeps_its_hold_until_late_word_comes,
    an_unknown_outcome_is_let_go_when_somebody_decides,
    an_unknown_outcome_is_let_go_by_the_next_call,
    prices_hold_for_calls_begun_afterwards,
    a_tenant_that_is_not_prepaid_is_charged_all_the_same,
    a_tenant_is_told_once_that_money_runs_out,
    a_tenant_is_told_once_that_a_limit_is_near_and_reached,
];

/// 0.01 for the call, two pages, 45 seconds.
const PRICE: i64 = 255_000;

async fn a_call_holds_its_worst_case_and_pays_its_price(db: TestDb) {
    let mut purse = Purse::with(db, 1_000_000).await;
    purse.queue().await;
    let open = purse.begin().await.unwrap();
    assert_eq!(purse.sums().await, (1_000_000, WORST));
    let state = purse.end(&open, hung_up(2, true), 45).await;
    assert_eq!(state, ItemState::Sent);
    assert_eq!(purse.sums().await, (1_000_000 - PRICE, 0));
    let used = purse.used().await;
    assert_eq!((used.attempts, used.line_seconds), (1, 45));
    assert_eq!(
        (used.faxes_sent, used.pages_sent, used.faxes_failed),
        (1, 2, 0)
    );
    assert_eq!(used.price, PRICE.unsigned_abs());
}

async fn a_call_that_was_never_dialled_costs_nothing(db: TestDb) {
    let mut purse = Purse::with(db, 1_000_000).await;
    purse.queue().await;
    let open = purse.begin().await.unwrap();
    purse.end(&open, Evidence::NotSent, 0).await;
    assert_eq!(purse.sums().await, (1_000_000, 0));
    assert!(purse.used().await.is_nothing());
}

async fn a_call_never_pays_more_than_was_held(db: TestDb) {
    let mut purse = Purse::with(db, 1_000_000).await;
    purse.queue().await;
    let open = purse.begin().await.unwrap();
    purse.end(&open, hung_up(2, true), 100_000).await;
    assert_eq!(purse.sums().await, (1_000_000 - WORST, 0));
    assert_eq!(purse.used().await.price, WORST.unsigned_abs());
}

async fn who_has_too_little_money_waits_for_it_and_uses_up_no_try(db: TestDb) {
    let mut purse = Purse::with(db, WORST - 1).await;
    let fax = purse.queue().await;
    assert!(purse.begin().await.is_none());
    let item = purse.item(fax).await;
    assert_eq!(item.state, ItemState::Queued);
    assert_eq!(item.waiting_for, Some(WaitingFor::Balance));
    assert_eq!((item.attempts, item.waits, item.tries_line), (0, 0, 0));
    assert!(purse.claim(1).await.is_empty());
    assert!(purse.top_up(1, "one more").await);
    assert!(!purse.top_up(1, "one more").await, "once");
    assert_eq!(purse.item(fax).await.due_at, purse.seed.now());
    let open = purse.begin().await.unwrap();
    assert_eq!(purse.sums().await, (WORST, WORST));
    purse.end(&open, hung_up(2, true), 45).await;
}

async fn what_is_released_wakes_who_waits(db: TestDb) {
    let mut purse = Purse::with(db, WORST + PRICE).await;
    purse.queue().await;
    let second = purse.queue().await;
    let open = purse.begin().await.unwrap();
    assert!(purse.begin().await.is_none());
    purse.end(&open, hung_up(2, true), 45).await;
    assert_eq!(purse.item(second).await.waiting_for, None);
    assert!(purse.begin().await.is_some());
}

async fn two_nodes_cannot_spend_the_same_money(db: TestDb) {
    let mut purse = Purse::with(db, 3 * WORST).await;
    for _ in 0..8 {
        purse.queue().await;
    }
    let nodes = [purse.node("one").await, purse.node("two").await];
    let mut tasks = JoinSet::new();
    for (place, item) in purse.claim(8).await.into_iter().enumerate() {
        let app = nodes[place % 2].clone();
        tasks.spawn(async move { intend(&app, &item).await.is_some() });
    }
    let begun = tasks.join_all().await;
    assert_eq!(begun.len(), 8);
    assert_eq!(begun.into_iter().filter(|begun| *begun).count(), 3);
    assert_eq!(purse.sums().await, (3 * WORST, 3 * WORST));
}

async fn an_unknown_outcome_keeps_its_hold_until_late_word_comes(db: TestDb) {
    let mut purse = Purse::with(db, 1_000_000).await;
    purse.queue().await;
    let open = purse.begin().await.unwrap();
    assert_eq!(
        purse.end(&open, Evidence::Abandoned, 0).await,
        ItemState::Held
    );
    // The call came about: that much is certain.
    assert_eq!(purse.sums().await, (990_000, WORST - 10_000));
    let call = open.attempt.call_uuid;
    let record = json!({"core-uuid": "core", "variables": {
        "uuid": call.to_string(), "direction": "outbound", "hangup_cause": "NORMAL_CLEARING",
        "answer_epoch": "1763708400", "billsec": "45", "fax_success": "1", "fax_result_code": "0",
        "fax_document_transferred_pages": "2", "fax_document_total_pages": "2",
    }});
    for taken in [RecordTaken::Resolved, RecordTaken::Ignored] {
        let body = record.to_string();
        let told = purse
            .app
            .take_record(call, body.as_bytes(), Witness::CdrWebhook);
        assert_eq!(told.await.unwrap(), taken);
        assert_eq!(purse.sums().await, (1_000_000 - PRICE, 0));
        let used = purse.used().await;
        assert_eq!((used.attempts, used.faxes_sent, used.pages_sent), (1, 1, 2));
        assert_eq!(used.price, PRICE.unsigned_abs());
    }
}

async fn an_unknown_outcome_is_let_go_when_somebody_decides(db: TestDb) {
    let mut purse = Purse::with(db, 1_000_000).await;
    let fax = purse.queue().await;
    let open = purse.begin().await.unwrap();
    purse.end(&open, Evidence::Abandoned, 0).await;
    let decided = purse
        .app
        .release_held(fax, None, Release::CloseSent, "Alice");
    decided.await.unwrap();
    assert_eq!(purse.sums().await, (990_000, 0));
    assert_eq!(purse.used().await.faxes_sent, 1);
}

async fn an_unknown_outcome_is_let_go_by_the_next_call(db: TestDb) {
    let mut purse = Purse::with(db, 1_000_000).await;
    let fax = purse.queue().await;
    let open = purse.begin().await.unwrap();
    purse.end(&open, Evidence::Abandoned, 0).await;
    let decided = purse
        .app
        .release_held(fax, None, Release::ResendAll, "Alice");
    decided.await.unwrap();
    assert_eq!(
        purse.sums().await,
        (990_000, WORST - 10_000),
        "it may still be heard of"
    );
    let again = purse.begin().await.unwrap();
    assert_eq!(
        purse.sums().await,
        (990_000, WORST),
        "what the first held pays for the second"
    );
    assert_eq!(purse.attempts(again.item.id).await.len(), 2);
}

async fn prices_hold_for_calls_begun_afterwards(db: TestDb) {
    let mut purse = Purse::with(db, 5_000_000).await;
    purse.queue().await;
    purse.queue().await;
    let before = purse.begin().await.unwrap();
    let dear = PriceList {
        per_page: 1_000_000,
        ..PriceList::default()
    };
    let set = purse
        .app
        .set_prices(&Asker::Console, Some("acme"), Some(dear));
    set.await.unwrap();
    let after = purse.begin().await.unwrap();
    purse.end(&before, hung_up(2, true), 45).await;
    purse.end(&after, hung_up(2, true), 45).await;
    assert_eq!(purse.sums().await, (5_000_000 - PRICE - 2_000_000, 0));
}

async fn a_tenant_that_is_not_prepaid_is_charged_all_the_same(db: TestDb) {
    let mut purse = Purse::with(db, 0).await;
    let off = Prepaid {
        on: false,
        low_mark: None,
    };
    let set = purse.app.set_prepaid(&Asker::Console, Some("acme"), off);
    set.await.unwrap();
    purse.queue().await;
    let open = purse.begin().await.unwrap();
    purse.end(&open, hung_up(2, true), 45).await;
    assert_eq!(purse.used().await.price, PRICE.unsigned_abs());
    assert_eq!(purse.sums().await, (0, 0));
}

/// Kinds and facts of the tenant's events that are of no fax.
async fn told(purse: &Purse) -> Vec<(String, serde_json::Value)> {
    let mut tx = purse.db.read(purse.tenant).await.unwrap();
    let all = events::after(&mut tx, purse.tenant, 0, 1_000)
        .await
        .unwrap();
    let of_tenant = all.into_iter().map(|row| row.event);
    of_tenant
        .filter(|event| event.fax.is_none() && event.kind.starts_with("tenant."))
        .map(|event| (event.kind, event.data.unwrap()))
        .collect()
}

async fn a_tenant_is_told_once_that_money_runs_out(db: TestDb) {
    let mut purse = Purse::with(db, 1_000_000).await;
    let mark = Prepaid {
        on: true,
        low_mark: Some(Some(Amount::new(900_000))),
    };
    let set = purse.app.set_prepaid(&Asker::Console, Some("acme"), mark);
    set.await.unwrap();
    for _ in 0..3 {
        purse.queue().await;
    }
    let open = purse.begin().await.unwrap();
    purse.end(&open, hung_up(2, true), 45).await;
    assert!(purse.begin().await.is_none());
    assert!(purse.begin().await.is_none());
    let kinds: Vec<_> = told(&purse)
        .await
        .into_iter()
        .map(|(kind, _)| kind)
        .collect();
    assert_eq!(kinds, ["tenant.balance_low", "tenant.limit_reached"]);
    assert_eq!(told(&purse).await[1].1["limit"], "balance");
}

async fn a_tenant_is_told_once_that_a_limit_is_near_and_reached(db: TestDb) {
    let mut purse = Purse::with(db, 50_000_000).await;
    let policy = SendingPolicy {
        prepaid: Some(true),
        pages_per_month: Some(10),
        ..SendingPolicy::default()
    };
    let mut tx = purse.db.write(purse.tenant).await.unwrap();
    tenants::set_policy(&mut tx, purse.tenant, &policy, purse.seed.now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for _ in 0..6 {
        purse.queue().await;
    }
    for _ in 0..5 {
        let open = purse.begin().await.unwrap();
        purse.end(&open, hung_up(2, true), 10).await;
        purse.seed.clock.advance(Duration::from_secs(1));
    }
    assert!(purse.begin().await.is_none(), "the month is used up");
    let told: Vec<_> = told(&purse)
        .await
        .into_iter()
        .map(|(kind, data)| {
            format!(
                "{kind} {} {} {}",
                data["limit"], data["percent"], data["used"]
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "tenant.limit_near \"pages_per_month\" 80 8",
            "tenant.limit_reached \"pages_per_month\" 100 10"
        ]
    );
}

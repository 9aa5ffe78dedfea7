//! Broadcasts that are canceled, and the money that was held for their calls.

use faxgate_core::Release;
use faxgate_lifecycle::Evidence;
use faxgate_test_support::{TestDb, on_both_databases};
use faxgate_types::ItemState;

use super::purse::{Purse, WORST};

on_both_databases![a_canceled_broadcast_lets_go_of_what_is_held_for_calls_that_nobody_knows_of];

async fn a_canceled_broadcast_lets_go_of_what_is_held_for_calls_that_nobody_knows_of(db: TestDb) {
    let mut purse = Purse::with(db, 2 * WORST).await;
    let fax = purse.queue().await;
    let call = purse.begin().await.unwrap();
    let state = purse.end(&call, Evidence::Abandoned, 30).await;
    assert_eq!(state, ItemState::Held);
    // Somebody has it sent again: it waits, and what may still be learned of its first call is held for.
    let decided = purse
        .app
        .release_held(fax, None, Release::ResendAll, "Alice");
    decided.await.unwrap();
    assert_eq!(purse.item(fax).await.state, ItemState::Queued);
    let (balance, held) = purse.sums().await;
    assert!(held > 0);
    purse.cancel_as_broadcast(fax).await;
    assert_eq!(purse.item(fax).await.state, ItemState::Canceled);
    assert_eq!(purse.sums().await, (balance, 0));
}

//! Faxes from a number that is being given back.

use faxgate_db::dids;
use faxgate_test_support::{TestDb, on_both_databases};
use faxgate_types::{DidState, ItemState};

use crate::office::{Office, Plan};

on_both_databases![a_fax_from_a_number_that_is_being_given_back_is_not_dialled];

/// Giving a number back is refused while faxes wait from it; one that was accepted in that very moment waits all the same.
async fn a_fax_from_a_number_that_is_being_given_back_is_not_dialled(db: TestDb) {
    let office = Office::new(db, &["+12125550101"]).await;
    let mut tx = office.db.system("test").await.unwrap();
    let number = "+12125550100".parse().unwrap();
    let (mut did, _) = dids::among(&mut tx, &[number]).await.unwrap().remove(0);
    did.state = DidState::Releasing;
    dids::update(&mut tx, &did).await.unwrap();
    tx.commit().await.unwrap();
    let running = office.dispatch("line", &[Plan::Succeed]);
    office.until_all_are(ItemState::Failed).await;
    assert_eq!(office.placed(), 0);
    let error = office.items().await[0].error.clone().unwrap();
    assert_eq!(error, "+12125550100 is being given back to its carrier");
    let story = office.story().await;
    assert!(story.iter().any(|text| text.contains(&error)), "{story:?}");
    office.stop.send_replace(true);
    running.await.unwrap();
}

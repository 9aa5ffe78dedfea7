//! Several nodes, as real processes: they share the work, take over from one another, and never place a call twice.

#![expect(clippy::expect_used, reason = "a test may panic")]

mod client;
mod node;
mod stories;

use faxgate_test_support::{Kind, TestDb, on_both_databases, run};

on_both_databases!(
    the_api_and_the_dispatcher_run_apart,
    a_second_process_of_one_name_does_not_start,
    a_node_that_stops_leaves_its_calls_to_its_next_start,
);

async fn the_api_and_the_dispatcher_run_apart(db: TestDb) {
    stories::roles_apart(db).await;
}

async fn a_second_process_of_one_name_does_not_start(db: TestDb) {
    stories::one_name_twice(db).await;
}

async fn a_node_that_stops_leaves_its_calls_to_its_next_start(db: TestDb) {
    stories::stopped_in_mid_call(db).await;
}

#[test]
fn two_nodes_share_and_one_that_is_killed_is_taken_over_from() {
    run(Kind::Postgres, stories::killed);
}

#[test]
fn a_node_that_was_stopped_past_its_lease_places_no_call_when_it_goes_on() {
    run(Kind::Postgres, stories::suspended);
}

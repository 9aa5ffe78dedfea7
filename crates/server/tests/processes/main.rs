//! The promise, tested from outside: real processes, signals, and the simulator's call log as the judge.

#![expect(clippy::expect_used, reason = "a test may panic")]

mod chaos;
mod client;
mod line;
mod node;
mod one_node;
mod several_nodes;

use faxgate_test_support::{Kind, TestDb, on_both_databases, run};

on_both_databases!(
    no_fax_is_lost_and_none_is_sent_twice_when_the_server_is_killed,
    what_came_in_while_the_server_was_down_appears,
    a_fax_to_a_hundred_recipients_is_sent_to_each_once,
    the_api_and_the_dispatcher_run_apart,
    a_second_process_of_one_name_does_not_start,
    a_node_that_stops_leaves_its_calls_to_its_next_start,
    every_fault_once_breaks_no_promise,
);

async fn no_fax_is_lost_and_none_is_sent_twice_when_the_server_is_killed(db: TestDb) {
    one_node::killed_while_sending(db).await;
}

async fn what_came_in_while_the_server_was_down_appears(db: TestDb) {
    one_node::called_while_down(db).await;
}

async fn a_fax_to_a_hundred_recipients_is_sent_to_each_once(db: TestDb) {
    one_node::broadcasting(db).await;
}

async fn the_api_and_the_dispatcher_run_apart(db: TestDb) {
    several_nodes::roles_apart(db).await;
}

async fn a_second_process_of_one_name_does_not_start(db: TestDb) {
    several_nodes::one_name_twice(db).await;
}

async fn a_node_that_stops_leaves_its_calls_to_its_next_start(db: TestDb) {
    one_node::stopped_in_mid_call(db).await;
}

async fn every_fault_once_breaks_no_promise(db: TestDb) {
    chaos::break_everything_once(db).await;
}

#[test]
fn two_nodes_share_and_one_that_is_killed_is_taken_over_from() {
    run(Kind::Postgres, several_nodes::killed);
}

#[test]
fn a_node_that_was_stopped_past_its_lease_places_no_call_when_it_goes_on() {
    run(Kind::Postgres, several_nodes::suspended);
}

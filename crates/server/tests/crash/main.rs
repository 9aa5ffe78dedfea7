//! The promise, tested from outside: real processes, `kill -9`, and the simulator's call log as the judge.

#![expect(clippy::expect_used, reason = "a test may panic")]

mod chaos;
mod judge;
mod processes;
mod story;

faxgate_test_support::on_both_databases!(
    no_fax_is_lost_and_none_is_sent_twice_when_the_server_is_killed,
    what_came_in_while_the_server_was_down_appears,
    a_fax_to_a_hundred_recipients_is_sent_to_each_once,
    every_fault_once_breaks_no_promise,
);

async fn no_fax_is_lost_and_none_is_sent_twice_when_the_server_is_killed(
    db: faxgate_test_support::TestDb,
) {
    story::kill_while_sending(db).await;
}

async fn a_fax_to_a_hundred_recipients_is_sent_to_each_once(db: faxgate_test_support::TestDb) {
    story::broadcast(db).await;
}

async fn what_came_in_while_the_server_was_down_appears(db: faxgate_test_support::TestDb) {
    story::receive_while_down(db).await;
}

async fn every_fault_once_breaks_no_promise(db: faxgate_test_support::TestDb) {
    chaos::break_everything_once(db).await;
}

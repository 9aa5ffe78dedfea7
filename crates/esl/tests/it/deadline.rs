//! Late means not sent, wherever the time was lost.

use std::time::Duration;

use faxgate_esl::{Ack, Client, Command, ConnectOptions, Deadline, Error, Liveness};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::peer::{TestClock, asking, options, pair, poll_once, running};

const SECOND: Duration = Duration::from_secs(1);
const JOB: Uuid = Uuid::from_u128(7);

fn patient(clock: &std::sync::Arc<TestClock>) -> ConnectOptions {
    let long = 1000 * SECOND;
    let liveness = Liveness {
        idle: long,
        answer: long,
        patience: long,
    };
    options()
        .liveness(liveness)
        .reply_timeout(long / 2)
        .clock(clock.clone())
}

fn dialling(client: &Client, deadline: Deadline) -> JoinHandle<Result<Ack, Error>> {
    let client = client.clone();
    let command = Command::words(["originate", "x"]).unwrap();
    tokio::spawn(async move { client.bgapi_before(&command, JOB, deadline).await })
}

#[tokio::test(start_paused = true)]
async fn in_time_means_sent() {
    let clock = TestClock::new();
    let (client, _running, mut peer) = running(&patient(&clock)).await;
    let dialled = dialling(&client, Deadline::within(&*clock, SECOND));
    assert_eq!(peer.accept_job().await.0, "originate x");
    assert_eq!(dialled.await.unwrap().unwrap().job, JOB);
}

#[tokio::test(start_paused = true)]
async fn sent_in_time_and_answered_after_the_deadline_is_acknowledged() {
    let clock = TestClock::new();
    let (client, _running, mut peer) = running(&patient(&clock)).await;
    let dialled = dialling(&client, Deadline::within(&*clock, SECOND));
    let text = peer.command().await.unwrap();
    assert!(text.starts_with("bgapi originate x"));
    tokio::time::advance(5 * SECOND).await;
    peer.reply(&format!("+OK Job-UUID: {JOB}\nJob-UUID: {JOB}"))
        .await;
    assert_eq!(dialled.await.unwrap().unwrap().job, JOB);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_has_passed_sends_nothing() {
    let clock = TestClock::new();
    let (client, _running, mut peer) = running(&patient(&clock)).await;
    let late = dialling(&client, Deadline::within(&*clock, Duration::ZERO));
    let late = late.await.unwrap().unwrap_err();
    assert!(late.is_late() && late.is_not_sent() && !late.is_closed());
    let next = asking(&client, "next");
    assert_eq!(peer.command().await.unwrap(), "api next");
    peer.print("fine").await;
    next.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn waiting_behind_other_commands_does_not_hide_lateness() {
    let clock = TestClock::new();
    let (client, _running, mut peer) = running(&patient(&clock).in_flight(1)).await;
    let first = asking(&client, "first");
    assert_eq!(peer.command().await.unwrap(), "api first");
    let late = dialling(&client, Deadline::within(&*clock, SECOND));
    // The caller learns it as soon as it is true, although the first command is still being executed.
    let late = late.await.unwrap().unwrap_err();
    assert!(late.is_late() && late.is_not_sent());
    let next = asking(&client, "next");
    peer.print("one").await;
    assert_eq!(peer.command().await.unwrap(), "api next");
    peer.print("two").await;
    first.await.unwrap().unwrap();
    next.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_place_in_the_queue_does_not_hide_lateness() {
    let clock = TestClock::new();
    let (client, _running, mut peer) = running(&patient(&clock).in_flight(1)).await;
    let first = asking(&client, "first");
    assert_eq!(peer.command().await.unwrap(), "api first");
    let command = Command::words(["second"]).unwrap();
    let mut second = Box::pin(client.api(&command));
    poll_once(second.as_mut()).await;
    // One is being executed, one fills the queue, this one stands before it.
    let late = dialling(&client, Deadline::within(&*clock, SECOND));
    let late = late.await.unwrap().unwrap_err();
    assert!(late.is_late() && late.is_not_sent());
    peer.print("one").await;
    first.await.unwrap().unwrap();
    let (second, ()) = tokio::join!(second, async {
        assert_eq!(peer.command().await.unwrap(), "api second");
        peer.print("two").await;
    });
    assert_eq!(second.unwrap().text(), "two");
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_sleeps_between_queueing_and_sending_wakes_up_too_late() {
    let clock = TestClock::new();
    let (client, connection, mut peer) = pair(&patient(&clock), 4096).await;
    // Nothing runs the connection: as if the machine had been suspended with the command in its queue.
    let command = Command::words(["originate", "x"]).unwrap();
    let deadline = Deadline::within(&*clock, SECOND);
    let mut late = Box::pin(client.bgapi_before(&command, JOB, deadline));
    poll_once(late.as_mut()).await;
    tokio::time::advance(60 * SECOND).await;
    let running = tokio::spawn(connection);
    // The connection gets there first: it is the writer that finds the command late.
    tokio::task::yield_now().await;
    let late = late.await.unwrap_err();
    assert!(late.is_late() && late.is_not_sent());
    let next = asking(&client, "next");
    assert_eq!(peer.command().await.unwrap(), "api next");
    peer.print("fine").await;
    next.await.unwrap().unwrap();
    assert!(!running.is_finished());
}

#[tokio::test(start_paused = true)]
async fn waiting_behind_a_full_socket_does_not_hide_lateness() {
    let clock = TestClock::new();
    let (client, connection, mut peer) = pair(&patient(&clock), 32).await;
    let running = tokio::spawn(connection);
    let long = "x".repeat(100);
    let first = asking(&client, &long);
    peer.read_some(1).await;
    let late = dialling(&client, Deadline::within(&*clock, SECOND));
    let late = late.await.unwrap().unwrap_err();
    assert!(late.is_late() && late.is_not_sent());
    let next = asking(&client, "next");
    assert_eq!(peer.command().await.unwrap(), format!("api {long}"));
    assert_eq!(peer.command().await.unwrap(), "api next");
    peer.print("one").await;
    peer.print("two").await;
    first.await.unwrap().unwrap();
    next.await.unwrap().unwrap();
    assert!(!running.is_finished());
}

#[tokio::test(start_paused = true)]
async fn a_command_that_becomes_late_half_way_is_never_finished() {
    let clock = TestClock::new();
    let (client, connection, mut peer) = pair(&patient(&clock), 16).await;
    let running = tokio::spawn(connection);
    let late = dialling(&client, Deadline::within(&*clock, SECOND));
    peer.read_some(1).await;
    tokio::time::advance(2 * SECOND).await;
    // Room for more only now: the rest must not come, and so the connection has to end.
    assert_eq!(peer.command().await, None);
    assert!(b"bgapi originate x\nJob-UUID: ".starts_with(peer.unfinished()));
    let late = late.await.unwrap().unwrap_err();
    assert!(late.is_late() && late.is_not_sent(), "{late}");
    assert!(running.await.unwrap().unwrap_err().is_closed());
}

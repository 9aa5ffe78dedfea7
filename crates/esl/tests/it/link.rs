//! A link over real sockets: it comes back, says what it missed, and never lets a caller hang.

use std::time::Duration;

use faxgate_esl::{Backoff, Command, Link, LinkOptions, Notice, Notices, Subscription};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::switch::Switch;

const FIRST: Uuid = Uuid::from_u128(1);
const SECOND: Uuid = Uuid::from_u128(2);

fn options(switch: &Switch) -> LinkOptions {
    let quick = Backoff {
        first: Duration::from_millis(1),
        longest: Duration::from_millis(20),
    };
    LinkOptions::new(switch.options().event_queue(4), wanted()).backoff(quick)
}

fn wanted() -> Subscription {
    let wanted = Subscription::new().event("HEARTBEAT").unwrap();
    wanted.custom("spandsp::txfaxresult").unwrap()
}

fn start(options: LinkOptions) -> (Link, Notices, JoinHandle<()>) {
    let (link, notices, driver) = Link::new(options, || u32::MAX / 2);
    (link, notices, tokio::spawn(driver.run()))
}

async fn up(notices: &mut Notices) -> (Uuid, Option<Uuid>) {
    loop {
        match notices.next().await.unwrap() {
            Notice::Up {
                core_uuid,
                previous,
                client,
            } => {
                assert!(!client.is_closed());
                return (core_uuid, previous);
            }
            Notice::Down { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

async fn event(notices: &mut Notices) -> u64 {
    match notices.next().await.unwrap() {
        Notice::Event(event) => event.sequence().unwrap(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_link_reconnects_subscribes_again_and_tells_a_restart() {
    let mut switch = Switch::start(None, FIRST);
    let address = Some(switch.address);
    let (link, mut notices, _running) = start(options(&switch));
    assert_eq!(up(&mut notices).await, (FIRST, None));
    link.up().await.unwrap();
    assert_eq!(link.core_uuid(), Some(FIRST));
    let subscribed = "event plain HEARTBEAT CUSTOM spandsp::txfaxresult";
    assert_eq!(switch.command().await, subscribed);
    switch.emit(1);
    assert_eq!(event(&mut notices).await, 1);
    let before = link.client().unwrap();

    // The network breaks; the switch is the same afterwards.
    switch.stop().await;
    let Some(Notice::Down { reason }) = notices.next().await else {
        panic!("the link must say that it is down");
    };
    assert!(reason.is_closed());
    let error = link.client().unwrap_err();
    assert!(error.is_down() && error.is_closed() && error.is_not_sent());
    assert!(link.query().unwrap_err().is_down() && link.core_uuid().is_none());
    assert!(before.is_closed());
    let mut switch = Switch::start(address, FIRST);
    assert_eq!(up(&mut notices).await, (FIRST, Some(FIRST)));
    assert_eq!(switch.command().await, subscribed);
    switch.emit(2);
    assert_eq!(event(&mut notices).await, 2);
    assert!(before.uuid_exists(FIRST).await.unwrap_err().is_not_sent());

    // The switch restarts.
    switch.stop().await;
    let switch = Switch::start(address, SECOND);
    assert_eq!(up(&mut notices).await, (SECOND, Some(FIRST)));
    assert_eq!(link.core_uuid(), Some(SECOND));
    switch.emit(3);
    assert_eq!(event(&mut notices).await, 3);
}

#[tokio::test]
async fn a_slow_question_does_not_hold_up_dialling() {
    let mut switch = Switch::start(None, FIRST);
    let (link, mut notices, _running) = start(options(&switch));
    up(&mut notices).await;
    switch.command().await;
    let query = link.query().unwrap();
    let slow = tokio::spawn(async move {
        let command = Command::words(["hangs"]).unwrap();
        query.api(&command).await
    });
    assert_eq!(switch.command().await, "api hangs");
    let reply = link
        .client()
        .unwrap()
        .api(&Command::status())
        .await
        .unwrap();
    assert_eq!(reply.text(), "done");
    assert!(!slow.is_finished());
    // And when the connection breaks, the slow one is told that nothing is known.
    switch.stop().await;
    assert!(slow.await.unwrap().unwrap_err().is_maybe_sent());
}

#[tokio::test]
async fn the_same_failure_is_told_once_and_another_one_again() {
    let refusing = Switch::start_refusing(None);
    let address = Some(refusing.address);
    let (link, mut notices, _running) = start(options(&refusing));
    let Some(Notice::Down { reason }) = notices.next().await else {
        panic!("the link must say that it is down");
    };
    assert!(reason.is_auth());
    assert!(!link.is_up());
    refusing.stop().await;
    let Some(Notice::Down { reason }) = notices.next().await else {
        panic!("the link must say that it is down for another reason");
    };
    assert!(!reason.is_auth());
    let _switch = Switch::start(address, FIRST);
    assert_eq!(up(&mut notices).await, (FIRST, None));
    assert!(link.is_up());
}

#[tokio::test]
async fn a_reader_of_notices_that_does_not_keep_up_learns_what_it_lost() {
    let switch = Switch::start(None, FIRST);
    let (link, mut notices, _running) = start(options(&switch));
    link.up().await.unwrap();
    // As many as the switch keeps for a slow client; far more than the link's queues hold.
    for sequence in 0..1000 {
        switch.emit(sequence);
    }
    let client = link.client().unwrap();
    for _ in 0..50 {
        // Commands still get through: nothing waits for the reader of events.
        client.api(&Command::status()).await.unwrap();
    }
    assert_eq!(up(&mut notices).await, (FIRST, None));
    let (mut seen, mut lost) = (0, 0);
    while seen + lost < 1000 {
        match notices.next().await.unwrap() {
            Notice::Event(_) => seen += 1,
            Notice::Resync { lost: more } => lost += more,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(seen + lost, 1000);
}

#[tokio::test]
async fn dropping_the_notices_ends_the_link() {
    let switch = Switch::start(None, FIRST);
    let (link, mut notices, running) = start(options(&switch));
    up(&mut notices).await;
    drop(notices);
    running.await.unwrap();
    assert!(link.client().unwrap_err().is_down());
    assert!(link.up().await.unwrap_err().is_down());
}

#[tokio::test]
async fn dropping_the_notices_ends_a_link_that_never_came_up() {
    let switch = Switch::start(None, FIRST);
    let options = options(&switch);
    switch.stop().await;
    let (link, notices, running) = start(options);
    drop(notices);
    running.await.unwrap();
    assert!(!link.is_up());
}

#[test]
fn backoff_doubles_from_the_first_to_the_longest_within_its_jitter() {
    let backoff = Backoff::default();
    let ms = Duration::from_millis;
    assert_eq!(backoff.delay(0, u32::MAX), ms(50));
    assert_eq!(backoff.delay(0, 0), ms(25));
    assert_eq!(backoff.delay(3, u32::MAX), ms(400));
    assert_eq!(backoff.delay(u32::MAX, u32::MAX), ms(5000));
    assert_eq!(backoff.delay(u32::MAX, 0), ms(2500));
}

//! Replies reach the caller they belong to, whatever the callers do.

use faxgate_esl::{Cause, Command, Delivery};
use uuid::Uuid;

use crate::peer::{asking, options, pair, poll_once, running};

const JOB: Uuid = Uuid::from_u128(0x11111111_2222_4333_8444_555555555555);

#[tokio::test]
async fn commands_are_pipelined_and_replies_come_in_their_order() {
    let (client, _running, mut peer) = running(&options()).await;
    let first = asking(&client, "first");
    assert_eq!(peer.command().await.unwrap(), "api first");
    let second = asking(&client, "second");
    assert_eq!(peer.command().await.unwrap(), "api second");
    let third = asking(&client, "third");
    assert_eq!(peer.command().await.unwrap(), "api third");
    // Only now, with three on their way, the first answer.
    for answer in ["one", "-ERR two", "three"] {
        peer.print(answer).await;
    }
    assert_eq!(first.await.unwrap().unwrap().text(), "one");
    let second = second.await.unwrap().unwrap();
    assert!(second.is_err());
    let refused = second.into_ok().unwrap_err();
    assert!(refused.is_refused() && refused.detail() == Some("-ERR two"));
    assert_eq!(third.await.unwrap().unwrap().body(), "three");
}

#[tokio::test]
async fn a_caller_that_gives_up_after_sending_leaves_the_stream_in_step() {
    let (client, _running, mut peer) = running(&options()).await;
    let impatient = asking(&client, "slow");
    assert_eq!(peer.command().await.unwrap(), "api slow");
    impatient.abort();
    assert!(impatient.await.unwrap_err().is_cancelled());
    let patient = asking(&client, "quick");
    assert_eq!(peer.command().await.unwrap(), "api quick");
    peer.print("the late one").await;
    peer.print("the right one").await;
    assert_eq!(patient.await.unwrap().unwrap().text(), "the right one");
}

#[tokio::test]
async fn a_caller_that_gives_up_before_sending_sends_nothing() {
    let (client, _running, mut peer) = running(&options().in_flight(1)).await;
    let first = asking(&client, "first");
    assert_eq!(peer.command().await.unwrap(), "api first");
    let never = Command::words(["never"]).unwrap();
    let mut queued = Box::pin(client.api(&never));
    poll_once(queued.as_mut()).await;
    drop(queued);
    let last = asking(&client, "last");
    peer.print("one").await;
    assert_eq!(peer.command().await.unwrap(), "api last");
    peer.print("two").await;
    assert_eq!(first.await.unwrap().unwrap().text(), "one");
    assert_eq!(last.await.unwrap().unwrap().text(), "two");
}

#[tokio::test(start_paused = true)]
async fn out_of_time_means_unknown_once_the_bytes_have_left_and_not_sent_before() {
    let mut liveness = faxgate_esl::Liveness::default();
    liveness.patience *= 100;
    let options = options().in_flight(1).liveness(liveness);
    let (client, _running, mut peer) = running(&options).await;
    let sent = asking(&client, "sent");
    assert_eq!(peer.command().await.unwrap(), "api sent");
    let queued = asking(&client, "queued");
    let sent = sent.await.unwrap().unwrap_err();
    assert!(sent.is_timeout() && sent.is_maybe_sent(), "{sent}");
    let queued = queued.await.unwrap().unwrap_err();
    assert!(queued.is_timeout() && queued.is_not_sent(), "{queued}");
    // The late reply is nobody's, and the queued command was really taken back.
    let last = asking(&client, "last");
    peer.print("late").await;
    assert_eq!(peer.command().await.unwrap(), "api last");
    peer.print("mine").await;
    assert_eq!(last.await.unwrap().unwrap().text(), "mine");
}

#[tokio::test]
async fn a_job_is_acknowledged_under_the_callers_uuid() {
    let (client, _running, mut peer) = running(&options()).await;
    let status = Command::status();
    let (ack, job) = tokio::join!(client.bgapi(&status, JOB), peer.accept_job());
    assert_eq!(ack.unwrap().job, JOB);
    assert_eq!(job, ("status".to_owned(), JOB.to_string()));
}

#[tokio::test]
async fn a_refused_job_is_told_apart() {
    let (client, _running, mut peer) = running(&options()).await;
    let command = Command::uuid_kill(JOB, &Cause::USER_BUSY);
    let (refused, ()) = tokio::join!(client.bgapi(&command, JOB), async {
        let text = peer.command().await.unwrap();
        assert_eq!(
            text,
            format!("bgapi uuid_kill {JOB} USER_BUSY\nJob-UUID: {JOB}")
        );
        peer.reply("-ERR permission denied").await;
    });
    let refused = refused.unwrap_err();
    assert!(refused.is_refused());
    assert_eq!(refused.delivery(), Delivery::Refused);
}

#[tokio::test]
async fn a_reply_with_a_foreign_job_uuid_ends_the_connection() {
    let (client, running, mut peer) = running(&options()).await;
    let status = Command::status();
    let (answer, ()) = tokio::join!(client.bgapi(&status, JOB), async {
        peer.command().await.unwrap();
        let other = Uuid::nil();
        peer.reply(&format!("+OK Job-UUID: {other}\nJob-UUID: {other}"))
            .await;
    });
    let error = answer.unwrap_err();
    assert!(error.is_protocol() && error.is_maybe_sent());
    assert!(running.await.unwrap().unwrap_err().is_protocol());
    assert!(client.is_closed());
}

#[tokio::test]
async fn a_reply_that_nobody_asked_for_ends_the_connection() {
    let (client, running, mut peer) = running(&options()).await;
    peer.reply("+OK hello").await;
    assert!(running.await.unwrap().unwrap_err().is_protocol());
    let error = client.uuid_exists(JOB).await.unwrap_err();
    assert!(error.is_protocol() && error.is_not_sent());
}

#[tokio::test]
async fn a_broken_connection_is_unknown_for_what_was_sent_and_not_sent_for_the_rest() {
    let (client, running, mut peer) = running(&options().in_flight(1)).await;
    let sent = asking(&client, "sent");
    assert_eq!(peer.command().await.unwrap(), "api sent");
    let command = Command::words(["queued"]).unwrap();
    let mut queued = Box::pin(client.api(&command));
    poll_once(queued.as_mut()).await;
    drop(peer);
    let sent = sent.await.unwrap().unwrap_err();
    assert!(sent.is_closed() && sent.is_maybe_sent(), "{sent}");
    let queued = queued.await.unwrap_err();
    assert!(queued.is_closed() && queued.is_not_sent(), "{queued}");
    assert!(running.await.unwrap().unwrap_err().is_closed());
    let after = client.api(&Command::status()).await.unwrap_err();
    assert!(after.is_closed() && after.is_not_sent());
    assert!(client.closed().await.is_closed());
}

#[tokio::test]
async fn a_connection_that_is_dropped_tells_the_same_two_apart() {
    let (client, connection, mut peer) = pair(&options().in_flight(1), 4096).await;
    let running = tokio::spawn(connection);
    let sent = asking(&client, "sent");
    assert_eq!(peer.command().await.unwrap(), "api sent");
    let command = Command::words(["queued"]).unwrap();
    let mut queued = Box::pin(client.api(&command));
    poll_once(queued.as_mut()).await;
    running.abort();
    let sent = sent.await.unwrap().unwrap_err();
    assert!(sent.is_closed() && sent.is_maybe_sent(), "{sent}");
    let queued = queued.await.unwrap_err();
    assert!(queued.is_closed() && queued.is_not_sent(), "{queued}");
}

#[tokio::test]
async fn a_disconnect_notice_is_told_with_its_text_and_a_lingering_one_is_waited_out() {
    let (client, running, mut peer) = running(&options()).await;
    let asked = asking(&client, "status");
    peer.command().await.unwrap();
    peer.send(
        "Content-Type: text/disconnect-notice\nContent-Disposition: linger\nContent-Length: 3\n\nlin",
    )
    .await;
    peer.print("still here").await;
    assert_eq!(asked.await.unwrap().unwrap().text(), "still here");
    peer.send("Content-Type: text/disconnect-notice\nContent-Length: 4\n\nbye\n")
        .await;
    let error = running.await.unwrap().unwrap_err();
    assert!(error.is_disconnect_notice() && error.is_closed());
    assert_eq!(error.to_string(), "freeswitch closed the event socket: bye");
    assert!(client.closed().await.is_disconnect_notice());
}

#[tokio::test]
async fn dropping_all_clients_waits_for_the_replies_and_says_exit() {
    let (client, running, mut peer) = running(&options()).await;
    let asked = asking(&client, "last");
    assert_eq!(peer.command().await.unwrap(), "api last");
    drop(client);
    peer.print("answer").await;
    assert_eq!(asked.await.unwrap().unwrap().text(), "answer");
    assert_eq!(peer.command().await.unwrap(), "exit");
    peer.reply("+OK bye").await;
    peer.send("Content-Type: text/disconnect-notice\nContent-Length: 4\n\nbye\n")
        .await;
    running.await.unwrap().unwrap();
    assert_eq!(peer.command().await, None);
}

//! The connection cut at every byte, in both directions: every command's outcome is the truth, and no event is invented.

use std::sync::{Arc, Mutex};

use bytes::BytesMut;
use faxgate_esl::{
    Ack, Application, Command, Delivery, Endpoint, Error, EslCodec, Incoming, Originate,
    Subscription, connect, connect_with, subscribe_with,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::net::TcpListener;
use tokio_util::codec::Decoder;
use uuid::Uuid;

use crate::cutting::{Account, Cut, CutStream, Fault};
use crate::peer::{Peer, options};
use crate::transcripts::{frames, one, wire};

/// The jobs of the conversation: the second one is refused.
const JOBS: [Uuid; 3] = [Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3)];

/// The call of the recording `success_jobuuid`.
pub(crate) fn originate(job: Uuid) -> Command {
    let gateway = Endpoint::Gateway {
        gateway: "telnyx".parse().unwrap(),
        number: "15559871111".parse().unwrap(),
    };
    let pages = Application::TxFax("/srv/labs/docs/doc1.tif".parse().unwrap());
    Originate::new(job, gateway, pages).command()
}

/// What reaches the switch of that call.
pub(crate) fn job_text(job: Uuid) -> String {
    format!("bgapi {}\nJob-UUID: {job}", originate(job))
}

/// Logs in, sends the three jobs without waiting for each other, then asks a question; tells what became of each job.
async fn converse(stream: CutStream) -> Result<Vec<Result<Ack, Error>>, Error> {
    let (client, connection) = connect_with(stream, &options()).await?;
    let running = tokio::spawn(connection);
    let (first, second, third) = tokio::join!(
        client_job(&client, JOBS[0]),
        client_job(&client, JOBS[1]),
        client_job(&client, JOBS[2]),
    );
    let _ = client.uuid_exists(JOBS[0]).await;
    drop(client);
    let _ = running.await.unwrap();
    Ok(vec![first, second, third])
}

async fn client_job(client: &faxgate_esl::Client, job: Uuid) -> Result<Ack, Error> {
    client.bgapi(&originate(job), job).await
}

/// Plays the conversation with that cut, and holds what the client says of each job against what left and what arrived.
async fn truth(cut: Cut) -> [usize; 4] {
    let account = Account {
        refused: vec![JOBS[1]],
        ..Account::default()
    };
    let served = account.serve(cut);
    let outcomes = converse(served.stream).await;
    served.serving.await.unwrap();
    let left = String::from_utf8(served.taken.lock().unwrap().clone()).unwrap();
    let mut seen = [0; 4];
    match outcomes {
        Err(error) => {
            assert!(error.is_not_sent(), "{cut:?}: {error}");
            assert!(!left.contains("bgapi"), "{cut:?}");
        }
        Ok(outcomes) => {
            for (job, outcome) in JOBS.into_iter().zip(outcomes) {
                let text = job_text(job);
                let whole = left.contains(&format!("{text}\n\n"));
                let arrived = account.has(&text);
                let delivery = outcome.as_ref().map_err(Error::delivery);
                let case = match delivery {
                    Ok(ack) => {
                        assert!(arrived && ack.job == job && job != JOBS[1], "{cut:?}");
                        0
                    }
                    Err(Delivery::Refused) => {
                        assert!(arrived && job == JOBS[1], "{cut:?}");
                        1
                    }
                    Err(Delivery::NotSent) => {
                        assert!(!whole && !arrived, "{cut:?}: {job} may have been sent");
                        2
                    }
                    Err(Delivery::Unknown) => {
                        assert!(whole, "{cut:?}: {job} was certainly not sent");
                        3
                    }
                };
                seen[case] += 1;
            }
        }
    }
    seen
}

fn add(total: &mut [usize; 4], seen: [usize; 4]) {
    for (total, seen) in total.iter_mut().zip(seen) {
        *total += seen;
    }
}

/// How many bytes the client sends in all when nothing is cut.
async fn whole_conversation() -> usize {
    let account = Account::default();
    let served = account.serve(Cut::NEVER);
    let outcomes = converse(served.stream).await.unwrap();
    assert!(outcomes.iter().all(Result::is_ok));
    served.serving.await.unwrap();
    served.taken.lock().unwrap().len()
}

#[tokio::test(start_paused = true)]
async fn a_command_is_not_sent_exactly_when_it_had_not_left_whole() {
    let length = whole_conversation().await;
    for fault in [Fault::Closed, Fault::Silent] {
        let mut total = [0; 4];
        for out in 0..=length {
            add(&mut total, truth(Cut::out(out, fault)).await);
        }
        let [taken, refused, not_sent, unknown] = total;
        assert!(taken > 50 && refused > 20 && unknown > 100, "{total:?}");
        // Into a silent pipe everything can be written.
        assert_eq!(not_sent > 100, fault == Fault::Closed, "{total:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_counts_only_when_it_came_whole() {
    // Three replies of some 110 bytes after the greeting; beyond the end of the conversation nothing is cut.
    for fault in [Fault::Closed, Fault::Silent] {
        let mut total = [0; 4];
        for back in 0..500 {
            add(&mut total, truth(Cut::back(back, fault)).await);
        }
        let [taken, refused, _, unknown] = total;
        assert!(taken > 200 && refused > 100 && unknown > 200, "{total:?}");
    }
}

#[test]
fn a_frame_appears_with_its_last_byte_and_not_before() {
    for recording in ["success_jobuuid.plain.raw", "success_t38_json.json.raw"] {
        let bytes = one(recording);
        let expected: Vec<Vec<u8>> = frames(&bytes).iter().map(wire).collect();
        let mut codec = EslCodec::default();
        let mut buffer = BytesMut::new();
        let (mut end, mut seen) = (0, 0);
        for (offset, byte) in bytes.iter().enumerate() {
            buffer.extend_from_slice(&[*byte]);
            if let Some(frame) = codec.decode(&mut buffer).unwrap() {
                end += expected[seen].len();
                assert_eq!(wire(&frame), expected[seen]);
                assert_eq!(offset + 1, end);
                seen += 1;
            }
        }
        assert!(seen == expected.len() && seen >= 9 && buffer.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn no_event_is_made_of_a_part_of_one() {
    let recorded: Vec<_> = frames(&one("heartbeats_plain.plain.raw"))
        .iter()
        .map(wire)
        .filter(|frame| frame.starts_with(b"Content-Length"))
        .collect();
    assert!(recorded.len() >= 2);
    let account = Account {
        events: recorded.clone(),
        ..Account::default()
    };
    let wanted = Subscription::new().event("HEARTBEAT").unwrap();
    let greeting = "Content-Type: auth/request\n\n".len()
        + 2 * "Content-Type: command/reply\nReply-Text: +OK\n\n".len();
    let length = greeting + recorded.iter().map(Vec::len).sum::<usize>();
    let mut subscribed = 0;
    for back in 0..=length {
        let served = account.serve(Cut::back(back, Fault::Closed));
        let Ok((mut events, connection)) = subscribe_with(served.stream, &options(), &wanted).await
        else {
            assert!(back < greeting);
            continue;
        };
        let running = tokio::spawn(connection);
        let mut left = back - greeting;
        for event in &recorded {
            if left < event.len() {
                break;
            }
            left -= event.len();
            assert!(matches!(events.next().await, Some(Incoming::Event(_))));
        }
        assert_eq!(events.next().await, None, "cut after {back}");
        assert!(running.await.unwrap().unwrap_err().is_closed());
        subscribed += 1;
    }
    assert!(subscribed > 1000);
}

/// Reads so many bytes after the login and answers nothing, then closes; what it read.
async fn deaf_after(listener: TcpListener, bytes: usize) -> Vec<u8> {
    let mut peer = Peer::new(listener.accept().await.unwrap().0);
    peer.log_in().await;
    let mut stream = peer.into_stream();
    let mut read = vec![0; bytes];
    stream.read_exact(&mut read).await.unwrap();
    // What is unread when a socket is closed makes it a reset.
    stream.shutdown().await.unwrap();
    read
}

#[tokio::test]
async fn over_tcp_a_command_is_never_told_not_sent_when_it_arrived() {
    let job = JOBS[0];
    let text = format!("{}\n\n", job_text(job));
    let mut unknown = 0;
    for bytes in (0..=text.len())
        .step_by(7)
        .chain([text.len() - 1, text.len()])
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let credentials = faxgate_esl::Credentials::password("ClueCon").unwrap();
        let options = faxgate_esl::ConnectOptions::new("127.0.0.1", port, credentials);
        let (outcome, read) = tokio::join!(
            async {
                let (client, connection) = connect(&options).await.unwrap();
                let running = tokio::spawn(connection);
                let outcome = client_job(&client, job).await;
                assert!(running.await.unwrap().is_err());
                outcome
            },
            deaf_after(listener, bytes),
        );
        // Nobody answered, so nobody may call it done or refused.
        let error = outcome.unwrap_err();
        match error.delivery() {
            Delivery::Unknown => unknown += 1,
            Delivery::NotSent => assert!(read.len() < text.len(), "cut after {bytes}"),
            Delivery::Refused => panic!("nobody refused anything"),
        }
    }
    assert!(unknown > 0);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_reads_a_byte_a_while_gets_the_whole_command_or_none() {
    let text = format!("{}\n\n", job_text(JOBS[0]));
    let (mut whole, mut none) = (0, 0);
    for millis in [1, 5, 10, 20, 30, 50, 100, 1000, 7000] {
        let clock = crate::peer::TestClock::new();
        let options = options().clock(clock.clone());
        let (near, far) = duplex(16);
        let mut peer = Peer::new(far);
        let (connected, ()) = tokio::join!(connect_with(near, &options), peer.log_in());
        let (client, connection) = connected.unwrap();
        let running = tokio::spawn(connection);
        let got = Arc::new(Mutex::new(Vec::new()));
        let reading = {
            let (got, mut stream) = (Arc::clone(&got), peer.into_stream());
            tokio::spawn(async move {
                let mut byte = [0];
                while stream.read(&mut byte).await.is_ok_and(|read| read == 1) {
                    got.lock().unwrap().push(byte[0]);
                    tokio::time::sleep(std::time::Duration::from_millis(millis)).await;
                }
            })
        };
        let span = std::time::Duration::from_secs(5);
        let deadline = faxgate_esl::Deadline::within(clock.as_ref(), span);
        let outcome = client
            .bgapi_before(&originate(JOBS[0]), JOBS[0], deadline)
            .await;
        assert!(running.await.unwrap().is_err());
        reading.await.unwrap();
        let arrived = String::from_utf8(got.lock().unwrap().clone()).unwrap();
        match outcome.unwrap_err().delivery() {
            Delivery::NotSent => {
                assert!(!arrived.contains(&text), "{millis} ms a byte");
                none += 1;
            }
            Delivery::Unknown => {
                assert!(arrived.contains(&text), "{millis} ms a byte");
                whole += 1;
            }
            Delivery::Refused => panic!("nobody refused anything"),
        }
    }
    assert!(whole > 2 && none > 2, "{whole} whole, {none} not sent");
}

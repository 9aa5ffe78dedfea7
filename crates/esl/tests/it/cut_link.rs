//! A link whose connections are cut at every byte comes back by itself, and never lies about what it was given.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use faxgate_esl::{Delivery, Link, LinkOptions, Notice, Notices, Subscription};
use tokio::time::{Instant, timeout};
use uuid::Uuid;

use crate::cut::{job_text, originate};
use crate::cutting::{Account, Cut, CutStream, Fault};
use crate::peer::options;
use crate::transcripts::{frames, one, wire};

/// The connections of a link in the order in which it opens them.
const DIAL: usize = 0;
const QUERY: usize = 1;
const EVENTS: usize = 2;

/// The bytes that were taken from one connection after another.
type Taken = Arc<Mutex<Vec<Arc<Mutex<Vec<u8>>>>>>;

struct Scene {
    account: Account,
    /// What was taken from each connection, in the order of their opening.
    taken: Taken,
    link: Link,
    notices: Notices,
}

/// A link whose first three connections are cut as ordered; those that come after are whole.
fn scene(cuts: [Cut; 3]) -> Scene {
    let recorded = frames(&one("heartbeats_plain.plain.raw"));
    let events = recorded
        .iter()
        .map(wire)
        .filter(|frame| frame.starts_with(b"Content-Length"))
        .take(1)
        .collect();
    let account = Account {
        events,
        ..Account::default()
    };
    let taken = Arc::new(Mutex::new(Vec::new()));
    let opened = Arc::new(AtomicUsize::new(0));
    let open = {
        let (account, taken) = (account.clone(), Arc::clone(&taken));
        move || {
            let cut = cuts
                .get(opened.fetch_add(1, Ordering::Relaxed))
                .copied()
                .unwrap_or(Cut::NEVER);
            let served = account.serve(cut);
            taken.lock().unwrap().push(served.taken);
            let stream: io::Result<CutStream> = Ok(served.stream);
            std::future::ready(stream)
        }
    };
    let wanted = Subscription::new().event("HEARTBEAT").unwrap();
    let (link, notices, driver) =
        Link::over(LinkOptions::new(options(), wanted), open, || u32::MAX / 2);
    tokio::spawn(driver.run());
    Scene {
        account,
        taken,
        link,
        notices,
    }
}

/// Follows the link until a job is acknowledged and an event came over connections that are up; how often it was down.
async fn follow(mut scene: Scene, cuts: [Cut; 3]) -> usize {
    let (mut up, mut downs, mut jobs, mut acknowledged) = (false, 0, 0, false);
    loop {
        let notice = timeout(Duration::from_secs(60), scene.notices.next()).await;
        let notice = notice.unwrap_or_else(|_| panic!("{cuts:?}: nothing happens"));
        match notice.unwrap() {
            Notice::Up { client, .. } => {
                assert!(!up, "{cuts:?}");
                up = true;
                jobs += 1;
                let job = Uuid::from_u128(jobs);
                let outcome = client.bgapi(&originate(job), job).await;
                let text = job_text(job);
                let whole = format!("{text}\n\n");
                let left =
                    scene.taken.lock().unwrap().iter().any(|bytes| {
                        String::from_utf8_lossy(&bytes.lock().unwrap()).contains(&whole)
                    });
                let arrived = scene.account.has(&text);
                acknowledged = match outcome {
                    Ok(_) => {
                        assert!(arrived, "{cuts:?}");
                        true
                    }
                    Err(error) => {
                        match error.delivery() {
                            Delivery::NotSent => assert!(!left && !arrived, "{cuts:?}"),
                            Delivery::Unknown => assert!(left, "{cuts:?}"),
                            Delivery::Refused => panic!("{cuts:?}: nobody refused anything"),
                        }
                        false
                    }
                };
            }
            Notice::Event(event) => {
                assert!(up && event.name() == "HEARTBEAT", "{cuts:?}");
                if acknowledged && scene.link.is_up() {
                    return downs;
                }
            }
            Notice::Down { .. } => {
                (up, acknowledged) = (false, false);
                downs += 1;
            }
            other => panic!("{cuts:?}: {other:?}"),
        }
    }
}

fn only(which: usize, cut: Cut) -> [Cut; 3] {
    let mut cuts = [Cut::NEVER; 3];
    cuts[which] = cut;
    cuts
}

#[tokio::test(start_paused = true)]
async fn a_link_cut_at_any_byte_it_sends_comes_back() {
    let mut downs = 0;
    for (which, length) in [(DIAL, 320), (QUERY, 60), (EVENTS, 60)] {
        for fault in [Fault::Closed, Fault::Silent] {
            for out in 0..length {
                let cuts = only(which, Cut::out(out, fault));
                downs += follow(scene(cuts), cuts).await;
            }
        }
    }
    assert!(downs > 500, "{downs}");
}

#[tokio::test(start_paused = true)]
async fn a_link_cut_at_any_byte_it_reads_comes_back() {
    let mut downs = 0;
    for (which, length) in [(DIAL, 320), (QUERY, 180), (EVENTS, 1200)] {
        for fault in [Fault::Closed, Fault::Silent] {
            for back in 0..length {
                let cuts = only(which, Cut::back(back, fault));
                downs += follow(scene(cuts), cuts).await;
            }
        }
    }
    assert!(downs > 1000, "{downs}");
}

#[tokio::test(start_paused = true)]
async fn a_link_notices_a_half_open_connection_in_ten_seconds_and_is_up_again() {
    // Everything that opens the link gets through, and nothing after it.
    let asked = "auth ClueCon\n\napi global_getvar core_uuid\n\n".len();
    let subscribed = "auth ClueCon\n\nevent plain HEARTBEAT\n\n".len();
    let deaf = |bytes| Cut::out(bytes, Fault::Silent);
    let quiet = [
        only(DIAL, deaf(asked)),
        only(QUERY, deaf(asked)),
        only(EVENTS, deaf(subscribed)),
        [deaf(asked), deaf(asked), deaf(subscribed)],
    ];
    for cuts in quiet {
        let mut scene = scene(cuts);
        assert!(matches!(
            scene.notices.next().await,
            Some(Notice::Up { .. })
        ));
        let since = Instant::now();
        loop {
            match scene.notices.next().await.unwrap() {
                Notice::Down { reason } => {
                    assert!(reason.is_silent(), "{cuts:?}: {reason}");
                    break;
                }
                Notice::Event(_) => {}
                other => panic!("{other:?}"),
            }
        }
        let noticed = since.elapsed();
        assert!(noticed < Duration::from_secs(10), "{cuts:?}: {noticed:?}");
        assert!(matches!(
            scene.notices.next().await,
            Some(Notice::Up { .. })
        ));
        assert!(scene.link.is_up());
    }
}

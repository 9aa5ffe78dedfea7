//! From `POST /api/fax/send/` to the `originate` on the wire, on an idle line.
//!
//! A gateway process and the line simulator; the clock stops when the simulator executes the command. Two cases: a document whose
//! pages were made before, and one that nobody has sent yet (its pages are made in the cage first).
//!
//!     scripts/with-postgres cargo bench -p faxgate-server --bench latency

#![expect(clippy::expect_used, reason = "a measurement that cannot be made ends")]

mod common;

use std::time::{Duration, Instant};

use common::{Bench, kinds, run};
use faxgate_imaging::sample;
use faxgate_simulator::Pace;
use faxgate_test_support::Kind;

const KNOWN: usize = 300;
const NEW: usize = 60;

fn main() {
    run(async {
        println!(
            "{:<10} {:<22} {:>9} {:>9} {:>9}",
            "database", "document", "median", "p99", "most"
        );
        for kind in kinds() {
            let mut bench = Bench::new(kind, Pace::Fast).await;
            bench.start().await;
            let known = bench.upload(&sample::document()).await;
            sample(&bench, &known, 0).await;
            let mut times = Vec::new();
            for n in 1..=KNOWN {
                times.push(sample(&bench, &known, n).await);
            }
            tell(kind, "its pages made before", times);
            let mut times = Vec::new();
            for n in 1..=NEW {
                // The same pages to the eye, other bytes.
                let mut document = sample::document();
                document.extend_from_slice(format!("\n%{n}\n").as_bytes());
                let new = bench.upload(&document).await;
                times.push(sample(&bench, &new, KNOWN + n).await);
            }
            tell(kind, "not seen before", times);
            bench.kill().await;
        }
    });
}

/// The time from before the request until the simulator has the call.
async fn sample(bench: &Bench, filename: &str, n: usize) -> Duration {
    let number = format!("+1555777{n:04}");
    let before = bench.simulator.calls().len();
    let began = Instant::now();
    let sending = bench.send(filename, &number);
    let placed = async {
        while bench.simulator.calls().len() == before {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        began.elapsed()
    };
    let (uuid, placed) = tokio::join!(sending, placed);
    while !bench.is_sent(&uuid).await {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    placed
}

fn tell(kind: Kind, document: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |share: f64| {
        let rank = (times.len() as f64 * share).ceil() as usize;
        let time = times.get(rank.clamp(1, times.len()) - 1);
        format!("{:.1} ms", time.expect("a sample").as_secs_f64() * 1e3)
    };
    println!(
        "{kind:<10?} {document:<22} {:>9} {:>9} {:>9}",
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

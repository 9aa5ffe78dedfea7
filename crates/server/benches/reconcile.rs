//! How long it takes to settle 1,000 calls that went on without us.
//!
//! 1,000 calls are on the line when the gateway is killed; all of them end while it is away. Measured from the start of the
//! process until every recipient is settled: connecting, taking the calls over, asking FreeSWITCH for each, reading its CDR,
//! and one durable transaction a call.
//!
//!     scripts/with-postgres cargo bench -p faxgate-server --bench reconcile

#![expect(clippy::expect_used, reason = "a measurement that cannot be made ends")]

mod common;

use std::time::{Duration, Instant};

use common::{Bench, kinds, run};
use faxgate_imaging::sample;
use faxgate_simulator::Pace;

const CALLS: usize = 1000;

fn main() {
    run(async {
        for kind in kinds() {
            let mut bench = Bench::new(kind, Pace::Times(4.0)).await;
            bench.start().await;
            let filename = bench.upload(&sample::document()).await;
            let numbers: Vec<_> = (0..CALLS).map(|n| format!("+1555777{n:04}")).collect();
            let began = Instant::now();
            let fax = bench.send(&filename, &numbers.join(",")).await;
            until(|| bench.simulator.channels().len() >= CALLS).await;
            println!(
                "{kind:?}: {CALLS} calls placed in {:.2} s",
                began.elapsed().as_secs_f64()
            );
            bench.kill().await;
            until(|| bench.simulator.channels().is_empty()).await;
            assert_eq!(bench.simulator.calls().len(), CALLS);
            let began = Instant::now();
            bench.start().await;
            let ready = began.elapsed();
            // Not by the fax's own status: with a thousand recipients and their timeline that is work of its own.
            while !bench.is_sent(&fax).await {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            let settled = began.elapsed();
            assert_eq!(
                bench.simulator.calls().len(),
                CALLS,
                "nothing was dialled again"
            );
            println!(
                "{kind:?}: {CALLS} calls settled {:.2} s after the start of the process ({:.2} s of it until it was ready)",
                settled.as_secs_f64(),
                ready.as_secs_f64()
            );
        }
    });
}

async fn until(mut done: impl FnMut() -> bool) {
    while !done() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

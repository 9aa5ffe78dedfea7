//! The same calls, over the simulator and over a real FreeSWITCH, with the same results.
//!
//! The simulator's half runs with all tests. The other half runs by `scripts/test-live`, against a FreeSWITCH whose gateway
//! leads to a far end that plays the simulator's numbers:
//!
//! | variable | meaning |
//! |---|---|
//! | `FAXGATE_LIVE_FREESWITCH` | `host:port` of its event socket |
//! | `FAXGATE_LIVE_PASSWORD` | the event socket's password; `ClueCon` if not set |
//! | `FAXGATE_LIVE_GATEWAY` | the sofia gateway; `telnyx` if not set |
//! | `FAXGATE_LIVE_SPOOL` | the folder that both share; its CDRs lie in `cdr` |

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a test may panic, and reads where it runs from the environment"
)]

mod calls;
mod line;

use calls::CALLS;
use line::Line;

#[tokio::test(flavor = "multi_thread")]
async fn the_simulator_gives_these_results() {
    let line = Line::simulated().await;
    for call in CALLS {
        line.play(call).await;
    }
    line.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a FreeSWITCH; scripts/test-live runs it"]
async fn a_real_freeswitch_gives_the_same_results() {
    let line = Line::real().await;
    for call in CALLS {
        line.play(call).await;
    }
    line.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a FreeSWITCH; scripts/test-live runs it"]
async fn a_real_freeswitch_ends_a_call_that_is_canceled() {
    let line = Line::real().await;
    line.cancel_while_ringing("5550003333").await;
    line.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_simulator_ends_a_call_that_is_canceled() {
    let line = Line::simulated_slowly().await;
    line.cancel_while_ringing("5550003333").await;
    line.stop().await;
}

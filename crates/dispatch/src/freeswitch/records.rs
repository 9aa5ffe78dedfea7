//! Records that came by another way than the folder: for the calls that are watched here.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use faxgate_types::CallUuid;
use tokio::time::{Instant, sleep};

use super::Office;

/// How often to look when nobody tells us; on SQLite another process cannot.
const LOOK_EVERY: Duration = Duration::from_secs(2);
const DROP_EVERY: Duration = Duration::from_secs(60);

/// Passes on what came in, and drops what nobody needs any more.
pub(super) async fn follow(office: Arc<Office>) {
    let mut passed_on = HashSet::new();
    let mut drop_at = Instant::now() + DROP_EVERY;
    loop {
        // Asked for before the look: what comes in between is not missed.
        let came = office.app.record_came();
        if office.switchboard.open_calls() > 0 {
            pass_on(&office, &mut passed_on).await;
        }
        if Instant::now() >= drop_at {
            drop_at = Instant::now() + DROP_EVERY;
            if let Err(error) = office.app.drop_records().await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "records of settled calls cannot be dropped"
                );
            }
        }
        tokio::select! {
            () = came => {}
            () = sleep(LOOK_EVERY) => {}
        }
    }
}

async fn pass_on(office: &Office, passed_on: &mut HashSet<CallUuid>) {
    if let Err(error) = try_pass_on(office, passed_on).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "records of calls cannot be read; trying again"
        );
    }
}

/// One record at a time: they may be large.
async fn try_pass_on(
    office: &Office,
    passed_on: &mut HashSet<CallUuid>,
) -> faxgate_core::Result<()> {
    let waiting = office.app.waiting_records().await?;
    let still: HashSet<CallUuid> = waiting.iter().copied().collect();
    passed_on.retain(|call| still.contains(call));
    for call in waiting {
        if !passed_on.contains(&call)
            && office.switchboard.is_watched(call)
            && let Some((record, by)) = office.app.call_record(call).await?
            && office
                .switchboard
                .deliver(faxgate_core::recorded(&record, call, by))
        {
            passed_on.insert(call);
        }
    }
    Ok(())
}

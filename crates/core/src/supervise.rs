//! Tasks that never end, kept running.

use std::future::Future;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio::time::{sleep, timeout};

use crate::app::App;
use crate::health::Health;

/// A task that has run so long after a start works.
const STEADY: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

impl App {
    /// Runs a task until it ends by itself. When it panics that is logged, the gateway is not ready, and the task is
    /// started again after a wait that grows from one second to a minute. Dropping the future ends the task.
    pub async fn supervise<F: Future<Output = ()> + Send + 'static>(
        &self,
        name: &'static str,
        start: impl FnMut() -> F,
    ) {
        supervise(&self.health, name, start).await;
    }

    /// What is down just now.
    #[must_use]
    pub fn health(&self) -> &Health {
        &self.health
    }
}

async fn supervise<F: Future<Output = ()> + Send + 'static>(
    health: &Health,
    name: &'static str,
    mut start: impl FnMut() -> F,
) {
    let mut wait = STEADY;
    loop {
        let mut task = JoinSet::new();
        task.spawn(start());
        let ended = match timeout(STEADY, task.join_next()).await {
            Ok(ended) => ended,
            Err(_) => {
                health.up(name);
                wait = STEADY;
                task.join_next().await
            }
        };
        let Some(broken) = ended.and_then(Result::err) else {
            health.up(name);
            return;
        };
        let reason = reason(broken);
        tracing::error!(
            task = name,
            reason,
            "the task `{name}` broke; starting it again in {} s",
            wait.as_secs()
        );
        health.down(name, "it broke, and is being started again");
        sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}

/// What a task said when it broke.
#[must_use]
pub fn reason(broken: JoinError) -> String {
    let Ok(panic) = broken.try_into_panic() else {
        return "it was given up".to_owned();
    };
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "it panicked".to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_task_that_broke_is_started_again_and_said_to_be_down_until_it_works() {
        let health = Health::default();
        let (starts, works, end) = (
            Arc::new(AtomicU32::new(0)),
            Arc::new(Notify::new()),
            Arc::new(Notify::new()),
        );
        let start = {
            let (health, starts) = (health.clone(), Arc::clone(&starts));
            let (works, end) = (Arc::clone(&works), Arc::clone(&end));
            move || {
                let n = starts.fetch_add(1, Ordering::SeqCst);
                let (health, works, end) = (health.clone(), Arc::clone(&works), Arc::clone(&end));
                async move {
                    assert!(n >= 2, "broken on purpose");
                    assert!(health.trouble().is_some());
                    works.notify_one();
                    end.notified().await;
                }
            }
        };
        let kept = {
            let health = health.clone();
            tokio::spawn(async move { supervise(&health, "clerk", start).await })
        };
        works.notified().await;
        sleep(STEADY * 2).await;
        assert_eq!(health.trouble(), None);
        end.notify_one();
        kept.await.unwrap();
        assert_eq!(starts.load(Ordering::SeqCst), 3);
    }
}

//! Followers: every event has its effect once, whoever reads, and whatever fails.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use faxgate_core::{App, Error, EventType, Follower, PublicEvent};
use faxgate_db::{Tx, jobs};
use faxgate_test_support::{DEADLINE, Raw, Seed, TestDb, eventually, on_both_databases};
use faxgate_types::{Ambient, JobId, TenantId};
use tempfile::TempDir;
use tokio::sync::{Barrier, watch};
use tokio::task::JoinSet;

use super::log::Log;
use crate::under_test::app;

on_both_databases![
    nodes_that_follow_at_once_do_nothing_twice_and_leave_nothing_out,
    a_tenant_that_cannot_be_followed_keeps_nobody_else_waiting,
];

/// Its effect is a job for each event, of a name of its own: one that came twice would be seen.
struct Clerk {
    calls: AtomicU32,
    /// Each of so many calls fails after it has written.
    fails_each: u32,
    /// In this tenant nothing goes.
    stuck_in: Option<TenantId>,
}

impl Follower for Clerk {
    fn name(&self) -> &'static str {
        "clerk"
    }

    async fn tell(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        events: &[PublicEvent],
    ) -> faxgate_core::Result<()> {
        let ambient = Ambient::system();
        for event in events {
            assert_eq!(event.kind, EventType::NumberChanged);
            jobs::add(
                tx,
                JobId::generate(&ambient),
                "clerk",
                format!("{} {}", event.id, JobId::generate(&ambient)),
                ambient.now(),
            )
            .await?;
        }
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        if self.stuck_in == Some(tenant)
            || (self.fails_each > 0 && call.is_multiple_of(self.fails_each))
        {
            return Err(Error::internal("on purpose"));
        }
        Ok(())
    }
}

/// The effects so far: the ids of events.
async fn done(raw: &Raw) -> Vec<String> {
    let effects = raw.lines("SELECT subject AS line FROM jobs WHERE kind = 'clerk'");
    let effects = effects.await.into_iter();
    effects
        .map(|subject| subject.split(' ').next().unwrap().to_owned())
        .collect()
}

/// A node that follows until it is told to stop.
async fn node(db: &TestDb, name: &str, folder: &TempDir) -> App {
    app(db, name, &Ambient::system(), folder.path()).await
}

async fn nodes_that_follow_at_once_do_nothing_twice_and_leave_nothing_out(db: TestDb) {
    const NODES: usize = 3;
    const TENANTS: usize = 4;
    const EACH: usize = 25;
    let seed = Seed::new(&db);
    let mut tenants = Vec::new();
    for n in 0..TENANTS {
        tenants.push(seed.tenant(&format!("tenant-{n}")).await.id);
    }
    let (log, folder) = (Arc::new(Log::of(&db)), TempDir::new().unwrap());
    let start = Arc::new(Barrier::new(NODES + TENANTS));
    let (stop, stopping) = watch::channel(false);
    let mut tasks = JoinSet::new();
    for n in 0..NODES {
        let node = node(&db, &format!("node-{n}"), &folder).await;
        let (start, stopping) = (Arc::clone(&start), stopping.clone());
        tasks.spawn(async move {
            let clerk = Clerk {
                calls: AtomicU32::new(0),
                fails_each: 3,
                stuck_in: None,
            };
            start.wait().await;
            node.follow(&clerk, stopping).await;
        });
    }
    for tenant in tenants {
        let (log, start) = (Arc::clone(&log), Arc::clone(&start));
        tasks.spawn(async move {
            start.wait().await;
            for _ in 0..EACH {
                log.append(tenant, 1).await;
            }
        });
    }
    let raw = Raw::of(&db);
    eventually("every event has its effect", DEADLINE, async || {
        (done(&raw).await.len() == TENANTS * EACH).then_some(())
    })
    .await;
    stop.send(true).unwrap();
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    let effects = done(&raw).await;
    let events: BTreeSet<_> = effects.iter().collect();
    assert_eq!(
        (effects.len(), events.len()),
        (TENANTS * EACH, TENANTS * EACH)
    );
}

async fn a_tenant_that_cannot_be_followed_keeps_nobody_else_waiting(db: TestDb) {
    let seed = Seed::new(&db);
    let (stuck, other) = (seed.tenant("a").await.id, seed.tenant("b").await.id);
    let (log, folder) = (Log::of(&db), TempDir::new().unwrap());
    log.append(stuck, 1).await;
    log.append(other, 1).await;
    let node = node(&db, "node", &folder).await;
    let (stop, stopping) = watch::channel(false);
    let following = tokio::spawn(async move {
        let clerk = Clerk {
            calls: AtomicU32::new(0),
            fails_each: 0,
            stuck_in: Some(stuck),
        };
        node.follow(&clerk, stopping).await;
    });
    let raw = Raw::of(&db);
    eventually(
        "the other tenant's event has its effect",
        DEADLINE,
        async || (done(&raw).await.len() == 1).then_some(()),
    )
    .await;
    log.append(other, 1).await;
    eventually("and the next one", DEADLINE, async || {
        (done(&raw).await.len() == 2).then_some(())
    })
    .await;
    stop.send(true).unwrap();
    following.await.unwrap();
}

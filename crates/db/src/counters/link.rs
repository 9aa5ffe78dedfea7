//! The connection that counts: kept open, opened again when it breaks.

use std::pin::pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::time::Instant;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Config, Statement};

use crate::postgres;

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// How long nobody asks after an answer that did not come.
const LEFT_ALONE: Duration = Duration::from_secs(1);

/// A counter is worth neither a wait for the disk nor a wait for a lock.
const MANNERS: &str = "SET ROLE faxgate_system; SET synchronous_commit = off; SET statement_timeout = '1s'; SET lock_timeout = '250ms'; \
     SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3";

/// Looks, decides and counts (GCRA). A refusal changes nothing but that it was one. `excluded.full_at - $3` is now.
const COUNT: &str = "\
INSERT INTO rate_counters AS c (endpoint, subject, full_at) \
SELECT $1, $2, $3 + COALESCE($5, (EXTRACT(EPOCH FROM statement_timestamp()) * 1000000000)::bigint) \
ON CONFLICT (endpoint, subject) DO UPDATE SET \
    refused = excluded.full_at - $3 < c.full_at - $4, \
    full_at = CASE WHEN excluded.full_at - $3 < c.full_at - $4 THEN c.full_at \
              ELSE GREATEST(c.full_at, excluded.full_at - $3) + $3 END \
RETURNING c.full_at, c.refused, COALESCE($5, (EXTRACT(EPOCH FROM statement_timestamp()) * 1000000000)::bigint)";

/// What stands of the connection.
#[derive(Default)]
pub(super) struct Link(RwLock<State>);

#[derive(Default)]
struct State {
    ready: Option<Arc<Ready>>,
    slow_until: Option<Instant>,
}

/// A connection that can count.
pub(super) struct Ready {
    client: Client,
    count: Statement,
}

impl Ready {
    /// When the quota is full again, whether the request is refused, and now: nanoseconds since 1970.
    pub(super) async fn count(
        &self,
        endpoint: &str,
        subject: &str,
        one: i64,
        all_but_one: i64,
        at: Option<i64>,
    ) -> Result<(i64, bool, i64), tokio_postgres::Error> {
        let row = self
            .client
            .query_one(&self.count, &[&endpoint, &subject, &one, &all_but_one, &at])
            .await?;
        Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))
    }
}

impl Link {
    /// The connection, if it is there and answers.
    pub(super) fn ready(&self) -> Option<Arc<Ready>> {
        let state = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let slow = state.slow_until.is_some_and(|until| Instant::now() < until);
        state.ready.clone().filter(|_| !slow)
    }

    /// An answer did not come in time.
    pub(super) fn is_slow(&self) {
        let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
        state.slow_until = Some(Instant::now() + LEFT_ALONE);
    }

    fn set(&self, ready: Option<Arc<Ready>>) {
        let mut state = self.0.write().unwrap_or_else(PoisonError::into_inner);
        state.ready = ready;
        state.slow_until = None;
    }
}

/// Keeps a connection open for ever.
pub(super) async fn keep(server: Arc<Config>, link: Arc<Link>) {
    let mut pause = FIRST_PAUSE;
    loop {
        let error = match hold(&server, &link, &mut pause).await {
            Ok(()) => "the server closed the connection".to_owned(),
            Err(error) => error.to_string(),
        };
        link.set(None);
        tracing::warn!(
            error,
            "requests are not counted for all nodes together; each counts for itself meanwhile"
        );
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Opens a connection and lends it until it breaks.
async fn hold(
    server: &Config,
    link: &Link,
    pause: &mut Duration,
) -> Result<(), tokio_postgres::Error> {
    let (client, connection) = postgres::connect(server).await?;
    let mut connection = pin!(connection);
    let prepare = async {
        client.batch_execute(MANNERS).await?;
        let types = [Type::TEXT, Type::TEXT, Type::INT8, Type::INT8, Type::INT8];
        client.prepare_typed(COUNT, &types).await
    };
    let count = tokio::select! {
        ended = &mut connection => return ended,
        count = prepare => count?,
    };
    link.set(Some(Arc::new(Ready { client, count })));
    *pause = FIRST_PAUSE;
    connection.await
}

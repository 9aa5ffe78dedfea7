//! Connections to PostgreSQL, on the main runtime.

use std::error::Error as _;
use std::time::Duration;

use diesel::ConnectionError;
use diesel_async::SimpleAsyncConnection as _;
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig};
use tokio::runtime::Handle;
use tokio_postgres::tls::NoTlsStream;
use tokio_postgres::{Client, Config, Connection, NoTls, Socket};

use crate::connection::Pg;
use crate::error::{DbError, DbResult};

/// How long a connection may take to open, unless the URL says so.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A server that has vanished is noticed after idle + retries * interval = 25 seconds.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(10);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
const KEEPALIVE_RETRIES: u32 = 3;

/// A node that freezes or vanishes in the middle of a transaction must not hold its locks for long: every other node may
/// be waiting for them. A transaction that then goes on finds its connection closed.
const MANNERS: &str = "SET idle_in_transaction_session_timeout = '10s'; SET lock_timeout = '8s'; \
     SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3";

/// Reads a URL.
pub(crate) fn config(url: &str) -> DbResult<Config> {
    let mut config: Config = url.parse().map_err(DbError::settings)?;
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    config
        .keepalives_idle(KEEPALIVE_IDLE)
        .keepalives_interval(KEEPALIVE_INTERVAL)
        .keepalives_retries(KEEPALIVE_RETRIES);
    Ok(config)
}

/// Opens a connection; it lives on the runtime that calls.
pub(crate) async fn connect(
    config: &Config,
) -> Result<(Client, Connection<Socket, NoTlsStream>), tokio_postgres::Error> {
    config.connect(NoTls).await
}

/// Connections for transactions. Each is asked before it is handed out again, so that one which broke meanwhile is not.
pub(crate) fn pool(server: &Config, size: usize) -> DbResult<Pool<Pg>> {
    let (main, server) = (Handle::current(), server.clone());
    let mut config = ManagerConfig::<Pg>::default();
    config.custom_setup = Box::new(move |_| {
        let (main, server) = (main.clone(), server.clone());
        Box::pin(async move {
            let opening = main.spawn(async move {
                let connected = connect(&server).await;
                let (client, connection) =
                    connected.map_err(|e| ConnectionError::BadConnection(in_full(&e)))?;
                let mut conn = Pg::try_from_client_and_connection(client, connection).await?;
                conn.batch_execute(MANNERS)
                    .await
                    .map_err(ConnectionError::CouldntSetupConfiguration)?;
                Ok(conn)
            });
            opening
                .await
                .map_err(|e| ConnectionError::BadConnection(e.to_string()))?
        })
    });
    // The address is in the setup above.
    let manager = AsyncDieselConnectionManager::<Pg>::new_with_config("", config);
    Pool::builder(manager)
        .max_size(size)
        .build()
        .map_err(DbError::unavailable)
}

/// The error and what caused it: a diesel error keeps only text.
fn in_full(error: &tokio_postgres::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

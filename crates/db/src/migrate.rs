//! Migrations, embedded.

use diesel::migration::MigrationVersion;
use diesel_async::pooled_connection::deadpool::Object;
use diesel_async::{AsyncMigrationHarness, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::connection::{Db, Pools, Sqlite};
use crate::error::{DbError, DbResult};
use crate::sqlite;

const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");

/// Any number that no other program takes as an advisory lock in the same database.
const LOCK: i64 = 0x0066_6178_6761_7465;
/// The migration that makes the audit log's tables, as diesel names it.
const AUDIT: &str = "20261121308000";

fn has_audit(versions: &[MigrationVersion<'_>]) -> bool {
    versions.iter().any(|version| version.to_string() == AUDIT)
}

impl Db {
    /// Brings the schema up to date. The main runtime has to be a multi-thread one; the caller's need not.
    ///
    /// Several nodes may do so at once: the first takes a lock and the others wait. Says whether it was this one that made the audit
    /// log's tables.
    ///
    /// # Errors
    /// When a migration fails; those before it stay.
    pub async fn migrate(&self) -> DbResult<bool> {
        let db = self.clone();
        // diesel-async's harness waits with `block_in_place`, which a current-thread runtime does not have.
        let migrating = self.main.spawn(async move { db.run_pending().await });
        migrating.await.map_err(DbError::migration)?
    }

    async fn run_pending(&self) -> DbResult<bool> {
        Ok(match &self.pools {
            Pools::Postgres { pool, .. } => {
                let mut conn = pool.get().await.map_err(DbError::unavailable)?;
                // Another node's migrations may take their time.
                conn.batch_execute(&format!(
                    "SET lock_timeout = 0; SELECT pg_advisory_lock({LOCK})"
                ))
                .await?;
                // The lock belongs to the session: closing the connection afterwards frees it, come what may.
                let mut harness = AsyncMigrationHarness::new(Object::take(conn));
                let made = harness
                    .run_pending_migrations(POSTGRES)
                    .map(|versions| has_audit(&versions))
                    .map_err(DbError::migration)?;
                harness
                    .into_inner()
                    .batch_execute(&format!("SELECT pg_advisory_unlock({LOCK})"))
                    .await?;
                made
            }
            Pools::Sqlite { path, .. } => {
                let mut conn = self.outside_the_writer(path).await?;
                conn.spawn_blocking(|conn| {
                    // The write lock first: what is pending may not change between asking and running.
                    conn.immediate_transaction(|conn| {
                        Ok(conn
                            .run_pending_migrations(SQLITE)
                            .map(|versions| has_audit(&versions))
                            .map_err(|e| e.to_string()))
                    })
                })
                .await?
                .map_err(DbError::migration)?
            }
        })
    }

    /// Whether every migration that this program knows has run.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn is_migrated(&self) -> DbResult<bool> {
        let db = self.clone();
        let asking = self.main.spawn(async move { db.has_pending().await });
        Ok(!asking.await.map_err(DbError::migration)??)
    }

    async fn has_pending(&self) -> DbResult<bool> {
        Ok(match &self.pools {
            Pools::Postgres { pool, .. } => AsyncMigrationHarness::new(Object::take(
                pool.get().await.map_err(DbError::unavailable)?,
            ))
            .has_pending_migration(POSTGRES)
            .map_err(DbError::migration)?,
            Pools::Sqlite { path, .. } => self
                .outside_the_writer(path)
                .await?
                .spawn_blocking(|conn| {
                    Ok(conn
                        .has_pending_migration(SQLITE)
                        .map_err(|e| e.to_string()))
                })
                .await?
                .map_err(DbError::migration)?,
        })
    }

    /// The writer's own connection is in a transaction whenever it likes.
    async fn outside_the_writer(&self, path: &str) -> DbResult<Sqlite> {
        sqlite::open(&self.main, path, "")
            .await
            .map_err(DbError::unavailable)
    }
}

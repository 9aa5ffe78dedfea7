//! Databases in a PostgreSQL cluster that all test processes share.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher as _};
use std::path::{Path, PathBuf};

use faxgate_db::{Db, Options};
use faxgate_types::Ambient;
use tokio_postgres::{Client, Config, NoTls};

/// Owns the tests' databases: an ordinary role, as the gateway's is in production.
const OWNER: &str = "faxgate_test";

/// Any number that nobody else takes as an advisory lock in the cluster's first database.
const LOCK: i64 = 0x0066_6178_7465_7374;

/// Creates a database for one test, empty or as a copy; gives its name.
pub(crate) async fn create(template: Option<&str>) -> String {
    let admin = admin().await;
    prepare_owner(&admin).await;
    let name = format!("faxgate_{}", Ambient::system().uuid().simple());
    let template = template.unwrap_or("template0");
    run(
        &admin,
        &format!("CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {template}"),
    )
    .await;
    name
}

/// The name of a migrated database to copy. The first process to ask makes it while the others wait.
pub(crate) async fn template() -> String {
    let name = format!("faxgate_template_{:016x}", fingerprint());
    let admin = admin().await;
    run(&admin, &format!("SELECT pg_advisory_lock({LOCK})")).await;
    let there = admin
        .query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name])
        .await
        .expect("PostgreSQL lists its databases");
    if there.is_none() {
        let unfinished = create(None).await;
        migrate(&unfinished).await;
        // Only a finished one gets the name. PostgreSQL waits some seconds for the last connection to go.
        run(
            &admin,
            &format!("ALTER DATABASE {unfinished} RENAME TO {name}"),
        )
        .await;
    }
    run(&admin, &format!("SELECT pg_advisory_unlock({LOCK})")).await;
    name
}

async fn migrate(name: &str) {
    let options = Options {
        url: url_of(name),
        max_connections: 2,
    };
    let db = Db::connect(&options).expect("the URL is PostgreSQL's");
    db.migrate().await.expect("the migrations run");
}

/// Drops a database with whoever is still connected to it, unless the whole cluster is going to be thrown away: every
/// DROP DATABASE makes PostgreSQL write a checkpoint, which takes longer than most tests.
pub(crate) fn tidy(name: &str) {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests have no settings; scripts/with-postgres says so"
    )]
    let is_thrown_away = std::env::var("FAXGATE_TEST_POSTGRES_THROWN_AWAY").is_ok();
    if !is_thrown_away {
        remove(name);
    }
}

/// It runs while a test unwinds, perhaps on one of its runtime's threads: hence a thread, and nothing that panics.
fn remove(name: &str) {
    let statement = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    let remover = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        if let Ok(runtime) = runtime {
            runtime.block_on(async { drop(admin().await.batch_execute(&statement).await) });
        }
    });
    drop(remover.join());
}

/// The URL of a database of the cluster, for the role that owns it.
pub(crate) fn url_of(name: &str) -> String {
    let cluster = cluster();
    let host = match cluster.get_hosts() {
        [tokio_postgres::config::Host::Tcp(host), ..] => host.clone(),
        _ => "127.0.0.1".to_owned(),
    };
    let port = cluster.get_ports().first().copied().unwrap_or(5432);
    format!("postgres://{OWNER}@{host}:{port}/{name}")
}

async fn prepare_owner(admin: &Client) {
    // Two processes may both find it missing: whoever comes second is told so by PostgreSQL, and that is well.
    let create = format!(
        "DO $$ BEGIN CREATE ROLE {OWNER} LOGIN CREATEROLE; \
         EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    );
    run(admin, &create).await;
}

async fn admin() -> Client {
    let (client, connection) = cluster()
        .connect(NoTls)
        .await
        .expect("PostgreSQL answers at FAXGATE_TEST_POSTGRES_URL");
    tokio::spawn(connection);
    client
}

async fn run(admin: &Client, statement: &str) {
    admin.batch_execute(statement).await.expect(statement);
}

fn cluster() -> Config {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests have no settings; scripts/test says so where the cluster is"
    )]
    let url = std::env::var("FAXGATE_TEST_POSTGRES_URL").expect(
        "FAXGATE_TEST_POSTGRES_URL is not set: run `scripts/test`, which starts a PostgreSQL for the tests \
         (`scripts/test -p CRATE NAME` runs only some)",
    );
    url.parse()
        .expect("FAXGATE_TEST_POSTGRES_URL is a PostgreSQL URL")
}

/// Changes with every change of the migrations, so that a cluster kept over one gets a new template.
fn fingerprint() -> u64 {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations/postgres");
    let mut hasher = DefaultHasher::new();
    for path in sorted(&folder) {
        path.file_name().hash(&mut hasher);
        fs::read(path.join("up.sql"))
            .expect("a migration can be read")
            .hash(&mut hasher);
    }
    hasher.finish()
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the migrations are there")
        .map(|entry| entry.expect("the migrations can be listed").path())
        .collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_removed_database_is_gone_with_its_connections() {
        let name = create(None).await;
        let (client, connection) = tokio_postgres::connect(&url_of(&name), NoTls)
            .await
            .unwrap();
        let connected = tokio::spawn(connection);
        remove(&name);
        connected.await.unwrap().unwrap_err();
        assert!(client.is_closed());
        assert!(
            tokio_postgres::connect(&url_of(&name), NoTls)
                .await
                .is_err()
        );
    }
}

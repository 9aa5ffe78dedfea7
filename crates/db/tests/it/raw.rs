//! Past the queries: SQL as an attacker, or a look into the catalogue, has it.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::Text;
use faxgate_test_support::{Kind, TestDb};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

/// A connection of its own to a PostgreSQL database, as the role that owns it.
pub(crate) async fn postgres(db: &TestDb) -> Client {
    let (client, connection) = tokio_postgres::connect(db.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// The column `line` of a query's rows, in either database.
pub(crate) async fn lines(db: &TestDb, query: &str) -> Vec<String> {
    match db.kind() {
        Kind::Sqlite => {
            let rows: Vec<Line> = diesel::sql_query(query).load(&mut sqlite(db)).unwrap();
            rows.into_iter().map(|row| row.line).collect()
        }
        Kind::Postgres => {
            let messages = postgres(db).await.simple_query(query).await.unwrap();
            let lines = messages.into_iter().filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => Some(row.get("line").unwrap().to_owned()),
                _ => None,
            });
            lines.collect()
        }
    }
}

/// Runs statements, as a migration does.
pub(crate) async fn execute(db: &TestDb, statements: &str) {
    match db.kind() {
        Kind::Sqlite => sqlite(db).batch_execute(statements).unwrap(),
        Kind::Postgres => postgres(db).await.batch_execute(statements).await.unwrap(),
    }
}

fn sqlite(db: &TestDb) -> SqliteConnection {
    SqliteConnection::establish(db.url().trim_start_matches("sqlite://")).unwrap()
}

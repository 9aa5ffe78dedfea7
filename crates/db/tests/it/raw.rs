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

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

/// The steps by which a database would run a statement, whatever its parameters are.
pub(crate) async fn plan(db: &TestDb, statement: &str) -> Vec<String> {
    match db.kind() {
        Kind::Sqlite => {
            let explain = diesel::sql_query(format!("EXPLAIN QUERY PLAN {statement}"));
            let steps: Vec<Step> = explain.load(&mut sqlite(db)).unwrap();
            steps.into_iter().map(|step| step.detail).collect()
        }
        Kind::Postgres => {
            let client = postgres(db).await;
            let prepare = format!(
                "SET ROLE faxgate_system; SET plan_cache_mode = force_generic_plan; PREPARE it AS {statement}"
            );
            client.batch_execute(&prepare).await.unwrap();
            let bound = (1..).take_while(|n| statement.contains(&format!("${n}")));
            let nulls = vec!["NULL"; bound.count()].join(", ");
            let explain = match nulls.as_str() {
                "" => "EXPLAIN EXECUTE it".to_owned(),
                nulls => format!("EXPLAIN EXECUTE it ({nulls})"),
            };
            let steps = client.simple_query(&explain).await.unwrap();
            let steps = steps.into_iter().filter_map(|message| match message {
                SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap().to_owned()),
                _ => None,
            });
            steps.collect()
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

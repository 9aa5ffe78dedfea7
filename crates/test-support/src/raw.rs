//! Past every query: SQL as whoever has the database's password has it.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::Text;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use crate::test_db::{Kind, TestDb};

/// A way into a test's database past the gateway, as the role that owns it.
#[derive(Clone, Debug)]
pub struct Raw {
    kind: Kind,
    url: String,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

impl Raw {
    /// Into this database.
    #[must_use]
    pub fn of(db: &TestDb) -> Self {
        Self {
            kind: db.kind(),
            url: db.url().to_owned(),
        }
    }

    /// Which database it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What the gateway's own system role may do.
    pub async fn execute(&self, statements: &str) {
        self.run(&match self.kind {
            Kind::Sqlite => statements.to_owned(),
            Kind::Postgres => format!("SET ROLE faxgate_system; {statements}"),
        })
        .await;
    }

    /// Anything at all: the owner's rights, with row-level security and triggers out of the way in `table`.
    pub async fn tamper(&self, table: &str, statements: &str) {
        match self.kind {
            Kind::Sqlite => {
                let of_table = format!(
                    "SELECT name AS line FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{table}'"
                );
                for trigger in self.lines(&of_table).await {
                    self.run(&format!("DROP TRIGGER {trigger}")).await;
                }
                self.run(statements).await;
            }
            Kind::Postgres => {
                let lower = format!("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;");
                self.run(&format!("{lower} {statements}")).await;
            }
        }
    }

    /// The column `line` of a query's rows.
    pub async fn lines(&self, query: &str) -> Vec<String> {
        match self.kind {
            Kind::Sqlite => {
                let rows: Vec<Line> = diesel::sql_query(query)
                    .load(&mut self.sqlite())
                    .expect(query);
                rows.into_iter().map(|row| row.line).collect()
            }
            Kind::Postgres => {
                let client = self.postgres().await;
                client
                    .batch_execute("SET ROLE faxgate_system")
                    .await
                    .expect("the role is there");
                let messages = client.simple_query(query).await.expect(query);
                let line = |message| match message {
                    SimpleQueryMessage::Row(row) => row.get("line").map(str::to_owned),
                    _ => None,
                };
                messages.into_iter().filter_map(line).collect()
            }
        }
    }

    async fn run(&self, statements: &str) {
        match self.kind {
            Kind::Sqlite => self.sqlite().batch_execute(statements).expect(statements),
            Kind::Postgres => self
                .postgres()
                .await
                .batch_execute(statements)
                .await
                .expect(statements),
        }
    }

    fn sqlite(&self) -> SqliteConnection {
        let path = self.url.trim_start_matches("sqlite://");
        let mut connection = SqliteConnection::establish(path).expect("the file is there");
        connection
            .batch_execute("PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = ON")
            .expect("SQLite has these settings");
        connection
    }

    async fn postgres(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls)
            .await
            .expect("PostgreSQL answers");
        tokio::spawn(connection);
        client
    }
}

//! The plain claim: oldest first, skipping what others have locked.

use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl as _};
use faxgate_test_support::TestDb;
use faxgate_types::Timestamp;

use crate::filled::Raw;

pub(crate) struct Plain(Raw);

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    tenant_id: String,
}

impl Plain {
    /// Makes the index that it needs.
    pub(crate) async fn new(db: &TestDb) -> Self {
        let mut owner = Raw::new(db).await;
        if let Raw::Postgres(client) = &owner {
            client.batch_execute("RESET ROLE").await.unwrap();
        }
        owner
            .run(
                "CREATE INDEX plain ON queue_items (created_at, id) WHERE state = 'queued'; \
                 ANALYZE queue_items",
            )
            .await;
        Self(Raw::new(db).await)
    }

    /// Ids of items and tenants.
    pub(crate) async fn claim(&mut self, limit: u32, now: Timestamp) -> Vec<(String, String)> {
        let lock = match &self.0 {
            Raw::Sqlite(_) => "",
            Raw::Postgres(_) => "FOR UPDATE SKIP LOCKED",
        };
        let sql = format!(
            "UPDATE queue_items SET state = 'claimed', fence = fence + 1, lane = 'fs-1', leased_by = 'bench', \
                 lease_until = '{now}', updated_at = '{now}' \
             WHERE id IN (SELECT id FROM queue_items WHERE state = 'queued' AND due_at <= '{now}' \
                          ORDER BY created_at, id LIMIT {limit} {lock}) \
             RETURNING id, tenant_id"
        );
        match &mut self.0 {
            Raw::Sqlite(conn) => conn
                .immediate_transaction(|conn| diesel::sql_query(sql).load::<Row>(conn))
                .unwrap()
                .into_iter()
                .map(|row| (row.id, row.tenant_id))
                .collect(),
            Raw::Postgres(client) => {
                let tx = client.transaction().await.unwrap();
                let rows = tx.query(&sql, &[]).await.unwrap();
                tx.commit().await.unwrap();
                rows.iter().map(|row| (row.get(0), row.get(1))).collect()
            }
        }
    }

    /// Puts items back, behind all others.
    pub(crate) async fn back(&mut self, items: &[(String, String)], now: Timestamp) {
        let ids: Vec<String> = items.iter().map(|(id, _)| format!("'{id}'")).collect();
        let back = format!(
            "UPDATE queue_items SET state = 'queued', created_at = '{now}' WHERE id IN ({})",
            ids.join(", ")
        );
        self.0.run(&back).await;
    }
}

//! All that a tenant has, for whoever takes it elsewhere: its rows as lines of JSON, and its files.
//!
//! ```text
//! tables/faxes-0001.jsonl …   one object a row, times in RFC 3339
//! files/AREA/NAME             as they lie in the store
//! manifest.json               last: every file with its size and SHA-256, and how many rows each table has
//! ```

use std::collections::BTreeMap;

use bytes::Bytes;
use faxgate_db::catalogue::{self, Table, Whose};
use faxgate_types::TenantId;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use crate::app::App;
use crate::audit::Entry;
use crate::error::{Error, Result};
use crate::numbers::Asker;

/// Rows read at once.
const ROWS: i64 = 500;
/// A part of a table has about so many bytes.
const PART: usize = 8 * 1024 * 1024;
/// Answers that were given may hold secrets, sealed, and are gone in a day.
const LEFT_OUT: &str = "idempotency_keys";
/// A column with one of these in its name holds a secret, or something made of one.
const SECRET: [&str; 9] = [
    "secret", "password", "totp", "recovery", "sealed", "wrapped", "cipher", "private", "ticket",
];

/// A file of an export.
#[derive(Clone, Debug)]
pub struct ExportedFile {
    /// Where it belongs: a relative path of plain segments.
    pub name: String,
    /// What is in it.
    pub bytes: Bytes,
}

/// What was exported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// Rows by table.
    pub rows: BTreeMap<String, u64>,
    /// Files out of the store.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// The files so far, for the manifest.
struct Export {
    out: mpsc::Sender<ExportedFile>,
    named: Vec<Value>,
}

impl Export {
    async fn put(&mut self, name: String, bytes: Bytes) -> Result<()> {
        let sha256 = hex::encode(Sha256::digest(&bytes));
        self.named
            .push(json!({"name": name, "size": bytes.len(), "sha256": sha256}));
        self.send(name, bytes).await
    }

    async fn send(&self, name: String, bytes: Bytes) -> Result<()> {
        let sent = self.out.send(ExportedFile { name, bytes }).await;
        sent.map_err(|_| Error::internal("nobody takes the export any more"))
    }
}

/// Whether a column may leave the gateway.
fn is_open(column: &str) -> bool {
    !SECRET.iter().any(|word| column.contains(word))
}

impl App {
    /// Sends all that a tenant (by slug or id) has, one file after the other; rows from one snapshot. For operators.
    ///
    /// # Errors
    /// `ROLE_FORBIDDEN`, `NO_SUCH_TENANT`; when the database or the store cannot be reached, or nobody takes the files.
    pub async fn export_tenant(
        &self,
        asker: &Asker,
        tenant: &str,
        out: mpsc::Sender<ExportedFile>,
    ) -> Result<Exported> {
        asker.must_operate("exporting a tenant")?;
        let tenant = self.tenant_for(asker, tenant).await?;
        let entry = Entry::new(asker, "tenant.exported", tenant.id);
        let mut tx = self.db.write(tenant.id).await?;
        self.audit(&mut tx, tenant.id, entry).await?;
        tx.commit().await?;
        let mut export = Export {
            out,
            named: Vec::new(),
        };
        let mut done = Exported {
            rows: self.export_rows(tenant.id, &mut export).await?,
            ..Exported::default()
        };
        let mut listing = self
            .vault
            .list(&tenant.id.to_string())
            .map_err(Error::internal)?;
        while let Some(file) = listing.next().await? {
            // Removed since it was listed.
            let Some(bytes) = self.vault.get(&file.key).await? else {
                continue;
            };
            done.files += 1;
            done.bytes += bytes.len() as u64;
            let name = format!("files/{}/{}", file.key.area(), file.key.name());
            export.put(name, bytes).await?;
        }
        let manifest = json!({
            "format": "faxgate-export-1", "tenant": tenant.id, "slug": tenant.slug, "name": tenant.name,
            "made_at": self.now(), "rows": done.rows, "files": export.named,
        });
        let text = serde_json::to_vec_pretty(&manifest).map_err(Error::internal)?;
        export.send("manifest.json".to_owned(), text.into()).await?;
        Ok(done)
    }

    async fn export_rows(
        &self,
        tenant: TenantId,
        export: &mut Export,
    ) -> Result<BTreeMap<String, u64>> {
        let mut counts = BTreeMap::new();
        let mut tx = self.db.system_read("export a tenant").await?;
        for table in catalogue::tables(&mut tx).await? {
            let whose = match table.name.as_str() {
                LEFT_OUT => None,
                "users" => Some(Whose::Member),
                _ => table.whose(),
            };
            let Some(whose) = whose else { continue };
            let columns: Vec<(String, bool)> = table
                .columns
                .iter()
                .filter(|(name, _)| is_open(name))
                .cloned()
                .collect();
            let rows = export_table(&mut tx, &table, whose, tenant, &columns, export).await?;
            if rows > 0 {
                counts.insert(table.name, rows);
            }
        }
        tx.commit().await?;
        Ok(counts)
    }
}

async fn export_table(
    tx: &mut faxgate_db::System,
    table: &Table,
    whose: Whose,
    tenant: TenantId,
    columns: &[(String, bool)],
    export: &mut Export,
) -> Result<u64> {
    let (mut rows, mut part, mut text, mut after) = (0, 1, String::new(), None);
    loop {
        let (lines, last) =
            catalogue::rows(tx, table, whose, tenant, columns, after.as_deref(), ROWS).await?;
        let is_last = i64::try_from(lines.len()).unwrap_or(i64::MAX) < ROWS;
        for line in lines {
            rows += 1;
            text.push_str(&line);
            text.push('\n');
        }
        after = last;
        if text.len() >= PART || is_last && !text.is_empty() {
            let name = format!("tables/{}-{part:04}.jsonl", table.name);
            export.put(name, std::mem::take(&mut text).into()).await?;
            part += 1;
        }
        if is_last {
            return Ok(rows);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_open;

    #[test]
    fn no_secret_leaves_with_an_export() {
        for column in [
            "password_hash",
            "secret_sha256",
            "totp_secret",
            "smtp_password",
            "wrapped_key",
            "answer_sealed",
        ] {
            assert!(!is_open(column), "{column}");
        }
        for column in ["id", "tenant_id", "pages_key", "sha256", "call_key", "hash"] {
            assert!(is_open(column), "{column}");
        }
    }
}

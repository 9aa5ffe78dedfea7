//! A fax's pages, on the disk of whoever sends them.

use std::path::{Path, PathBuf};

use faxgate_db::faxes;
use faxgate_types::FaxId;

use crate::app::App;
use crate::error::{Error, Result};

impl App {
    /// Puts fax pages into a folder that FreeSWITCH reads, once for all calls of the fax.
    ///
    /// # Errors
    /// When the pages are gone ([`Error::is_unusable_pages`]), the store cannot be reached, or the folder cannot be written.
    pub async fn export_pages(&self, key: &str, folder: &Path, name: &str) -> Result<PathBuf> {
        let path = folder.join(name);
        if tokio::fs::try_exists(&path).await.unwrap_or(false) {
            return Ok(path);
        }
        let key = key.parse().map_err(Error::unusable_pages)?;
        tokio::fs::create_dir_all(folder)
            .await
            .map_err(Error::internal)?;
        self.vault
            .export_to(&key, folder, name)
            .await
            .map_err(Error::of_pages)?
            .ok_or_else(|| Error::unusable_pages("they are not in the store"))
    }

    /// Those of the faxes that need no more calls, or are unknown.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn finished_faxes(&self, faxes: &[FaxId]) -> Result<Vec<FaxId>> {
        if faxes.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = self.db.system_read("finished faxes").await?;
        let open = faxes::open_among(&mut tx, faxes).await?;
        tx.commit().await?;
        Ok(faxes
            .iter()
            .copied()
            .filter(|fax| !open.contains(fax))
            .collect())
    }
}

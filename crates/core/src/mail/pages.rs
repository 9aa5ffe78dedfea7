//! A fax's pages, for a mail.

use bytes::Bytes;
use faxgate_db::{faxes, retention};
use faxgate_types::{FaxId, TenantId};

use crate::app::App;
use crate::error::{Error, Result};

/// A fax's pages.
pub(super) enum Pdf {
    /// Here they are.
    There(Bytes),
    /// They are not to be had; why, as a sentence.
    Gone(&'static str),
}

impl App {
    /// The pages of a fax, as a PDF.
    pub(super) async fn pdf_of(&self, tenant: TenantId, fax: FaxId) -> Result<Pdf> {
        let mut tx = self.db.read(tenant).await?;
        let found = faxes::find(&mut tx, tenant, fax).await?;
        let removed = retention::removed_at(&mut tx, tenant, fax).await?;
        tx.commit().await?;
        // Another fax may have the same pages, and be kept longer.
        if removed.is_some() {
            return Ok(Pdf::Gone("The document is no longer kept."));
        }
        let Some(key) = found.and_then(|fax| fax.pages_key) else {
            return Ok(Pdf::Gone("There are no pages to show."));
        };
        let key = key.parse().map_err(Error::internal)?;
        match self.vault.get(&key).await {
            Ok(Some(tiff)) => Ok(Pdf::There(self.cage.to_pdf(tiff).await?)),
            Ok(None) => Ok(Pdf::Gone("The document is no longer kept.")),
            Err(error) if error.is_damaged() => {
                tracing::error!(%error, cause = ?error, "the pages of fax {fax} are not sent along");
                Ok(Pdf::Gone("The document cannot be read any more."))
            }
            Err(error) => Err(error),
        }
    }
}

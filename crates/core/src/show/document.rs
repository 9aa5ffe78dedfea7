//! A fax's pages: exactly those that go over the line, or came over it.

use bytes::Bytes;
use faxgate_db::{faxes, retention};
use faxgate_types::FaxId;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::audit::Entry;
use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::records::pages_removed;

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentFormat {
    /// All pages, for people.
    Pdf,
    /// All pages, as they go over the line (TIFF-F, Group 4).
    Tiff,
    /// One page, pixel for pixel.
    Png {
        /// Counted from 1.
        page: u32,
    },
}

/// A fax's pages.
#[derive(Clone, Debug)]
pub struct Document {
    /// Their bytes.
    pub bytes: Bytes,
    /// Their media type.
    pub content_type: &'static str,
    /// A name to save them under.
    pub file_name: String,
}

impl App {
    /// The pages of a fax.
    ///
    /// # Errors
    /// `NOT_FOUND`; `NO_SUCH_PAGE`; `NOT_READY` while they are being made; `NO_DOCUMENT` when nothing was received.
    pub async fn document(
        &self,
        caller: &Caller,
        id: FaxId,
        format: DocumentFormat,
    ) -> Result<Document> {
        let tenant = caller.tenant.id;
        let mut tx = self.db.read(tenant).await?;
        let fax = faxes::find(&mut tx, tenant, id)
            .await?
            .ok_or_else(|| Error::not_found("NOT_FOUND", "Transaction not found"))?;
        let removed = retention::removed_at(&mut tx, tenant, id).await?;
        tx.commit().await?;
        if let Some(at) = removed {
            return Err(pages_removed(at));
        }
        let Some(key) = fax.pages_key else {
            return Err(if fax.status == faxgate_types::FaxStatus::Pending {
                Error::conflict(
                    "NOT_READY",
                    "the fax's pages are still being made; try again in a moment",
                )
                .retry_after(std::time::Duration::from_secs(2))
            } else {
                Error::not_found("NO_DOCUMENT", "this fax has no pages")
            });
        };
        let key = key.parse().map_err(Error::internal)?;
        let tiff =
            self.vault.get(&key).await?.ok_or_else(|| {
                Error::not_found("NO_DOCUMENT", "the fax's pages are no longer kept")
            })?;
        let document = match format {
            DocumentFormat::Pdf => Document {
                bytes: self.cage.to_pdf(tiff).await?,
                content_type: "application/pdf",
                file_name: format!("{id}.pdf"),
            },
            DocumentFormat::Tiff => Document {
                bytes: tiff,
                content_type: "image/tiff",
                file_name: format!("{id}.tif"),
            },
            DocumentFormat::Png { page } => {
                let pages = u32::try_from(fax.pages).unwrap_or(0);
                if page == 0 || page > pages {
                    return Err(Error::not_found(
                        "NO_SUCH_PAGE",
                        format!("this fax has {pages} pages"),
                    )
                    .field("page", format!("choose one from 1 to {pages}")));
                }
                Document {
                    bytes: self.cage.to_png(tiff, page).await?,
                    content_type: "image/png",
                    file_name: format!("{id}-{page}.png"),
                }
            }
        };
        // Nobody reads a page without a trace (45 CFR 164.312(b)).
        let entry = Entry::new(caller, "fax.document.read", id)
            .details(json!({"file": document.file_name, "sha256": hex::encode(Sha256::digest(&document.bytes))}));
        let app = self.clone();
        self.on_main(async move {
            let mut tx = app.db.write(tenant).await?;
            app.audit(&mut tx, tenant, entry).await?;
            tx.commit().await?;
            Ok(document)
        })
        .await
    }
}

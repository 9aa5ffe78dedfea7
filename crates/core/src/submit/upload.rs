//! Taking in a document.

use bytes::Bytes;
use faxgate_db::documents::{self, Document};
use faxgate_types::DocumentId;
use serde_json::json;

use crate::app::App;
use crate::audit::{Actor, Entry};
use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::idempotent::Once;
use crate::words;

/// A document as it came in.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The name it came with: foreign text, kept for people.
    pub original_name: String,
    /// Its bytes.
    pub bytes: Bytes,
    /// The caller's idempotency key, if there is one.
    pub once: Once<Uploaded>,
}

/// A document that was taken in.
#[derive(Clone, Debug)]
pub struct Uploaded {
    /// Its id.
    pub id: DocumentId,
    /// What kind of document it is, by its content.
    pub media_type: &'static str,
    /// SHA-256 of its bytes, lower-case hex.
    pub sha256: String,
    /// The name by which it can be sent.
    pub filename: String,
    /// The name it came with.
    pub original_name: String,
    /// Bytes.
    pub size: u64,
    /// Pages.
    pub pages: u32,
}

impl App {
    /// Takes in a document: it is opened in the cage first, so that one that cannot be faxed is refused at once and its
    /// page count is known.
    ///
    /// # Errors
    /// `DOCUMENT_REFUSED` with the reason, `ROLE_FORBIDDEN`, and when the store or the database cannot be reached.
    pub async fn upload(&self, caller: &Caller, upload: Upload) -> Result<Uploaded> {
        caller.may_send()?;
        if upload.bytes.is_empty() {
            return Err(Error::bad_input("EMPTY_FILE", "The file is empty")
                .field("file", "send a file with content"));
        }
        let found = self.cage.inspect(upload.bytes.clone()).await?;
        if found.pages > self.settings.max_pages {
            let most = self.settings.max_pages;
            return Err(Error::bad_input(
                "TOO_MANY_PAGES",
                format!(
                    "the document has {} pages; at most {most} can be faxed at once",
                    found.pages
                ),
            ));
        }
        let (app, tenant, user) = (self.clone(), caller.tenant.id, caller.user.id);
        let actor = Actor::from(caller);
        self.on_main(async move {
            let id = DocumentId::generate(&app.ambient);
            let filename = format!("{id}.{}", found.kind.extension());
            let key = app.key(tenant, "documents", &filename)?;
            // Bytes first: a row never names a file that is not there. A file that no row names is harmless.
            let stored = app.vault.put(&key, upload.bytes).await?;
            let now = app.now();
            let document = Document {
                id,
                user_id: user,
                filename,
                original_name: upload.original_name,
                size: i64::try_from(stored.size).unwrap_or(i64::MAX),
                sha256: stored.sha256.to_string(),
                pages: i32::try_from(found.pages).unwrap_or(i32::MAX),
                storage_key: key.to_string(),
            };
            let uploaded = Uploaded {
                id,
                media_type: found.kind.media_type(),
                sha256: document.sha256.clone(),
                filename: document.filename.clone(),
                original_name: document.original_name.clone(),
                size: stored.size,
                pages: found.pages,
            };
            let mut tx = app.db.write(tenant).await?;
            documents::insert(&mut tx, tenant, &document, now).await?;
            upload.once.complete(&mut tx, &uploaded).await?;
            let entry = Entry::new(actor, "document.uploaded", id).details(
                json!({"sha256": uploaded.sha256, "bytes": stored.size, "pages": found.pages}),
            );
            app.audit(&mut tx, tenant, entry).await?;
            tx.commit().await?;
            tracing::info!(
                tenant = %tenant, document.pages = found.pages, document.bytes = stored.size,
                "took in {} with {}", document.filename, words::pages(found.pages)
            );
            Ok(uploaded)
        })
        .await
    }

    /// The name by which a document can be sent; `None`: it is not there, or another tenant's.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn document_name(&self, caller: &Caller, id: DocumentId) -> Result<Option<String>> {
        let tenant = caller.tenant.id;
        let mut tx = self.db.read(tenant).await?;
        let document = documents::find(&mut tx, tenant, id).await?;
        tx.commit().await?;
        Ok(document.map(|document| document.filename))
    }
}

//! Making a fax's pages.

use faxgate_db::documents::{self, Document};
use faxgate_db::events::{self, Event};
use faxgate_db::renditions::{self, Rendition};
use faxgate_db::{Tx, Wake, faxes, items, jobs};
use faxgate_imaging::{CageError, RenderOptions};
use faxgate_types::{ItemState, RenditionId, Resolution, TenantId};

use super::{Done, FaxRef, Lease, covered};
use crate::app::App;
use crate::error::{Error, Result};
use crate::words;

/// Grows whenever the same document would come out otherwise.
const ENGINE: u32 = 1;

impl App {
    /// Makes the pages of a fax, or finds those that were made of the same document in the same way, and lets its
    /// recipients go to the queue.
    pub(super) async fn render(&self, FaxRef(tenant, id): FaxRef, lease: &Lease) -> Result<Done> {
        let mut tx = self.db.read(tenant).await?;
        let gone = || Error::internal("a fax to render has lost its document");
        let fax = faxes::find(&mut tx, tenant, id).await?.ok_or_else(gone)?;
        let document = documents::find(&mut tx, tenant, fax.document_id.ok_or_else(gone)?)
            .await?
            .ok_or_else(gone)?;
        let cache_key = self.cache_key(&fax, &document);
        let made = renditions::find(&mut tx, tenant, &cache_key).await?;
        let cover = covered::look(&mut tx, &fax).await?;
        tx.commit().await?;
        let made = match made {
            Some(made) => made,
            None => match self.make_pages(tenant, &document, fax.resolution).await? {
                Ok(made) => made,
                Err(refusal) => return self.give_up(&fax, &refusal, lease).await,
            },
        };
        let (document, made) = match cover {
            None => (None, made),
            Some(cover) => match self
                .put_before((tenant, fax.resolution), &cover, &made)
                .await?
            {
                Ok(joined) => (Some(made), joined),
                Err(refusal) => return self.give_up(&fax, &refusal, lease).await,
            },
        };
        let now = self.now();
        let mut tx = self.db.system("render a fax").await?;
        if !jobs::finish(&mut tx, lease.job, self.node()).await? {
            return Ok(Done::Nothing);
        }
        if let Some(document) = document {
            // For the next fax of the same document.
            renditions::settle(&mut tx, tenant, &document, now).await?;
        }
        let made = renditions::settle(&mut tx, tenant, &made, now).await?;
        let removed = || {
            let text = "the pages that were made before are just being removed";
            Error::unavailable("PAGES_REMOVED", text)
        };
        let made = made.ok_or_else(removed)?;
        self.take_pages(&mut tx, &fax, &made).await?;
        tx.commit().await?;
        self.queue_changed.notify_one();
        Ok(Done::Finished)
    }

    /// Makes the pages of a document, and puts them into the store. The inner error says, for people, why it cannot be faxed.
    pub(crate) async fn make_pages(
        &self,
        tenant: TenantId,
        document: &Document,
        fineness: Resolution,
    ) -> Result<Result<Rendition, String>> {
        let key = document.storage_key.parse().map_err(Error::internal)?;
        let gone = || Error::internal("a document to render has lost its bytes");
        let bytes = self.vault.get(&key).await?.ok_or_else(gone)?;
        let options = RenderOptions {
            resolution: resolution(fineness),
            halftone: self.settings.halftone,
            max_pages: Some(self.settings.max_pages),
        };
        let rendered = match self.cage.render(bytes, &options).await {
            Ok(rendered) => rendered,
            Err(CageError::Refused(refusal)) => return Ok(Err(refusal.to_string())),
            Err(broken) => return Err(broken.into()),
        };
        let rendition = RenditionId::generate(&self.ambient);
        let key = self.key(tenant, "pages", &format!("{rendition}.tif"))?;
        self.vault.put(&key, rendered.tiff).await?;
        Ok(Ok(Rendition {
            id: rendition,
            cache_key: self.pages_key(document, fineness),
            storage_key: key.to_string(),
            pages: i32::try_from(rendered.pages).unwrap_or(i32::MAX),
            line_seconds: i32::try_from(rendered.line_seconds).unwrap_or(i32::MAX),
        }))
    }

    /// What pages are kept by: the same for every fax whose pages would come out the same.
    pub(crate) fn pages_key(&self, document: &Document, resolution: Resolution) -> String {
        let halftone = self.settings.halftone;
        format!("{}-{resolution}-{halftone}-{ENGINE}", document.sha256)
    }

    fn cache_key(&self, fax: &faxes::Fax, document: &Document) -> String {
        self.pages_key(document, fax.resolution)
    }

    /// Lets a fax's recipients go to the queue at once, if its pages have been made for another. `false`: they have to be made.
    pub(crate) async fn take_pages_made_before(
        &self,
        tx: &mut Tx,
        fax: &faxes::Fax,
        document: &Document,
    ) -> Result<bool> {
        let key = self.cache_key(fax, document);
        match renditions::hold(tx, fax.tenant_id, &key).await? {
            Some(made) => {
                self.take_pages(tx, fax, &made).await?;
                Ok(true)
            }
            None => Ok(false),
        }
    }

    async fn take_pages(&self, tx: &mut Tx, fax: &faxes::Fax, made: &Rendition) -> Result<()> {
        let now = self.now();
        faxes::set_pages(tx, fax.tenant_id, fax.id, made, now).await?;
        items::make_ready(tx, fax.tenant_id, fax.id, now).await?;
        let event = Event {
            fax: Some(fax.id),
            item: None,
            attempt: None,
            kind: "fax.rendered".to_owned(),
            text: format!(
                "{}, about {} s on the line",
                words::pages(made.pages),
                made.line_seconds
            ),
            data: None,
            at: now,
        };
        events::append(tx, fax.tenant_id, &event).await?;
        tx.wake(Wake::Queue);
        Ok(())
    }

    /// Ends a fax whose pages could not be made for a reason of our own.
    pub(super) async fn give_up_rendering(
        &self,
        FaxRef(tenant, id): FaxRef,
        lease: &Lease,
    ) -> Result<Done> {
        let mut tx = self.db.read(tenant).await?;
        let fax = faxes::find(&mut tx, tenant, id).await?;
        tx.commit().await?;
        match fax {
            Some(fax) => {
                self.give_up(
                    &fax,
                    "its pages could not be made; an operator finds the reason in the log",
                    lease,
                )
                .await
            }
            None => Ok(Done::Nothing),
        }
    }

    async fn give_up(&self, fax: &faxes::Fax, reason: &str, lease: &Lease) -> Result<Done> {
        let now = self.now();
        let mut tx = self.db.system("render a fax").await?;
        if !jobs::finish(&mut tx, lease.job, self.node()).await? {
            return Ok(Done::Nothing);
        }
        faxes::lock(&mut tx, fax.tenant_id, fax.id).await?;
        let given_up = items::fail_preparing(&mut tx, fax.tenant_id, fax.id, reason, now).await?;
        let given_up = u64::try_from(given_up).unwrap_or(0);
        self.count_ended(&mut tx, fax, ItemState::Failed, given_up, now)
            .await?;
        let standing = self
            .refresh_status(&mut tx, fax, 0, Some(reason.to_owned()))
            .await?;
        let event = Event {
            fax: Some(fax.id),
            item: None,
            attempt: None,
            kind: "fax.failed".to_owned(),
            text: format!("the document cannot be faxed: {reason}"),
            // Here the timeline tells what programs are told.
            data: standing.ended.and_then(|ended| ended.data),
            at: now,
        };
        events::append(&mut tx, fax.tenant_id, &event).await?;
        tx.commit().await?;
        tracing::warn!(fax = %fax.id, reason, "the document of fax {} cannot be faxed", fax.id);
        Ok(Done::Finished)
    }
}

pub(super) fn resolution(resolution: Resolution) -> faxgate_imaging::Resolution {
    match resolution {
        Resolution::Standard => faxgate_imaging::Resolution::Standard,
        Resolution::Fine => faxgate_imaging::Resolution::Fine,
        Resolution::Superfine => faxgate_imaging::Resolution::Superfine,
    }
}

//! Faxes with a cover: their pages are the cover's and then the document's.

use faxgate_db::faxes::Fax;
use faxgate_db::renditions::Rendition;
use faxgate_db::{Tx, covers, items, tenants};
use faxgate_imaging::{CageError, RenderOptions, fax_tiff};
use faxgate_types::{RenditionId, Resolution, TenantId, TimeZone, Timestamp};

use super::render::resolution;
use crate::app::App;
use crate::covers::{CoverOf, Written};
use crate::error::{Error, Result};

/// A fax's cover, with what it tells of the fax.
#[derive(Clone, Debug)]
pub(crate) struct Covering {
    /// What it says, and how it looks.
    pub(crate) written: Written,
    /// The sending number, as it stands on paper.
    pub(crate) sender: String,
    /// `None`: there are several.
    pub(crate) recipient: Option<String>,
    /// When the fax was accepted.
    pub(crate) at: Timestamp,
    /// The tenant's clocks.
    pub(crate) zone: TimeZone,
}

/// The fax's cover; `None`: it has none.
pub(super) async fn look(tx: &mut Tx, fax: &Fax) -> Result<Option<Covering>> {
    let Some(stored) = covers::of_fax(tx, fax.tenant_id, fax.id).await? else {
        return Ok(None);
    };
    let gone = || Error::internal("a fax to render has lost its tenant");
    let tenant = tenants::find(tx, fax.tenant_id).await?.ok_or_else(gone)?;
    let recipients = items::of_fax(tx, fax.tenant_id, fax.id).await?;
    let recipient = match recipients.as_slice() {
        [one] => Some(one.destination.to_string()),
        _ => None,
    };
    let sender = match &fax.sender_e164 {
        Some(number) => number.to_string(),
        None => fax.sender_number.clone(),
    };
    Ok(Some(Covering {
        written: Written::read(&stored)?,
        sender,
        recipient,
        at: fax.created_at,
        zone: tenant.time_zone,
    }))
}

impl App {
    /// Makes the pages of a fax with a cover out of its document's, and puts them into the store. The inner error says, for people, why
    /// it cannot be faxed.
    pub(crate) async fn put_before(
        &self,
        (tenant, fineness): (TenantId, Resolution),
        cover: &Covering,
        document: &Rendition,
    ) -> Result<Result<Rendition, String>> {
        let of = CoverOf {
            sender: &cover.sender,
            recipient: cover.recipient.as_deref(),
            at: cover.at,
            zone: cover.zone,
            pages: u32::try_from(document.pages).unwrap_or(0),
        };
        let options = RenderOptions {
            resolution: resolution(fineness),
            halftone: self.settings.halftone,
            max_pages: Some(1),
        };
        let pdf = self.cover_pdf(&cover.written, &of).await?;
        let first = match self.cage.render(pdf, &options).await {
            Ok(rendered) => rendered,
            Err(CageError::Refused(refusal)) => {
                return Ok(Err(format!("its cover cannot be drawn: {refusal}")));
            }
            Err(broken) => return Err(broken.into()),
        };
        let key = document.storage_key.parse().map_err(Error::internal)?;
        let gone = || {
            Error::unavailable(
                "PAGES_REMOVED",
                "the document's pages are just being removed",
            )
        };
        let rest = self.vault.get(&key).await?.ok_or_else(gone)?;
        let tiff = first.tiff;
        let joined = tokio::task::spawn_blocking(move || fax_tiff::join(&[&tiff, &rest]));
        let joined = joined
            .await
            .map_err(Error::internal)?
            .map_err(Error::internal)?;
        let rendition = RenditionId::generate(&self.ambient);
        let key = self.key(tenant, "pages", &format!("{rendition}.tif"))?;
        self.vault.put(&key, joined.into()).await?;
        let line_seconds = i32::try_from(first.line_seconds).unwrap_or(0);
        Ok(Ok(Rendition {
            id: rendition,
            cache_key: format!("cover-{}-{}", cover.written.key(&of)?, document.cache_key),
            storage_key: key.to_string(),
            pages: document.pages.saturating_add(1),
            line_seconds: document.line_seconds.saturating_add(line_seconds),
        }))
    }
}

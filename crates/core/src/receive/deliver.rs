//! Making a fax of a notice: the job behind every reception.

use std::io::Read;

use bytes::Bytes;
use faxgate_db::events::{self, Event};
use faxgate_db::faxes::{self, Fax};
use faxgate_db::receptions::{self, Reception};
use faxgate_db::{dids, jobs};
use faxgate_files::StorageKey;
use faxgate_imaging::{CageError, Rendered};
use faxgate_types::{
    CarrierReason, Direction, E164, FaxId, FaxStatus, Priority, ReceptionId, Resolution, TenantId,
    Timestamp,
};
use serde_json::json;

use super::notice::{ReceptionEvent, Stored, TelnyxNotice};
use super::take::UNCLAIMED;
use crate::app::App;
use crate::error::{Error, Result};
use crate::spool::{self, SpoolError};
use crate::tell::facts::Facts;
use crate::words;
use crate::work::{Done, Lease};

/// A received TIFF of 350 dense pages is some 20 MB.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// Whether the pages themselves are not there, as against a store that is away.
fn is_missing(error: &Error) -> bool {
    matches!(error.code, "SPOOL_FILE_MISSING" | "MEDIA_UNAVAILABLE")
}

/// How often pages are looked for: a file of FreeSWITCH's for a quarter of an hour, a carrier's media for hours.
fn most_tries(stored: &Stored) -> i32 {
    match stored {
        Stored::FreeSwitch { .. } | Stored::OnNet { .. } => 10,
        Stored::Telnyx { .. } => 20,
    }
}

/// What every witness tells in the end.
struct Told {
    from: String,
    pages: Option<u32>,
    seconds: u32,
    complete: bool,
    why: Option<String>,
    station: Option<String>,
    at: Option<Timestamp>,
}

impl App {
    /// Makes a fax of a reception: pages to the tenant whose number was dialled, everything else to the operator.
    pub(crate) async fn deliver(&self, id: ReceptionId, lease: &Lease) -> Result<Done> {
        let mut tx = self.db.system_read("deliver a reception").await?;
        let Some(began) = receptions::find(&mut tx, id).await? else {
            return Ok(Done::Nothing);
        };
        let stored: Stored = serde_json::from_str(&began.notice).map_err(Error::internal)?;
        let mut told = told(&stored);
        // Where there is a real line, what the simulator brings is a test of its sender's, and nobody else's business.
        let is_test = stored.is_simulated() && !self.settings.only_simulator;
        // What was shown to a tenant stays his.
        let owner = match (began.tenant_id, is_test) {
            (Some(tenant), _) => Some(tenant),
            (None, false) => self.owner(&mut tx, &began.to_number, false).await?,
            (None, true) => {
                let sender = self.owner(&mut tx, &told.from, true).await?;
                let owner = self.owner(&mut tx, &began.to_number, true).await?;
                owner.filter(|owner| sender == Some(*owner))
            }
        };
        tx.commit().await?;
        let mut reception = Reception {
            error: None,
            ..began.clone()
        };
        let received = match self.bytes_of(&stored, &reception, told.pages, lease).await {
            // Never dropped: what can be told of it is shown, and the reason with it.
            Err(error) if is_missing(&error) && lease.tries >= most_tries(&stored) => {
                reception.error = Some(format!("the received pages are missing: {error}"));
                None
            }
            other => other?,
        };
        // FreeSWITCH's file may be cleaned away: from here on the pages are ours.
        if let (Some(bytes), None) = (&received, &reception.file_key) {
            let key = StorageKey::new(UNCLAIMED, "received", &format!("{id}.tif"))
                .map_err(Error::internal)?;
            self.vault.put(&key, bytes.clone()).await?;
            reception.file_key = Some(key.to_string());
        }
        let pages = match &received {
            None => None,
            Some(bytes) => match self.as_pages(bytes.clone()).await {
                Ok(pages) => Some(pages),
                Err(CageError::Refused(refusal)) => {
                    reception.error = Some(format!("the received file cannot be read: {refusal}"));
                    None
                }
                Err(broken) => return Err(broken.into()),
            },
        };
        if let (Stored::Telnyx { .. }, Some(pages), Some(counted)) = (&stored, &pages, told.pages)
            && pages.pages < counted
            && told.complete
        {
            told.complete = false;
            told.why = Some(format!("the carrier counted {counted} pages"));
        }
        let Some(tenant) = owner else {
            "unmatched".clone_into(&mut reception.state);
            let to = &reception.to_number;
            let why = match is_test {
                true => format!("a test fax, and {to} is no number of the tenant that sent it"),
                false => format!("{to} is no number that any tenant is known to have"),
            };
            tracing::warn!(reception = %id, "not delivered, but kept for the operator: {why}");
            reception.error.get_or_insert(why);
            return self
                .finish_reception(&began, &reception, None, lease, &stored)
                .await;
        };
        let fax = self
            .inbound_fax(tenant, &reception, &told, pages.as_ref(), is_test)
            .await?;
        reception.state = if reception.error.is_some() {
            "unreadable"
        } else {
            "delivered"
        }
        .to_owned();
        (reception.tenant_id, reception.fax_id) = (Some(tenant), Some(fax.id));
        self.finish_reception(&began, &reception, Some(fax), lease, &stored)
            .await
    }

    async fn inbound_fax(
        &self,
        tenant: TenantId,
        reception: &Reception,
        told: &Told,
        pages: Option<&Rendered>,
        simulated: bool,
    ) -> Result<Fax> {
        // Shown before without its pages: it is the same fax still.
        let id = match reception.fax_id {
            Some(known) => known,
            None => FaxId::generate(&self.ambient),
        };
        let pages_key = match pages {
            Some(pages) => {
                let key = self.key(tenant, "received", &format!("{id}.tif"))?;
                self.vault.put(&key, pages.tiff.clone()).await?;
                Some(key.to_string())
            }
            None => None,
        };
        let now = self.now();
        let partial = pages.is_some() && !told.complete;
        let error = match (&reception.error, pages, told.complete) {
            (Some(unreadable), _, _) => Some(unreadable.clone()),
            (None, Some(_), false) => Some(format!(
                "incomplete: {}",
                told.why.as_deref().unwrap_or("the call ended early")
            )),
            (None, None, _) => Some(
                told.why
                    .clone()
                    .unwrap_or_else(|| "no page was received".to_owned()),
            ),
            (None, Some(_), true) => None,
        };
        Ok(Fax {
            id,
            tenant_id: tenant,
            user_id: None,
            direction: Direction::Inbound,
            status: if pages.is_some() {
                FaxStatus::Received
            } else {
                FaxStatus::Failed
            },
            sender_number: told.from.clone(),
            sender_e164: told.from.parse().ok(),
            recipient_number: reception.to_number.clone(),
            document_id: None,
            resolution: Resolution::Fine,
            pages: pages.map_or(0, |p| i32::try_from(p.pages).unwrap_or(i32::MAX)),
            duration: i32::try_from(told.seconds).unwrap_or(i32::MAX),
            pages_key,
            line_seconds: 0,
            simulated,
            is_partial: partial,
            error,
            remote_station_id: told.station.clone(),
            call_key: Some(reception.call_key.clone()),
            created_at: told.at.filter(|at| *at <= now).unwrap_or(now),
            updated_at: now,
            priority: Priority::default(),
            send_at: None,
        })
    }

    async fn finish_reception(
        &self,
        began: &Reception,
        reception: &Reception,
        fax: Option<Fax>,
        lease: &Lease,
        stored: &Stored,
    ) -> Result<Done> {
        let now = self.now();
        let mut tx = self.db.system("deliver a reception").await?;
        // The reception, then the job, as everybody takes them.
        let still = receptions::lock_by_call(&mut tx, &reception.call_key).await?;
        if still.is_none_or(|still| still.told() != began.told()) {
            // Somebody told more of it meanwhile: the job begins anew, with that.
            return Err(Error::unavailable(
                "RECEPTION_CHANGED",
                "another notice of this fax came in meanwhile",
            ));
        }
        if !jobs::finish(&mut tx, lease.job, self.node()).await? {
            return Ok(Done::Nothing);
        }
        if let (Some(fax), Some(came)) = (&fax, &reception.file_key) {
            self.vault.hand_over(&mut tx, came, fax.tenant_id).await?;
        }
        if let Some(fax) = &fax {
            let before = match began.fax_id {
                None => None,
                Some(shown) => faxes::find(&mut tx, fax.tenant_id, shown).await?,
            };
            match began.fax_id {
                None => faxes::insert(&mut tx, fax).await?,
                Some(_) => faxes::receive_again(&mut tx, fax).await?,
            }
            self.count_received(&mut tx, fax, before.as_ref(), now)
                .await?;
            let event = Event {
                fax: Some(fax.id),
                item: None,
                attempt: None,
                kind: if fax.status == FaxStatus::Received {
                    "fax.received"
                } else {
                    "fax.receive_failed"
                }
                .to_owned(),
                text: match &fax.error {
                    None => format!(
                        "received {} from {}{}",
                        words::pages(fax.pages),
                        fax.sender_number,
                        way(stored)
                    ),
                    Some(error) => {
                        format!(
                            "{} from {}: {error}",
                            words::pages(fax.pages),
                            fax.sender_number
                        )
                    }
                },
                data: Facts::fax(fax)
                    .and(json!({
                        "remote_station_id": fax.remote_station_id,
                        "received_at": fax.created_at.to_string(),
                    }))
                    .data(),
                at: now,
            };
            events::append(&mut tx, fax.tenant_id, &event).await?;
        }
        receptions::update(&mut tx, reception, now).await?;
        tx.commit().await?;
        if let Some(fax) = &fax {
            tracing::info!(
                fax = %fax.id, tenant = %fax.tenant_id, pages = fax.pages, partial = fax.is_partial,
                "received fax {} of {} pages for {}", fax.id, fax.pages, fax.recipient_number
            );
        }
        // Only now, that everything is committed, may FreeSWITCH's copy go.
        if let Stored::FreeSwitch {
            file_path: Some(path),
            ..
        } = stored
            && reception.file_key.is_some()
            // Received pages only: a notice must not make us remove anything else.
            && spool::beneath(path, &self.settings.spool_dirs).is_some_and(|(_, inside)| inside.starts_with("rx"))
            && let Err(error) = tokio::fs::remove_file(path).await
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "the spool file of reception {} cannot be removed", reception.id);
        }
        Ok(Done::Finished)
    }

    async fn bytes_of(
        &self,
        stored: &Stored,
        reception: &Reception,
        pages: Option<u32>,
        lease: &Lease,
    ) -> Result<Option<Bytes>> {
        if let Some(key) = &reception.file_key {
            let key = key.parse().map_err(Error::internal)?;
            return self.vault.get(&key).await;
        }
        match stored {
            Stored::FreeSwitch {
                file_path: Some(path),
                ..
            } => self.spooled(path.clone(), pages).await,
            Stored::FreeSwitch { .. } | Stored::OnNet { .. } => Ok(None),
            Stored::Telnyx { notice } => self.media(notice, lease.tries == 0).await,
        }
    }

    async fn spooled(&self, path: String, pages: Option<u32>) -> Result<Option<Bytes>> {
        let folders = self.settings.spool_dirs.clone();
        let read = tokio::task::spawn_blocking(move || -> Result<Vec<u8>, SpoolError> {
            let mut bytes = Vec::new();
            let file = spool::open(&path, &folders)?;
            file.take(MOST_BYTES)
                .read_to_end(&mut bytes)
                .map_err(SpoolError::Unreadable)?;
            Ok(bytes)
        });
        match read.await.map_err(Error::internal)? {
            Ok(bytes) => Ok(Some(bytes.into())),
            // rxfax writes no file when no page was completed.
            Err(SpoolError::Missing) if pages == Some(0) => Ok(None),
            Err(error @ SpoolError::Missing) => {
                Err(Error::unavailable("SPOOL_FILE_MISSING", error.to_string()).because(error))
            }
            Err(error) => {
                Err(Error::unavailable("SPOOL_FILE_UNREADABLE", error.to_string()).because(error))
            }
        }
    }

    /// FreeSWITCH brings fax TIFFs, carriers may bring PDFs.
    async fn as_pages(&self, bytes: Bytes) -> Result<Rendered, CageError> {
        if faxgate_imaging::sniff(&bytes) == Some(faxgate_imaging::Kind::Tiff) {
            return self.cage.normalise(bytes).await;
        }
        let options = faxgate_imaging::RenderOptions {
            resolution: faxgate_imaging::Resolution::Fine,
            halftone: self.settings.halftone,
            max_pages: None,
        };
        self.cage.render(bytes, &options).await
    }

    /// Whose a number is; what was only claimed is nobody's, except for tests.
    async fn owner(
        &self,
        tx: &mut faxgate_db::System,
        number: &str,
        is_test: bool,
    ) -> Result<Option<TenantId>> {
        let counts_claims = is_test || self.settings.only_simulator;
        let dids = dids::among(tx, &spellings(number)).await?;
        let owners = dids.into_iter().map(|(did, _)| did);
        let mut owners: Vec<_> = owners
            .filter(|did| did.confirmed || counts_claims)
            .map(|did| did.tenant_id)
            .collect();
        owners.dedup();
        // A number that could be two tenants' goes to neither: an operator decides.
        Ok(if owners.len() == 1 {
            owners.pop()
        } else {
            None
        })
    }
}

/// Carriers write a DID as `+15551234567`, `15551234567` or `5551234567`.
pub(crate) fn spellings(to: &str) -> Vec<E164> {
    let digits: String = to.chars().filter(char::is_ascii_digit).collect();
    let mut forms = vec![format!("+{digits}")];
    if digits.len() == 10 && !to.trim_start().starts_with('+') {
        forms.push(format!("+1{digits}"));
    }
    if let Some(international) = digits.strip_prefix("00") {
        forms.push(format!("+{international}"));
    }
    forms.iter().filter_map(|form| form.parse().ok()).collect()
}

fn told(stored: &Stored) -> Told {
    let short = |text: &str, most: usize| {
        text.chars()
            .filter(|c| !c.is_control())
            .take(most)
            .collect::<String>()
    };
    match stored {
        Stored::FreeSwitch { notice, .. } => Told {
            from: short(&notice.from, 64),
            pages: notice.pages,
            seconds: notice.duration.unwrap_or(0),
            complete: notice.event == ReceptionEvent::Received && notice.success.unwrap_or(true),
            why: notice
                .result_text
                .as_deref()
                .or(notice.hangup_cause.as_deref())
                .map(|text| short(text, 200)),
            station: notice
                .remote_station_id
                .as_deref()
                .map(|text| short(text, 40)),
            at: notice.timestamp,
        },
        Stored::Telnyx { notice } => Told {
            from: short(&notice.from, 64),
            pages: notice.page_count,
            seconds: notice.seconds.unwrap_or(0),
            complete: notice.event == ReceptionEvent::Received
                && !notice.partial
                && notice
                    .status
                    .as_deref()
                    .is_none_or(|status| status == "received"),
            why: why(notice),
            station: None,
            at: notice.created_at,
        },
        Stored::OnNet { notice } => Told {
            from: notice.from.clone(),
            pages: Some(notice.pages),
            seconds: 0,
            complete: true,
            why: None,
            station: Some(notice.from.clone()),
            at: Some(notice.at),
        },
    }
}

/// Which way it came, where that is not by a call.
fn way(stored: &Stored) -> &'static str {
    match stored {
        Stored::FreeSwitch { .. } | Stored::Telnyx { .. } => "",
        Stored::OnNet { .. } => ", delivered on-net: it never left the gateway",
    }
}

/// Why a fax that a carrier received is not whole.
fn why(notice: &TelnyxNotice) -> Option<String> {
    match (&notice.reason, notice.event, notice.partial) {
        (Some(reason), _, _) => Some(CarrierReason::new(reason).sentence()),
        (None, ReceptionEvent::Failed, _) => Some("the carrier gave no reason".to_owned()),
        (None, _, true) => Some("the carrier received a part of it".to_owned()),
        (None, _, false) => notice
            .status
            .as_deref()
            .map(|text| text.chars().filter(|c| !c.is_control()).take(200).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_did_is_found_in_every_form_that_carriers_write() {
        let plus: E164 = "+15559876543".parse().unwrap();
        for to in [
            "+15559876543",
            "15559876543",
            "5559876543",
            "0015559876543",
            "(555) 987-6543",
        ] {
            assert!(spellings(to).contains(&plus), "{to}");
        }
        assert!(spellings("anonymous").is_empty());
    }
}

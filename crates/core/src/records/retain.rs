//! The job that removes what is no longer kept.
//!
//! Tenant by tenant, a batch at a time, each in a transaction of its own: which faxes are due, which of them no hold is on; they give
//! their files up, and what nothing else needs is written down as doomed. Files go after that, and what is doomed only when its file
//! has gone. Whoever does it again, or goes on where another was killed, does no harm. What cannot be done (a file that the store will
//! not give up, a tenant whose choice nobody can read) is told, passed over, and tried again in the next round.

use std::mem;
use std::sync::PoisonError;
use std::time::Duration;

use faxgate_db::legal_holds::{self, LegalHold};
use faxgate_db::retention::{self, DueDocument, Place};
use faxgate_db::{System, jobs};
use faxgate_files::StorageKey;
use faxgate_types::{DocumentId, FaxId, JobId, TenantId, Timestamp};
use serde_json::json;

use super::Keep;
use super::holds::{covers_fax, covers_upload, is_on_everything};
use crate::app::App;
use crate::audit::{Actor, Entry};
use crate::error::Result;
use crate::work::{Done, Lease, RETAIN};

/// The one job there is of this kind.
const EVERYTHING: &str = "everything";
/// Faxes, documents or files in one transaction.
const BATCH: i64 = 100;
/// No tenant has so many holds; if it has, nothing of it is removed.
const MOST_HOLDS: i64 = 5000;
/// The lease of a job that goes on from batch to batch.
const LEASE: Duration = Duration::from_secs(180);
/// Others have their turn after that; then it goes on.
const TURN: Duration = Duration::from_secs(60);

/// What a round through everything has left to do.
struct Round<'a> {
    lease: &'a Lease,
    ends: tokio::time::Instant,
}

/// Where a turn ended whose time was over before the round was: the next one goes on there, if it is this process that has it.
#[derive(Debug, Default)]
pub(crate) struct Bookmark {
    /// Files up to here were looked at.
    doomed: String,
    /// The tenant that it had come to; those before it are through.
    tenant: Option<TenantId>,
    faxes: Option<Place>,
    documents: Option<(Timestamp, DocumentId)>,
    /// Whether every tenant is through, and only files are left.
    is_last: bool,
}

/// How a step of a round ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// There is nothing more to do.
    Through,
    /// Its time was over before it was through.
    TimeIsUp,
    /// Somebody else has the job.
    Lost,
}

impl App {
    /// Sees to it that a round of removing what is no longer kept begins, whichever node does it.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn begin_to_retain(&self) -> Result<()> {
        let mut tx = self.db.system("remove what is no longer kept").await?;
        let job = JobId::generate(&self.ambient);
        jobs::begin_anew(&mut tx, job, RETAIN, EVERYTHING, self.now()).await?;
        Ok(tx.commit().await?)
    }

    /// The job: removes what is no longer kept.
    pub(crate) async fn retain(&self, lease: &Lease) -> Result<Done> {
        let round = Round {
            lease,
            ends: tokio::time::Instant::now() + TURN,
        };
        let mut at = mem::take(&mut *self.retained.lock().unwrap_or_else(PoisonError::into_inner));
        let step = self.go_round(&round, &mut at).await?;
        if step == Step::TimeIsUp {
            *self.retained.lock().unwrap_or_else(PoisonError::into_inner) = at;
        }
        if step == Step::Lost {
            return Ok(Done::Nothing);
        }
        let mut tx = self.db.system("what is no longer kept is removed").await?;
        let ours = match step {
            Step::TimeIsUp => jobs::put_off(&mut tx, lease.job, self.node(), self.now()).await?,
            Step::Through | Step::Lost => jobs::finish(&mut tx, lease.job, self.node()).await?,
        };
        tx.commit().await?;
        Ok(match (ours, step) {
            (false, _) => Done::Nothing,
            (true, Step::TimeIsUp) => Done::Later,
            (true, _) => Done::Finished,
        })
    }

    async fn go_round(&self, round: &Round<'_>, at: &mut Bookmark) -> Result<Step> {
        if !at.is_last {
            let step = self.retain_all(round, at).await?;
            if step != Step::Through {
                return Ok(step);
            }
            // Those of this round, and once more what would not go at its beginning.
            at.doomed.clear();
            at.is_last = true;
        }
        self.remove_doomed(round, &mut at.doomed).await
    }

    async fn retain_all(&self, round: &Round<'_>, at: &mut Bookmark) -> Result<Step> {
        // What an earlier round left.
        let step = self.remove_doomed(round, &mut at.doomed).await?;
        if step != Step::Through {
            return Ok(step);
        }
        let mut tx = self.db.system_read("whose things may be due").await?;
        let tenants = retention::tenants(&mut tx).await?;
        tx.commit().await?;
        for tenant in tenants {
            match at.tenant {
                Some(before) if tenant < before => continue,
                Some(same) if tenant == same => {}
                _ => (at.faxes, at.documents) = (None, None),
            }
            at.tenant = Some(tenant);
            let mut tx = self.db.read(tenant).await?;
            let own = match retention::kept(&mut tx, tenant).await {
                // Erased meanwhile.
                Ok(None) => continue,
                Ok(Some(own)) => own,
                Err(error) if error.is_content() => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error, %tenant,
                        "how long tenant {tenant} keeps things cannot be read: nothing of it is removed"
                    );
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            tx.commit().await?;
            let keep = self.settings.records.keep.with(&own);
            let step = self
                .retain_faxes(round, tenant, keep, &mut at.faxes)
                .await?;
            if step != Step::Through {
                return Ok(step);
            }
            let documents = &mut at.documents;
            let step = self
                .retain_documents(round, tenant, keep, documents)
                .await?;
            if step != Step::Through {
                return Ok(step);
            }
        }
        Ok(Step::Through)
    }

    async fn retain_faxes(
        &self,
        round: &Round<'_>,
        tenant: TenantId,
        keep: Keep,
        after: &mut Option<Place>,
    ) -> Result<Step> {
        let cutoffs = keep.cutoffs(self.now());
        loop {
            let Some(mut tx) = self.next_batch(round).await? else {
                return Ok(Step::Lost);
            };
            let Some(holds) = held(&mut tx, tenant).await? else {
                tx.commit().await?;
                return Ok(Step::Through);
            };
            let due = retention::due_faxes(&mut tx, tenant, &cutoffs, *after, BATCH).await?;
            let ids: Vec<FaxId> = due.iter().map(|fax| fax.id).collect();
            let recipients = match holds.iter().any(|hold| hold.number.is_some()) {
                true => retention::recipients(&mut tx, tenant, &ids).await?,
                false => Default::default(),
            };
            let is_held = |fax: &retention::DueFax| {
                let to = recipients.get(&fax.id).map_or(&[][..], Vec::as_slice);
                holds.iter().any(|hold| covers_fax(hold, fax, to))
            };
            let free: Vec<FaxId> = due
                .iter()
                .filter(|fax| !is_held(fax))
                .map(|fax| fax.id)
                .collect();
            *after = due.last().map(|last| (last.ended_at, last.id)).or(*after);
            if !free.is_empty() {
                self.remove_faxes(&mut tx, tenant, &free).await?;
            }
            tx.commit().await?;
            if i64::try_from(due.len()).unwrap_or(i64::MAX) < BATCH {
                return Ok(Step::Through);
            }
            if round.is_over() {
                return Ok(Step::TimeIsUp);
            }
        }
    }

    async fn remove_faxes(&self, tx: &mut System, tenant: TenantId, faxes: &[FaxId]) -> Result<()> {
        let now = self.now();
        let (pages, mut doomed) = retention::remove(tx, tenant, faxes, now).await?;
        doomed.extend(retention::unneeded_pages(tx, tenant, &pages).await?);
        retention::doom(tx, &doomed, now).await?;
        let entry = Entry::new(Actor::System, "retention.faxes.removed", faxes.len())
            .details(json!({"faxes": faxes}));
        self.audit(tx, tenant, entry).await?;
        tracing::info!(%tenant, faxes = faxes.len(), "the documents of {} faxes are no longer kept", faxes.len());
        Ok(())
    }

    async fn retain_documents(
        &self,
        round: &Round<'_>,
        tenant: TenantId,
        keep: Keep,
        after: &mut Option<(Timestamp, DocumentId)>,
    ) -> Result<Step> {
        let now = self.now();
        let unsent = keep.unsent_cutoff(now);
        loop {
            let Some(mut tx) = self.next_batch(round).await? else {
                return Ok(Step::Lost);
            };
            let Some(holds) = held(&mut tx, tenant).await? else {
                tx.commit().await?;
                return Ok(Step::Through);
            };
            let due = retention::due_documents(&mut tx, tenant, unsent, *after, BATCH).await?;
            let is_held =
                |due: &DueDocument| holds.iter().any(|hold| covers_upload(hold, due.created_at));
            let free = due.iter().filter(|due| !is_held(due)).map(|due| due.id);
            let free: Vec<DocumentId> = free.collect();
            let last = due.last().map(|last| (last.created_at, last.id));
            *after = last.or(*after);
            let taken = match free.is_empty() {
                true => Vec::new(),
                false => retention::take_away(&mut tx, tenant, &free, now).await?,
            };
            if !taken.is_empty() {
                let (ids, mut keys): (Vec<DocumentId>, Vec<String>) = taken.into_iter().unzip();
                let pages = retention::pages_of(&mut tx, tenant, &ids).await?;
                keys.extend(retention::unneeded_pages(&mut tx, tenant, &pages).await?);
                retention::doom(&mut tx, &keys, now).await?;
                let entry = Entry::new(Actor::System, "retention.documents.removed", ids.len())
                    .details(json!({"documents": ids}));
                self.audit(&mut tx, tenant, entry).await?;
            }
            tx.commit().await?;
            if i64::try_from(due.len()).unwrap_or(i64::MAX) < BATCH {
                return Ok(Step::Through);
            }
            if round.is_over() {
                return Ok(Step::TimeIsUp);
            }
        }
    }

    /// Files first, then what says that they are to go.
    async fn remove_doomed(&self, round: &Round<'_>, after: &mut String) -> Result<Step> {
        loop {
            let Some(mut tx) = self.next_batch(round).await? else {
                return Ok(Step::Lost);
            };
            let keys = retention::doomed(&mut tx, after, BATCH).await?;
            tx.commit().await?;
            let Some(last) = keys.last() else {
                return Ok(Step::Through);
            };
            after.clone_from(last);
            let mut gone = Vec::new();
            let mut left = Vec::new();
            for text in keys {
                match text.parse::<StorageKey>() {
                    Ok(key) => match self.vault.delete(&key).await {
                        Ok(_) => gone.push(text),
                        Err(error) => left.push((text, error)),
                    },
                    Err(error) => {
                        tracing::error!(%error, "a file that is to be removed has no name that a file can have")
                    }
                }
            }
            // Once for all of them: when the store is away, it is for each.
            if let Some((key, error)) = left.first() {
                tracing::error!(
                    error = error as &dyn std::error::Error,
                    key,
                    files = left.len(),
                    "{} files that are no longer kept cannot be removed; they are tried again",
                    left.len()
                );
            }
            let mut tx = self.db.system("files are removed").await?;
            retention::undoom(&mut tx, &gone).await?;
            tx.commit().await?;
            if round.is_over() {
                return Ok(Step::TimeIsUp);
            }
        }
    }

    /// A transaction for the next batch, with the lease renewed in it; `None`: somebody else has the job.
    async fn next_batch(&self, round: &Round<'_>) -> Result<Option<System>> {
        let until = self.now() + LEASE;
        let mut tx = self.db.system("remove what is no longer kept").await?;
        let ours = jobs::renew(&mut tx, round.lease.job, self.node(), until).await?;
        Ok(ours.then_some(tx))
    }
}

impl Round<'_> {
    fn is_over(&self) -> bool {
        tokio::time::Instant::now() >= self.ends
    }
}

/// The tenant's holds, which nobody adds to before the transaction ends; `None`: nothing of it may be removed.
async fn held(tx: &mut System, tenant: TenantId) -> Result<Option<Vec<LegalHold>>> {
    legal_holds::alone(tx, tenant).await?;
    let holds = legal_holds::list(tx, tenant, false, MOST_HOLDS, 0).await?;
    let too_many = i64::try_from(holds.len()).unwrap_or(i64::MAX) >= MOST_HOLDS;
    let all = too_many || holds.iter().any(is_on_everything);
    Ok((!all).then_some(holds))
}

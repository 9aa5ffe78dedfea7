//! Proving chains from their first entry to their end.

use std::collections::BTreeMap;

use faxgate_db::audit::{self as stored, Chain, Head, StoredEntry};
use faxgate_db::tenants;
use serde_json::Value;

use super::Actor;
use super::anchor::{Anchor, Anchored, NOTED};
use super::chain::{Checker, Flaw};
use crate::app::App;
use crate::error::{Error, Result};

/// What is done when a tenant is erased; its object is the tenant's id.
pub(crate) const ERASED: &str = "tenant.erased";
const AT_ONCE: i64 = 500;

/// Whether the end of a chain is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sealed {
    /// By this gateway's secret.
    Yes,
    /// No: see the flaw.
    No,
    /// Nobody can tell: `server.secret` is not set here, or nothing is left of it.
    Unknown,
}

/// What became of proving one chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditReport {
    /// `gateway`, or a tenant's id.
    pub chain: String,
    /// The tenant's slug, while there is such a tenant.
    pub tenant: Option<String>,
    /// Entries that are proven.
    pub entries: i64,
    /// The hash of the last of them.
    pub hash: String,
    /// Whether the end is sealed.
    pub sealed: Sealed,
    /// Entries that an anchor told of, and that are as it said.
    pub anchored: usize,
    /// Whether it is gone with its tenant, as the gateway's chain says.
    pub erased: bool,
    /// What is wrong; `None`: nothing.
    pub flaw: Option<Flaw>,
}

/// What other chains and files say a chain must have: hashes by number.
type Expected = BTreeMap<i64, String>;

#[derive(Default)]
struct Known {
    expected: BTreeMap<String, Expected>,
    /// The end of the chain of each tenant that was erased.
    erased: BTreeMap<String, i64>,
    /// Anchors that are not the gateway's.
    forged: BTreeMap<String, i64>,
}

impl App {
    /// Proves the chain of one tenant (by slug; `gateway` is the gateway's own), or every chain, and holds them against what was noted
    /// of their ends, in the gateway's chain and in `anchor`. The gateway and every tenant that there is must have one: whoever makes a
    /// tenant writes its first entry, and [`App::begin_audit`] those of before.
    ///
    /// # Errors
    /// `NO_SUCH_TENANT`, and when the database cannot be reached. A flaw is no error.
    pub async fn verify_audit(
        &self,
        tenant: Option<&str>,
        anchor: Option<&Anchor>,
    ) -> Result<Vec<AuditReport>> {
        let gateway = Chain::Gateway.to_string();
        let only = match tenant {
            None => None,
            Some(slug) if slug == gateway => Some(gateway.clone()),
            Some(slug) => Some(self.tenant_by_slug(slug).await?.id.to_string()),
        };
        let mut known = self.told_by(anchor);
        let own = self.prove_chain(&gateway, &mut known).await?;
        let mut tx = self.db.system_read("which audit chains there are").await?;
        let mut names = stored::chains(&mut tx).await?;
        let slugs: BTreeMap<String, String> = tenants::list(&mut tx)
            .await?
            .into_iter()
            .map(|tenant| (tenant.id.to_string(), tenant.slug))
            .collect();
        tx.commit().await?;
        // Those that should be there, too.
        names.extend(known.expected.keys().cloned());
        names.extend(known.forged.keys().cloned());
        names.extend(slugs.keys().cloned());
        names.sort();
        names.dedup();
        names.retain(|name| *name != gateway && only.as_ref().is_none_or(|only| only == name));
        let mut reports = Vec::new();
        if only.as_ref().is_none_or(|only| *only == gateway) {
            reports.push(own);
        }
        for name in names {
            let mut report = self.prove_chain(&name, &mut known).await?;
            report.tenant = slugs.get(&name).cloned();
            reports.push(report);
        }
        Ok(reports)
    }

    /// What an anchor's file says; what its seal does not bear out counts for nothing, and is told.
    fn told_by(&self, anchor: Option<&Anchor>) -> Known {
        let mut known = Known::default();
        let key = self.seal_key();
        for Anchored {
            chain,
            seq,
            hash,
            seal,
        } in anchor.iter().flat_map(|anchor| &anchor.chains)
        {
            let head = Head {
                seq: *seq,
                hash: hash.clone(),
                seal: seal.clone(),
            };
            let good = match (&key, chain.parse::<Chain>()) {
                (Some(key), Ok(of)) => seal.is_none() || key.check(of, &head).is_ok(),
                (None, Ok(_)) => true,
                (_, Err(_)) => false,
            };
            match good {
                true => {
                    let of = known.expected.entry(chain.clone()).or_default();
                    of.insert(*seq, hash.clone());
                }
                false => {
                    known.forged.insert(chain.clone(), *seq);
                }
            }
        }
        known
    }

    async fn prove_chain(&self, name: &str, known: &mut Known) -> Result<AuditReport> {
        let mut report = AuditReport {
            chain: name.to_owned(),
            tenant: None,
            entries: 0,
            hash: String::new(),
            sealed: Sealed::Unknown,
            anchored: 0,
            erased: false,
            flaw: None,
        };
        let Ok(chain) = name.parse::<Chain>() else {
            report.flaw = Some(Flaw::NoChain);
            return Ok(report);
        };
        let expected = known.expected.remove(name).unwrap_or_default();
        let mut checker = Checker::new(chain);
        let mut must_be = false;
        let flaw = self
            .walk(chain, &mut checker, &expected, known, &mut must_be)
            .await?;
        report.entries = checker.seq();
        checker.hash().clone_into(&mut report.hash);
        report.anchored = expected.range(..=checker.seq()).count();
        let beyond = expected.keys().next_back().copied();
        let is_gone = checker.seq() == 0 && known.erased.contains_key(name);
        report.erased = is_gone;
        report.flaw = flaw
            .or_else(|| match beyond {
                Some(last) if is_gone => {
                    let end = known.erased.get(name).copied().unwrap_or(0);
                    (last > end).then_some(Flaw::RolledBack(last))
                }
                Some(last) => (last > checker.seq()).then_some(Flaw::RolledBack(last)),
                None => None,
            })
            .or_else(|| known.forged.get(name).copied().map(Flaw::AnchorForged))
            .or_else(|| (must_be && checker.seq() == 0).then_some(Flaw::Gone));
        report.sealed = match (self.seal_key(), report.flaw) {
            (None, _) => Sealed::Unknown,
            (Some(_), None) if checker.seq() == 0 => Sealed::Unknown,
            (Some(_), Some(Flaw::Bare(_) | Flaw::OtherSecret(_) | Flaw::Forged(_))) => Sealed::No,
            (Some(_), None) => Sealed::Yes,
            (Some(_), Some(_)) => Sealed::No,
        };
        Ok(report)
    }

    /// From the first entry to the end, in one snapshot, which also says whether there must be such a chain.
    async fn walk(
        &self,
        chain: Chain,
        checker: &mut Checker,
        expected: &Expected,
        known: &mut Known,
        must_be: &mut bool,
    ) -> Result<Option<Flaw>> {
        let mut tx = self.db.system_read("prove an audit chain").await?;
        let head = stored::head(&mut tx, chain).await?;
        *must_be = match chain {
            Chain::Gateway => true,
            Chain::Tenant(tenant) => tenants::find(&mut tx, tenant).await?.is_some(),
        };
        loop {
            // Whatever number it bears: also one before those that were seen.
            let after = match checker.seq() {
                0 => i64::MIN,
                seq => seq,
            };
            let page = stored::following(&mut tx, chain, after, AT_ONCE).await?;
            let Some(last) = page.last() else { break };
            let is_last = i64::try_from(page.len()).unwrap_or(i64::MAX) < AT_ONCE;
            let last = last.seq;
            for entry in &page {
                if let Err(flaw) = checker.entry(entry) {
                    return Ok(Some(flaw));
                }
                if expected
                    .get(&entry.seq)
                    .is_some_and(|hash| *hash != entry.hash)
                {
                    return Ok(Some(Flaw::NotAsAnchored(entry.seq)));
                }
                if chain == Chain::Gateway {
                    note(entry, known);
                }
            }
            debug_assert_eq!(checker.seq(), last, "each entry was taken");
            if is_last {
                break;
            }
        }
        tx.commit().await?;
        Ok(checker.end(head.as_ref(), self.seal_key().as_ref()).err())
    }

    /// Seals the end of a chain that bears no seal, or that of another secret, once whoever is at the console has looked its entries
    /// over; that they did is the first thing in it. So begins one that is not there.
    ///
    /// # Errors
    /// `NO_SECRET` when `server.secret` is not set; `AUDIT_FLAWED` when something else than the seal is wrong.
    pub async fn seal_audit(&self) -> Result<Vec<String>> {
        let key = self.seal_key().ok_or_else(|| {
            Error::conflict(
                "NO_SECRET",
                "set server.secret first: seals are made with it",
            )
        })?;
        let mut sealed = Vec::new();
        for report in self.verify_audit(None, None).await? {
            let chain = match (report.flaw, report.chain.parse::<Chain>()) {
                (None, _) => continue,
                (Some(Flaw::Bare(_) | Flaw::OtherSecret(_)), Ok(chain)) => chain,
                (Some(Flaw::Gone), Ok(chain)) => {
                    self.begin_chain(chain, Actor::Console).await?;
                    sealed.push(report.chain);
                    continue;
                }
                (Some(flaw), _) => {
                    return Err(Error::conflict(
                        "AUDIT_FLAWED",
                        format!("chain {}: {flaw}; nothing more was sealed", report.chain),
                    ));
                }
            };
            let mut tx = self.db.system("seal an audit chain").await?;
            let end = stored::lock(&mut tx, chain).await?;
            // Somebody may have gone on meanwhile, on the same end.
            if let Some(mut end) = end {
                end.seal = Some(key.seal(chain, end.seq, &end.hash));
                stored::set_head(&mut tx, chain, &end, self.now()).await?;
                let entry = super::Entry::new(Actor::Console, "audit.sealed", end.seq);
                self.audit(&mut tx, chain, entry).await?;
            }
            tx.commit().await?;
            sealed.push(report.chain);
        }
        Ok(sealed)
    }
}

/// What an entry of the gateway's own chain says of other chains.
fn note(entry: &StoredEntry, known: &mut Known) {
    let details = || serde_json::from_str::<Value>(&entry.details).unwrap_or_default();
    match entry.action.as_str() {
        NOTED => {
            for end in details()["ends"].as_array().into_iter().flatten() {
                if let (Some(chain), Some(seq), Some(hash)) =
                    (end[0].as_str(), end[1].as_i64(), end[2].as_str())
                {
                    let of = known.expected.entry(chain.to_owned()).or_default();
                    of.insert(seq, hash.to_owned());
                }
            }
        }
        ERASED => {
            let end = details()["audit"]["seq"].as_i64().unwrap_or(0);
            known.erased.insert(entry.object.clone(), end);
        }
        _ => {}
    }
}

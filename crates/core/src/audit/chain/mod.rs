//! How a chain is made, and how it is proven.
//!
//! ```text
//! hash(0) = 32 zero bytes
//! hash(n) = SHA-256( hash(n-1) as 32 bytes ‖ entry(n) )
//! entry(n) = ["faxgate-audit-1", chain, n, at, actor, actor id, actor name, token id, address, action, object, details]
//! ```
//!
//! The entry is one JSON array in UTF-8 without spaces (as Python's `json.dumps(…, ensure_ascii=False, separators=(",", ":"))` writes
//! it): strings, `n` as a number, `null` for what is not there, `at` as RFC 3339 in UTC with six digits of a second, and the details
//! as the string that is stored. So a change of any part, a place that is not an entry's own, and an entry of another chain make
//! another hash.

use faxgate_db::audit::{Chain, Head, StoredEntry};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::seal::{SealKey, Unsealed};

/// What comes before the first entry.
pub(super) const BEFORE_THE_FIRST: &str =
    "0000000000000000000000000000000000000000000000000000000000000000";

/// The entry's hash, as lower-case hex. `before` is that of the entry before it.
pub(super) fn hash(before: &str, chain: Chain, entry: &StoredEntry) -> String {
    let mut sha = Sha256::new();
    // What is no hash follows on nothing, and nothing follows on it.
    match hex::decode(before) {
        Ok(bytes) => sha.update(bytes),
        Err(_) => sha.update(before),
    }
    sha.update(canonical(chain, entry));
    hex::encode(sha.finalize())
}

fn canonical(chain: Chain, entry: &StoredEntry) -> String {
    json!([
        "faxgate-audit-1",
        chain.to_string(),
        entry.seq,
        entry.at.to_string(),
        entry.actor,
        entry.actor_id,
        entry.actor_name,
        entry.token_id,
        entry.address,
        entry.action,
        entry.object,
        entry.details,
    ])
    .to_string()
}

/// What is wrong with a chain, and from which entry on nothing is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// An entry is not there.
    #[error("entry {0} is missing")]
    Missing(i64),
    /// An entry does not follow on the one before it: it was changed, moved or put in, or the one before it was.
    #[error(
        "entry {0} does not follow on the one before it: it was changed, or is not where it was written"
    )]
    Changed(i64),
    /// Entries were cut off: the end tells of more.
    #[error("entries from {0} on were cut off: the end of the chain tells of more")]
    Cut(i64),
    /// There are entries behind the end.
    #[error(
        "entry {0} lies behind the end of the chain: the gateway did not write it, or the end was moved back"
    )]
    BehindTheEnd(i64),
    /// The end has another hash than the last entry.
    #[error("the end of the chain does not fit entry {0}")]
    EndChanged(i64),
    /// There are entries, and no end.
    #[error("the end of the chain was removed; entry {0} is the last that is there")]
    EndMissing(i64),
    /// The end bears no seal, although the gateway has a secret.
    #[error(
        "the end, entry {0}, bears no seal: whoever can write to the database may have made all of it. If `server.secret` was set only later, look the entries over, and then `faxgate audit seal`"
    )]
    Bare(i64),
    /// The end was sealed with another secret.
    #[error(
        "the end, entry {0}, was sealed with another `server.secret`; if that was changed, look the entries over, and then `faxgate audit seal`"
    )]
    OtherSecret(i64),
    /// The seal is not the gateway's.
    #[error(
        "the end, entry {0}, is not as the gateway sealed it: the chain was made anew by somebody who has not its secret"
    )]
    Forged(i64),
    /// An anchor tells of an entry that is not there.
    #[error("the chain was longer: an anchor tells of entry {0}")]
    RolledBack(i64),
    /// An anchor tells of another entry.
    #[error("entry {0} is not the one that an anchor tells of: the chain was made anew")]
    NotAsAnchored(i64),
    /// The anchor is not the gateway's.
    #[error("the anchor for entry {0} is not as the gateway sealed it: it was changed")]
    AnchorForged(i64),
    /// There is nothing of a chain that must be there.
    #[error(
        "there is nothing of it: all of it was removed. (If the gateway is older than its audit log, look around, and then `faxgate audit seal` begins it.)"
    )]
    Gone,
    /// Nobody wrote this chain: its name is none.
    #[error("its name is neither a tenant's id nor `gateway`")]
    NoChain,
}

impl Flaw {
    /// The first entry that is not proven.
    #[must_use]
    pub const fn entry(self) -> Option<i64> {
        match self {
            Self::Missing(seq)
            | Self::Changed(seq)
            | Self::Cut(seq)
            | Self::BehindTheEnd(seq)
            | Self::EndChanged(seq)
            | Self::EndMissing(seq)
            | Self::Bare(seq)
            | Self::OtherSecret(seq)
            | Self::Forged(seq)
            | Self::RolledBack(seq)
            | Self::NotAsAnchored(seq)
            | Self::AnchorForged(seq) => Some(seq),
            Self::Gone | Self::NoChain => None,
        }
    }
}

/// Goes along a chain, entry by entry.
pub(super) struct Checker {
    chain: Chain,
    seq: i64,
    hash: String,
}

impl Checker {
    pub(super) fn new(chain: Chain) -> Self {
        Self {
            chain,
            seq: 0,
            hash: BEFORE_THE_FIRST.to_owned(),
        }
    }

    /// The number of the last entry that was proven.
    pub(super) fn seq(&self) -> i64 {
        self.seq
    }

    /// Its hash.
    pub(super) fn hash(&self) -> &str {
        &self.hash
    }

    /// The next entry by its number.
    pub(super) fn entry(&mut self, entry: &StoredEntry) -> Result<(), Flaw> {
        let expected = self.seq + 1;
        if entry.seq > expected {
            return Err(Flaw::Missing(expected));
        }
        if entry.seq < expected || hash(&self.hash, self.chain, entry) != entry.hash {
            return Err(Flaw::Changed(entry.seq));
        }
        self.seq = entry.seq;
        self.hash.clone_from(&entry.hash);
        Ok(())
    }

    /// There are no more entries: the end has to be that of the last.
    pub(super) fn end(&self, head: Option<&Head>, key: Option<&SealKey>) -> Result<(), Flaw> {
        let Some(head) = head else {
            return match self.seq {
                0 => Ok(()),
                seq => Err(Flaw::EndMissing(seq)),
            };
        };
        if head.seq > self.seq {
            return Err(Flaw::Cut(self.seq + 1));
        }
        if head.seq < self.seq {
            return Err(Flaw::BehindTheEnd(head.seq + 1));
        }
        if head.hash != self.hash {
            return Err(Flaw::EndChanged(self.seq));
        }
        if head.seq == 0 {
            return Ok(());
        }
        match key.map_or(Ok(()), |key| key.check(self.chain, head)) {
            Ok(()) => Ok(()),
            Err(Unsealed::Bare) => Err(Flaw::Bare(self.seq)),
            Err(Unsealed::OtherSecret) => Err(Flaw::OtherSecret(self.seq)),
            Err(Unsealed::Forged) => Err(Flaw::Forged(self.seq)),
        }
    }
}

#[cfg(test)]
mod tests;

//! The ledger: every change of a balance, in order, for ever.

use std::fmt;
use std::str::FromStr;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_async::RunQueryDsl;
use faxgate_types::{AttemptId, FaxId, TenantId, Timestamp};

use super::balance::Balance;
use crate::column::{At, OptWord, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::balance_entries as entries;
use crate::tx::Tx;

/// Why a balance changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// An operator added money.
    TopUp,
    /// An operator took money away.
    Withdrawal,
    /// The most that a call can cost was set aside.
    Hold,
    /// A call that was held for is charged, and what is left of its hold is free again.
    Capture,
    /// A hold is free again, and nothing is charged.
    Release,
    /// Late word of a call whose hold was free already: it is charged all the same.
    Correction,
    /// Pages that came in are charged.
    Received,
}

/// A word that is no [`EntryKind`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no entry of a balance is called `{0}`")]
pub struct UnknownKind(String);

impl EntryKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::TopUp,
        Self::Withdrawal,
        Self::Hold,
        Self::Capture,
        Self::Release,
        Self::Correction,
        Self::Received,
    ];

    /// The word, in the database and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TopUp => "top_up",
            Self::Withdrawal => "withdrawal",
            Self::Hold => "hold",
            Self::Capture => "capture",
            Self::Release => "release",
            Self::Correction => "correction",
            Self::Received => "received",
        }
    }
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EntryKind {
    type Err = UnknownKind;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|kind| kind.as_str() == word);
        known.ok_or_else(|| UnknownKind(word.chars().take(40).collect()))
    }
}

/// A change of a balance that is to be written. Amounts are millionths of the currency.
#[derive(Clone, Debug)]
pub struct Posting {
    /// Why.
    pub kind: EntryKind,
    /// What the balance changes by.
    pub amount: i64,
    /// What the holds change by.
    pub held: i64,
    /// The fax that it is about.
    pub fax: Option<FaxId>,
    /// The call that it is about.
    pub attempt: Option<AttemptId>,
    /// What whoever added money calls it; unique within the tenant.
    pub reference: Option<String>,
    /// For people.
    pub note: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// A change of a balance.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = entries, check_for_backend(Pg, Sqlite))]
pub struct Entry {
    /// Its number within the tenant, from 1, without gaps.
    pub seq: i64,
    /// Why.
    #[diesel(deserialize_as = Word<EntryKind>)]
    pub kind: EntryKind,
    /// What the balance changed by.
    pub amount: i64,
    /// What the holds changed by.
    pub held: i64,
    /// The balance after it.
    pub balance_after: i64,
    /// The holds after it.
    pub held_after: i64,
    /// The fax that it is about; it may be gone.
    #[diesel(deserialize_as = OptWord<FaxId>)]
    pub fax_id: Option<FaxId>,
    /// The call that it is about; it may be gone.
    #[diesel(deserialize_as = OptWord<AttemptId>)]
    pub attempt_id: Option<AttemptId>,
    /// What whoever added money calls it.
    pub reference: Option<String>,
    /// For people.
    pub note: Option<String>,
    /// When.
    #[diesel(deserialize_as = At)]
    pub at: Timestamp,
}

impl From<Word<Self>> for EntryKind {
    fn from(word: Word<Self>) -> Self {
        word.0
    }
}

/// Writes the entry behind a change, whose row is held.
pub(super) async fn add(
    tx: &mut Tx,
    tenant: TenantId,
    posting: &Posting,
    after: &Balance,
) -> DbResult<()> {
    on_either!(tx, conn => {
        diesel::insert_into(entries::table)
            .values((
                entries::tenant_id.eq(Word(tenant)),
                entries::seq.eq(after.last_seq),
                entries::kind.eq(Word(posting.kind)),
                entries::amount.eq(posting.amount),
                entries::held.eq(posting.held),
                entries::balance_after.eq(after.balance),
                entries::held_after.eq(after.held),
                entries::fax_id.eq(Word::opt(posting.fax)),
                entries::attempt_id.eq(Word::opt(posting.attempt)),
                entries::reference.eq(&posting.reference),
                entries::note.eq(&posting.note),
                entries::at.eq(At(posting.at)),
            ))
            .execute(conn)
            .await
    })?;
    Ok(())
}

/// The entry that was called this.
///
/// # Errors
/// When the query fails.
pub async fn by_reference(
    tx: &mut Tx,
    tenant: TenantId,
    reference: &str,
) -> DbResult<Option<Entry>> {
    Ok(on_either!(tx, conn => {
        entries::table
            .filter(entries::tenant_id.eq(Word(tenant)))
            .filter(entries::reference.eq(reference))
            .select(Entry::as_select())
            .first(conn)
            .await
            .optional()
    })?)
}

/// A page of the tenant's entries, latest first, and how many there are in all.
///
/// # Errors
/// When the query fails.
pub async fn page(
    tx: &mut Tx,
    tenant: TenantId,
    limit: i64,
    offset: i64,
) -> DbResult<(i64, Vec<Entry>)> {
    let total: i64 = on_either!(tx, conn => {
        entries::table
            .filter(entries::tenant_id.eq(Word(tenant)))
            .count()
            .get_result(conn)
            .await
    })?;
    let page = on_either!(tx, conn => {
        entries::table
            .filter(entries::tenant_id.eq(Word(tenant)))
            .select(Entry::as_select())
            .order(entries::seq.desc())
            .limit(limit)
            .offset(offset)
            .load(conn)
            .await
    })?;
    Ok((total, page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_reads_back() {
        for kind in EntryKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert!("theft".parse::<EntryKind>().is_err());
    }
}

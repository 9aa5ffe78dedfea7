//! The tenants' shares, as this claim finds and leaves them.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use diesel_async::RunQueryDsl;
use faxgate_types::{SendingPolicy, TenantId, TimeZone, Timestamp};

use super::Claim;
use super::notes::Note;
use crate::column::{At, OptAt, UtcTimestamp, Word};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::items::WaitingFor;
use crate::schema::share_clock;
use crate::sql::Sql;
use crate::tx::Tx;

/// At most so many shares are woken by one claim.
const MOST_WOKEN: i64 = 256;
/// So many are read at once.
const PAGE: i64 = 64;
/// Whoever wakes comes at most so much line time, in milliseconds, before whoever was served last.
const MOST_AHEAD: i64 = 10_000;

/// A tenant's share.
#[derive(Debug)]
pub(super) struct Share {
    pub(super) policy: SendingPolicy,
    /// What is stored cannot be read: nothing of it is sent.
    pub(super) is_unreadable: bool,
    /// An operator has stopped it: nothing of it is sent.
    pub(super) is_suspended: bool,
    pub(super) zone: TimeZone,
    pub(super) next_call_at: Option<Timestamp>,
    backlogged: bool,
    next_due: Option<Timestamp>,
    tag: i64,
    waiting_for: Option<WaitingFor>,
    is_changed: bool,
}

/// Shares by their turn. What is not in memory lies in the table as it is.
pub(super) struct Book {
    simulated: bool,
    now: Timestamp,
    clock: i64,
    is_clock_changed: bool,
    /// The tag of those who wake now.
    waking: i64,
    shares: HashMap<TenantId, Share>,
    /// Who has something due, by tag.
    turn: BTreeSet<(i64, TenantId)>,
    /// How far the table was read; `None`: to its end.
    read_to: Option<(i64, String)>,
}

type Row = (
    Text,
    Bool,
    Nullable<UtcTimestamp>,
    BigInt,
    Nullable<Text>,
    Nullable<UtcTimestamp>,
    Text,
    Text,
    Bool,
);
type Found = (
    Word<TenantId>,
    bool,
    OptAt,
    i64,
    Option<String>,
    OptAt,
    String,
    Word<TimeZone>,
    bool,
);

const OF_SHARES: &str = "SELECT s.tenant_id, s.backlogged, s.next_due, s.tag, s.waiting_for, s.next_call_at, t.policy, t.time_zone, \
     t.suspended_at IS NOT NULL FROM shares s JOIN tenants t ON t.id = s.tenant_id WHERE s.simulated = ";

impl Book {
    /// Takes in what the notes say, and wakes whoever has something due by now.
    pub(super) async fn open(
        tx: &mut Tx,
        claim: &Claim<'_>,
        notes: HashMap<TenantId, Note>,
    ) -> DbResult<Self> {
        let clock: Option<i64> = on_either!(tx, conn => {
            share_clock::table
                .find(claim.simulated)
                .select(share_clock::tag)
                .first(conn)
                .await
                .optional()
        })?;
        let mut book = Self {
            simulated: claim.simulated,
            now: claim.now,
            clock: clock.unwrap_or(0),
            is_clock_changed: false,
            waking: 0,
            shares: HashMap::new(),
            turn: BTreeSet::new(),
            read_to: None,
        };
        book.read_on(tx, i64::MIN, String::new()).await?;
        let first = book.turn.iter().next().map_or(book.clock, |(tag, _)| *tag);
        book.waking = first
            .min(book.clock)
            .saturating_sub(1)
            .max(book.clock.saturating_sub(MOST_AHEAD));
        let asleep = Sql::<Row>::new(OF_SHARES)
            .flag(claim.simulated)
            .sql(" AND NOT s.backlogged AND s.next_due <= ")
            .at(claim.now)
            .sql(" ORDER BY s.next_due LIMIT ")
            .int(MOST_WOKEN);
        for tenant in book.read(tx, asleep).await? {
            book.wake(tenant);
        }
        book.know(tx, notes.keys().copied()).await?;
        for (tenant, note) in notes {
            book.take_in(tenant, note);
        }
        Ok(book)
    }

    /// Sees to it that these shares are in memory.
    pub(super) async fn know(
        &mut self,
        tx: &mut Tx,
        tenants: impl Iterator<Item = TenantId>,
    ) -> DbResult<()> {
        let unknown: Vec<_> = tenants.filter(|t| !self.shares.contains_key(t)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let those = Sql::<Row>::new(
            "SELECT t.id, coalesce(s.backlogged, FALSE), s.next_due, coalesce(s.tag, -1000000000000), s.waiting_for, s.next_call_at, \
             t.policy, t.time_zone, t.suspended_at IS NOT NULL FROM tenants t LEFT JOIN shares s ON s.tenant_id = t.id AND s.simulated = ",
        )
        .flag(self.simulated)
        .sql(" WHERE t.id")
        .one_of(unknown);
        for tenant in self.read(tx, those).await? {
            let share = self.shares.get(&tenant);
            if let Some(tag) = share.filter(|s| s.backlogged).map(|s| s.tag) {
                self.turn.insert((tag, tenant));
            }
        }
        Ok(())
    }

    async fn read(&mut self, tx: &mut Tx, those: Sql<Row>) -> DbResult<Vec<TenantId>> {
        let rows: Vec<Found> = on_either!(tx, conn => those.load(conn).await)?;
        Ok(self.keep(rows))
    }

    /// Takes into memory what is not there yet.
    fn keep(&mut self, rows: Vec<Found>) -> Vec<TenantId> {
        let mut kept = Vec::new();
        for row in rows {
            let (
                tenant,
                backlogged,
                next_due,
                tag,
                waiting_for,
                next_call_at,
                policy,
                zone,
                stopped,
            ) = row;
            let tenant = tenant.0;
            if self.shares.contains_key(&tenant) {
                continue;
            }
            let policy = match policy.as_str() {
                "{}" => Ok(SendingPolicy::default()),
                json => serde_json::from_str(json),
            };
            if let Err(error) = &policy {
                tracing::error!(%tenant, %error, "the sending policy of tenant {tenant} cannot be read: nothing of it is sent");
            }
            let share = Share {
                is_unreadable: policy.is_err(),
                is_suspended: stopped,
                policy: policy.unwrap_or_default(),
                zone: zone.0,
                next_call_at: next_call_at.into(),
                backlogged,
                next_due: next_due.into(),
                tag,
                waiting_for: waiting_for.and_then(|code| code.parse().ok()),
                is_changed: false,
            };
            self.shares.insert(tenant, share);
            kept.push(tenant);
        }
        kept
    }

    fn take_in(&mut self, tenant: TenantId, note: Note) {
        let now = self.now;
        let Some(share) = self.shares.get_mut(&tenant) else {
            return;
        };
        share.is_changed = true;
        if note.line_ms != 0 {
            self.turn.remove(&(share.tag, tenant));
            share.tag = share.tag.saturating_add(share.weighted(note.line_ms));
            if share.backlogged {
                self.turn.insert((share.tag, tenant));
            }
        }
        // It was at a limit: a call that ended, or a new policy, may have made room.
        let at_once = share.waiting_for.map(|_| now);
        let due = [share.next_due, note.due_at, at_once];
        share.next_due = due.into_iter().flatten().min();
        if share.next_due.is_some_and(|due| due <= now) {
            self.wake(tenant);
        }
    }

    /// It has something due: from now on it takes its turn. No credit for the time that it slept, but it comes before those who
    /// wait as long as everybody does: with equal faxes, or after a morning at which all have woken, they are all exactly as far.
    pub(super) fn wake(&mut self, tenant: TenantId) {
        let Some(share) = self.shares.get_mut(&tenant) else {
            return;
        };
        if !share.backlogged {
            share.tag = share.tag.max(self.waking);
            share.backlogged = true;
            self.turn.insert((share.tag, tenant));
        }
        share.next_due = None;
        share.waiting_for = None;
        share.is_changed = true;
    }

    /// Nothing of it can be taken before `next_due`, if ever.
    pub(super) fn sleep(
        &mut self,
        tenant: TenantId,
        waiting_for: Option<WaitingFor>,
        next_due: Option<Timestamp>,
    ) {
        if let Some(share) = self.shares.get_mut(&tenant) {
            self.turn.remove(&(share.tag, tenant));
            share.backlogged = false;
            share.waiting_for = waiting_for;
            share.next_due = next_due;
            share.is_changed = true;
        }
    }

    /// It keeps its place, but this claim is done with it.
    pub(super) fn pass_over(&mut self, tenant: TenantId) {
        if let Some(share) = self.shares.get(&tenant) {
            self.turn.remove(&(share.tag, tenant));
        }
    }

    /// It was asleep, and something of it may be due all the same.
    pub(super) fn stay_awake(&mut self, tenant: TenantId) {
        if let Some(share) = self.shares.get_mut(&tenant) {
            share.backlogged = true;
            share.waiting_for = None;
            share.next_due = None;
            share.is_changed = true;
        }
    }

    pub(super) fn share(&mut self, tenant: TenantId) -> Option<&mut Share> {
        self.shares.get_mut(&tenant)
    }

    /// It got line time: its turn comes later, and nobody who wakes is further back than it was.
    pub(super) fn charge(&mut self, tenant: TenantId, line_ms: i64) {
        if let Some(share) = self.shares.get_mut(&tenant) {
            self.turn.remove(&(share.tag, tenant));
            if share.tag > self.clock {
                self.clock = share.tag;
                self.is_clock_changed = true;
            }
            share.tag = share.tag.saturating_add(share.weighted(line_ms));
            share.is_changed = true;
            self.turn.insert((share.tag, tenant));
        }
    }

    /// It did not get it after all.
    pub(super) fn refund(&mut self, tenant: TenantId, line_ms: i64) {
        if let Some(share) = self.shares.get_mut(&tenant) {
            share.tag = share.tag.saturating_sub(share.weighted(line_ms));
        }
    }

    /// Who is next.
    pub(super) async fn first(&mut self, tx: &mut Tx) -> DbResult<Option<TenantId>> {
        loop {
            let first = self.turn.iter().next().copied();
            match (&self.read_to, first) {
                (None, first) => return Ok(first.map(|(_, tenant)| tenant)),
                // Whoever is in the table only comes later.
                (Some((tag, _)), Some(first)) if first.0 < *tag => return Ok(Some(first.1)),
                (Some((tag, tenant)), _) => {
                    let (tag, tenant) = (*tag, tenant.clone());
                    self.read_on(tx, tag, tenant).await?;
                }
            }
        }
    }

    async fn read_on(&mut self, tx: &mut Tx, tag: i64, tenant: String) -> DbResult<()> {
        let page = Sql::<Row>::new(OF_SHARES)
            .flag(self.simulated)
            .sql(" AND s.backlogged AND (s.tag, s.tenant_id) > (")
            .int(tag)
            .sql(", ")
            .str(&tenant)
            .sql(") ORDER BY s.tag, s.tenant_id LIMIT ")
            .int(PAGE);
        let rows: Vec<Found> = on_either!(tx, conn => page.load(conn).await)?;
        let is_full = i64::try_from(rows.len()).is_ok_and(|count| count == PAGE);
        let last = rows.last().map(|row| (row.3, row.0.0.to_string()));
        self.read_to = last.filter(|_| is_full);
        for tenant in self.keep(rows) {
            let tag = self.shares.get(&tenant).map_or(0, |share| share.tag);
            self.turn.insert((tag, tenant));
        }
        Ok(())
    }

    /// Who comes soonest, of those in memory.
    pub(super) fn upcoming(&self) -> impl Iterator<Item = TenantId> + '_ {
        self.turn.iter().map(|(_, tenant)| *tenant)
    }

    /// When the next of those who sleep wakes, once this book is saved.
    pub(super) async fn next_due(tx: &mut Tx, simulated: bool) -> DbResult<Option<Timestamp>> {
        let next = Sql::<(UtcTimestamp,)>::new(
            "SELECT next_due FROM shares WHERE NOT backlogged AND next_due IS NOT NULL AND simulated = ",
        )
        .flag(simulated)
        .sql(" ORDER BY next_due LIMIT 1");
        let next: Option<(At,)> = on_either!(tx, conn => next.get_result(conn).await.optional())?;
        Ok(next.map(|(at,)| at.0))
    }

    /// Writes down what changed.
    pub(super) async fn save(self, tx: &mut Tx) -> DbResult<()> {
        if self.is_clock_changed {
            let clock = Sql::<()>::new("UPDATE share_clock SET tag = ")
                .int(self.clock)
                .sql(" WHERE simulated = ")
                .flag(self.simulated);
            on_either!(tx, conn => clock.execute(conn).await)?;
        }
        let mut insert = Sql::<()>::new(
            "INSERT INTO shares (tenant_id, simulated, backlogged, next_due, tag, waiting_for, next_call_at) VALUES ",
        )
        .once();
        let mut comma = "(";
        for (tenant, share) in self.shares.iter().filter(|(_, share)| share.is_changed) {
            insert = insert
                .sql(comma)
                .str(tenant)
                .sql(", ")
                .flag(self.simulated)
                .sql(", ")
                .flag(share.backlogged)
                .sql(", ")
                .opt_at(share.next_due)
                .sql(", ")
                .int(share.tag)
                .sql(", ")
                .opt_str(share.waiting_for.as_ref())
                .sql(", ")
                .opt_at(share.next_call_at);
            comma = "), (";
        }
        if comma == "(" {
            return Ok(());
        }
        let insert = insert.sql(
            ") ON CONFLICT (tenant_id, simulated) DO UPDATE SET backlogged = excluded.backlogged, \
             next_due = excluded.next_due, tag = excluded.tag, waiting_for = excluded.waiting_for, \
             next_call_at = excluded.next_call_at",
        );
        on_either!(tx, conn => insert.execute(conn).await)?;
        Ok(())
    }
}

impl Share {
    /// Whether its tenant has any limit that takes a look at what it used.
    pub(super) fn is_limited(&self) -> bool {
        let policy = &self.policy;
        policy.max_calls.is_some()
            || policy.attempts_per_minute.is_some()
            || policy.attempts_per_day.is_some()
            || policy.minutes_per_day.is_some()
            || policy.cost_per_day.is_some()
            || policy.pages_per_day.is_some()
            || policy.attempts_per_month.is_some()
            || policy.minutes_per_month.is_some()
            || policy.cost_per_month.is_some()
            || policy.pages_per_month.is_some()
            || policy.prepaid == Some(true)
    }

    /// Line time by the share's weight: how much later its turn comes.
    fn weighted(&self, line_ms: i64) -> i64 {
        let normal = i128::from(SendingPolicy::DEFAULT_WEIGHT);
        let later = i128::from(line_ms) * normal / i128::from(self.policy.weight().max(1));
        i64::try_from(later).unwrap_or(i64::MAX)
    }
}

//! Numbers that are being called: what waits for them is parked, so that no claim steps over it again.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{Integer, Nullable, Text};
use diesel_async::RunQueryDsl;
use faxgate_types::{E164, ItemId, TenantId, Timestamp};

use super::open::Open;
use super::{Claim, write};
use crate::column::{At, Word, count};
use crate::connection::on_either;
use crate::error::DbResult;
use crate::schema::crowded;
use crate::sql::Sql;
use crate::tx::Tx;

/// At most so many numbers are looked at by one claim.
const MOST: usize = 16;
/// If nobody takes the room at a number, others are let in after this.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// How many calls numbers take, and which are crowded.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    /// Numbers for which something is parked, and when to look at them.
    crowded: HashMap<E164, Timestamp>,
    /// Those that take more than one call.
    hunt_groups: HashMap<E164, u32>,
    asked: BTreeSet<E164>,
    /// Numbers to note down, to be looked at from now on.
    touched: BTreeSet<E164>,
}

impl Crowd {
    pub(super) async fn load(tx: &mut Tx, claim: &Claim<'_>) -> DbResult<Self> {
        let rows: Vec<(Word<E164>, At)> = on_either!(tx, conn => {
            crowded::table
                .filter(crowded::simulated.eq(claim.simulated))
                .select((crowded::destination, crowded::look_at))
                .load(conn)
                .await
        })?;
        let mut crowd = Self {
            crowded: rows
                .into_iter()
                .map(|(number, at)| (number.0, at.0))
                .collect(),
            ..Self::default()
        };
        let numbers: Vec<E164> = crowd.crowded.keys().cloned().collect();
        crowd.ask(tx, numbers.iter()).await?;
        Ok(crowd)
    }

    /// Learns how many calls these numbers take.
    pub(super) async fn ask(
        &mut self,
        tx: &mut Tx,
        numbers: impl Iterator<Item = &E164>,
    ) -> DbResult<()> {
        let new: BTreeSet<&E164> = numbers.filter(|n| !self.asked.contains(*n)).collect();
        let new: Vec<E164> = new.into_iter().cloned().collect();
        for numbers in new.chunks(1000) {
            let groups = Sql::<(Text, Integer)>::new(
                "SELECT number, max_calls FROM destinations WHERE max_calls <> 1 AND number",
            )
            .one_of(numbers);
            let groups: Vec<(Word<E164>, i32)> = on_either!(tx, conn => groups.load(conn).await)?;
            let groups = groups
                .into_iter()
                .map(|(number, most)| (number.0, count(most)));
            self.hunt_groups.extend(groups);
        }
        self.asked.extend(new);
        Ok(())
    }

    /// Whether another call may be placed to the number.
    pub(super) fn has_room(&self, number: &E164, open: &Open) -> bool {
        open.to(number) < self.hunt_groups.get(number).copied().unwrap_or(1)
    }

    /// Lets one item of each tenant back into its tenant's queue, for each number that has room. Answers the tenants.
    pub(super) async fn let_in(
        &mut self,
        tx: &mut Tx,
        claim: &Claim<'_>,
        open: &Open,
    ) -> DbResult<Vec<TenantId>> {
        let mut free: Vec<(Timestamp, E164)> = self
            .crowded
            .iter()
            .filter(|(number, look_at)| **look_at <= claim.now && self.has_room(number, open))
            .map(|(number, look_at)| (*look_at, number.clone()))
            .collect();
        free.sort_unstable();
        free.truncate(MOST);
        let mut woken = Vec::new();
        for (_, number) in free {
            let first = first_of_each(tx, &number, claim.simulated).await?;
            if first.is_empty() {
                self.crowded.remove(&number);
                on_either!(tx, conn => {
                    let row = crowded::table.find((Word(&number), claim.simulated));
                    diesel::delete(row).execute(conn).await
                })?;
                continue;
            }
            let ids: Vec<ItemId> = first.iter().map(|(item, _)| *item).collect();
            let held = write::hold(tx, &ids).await?;
            write::park(tx, &held, false).await?;
            let freed = first.into_iter().filter(|(item, _)| held.contains(item));
            woken.extend(freed.map(|(_, tenant)| tenant));
            let look_at = claim.now + LOOK_AGAIN;
            self.crowded.insert(number.clone(), look_at);
            on_either!(tx, conn => {
                let row = crowded::table.find((Word(&number), claim.simulated));
                diesel::update(row).set(crowded::look_at.eq(At(look_at))).execute(conn).await
            })?;
        }
        Ok(woken)
    }

    /// Something is being parked for this number.
    pub(super) fn park(&mut self, number: &E164) {
        self.touched.insert(number.clone());
    }

    /// It is being called: as soon as there is room again, the next is let in.
    pub(super) fn call(&mut self, number: &E164) {
        if self.crowded.contains_key(number) {
            self.touched.insert(number.clone());
        }
    }

    pub(super) async fn save(&self, tx: &mut Tx, claim: &Claim<'_>) -> DbResult<()> {
        let mut insert =
            Sql::<()>::new("INSERT INTO crowded (destination, simulated, look_at) VALUES ").once();
        let mut comma = "(";
        for number in &self.touched {
            insert = insert
                .sql(comma)
                .str(number)
                .sql(", ")
                .flag(claim.simulated)
                .sql(", ")
                .at(claim.now);
            comma = "), (";
        }
        if comma == "(" {
            return Ok(());
        }
        let insert = insert
            .sql(") ON CONFLICT (destination, simulated) DO UPDATE SET look_at = excluded.look_at");
        on_either!(tx, conn => insert.execute(conn).await)?;
        Ok(())
    }

    /// When a number that has room by now is worth another look.
    pub(super) fn next_look(&self, open: &Open) -> Option<Timestamp> {
        let free = self
            .crowded
            .iter()
            .filter(|(number, _)| self.has_room(number, open));
        free.map(|(_, look_at)| *look_at).min()
    }
}

/// The best parked item of each tenant that waits for a number; those who are next in turn first, and last those who are at
/// a limit. It steps from tenant to tenant, however much each of them has.
async fn first_of_each(
    tx: &mut Tx,
    number: &E164,
    simulated: bool,
) -> DbResult<Vec<(ItemId, TenantId)>> {
    const TENANT: &str = "SELECT min(q.tenant_id) FROM queue_items q \
         WHERE q.state = 'queued' AND q.parked AND NOT q.paused AND q.destination = ";
    let first = Sql::<(Nullable<Text>, Text)>::new("WITH RECURSIVE waiting (tenant_id) AS (SELECT * FROM (")
        .sql(TENANT)
        .str(number)
        .sql(" AND q.simulated = ")
        .flag(simulated)
        .sql(") one UNION ALL SELECT (")
        .sql(TENANT)
        .str(number)
        .sql(" AND q.simulated = ")
        .flag(simulated)
        .sql(
            " AND q.tenant_id > w.tenant_id) FROM waiting w WHERE w.tenant_id IS NOT NULL) \
             SELECT (SELECT i.id FROM queue_items i WHERE i.state = 'queued' AND i.parked AND NOT i.paused AND i.destination = ",
        )
        .str(number)
        .sql(" AND i.simulated = ")
        .flag(simulated)
        .sql(
            " AND i.tenant_id = w.tenant_id ORDER BY i.priority, i.due_at, i.id LIMIT 1), w.tenant_id \
             FROM waiting w LEFT JOIN shares s ON s.tenant_id = w.tenant_id AND s.simulated = ",
        )
        .flag(simulated)
        .sql(
            " WHERE w.tenant_id IS NOT NULL \
             ORDER BY s.waiting_for IS NOT NULL, coalesce(s.tag, 0), w.tenant_id LIMIT 64",
        );
    let rows: Vec<(Option<Word<ItemId>>, Word<TenantId>)> =
        on_either!(tx, conn => first.load(conn).await)?;
    let found = rows
        .into_iter()
        .filter_map(|(item, tenant)| Some((item?.0, tenant.0)));
    Ok(found.collect())
}

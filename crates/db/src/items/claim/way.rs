//! Which line an item goes by.

use std::time::Duration;

use faxgate_types::Timestamp;

use super::Claim;
use super::candidates::Candidate;
use crate::routes::ON_NET;
use crate::sql::Sql;

/// An item that had trouble with this line waits so long for another one, if there is one.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// What the line that claims is for an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// The one to take.
    Here,
    /// Not the one.
    Elsewhere,
    /// Not the one before this moment.
    Later(Timestamp),
}

/// With a route: the first of its lines that is up, but not the one that gave trouble while another of them is up. Without
/// one: any, but not the one that gave trouble while another is up.
pub(super) fn of(claim: &Claim<'_>, item: &Candidate) -> Way {
    let patient = item.due_at + PATIENCE;
    let avoids = |lane: &str| {
        // On-net has an end of its own to its trouble: see `on_net`.
        item.avoid_lane.as_deref() == Some(lane) && (patient > claim.now || lane == ON_NET)
    };
    let is_up = |lane: &str| lane == claim.lane || claim.lanes_up.contains(&lane);
    let is_here = match &item.route {
        None => !avoids(claim.lane) || !others(claim).any(|lane| lane != ON_NET),
        Some(route) => {
            let up = || route.split(',').filter(|lane| is_up(lane));
            let best = up().find(|lane| !avoids(lane)).or_else(|| up().next());
            best == Some(claim.lane)
        }
    };
    let is_named = |route: &String| route.split(',').any(|lane| lane == claim.lane);
    match is_here {
        true => Way::Here,
        false if avoids(claim.lane) && item.route.as_ref().is_none_or(is_named) => {
            Way::Later(patient)
        }
        false => Way::Elsewhere,
    }
}

/// The same as a condition on `a`, for what is behind many items that go by other lines. `find` is the database's word for
/// where one text stands in another.
pub(super) fn condition<T>(mut sql: Sql<T>, find: &'static str, claim: &Claim<'_>) -> Sql<T> {
    let since = claim.now - PATIENCE;
    sql = sql
        .sql("(a.route IS NULL AND (coalesce(a.avoid_lane, '') <> ")
        .str(&claim.lane)
        .sql(" OR a.due_at <= ")
        .at(since);
    if !others(claim).any(|lane| lane != ON_NET) {
        sql = sql.sql(" OR a.due_at IS NOT NULL");
    }
    let name = |lane: &str| format!(",{lane},");
    let here = name(claim.lane);
    sql = sql.sql(")) OR (").sql(find).str(&here).sql(") > 0");
    for lane in others(claim) {
        let there = name(lane);
        sql = sql
            .sql(" AND (")
            .sql(find)
            .str(&there)
            .sql(") = 0 OR ((coalesce(a.avoid_lane, '') <> ")
            .str(&claim.lane)
            .sql(" OR a.due_at <= ")
            .at(since)
            .sql(") AND (")
            .sql(find)
            .str(&there)
            .sql(") > ")
            .sql(find)
            .str(&here)
            .sql(") OR (a.avoid_lane = ")
            .str(&lane);
        sql = match lane {
            ON_NET => sql.sql("))))"),
            _ => sql.sql(" AND a.due_at > ").at(since).sql("))))"),
        };
    }
    sql.sql(")")
}

/// The other lines that are up.
fn others<'a>(claim: &Claim<'a>) -> impl Iterator<Item = &'a str> {
    let here = claim.lane;
    claim
        .lanes_up
        .iter()
        .copied()
        .filter(move |lane| *lane != here)
}

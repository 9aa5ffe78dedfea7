//! How our types lie in columns.

use std::fmt;
use std::io::Write as _;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::Pg;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Integer, Nullable, SqlType, Text, Timestamptz, TimestamptzSqlite};
use diesel::sqlite::Sqlite;
use faxgate_types::{
    AttemptId, AttemptPhase, CallUuid, Countries, Country, CoverTemplateId, DeliveryId,
    DeliveryState, DidId, DidState, Direction, DocumentId, E164, EmailAddress, FaxId, FaxStatus,
    FileKeyId, IntakeState, ItemId, ItemState, JobId, LegalHoldId, MailId, MailIntakeId, MailState,
    NumberOrderState, OrderId, Priority, RateLimits, ReceptionId, RenditionId, Resolution, RouteId,
    TenantId, TenantKeyId, TimeZone, Timestamp, UserId, WebhookId,
};

use crate::routes::Route;

/// `TIMESTAMPTZ` in PostgreSQL, sortable RFC 3339 text in SQLite.
#[derive(SqlType, diesel::query_builder::QueryId)]
#[diesel(
    postgres_type(oid = 1184, array_oid = 1185),
    sqlite_type(name = "Text")
)]
pub struct UtcTimestamp;

/// A value of ours in a column: text for what has `Display` and `FromStr`, a time for [`Timestamp`].
#[derive(Debug, Clone, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Word<T: fmt::Debug>(pub(crate) T);

/// A [`Word`] that may be NULL, read.
#[derive(Debug, Clone, FromSqlRow)]
pub struct OptWord<T: fmt::Debug>(Option<T>);

/// A time in a column.
#[derive(Debug, Clone, Copy, AsExpression, FromSqlRow)]
#[diesel(sql_type = UtcTimestamp)]
pub struct At(pub(crate) Timestamp);

/// A time that may be NULL, read.
#[derive(Debug, Clone, Copy, FromSqlRow)]
pub struct OptAt(Option<Timestamp>);

/// A priority in a column: its rank, so that it sorts.
#[derive(Debug, Clone, Copy, AsExpression, FromSqlRow)]
#[diesel(sql_type = Integer)]
pub struct Rank(pub(crate) Priority);

impl<T: fmt::Display + fmt::Debug> ToSql<Text, Pg> for Word<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        write!(out, "{}", self.0)?;
        Ok(IsNull::No)
    }
}

impl<T: fmt::Display + fmt::Debug> ToSql<Text, Sqlite> for Word<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.to_string());
        Ok(IsNull::No)
    }
}

impl<T, DB> FromSql<Text, DB> for Word<T>
where
    T: FromStr + fmt::Debug,
    T::Err: std::error::Error + Send + Sync + 'static,
    DB: Backend,
    String: FromSql<Text, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(String::from_sql(value)?.parse()?))
    }
}

impl<T, DB> FromSql<Nullable<Text>, DB> for OptWord<T>
where
    T: FromStr + fmt::Debug,
    T::Err: std::error::Error + Send + Sync + 'static,
    DB: Backend,
    String: FromSql<Text, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(Some(String::from_sql(value)?.parse()?)))
    }

    fn from_nullable_sql(value: Option<DB::RawValue<'_>>) -> deserialize::Result<Self> {
        value.map_or(Ok(Self(None)), Self::from_sql)
    }
}

impl ToSql<UtcTimestamp, Pg> for At {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Timestamptz, Pg>::to_sql(&self.0.datetime(), &mut out.reborrow())
    }
}

impl ToSql<UtcTimestamp, Sqlite> for At {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        // Timestamp's Display has a fixed width, so text order is time order.
        out.set_value(self.0.to_string());
        Ok(IsNull::No)
    }
}

impl FromSql<UtcTimestamp, Pg> for At {
    fn from_sql(value: <Pg as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let at: DateTime<Utc> = FromSql::<Timestamptz, Pg>::from_sql(value)?;
        Ok(Self(Timestamp::new(at)))
    }
}

impl FromSql<UtcTimestamp, Sqlite> for At {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let at: DateTime<Utc> = FromSql::<TimestamptzSqlite, Sqlite>::from_sql(value)?;
        Ok(Self(Timestamp::new(at)))
    }
}

impl<DB> FromSql<Nullable<UtcTimestamp>, DB> for OptAt
where
    DB: Backend,
    At: FromSql<UtcTimestamp, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        At::from_sql(value).map(|at| Self(Some(at.0)))
    }

    fn from_nullable_sql(value: Option<DB::RawValue<'_>>) -> deserialize::Result<Self> {
        value.map_or(Ok(Self(None)), Self::from_sql)
    }
}

impl ToSql<Integer, Pg> for Rank {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Integer, Pg>::to_sql(&i32::from(self.0.rank()), &mut out.reborrow())
    }
}

impl ToSql<Integer, Sqlite> for Rank {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(i32::from(self.0.rank()));
        Ok(IsNull::No)
    }
}

impl<DB: Backend> FromSql<Integer, DB> for Rank
where
    i32: FromSql<Integer, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let rank = i32::from_sql(value)?;
        let known = Priority::ALL.iter();
        known
            .copied()
            .find(|priority| i32::from(priority.rank()) == rank)
            .map(Self)
            .ok_or_else(|| format!("no priority has rank {rank}").into())
    }
}

impl From<Rank> for Priority {
    fn from(rank: Rank) -> Self {
        rank.0
    }
}

impl From<At> for Timestamp {
    fn from(at: At) -> Self {
        at.0
    }
}

impl<T: fmt::Debug> Word<T> {
    pub(crate) fn opt(value: Option<T>) -> Option<Self> {
        value.map(Self)
    }
}

impl From<OptAt> for Option<Timestamp> {
    fn from(at: OptAt) -> Self {
        at.0
    }
}

/// `impl From<Word<T>> for T` cannot be written once for every foreign `T`.
macro_rules! readable {
    ($($type:ty),* $(,)?) => {$(
        impl From<Word<$type>> for $type {
            fn from(word: Word<$type>) -> Self {
                word.0
            }
        }
    )*};
}

readable! {
    AttemptId, CallUuid, DidId, DocumentId, FaxId, ItemId, JobId, LegalHoldId, OrderId, ReceptionId, RenditionId, Route, EmailAddress, IntakeState, MailId, MailIntakeId, MailState, CoverTemplateId, RouteId, TenantId, UserId, WebhookId, DeliveryId, DeliveryState, FileKeyId, TenantKeyId,
    AttemptPhase, Countries, Country, DidState, Direction, E164, FaxStatus, ItemState, NumberOrderState, RateLimits, Resolution, TimeZone,
}

impl<T: fmt::Debug> From<OptWord<T>> for Option<T> {
    fn from(word: OptWord<T>) -> Self {
        word.0
    }
}

/// A count that lies in a signed column: never negative where we wrote it, zero where somebody else did.
pub(crate) fn count(value: i32) -> u32 {
    u32::try_from(value).unwrap_or(0)
}

/// A count on its way into a signed column.
pub(crate) fn signed(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

//! Statements written out, for the few that must run in a planned way.
//!
//! A partial index serves only a statement whose text has the index's condition in it: a bound `'queued'` will not do, in a
//! generic plan of PostgreSQL or in SQLite. And unlike `diesel::sql_query`, which is parsed and planned anew each time, a
//! prepared [`Sql`] is kept.

use std::marker::PhantomData;

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text};
use diesel::sqlite::Sqlite;
use faxgate_types::Timestamp;

use crate::column::{At, UtcTimestamp};

/// Items that could be claimed, as `queue_items_ready` has it.
pub(crate) const READY: &str =
    "queue_items.state = 'queued' AND NOT queue_items.parked AND NOT queue_items.paused";
/// Items that are claimed or on the line, as `queue_items_leased` and `queue_items_open` have it.
pub(crate) const OPEN: &str = "queue_items.state IN ('claimed', 'active')";

/// Items that wait although they are to be canceled, as `queue_items_to_cancel` has it.
pub(crate) const TO_CANCEL: &str = "queue_items.state = 'queued' AND queue_items.cancel_requested";

/// A statement that gives rows of `ST`.
pub(crate) struct Sql<ST = ()> {
    parts: Vec<Part>,
    is_kept: bool,
    rows: PhantomData<ST>,
}

enum Part {
    Text(&'static str),
    Str(String),
    OptStr(Option<String>),
    Flag(bool),
    Int(i64),
    At(At),
    OptAt(Option<At>),
    OneOf(Vec<String>),
}

impl<ST> Sql<ST> {
    pub(crate) fn new(text: &'static str) -> Self {
        Self {
            parts: vec![Part::Text(text)],
            is_kept: true,
            rows: PhantomData,
        }
    }

    /// Its text depends on the values: it is not worth while to keep it prepared.
    pub(crate) fn once(mut self) -> Self {
        self.is_kept = false;
        self
    }

    /// More text.
    pub(crate) fn sql(self, text: &'static str) -> Self {
        self.with(Part::Text(text))
    }

    /// A value, as its text.
    pub(crate) fn str(self, value: &impl ToString) -> Self {
        self.with(Part::Str(value.to_string()))
    }

    /// A value, as its text, or NULL.
    pub(crate) fn opt_str(self, value: Option<&impl ToString>) -> Self {
        self.with(Part::OptStr(value.map(ToString::to_string)))
    }

    /// A truth value.
    pub(crate) fn flag(self, value: bool) -> Self {
        self.with(Part::Flag(value))
    }

    /// A number.
    pub(crate) fn int(self, value: i64) -> Self {
        self.with(Part::Int(value))
    }

    /// A time.
    pub(crate) fn at(self, value: Timestamp) -> Self {
        self.with(Part::At(At(value)))
    }

    /// A time, or NULL.
    pub(crate) fn opt_at(self, value: Option<Timestamp>) -> Self {
        self.with(Part::OptAt(value.map(At)))
    }

    /// `= ANY (…)`, or `IN (…)`: one of these values, as their text.
    pub(crate) fn one_of<T: ToString>(self, values: impl IntoIterator<Item = T>) -> Self {
        let values = values.into_iter().map(|value| value.to_string()).collect();
        self.with(Part::OneOf(values))
    }

    fn with(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }
}

impl<ST> QueryId for Sql<ST> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<ST> Query for Sql<ST> {
    type SqlType = ST;
}

impl<ST> QueryFragment<Pg> for Sql<ST> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if !self.is_kept {
            out.unsafe_to_cache_prepared();
        }
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_sql(text),
                Part::Str(value) => out.push_bind_param::<Text, _>(value)?,
                Part::OptStr(value) => out.push_bind_param::<Nullable<Text>, _>(value)?,
                Part::Flag(value) => out.push_bind_param::<Bool, _>(value)?,
                Part::Int(value) => out.push_bind_param::<BigInt, _>(value)?,
                Part::At(value) => out.push_bind_param::<UtcTimestamp, _>(value)?,
                Part::OptAt(value) => out.push_bind_param::<Nullable<UtcTimestamp>, _>(value)?,
                Part::OneOf(values) => {
                    out.push_sql(" = ANY (");
                    out.push_bind_param::<Array<Text>, _>(values)?;
                    out.push_sql(")");
                }
            }
        }
        Ok(())
    }
}

impl<ST> QueryFragment<Sqlite> for Sql<ST> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        if !self.is_kept {
            out.unsafe_to_cache_prepared();
        }
        for part in &self.parts {
            match part {
                Part::Text(text) => out.push_sql(text),
                Part::Str(value) => out.push_bind_param::<Text, _>(value)?,
                Part::OptStr(value) => out.push_bind_param::<Nullable<Text>, _>(value)?,
                Part::Flag(value) => out.push_bind_param::<Bool, _>(value)?,
                Part::Int(value) => out.push_bind_param::<BigInt, _>(value)?,
                Part::At(value) => out.push_bind_param::<UtcTimestamp, _>(value)?,
                Part::OptAt(value) => out.push_bind_param::<Nullable<UtcTimestamp>, _>(value)?,
                Part::OneOf(values) => {
                    // Its text depends on how many there are.
                    out.unsafe_to_cache_prepared();
                    out.push_sql(" IN (");
                    for (position, value) in values.iter().enumerate() {
                        if position > 0 {
                            out.push_sql(", ");
                        }
                        out.push_bind_param::<Text, _>(value)?;
                    }
                    out.push_sql(")");
                }
            }
        }
        Ok(())
    }
}

//! What comes back: a row, its columns by name or by place.

use std::fmt::Display;

use keyward_model::{InvalidId, Timestamp};
use serde::de::DeserializeOwned;

use super::{Fault, Tried};

/// A row of either engine.
pub(crate) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r postgres::Row),
}

/// Types that a column is read as: `i64`, `bool`, `String`, and `Option` of them.
pub(crate) trait Stored: rusqlite::types::FromSql + for<'r> postgres::types::FromSql<'r> {}
impl<T: rusqlite::types::FromSql + for<'r> postgres::types::FromSql<'r>> Stored for T {}

/// A column's name, or its place from 0.
pub(crate) trait Column: rusqlite::RowIndex + postgres::row::RowIndex + Display + Copy {}
impl<T: rusqlite::RowIndex + postgres::row::RowIndex + Display + Copy> Column for T {}

impl Row<'_> {
    /// What the column holds.
    pub(crate) fn get<T: Stored>(&self, column: impl Column) -> Tried<T> {
        match self {
            Self::Sqlite(row) => Ok(row.get(column)?),
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
    }

    /// A text, or none, where it lies.
    pub(crate) fn text(&self, column: impl Column) -> Tried<Option<&str>> {
        match self {
            Self::Sqlite(row) => Ok(row.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from)?),
            Self::Postgres(row) => Ok(row.try_get(column)?),
        }
    }

    /// A column that holds an identifier.
    pub(crate) fn id<T: TryFrom<String, Error = InvalidId>>(&self, column: impl Column) -> Tried<T> {
        T::try_from(self.get(column)?).map_err(|e| Fault::Damaged(e.to_string()))
    }

    /// A column that holds JSON of ours.
    pub(crate) fn json<T: DeserializeOwned>(&self, column: impl Column) -> Tried<T> {
        serde_json::from_str(&self.get::<String>(column)?).map_err(|e| Fault::Damaged(e.to_string()))
    }

    /// A column that holds JSON of ours or none.
    pub(crate) fn maybe_json<T: DeserializeOwned>(&self, column: impl Column) -> Tried<Option<T>> {
        let text: Option<String> = self.get(column)?;
        text.map(|text| serde_json::from_str(&text).map_err(|e| Fault::Damaged(e.to_string()))).transpose()
    }

    /// A column that holds a count or a number, never negative.
    pub(crate) fn number<T: TryFrom<i64>>(&self, column: impl Column) -> Tried<T> {
        let value: i64 = self.get(column)?;
        T::try_from(value).map_err(|_| Fault::Damaged(format!("{column} {value}")))
    }

    /// A column that holds a moment.
    pub(crate) fn time(&self, column: impl Column) -> Tried<Timestamp> {
        self.get(column).map(Timestamp)
    }

    /// A column that holds a moment or none.
    pub(crate) fn maybe_time(&self, column: impl Column) -> Tried<Option<Timestamp>> {
        Ok(self.get::<Option<i64>>(column)?.map(Timestamp))
    }
}

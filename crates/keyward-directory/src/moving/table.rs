//! The tables that are moved, and their rows as JSON.

use serde_json::{Map, Value as Json};

use crate::store::{Row, Tried, Value};

/// A table's columns, those of its key first.
pub(super) struct Table {
    pub(super) name: &'static str,
    pub(super) key: &'static [Column],
    pub(super) rest: &'static [Column],
}

pub(super) struct Column {
    pub(super) name: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
}

const fn text(name: &'static str) -> Column {
    Column { name, kind: Kind::Text }
}

const fn number(name: &'static str) -> Column {
    Column { name, kind: Kind::Number }
}

/// Every table but `plans` and `answers`, each after those that it refers to. Plans live for a quarter of an hour, and
/// are made again; answers are kept for whoever asks a plan's question twice.
#[rustfmt::skip]
pub(super) const TABLES: &[Table] = &[
    Table { name: "tenants", key: &[text("id")], rest: &[text("slug"), text("name"), number("hue"), text("class")] },
    Table {
        name: "people",
        key: &[text("id")],
        rest: &[text("issuer"), text("subject"), text("email"), text("email_folded"), text("name"), text("default_tenant")],
    },
    Table { name: "roles", key: &[text("tenant"), text("id")], rest: &[text("name"), text("description"), number("rank"), number("version"), text("template")] },
    Table { name: "role_permissions", key: &[text("tenant"), text("role"), text("permission")], rest: &[] },
    Table {
        name: "memberships",
        key: &[text("tenant"), text("person")],
        rest: &[text("name_folded"), number("since"), number("version")],
    },
    Table { name: "words", key: &[text("tenant"), text("person"), text("word")], rest: &[] },
    Table {
        name: "assignments",
        key: &[text("tenant"), text("person"), text("role")],
        rest: &[text("given_by"), number("given_at"), text("reason"), number("starts_at"), number("ends_at")],
    },
    Table { name: "uses", key: &[text("tenant"), text("person"), text("role")], rest: &[number("at")] },
    Table {
        name: "audit",
        key: &[text("tenant"), number("number")],
        rest: &[number("at"), text("actor"), text("plan"), text("changes"), text("reason"), text("roles")],
    },
    Table { name: "audit_people", key: &[text("tenant"), text("person"), number("number")], rest: &[] },
    Table { name: "audit_chain", key: &[text("tenant"), number("number")], rest: &[text("hash")] },
];

impl Table {
    pub(super) fn columns(&self) -> impl Iterator<Item = &'static Column> {
        self.key.iter().chain(self.rest)
    }

    /// The names of the columns, with commas between.
    pub(super) fn names(&self) -> String {
        names(self.columns())
    }

    pub(super) fn key_names(&self) -> String {
        names(self.key.iter())
    }

    /// A row's JSON.
    pub(super) fn json(&self, row: &Row<'_>) -> Tried<Json> {
        let field = |column: &Column| {
            let value = match column.kind {
                Kind::Text => Json::from(row.get::<Option<String>>(column.name)?),
                Kind::Number => Json::from(row.get::<Option<i64>>(column.name)?),
            };
            Ok((column.name.to_owned(), value))
        };
        self.columns().map(field).collect::<Tried<Map<_, _>>>().map(Json::Object)
    }

    /// The values of a row's JSON, if it has this table's columns and no others.
    pub(super) fn values<'j>(&self, row: &'j Json) -> Option<Vec<Value<'j>>> {
        let row = row.as_object().filter(|row| row.len() == self.columns().count())?;
        self.columns().map(|column| column.value(row.get(column.name)?)).collect()
    }

    /// The key of a row's JSON.
    pub(super) fn key_of<'j>(&self, row: &'j Json) -> Option<Vec<Value<'j>>> {
        self.key.iter().map(|column| column.value(row.get(column.name)?)).collect()
    }
}

impl Column {
    fn value<'j>(&self, json: &'j Json) -> Option<Value<'j>> {
        match (self.kind, json) {
            (_, Json::Null) => Some(Value::Null),
            (Kind::Text, Json::String(text)) => Some(Value::from(text)),
            (Kind::Number, Json::Number(number)) => number.as_i64().map(Value::Number),
            _ => None,
        }
    }
}

fn names<'c>(columns: impl Iterator<Item = &'c Column>) -> String {
    columns.map(|column| column.name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        Database,
        store::{Store, values},
    };

    #[test]
    fn every_column_of_every_table_is_moved() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Database::file(folder.path().join("directory.db"))).unwrap();
        let sql = "SELECT t.name AS of, c.name AS name FROM sqlite_master t JOIN pragma_table_info(t.name) c \
                   WHERE t.type = 'table' AND t.name NOT IN ('plans', 'answers')";
        let there: BTreeSet<(String, String)> =
            store.read(|tx| tx.all(sql, values![], |row| Ok((row.get("of")?, row.get("name")?)))).unwrap();
        let moved: BTreeSet<(String, String)> = TABLES
            .iter()
            .flat_map(|table| table.columns().map(|column| (table.name.to_owned(), column.name.to_owned())))
            .collect();
        assert_eq!(moved, there);
    }
}

//! One line of a table, by itself.

use keyward_model::{EmailAddress, Name, PersonId, Result, RoleId, TimeWindow, Timestamp};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{bad, bad_value};

/// A column.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    Email,
    Person,
    Role,
    Action,
    Name,
    StartsAt,
    EndsAt,
}

const COLUMNS: [(&str, Column); 7] = [
    ("email", Column::Email),
    ("person", Column::Person),
    ("role", Column::Role),
    ("action", Column::Action),
    ("name", Column::Name),
    ("starts_at", Column::StartsAt),
    ("ends_at", Column::EndsAt),
];

impl Column {
    /// The columns that the first line names.
    pub(super) fn named(names: &[&str]) -> Result<Vec<Self>> {
        let mut columns = Vec::new();
        for name in names {
            let known = COLUMNS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
            let Some((name, column)) = known else {
                let list = COLUMNS.map(|(name, _)| name).join(", ");
                return Err(bad(1, &format!("there is no column {name:?}. A table has columns of {list}.")));
            };
            if columns.contains(column) {
                return Err(bad(1, &format!("the column {name} is there twice.")));
            }
            columns.push(*column);
        }
        match columns.iter().filter(|column| matches!(column, Self::Email | Self::Person)).count() {
            1 => Ok(columns),
            _ => Err(bad(1, "people are named in one column, email or person.")),
        }
    }
}

/// Whom a line is about.
pub(super) enum Who {
    Person(PersonId),
    Email(EmailAddress),
}

/// What a line wishes for them.
pub(super) enum Deed {
    Give(RoleId, TimeWindow),
    Take(RoleId),
    Remove,
    Add(Name, Option<RoleId>, TimeWindow),
}

/// One line.
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) who: Who,
    pub(super) deed: Deed,
}

impl Line {
    pub(super) fn read(number: u64, columns: &[Column], values: &[&str]) -> Result<Self> {
        let (there, named) = (values.len(), columns.len());
        if there != named {
            let words = format!("it has {there} values, where the first line names {named} columns.");
            return Err(bad(number, &words));
        }
        let value = |column: Column| {
            let place = columns.iter().position(|one| *one == column);
            place.and_then(|place| values.get(place).copied()).filter(|value| !value.is_empty())
        };
        let missing = |column: &str, action: &str| {
            bad(number, &format!("it has no {column}, which the action {action} needs."))
        };
        let who = match (value(Column::Email), value(Column::Person)) {
            (Some(email), _) => Who::Email(read(number, "email", email, EmailAddress::new)?),
            (None, Some(person)) => Who::Person(read(number, "person", person, PersonId::new)?),
            (None, None) => return Err(bad(number, "it names nobody.")),
        };
        let role = value(Column::Role).map(|role| read(number, "role", role, RoleId::new)).transpose()?;
        let moment = |name, column| value(column).map(|text| moment(number, name, text)).transpose();
        let starts_at = moment("starts_at", Column::StartsAt)?;
        let ends_at = moment("ends_at", Column::EndsAt)?;
        let window = TimeWindow { starts_at, ends_at };
        if !window.is_forwards() {
            let ends_at = value(Column::EndsAt).unwrap_or_default();
            return Err(bad_value(number, "ends_at", ends_at, "it must be later than starts_at."));
        }
        let action = value(Column::Action).unwrap_or("give").to_ascii_lowercase();
        let empty = |column: Column, name: &str| match value(column) {
            Some(text) => Err(bad_value(
                number,
                name,
                text,
                &format!("the action {action} takes none. Leave it empty."),
            )),
            None => Ok(()),
        };
        let untimed = || empty(Column::StartsAt, "starts_at").and_then(|()| empty(Column::EndsAt, "ends_at"));
        let deed = match action.as_str() {
            "give" => Deed::Give(role.ok_or_else(|| missing("role", "give"))?, window),
            "take" => {
                untimed()?;
                Deed::Take(role.ok_or_else(|| missing("role", "take"))?)
            }
            "remove" => {
                empty(Column::Role, "role")?;
                untimed()?;
                Deed::Remove
            }
            "add" => {
                if matches!(who, Who::Person(_)) {
                    return Err(missing("email", "add"));
                }
                let name = value(Column::Name).ok_or_else(|| missing("name", "add"))?;
                Deed::Add(read(number, "name", name, Name::new)?, role, window)
            }
            other => {
                let why = "it must be give, take, remove or add; empty is give.";
                return Err(bad_value(number, "action", other, why));
            }
        };
        Ok(Self { number, who, deed })
    }
}

fn read<T, E: ToString>(
    number: u64,
    column: &str,
    value: &str,
    new: impl FnOnce(String) -> std::result::Result<T, E>,
) -> Result<T> {
    new(value.to_owned()).map_err(|e| bad_value(number, column, value, &format!("{}.", e.to_string())))
}

/// A moment as RFC 3339 writes it.
fn moment(number: u64, column: &str, value: &str) -> Result<Timestamp> {
    let Ok(moment) = OffsetDateTime::parse(value, &Rfc3339) else {
        let why = "it is no moment of RFC 3339. Write it as 2026-11-22T08:10:00Z or with an offset, +01:00.";
        return Err(bad_value(number, column, value, why));
    };
    if moment.nanosecond() != 0 {
        return Err(bad_value(number, column, value, "times are whole seconds."));
    }
    Ok(Timestamp(moment.unix_timestamp()))
}

//! The world's rows, table by table in the order of their keys, and how each engine takes them as a whole.

use std::{fmt::Write as _, io::Write as _};

use postgres::{Client, CopyInWriter};
use rusqlite::{Connection, params_from_iter, types::ToSqlOutput};

use super::{
    Run,
    world::{self, ISSUER, PEOPLE, ROLES, TENANTS, World},
};

/// Since when everybody is where they are.
const SINCE: i64 = 1_700_000_000;

/// A value of a row.
pub enum Cell {
    Number(i64),
    Text(String),
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// Gives every row to whoever takes it.
pub type Rows<'r> = Box<dyn Fn(&mut dyn FnMut(&[Cell]) -> Run<()>) -> Run<()> + 'r>;

/// A table that is filled as a whole.
pub struct Filling<'f> {
    pub table: &'static str,
    pub columns: &'static str,
    pub rows: Rows<'f>,
}

macro_rules! cells {
    ($($cell:expr),* $(,)?) => { [$($crate::rows::Cell::from($cell)),*] };
}
pub(crate) use cells;

/// Everything that a directory of this world holds.
pub fn directory(world: &World) -> Vec<Filling<'_>> {
    let places = || world.tenants.iter().flatten().copied();
    vec![
        Filling {
            table: "tenants",
            columns: "id, name, hue, class",
            rows: Box::new(|take| {
                (0..TENANTS).try_for_each(|tenant| {
                    let hue = (tenant * 360 / TENANTS) as i64;
                    take(&cells![world::tenant_id(tenant), format!("Tenant {tenant}"), hue, "production"])
                })
            }),
        },
        Filling {
            table: "people",
            columns: "id, issuer, subject, email, email_folded, name",
            rows: Box::new(|take| {
                (0..PEOPLE).try_for_each(|person| {
                    let (first, last) = world::name(person);
                    let email = world::email(person);
                    take(&cells![
                        world::person_id(person),
                        ISSUER,
                        world::subject(person),
                        email.as_str(),
                        email.as_str(),
                        format!("{first} {last}"),
                    ])
                })
            }),
        },
        Filling {
            table: "roles",
            columns: "tenant, id, name, description, rank",
            rows: Box::new(|take| {
                (0..TENANTS).try_for_each(|tenant| {
                    (0..).zip(ROLES).try_for_each(|(rank, (role, _)): (i64, _)| {
                        take(&cells![world::tenant_id(tenant), role, role, "", rank])
                    })
                })
            }),
        },
        Filling {
            table: "role_permissions",
            columns: "tenant, role, permission",
            rows: Box::new(|take| {
                (0..TENANTS).try_for_each(|tenant| {
                    ROLES.iter().try_for_each(|(role, permissions)| {
                        let mut each = permissions.iter();
                        each.try_for_each(|one| take(&cells![world::tenant_id(tenant), *role, *one]))
                    })
                })
            }),
        },
        Filling {
            table: "memberships",
            columns: "tenant, person, name_folded, since, version",
            rows: Box::new(move |take| {
                places().try_for_each(|place| {
                    let (first, last) = world::name(place.person);
                    let name = format!("{first} {last}").to_lowercase();
                    take(&cells![
                        world::tenant_id(place.tenant),
                        world::person_id(place.person),
                        name,
                        SINCE,
                        1
                    ])
                })
            }),
        },
        Filling {
            table: "words",
            columns: "tenant, person, word",
            rows: Box::new(move |take| {
                places().try_for_each(|place| {
                    let (first, last) = world::name(place.person);
                    let mut words = [
                        first.to_lowercase(),
                        last.to_lowercase(),
                        place.person.to_string(),
                        "example".to_owned(),
                        "com".to_owned(),
                    ];
                    words.sort_unstable();
                    let (tenant, person) = (world::tenant_id(place.tenant), world::person_id(place.person));
                    words
                        .iter()
                        .try_for_each(|word| take(&cells![tenant.as_str(), person.as_str(), word.as_str()]))
                })
            }),
        },
        Filling {
            table: "assignments",
            columns: "tenant, person, role, given_at",
            rows: Box::new(move |take| {
                places().try_for_each(|place| {
                    let (tenant, person) = (world::tenant_id(place.tenant), world::person_id(place.person));
                    let mut roles = world.roles(place).into_iter();
                    roles.try_for_each(|role| {
                        take(&cells![tenant.as_str(), person.as_str(), ROLES[role].0, SINCE])
                    })
                })
            }),
        },
    ]
}

/// Fills tables of a SQLite file. Indexes are put back when all rows are in.
pub fn into_sqlite(connection: &mut Connection, fillings: &[Filling<'_>]) -> Run<()> {
    connection.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA cache_size = -1000000",
    )?;
    let tx = connection.transaction()?;
    for Filling { table, columns, rows } in fillings {
        let sql =
            "SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL";
        let indexes: Vec<(String, String)> = tx
            .prepare(sql)?
            .query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        for (name, _) in &indexes {
            tx.execute_batch(&format!("DROP INDEX {name}"))?;
        }
        let places = vec!["?"; columns.split(',').count()].join(", ");
        let mut insert = tx.prepare(&format!("INSERT INTO {table} ({columns}) VALUES ({places})"))?;
        rows(&mut |cells| Ok(insert.execute(params_from_iter(cells)).map(drop)?))?;
        drop(insert);
        for (_, sql) in &indexes {
            tx.execute_batch(sql)?;
        }
    }
    tx.commit()?;
    connection.execute_batch("PRAGMA journal_mode = WAL")?;
    Ok(())
}

impl rusqlite::ToSql for Cell {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Number(number) => Ok(ToSqlOutput::from(*number)),
            Self::Text(text) => text.to_sql(),
        }
    }
}

/// Fills tables of a PostgreSQL database, as its superuser.
pub fn into_postgres(client: &mut Client, fillings: &[Filling<'_>]) -> Run<()> {
    // Neither triggers nor foreign keys: the rows are known to be right.
    client.batch_execute("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'")?;
    for Filling { table, columns, rows } in fillings {
        let mut tx = client.transaction()?;
        let sql = "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i \
                   WHERE i.indrelid = $1::text::regclass AND NOT EXISTS \
                   (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)";
        let indexes = tx.query(sql, &[table])?;
        for index in &indexes {
            tx.batch_execute(&format!("DROP INDEX {}", index.try_get::<_, String>(0)?))?;
        }
        let mut copy = tx.copy_in(&format!("COPY {table} ({columns}) FROM STDIN"))?;
        let mut line = String::new();
        rows(&mut |cells| written(&mut copy, &mut line, cells))?;
        copy.finish()?;
        for index in &indexes {
            tx.batch_execute(&index.try_get::<_, String>(1)?)?;
        }
        tx.commit()?;
    }
    client.batch_execute("VACUUM ANALYZE")?;
    client.batch_execute("CHECKPOINT")?;
    Ok(())
}

/// A line of `COPY`. No text of ours has a tabulator or a backslash.
fn written(copy: &mut CopyInWriter<'_>, line: &mut String, cells: &[Cell]) -> Run<()> {
    line.clear();
    for (place, cell) in cells.iter().enumerate() {
        if place > 0 {
            line.push('\t');
        }
        match cell {
            Cell::Number(number) => write!(line, "{number}")?,
            Cell::Text(text) => line.push_str(text),
        }
    }
    line.push('\n');
    Ok(copy.write_all(line.as_bytes())?)
}

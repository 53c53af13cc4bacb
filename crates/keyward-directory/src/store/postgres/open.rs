//! Opening the database: looked at before anything is written, then migrated by one at a time.

use keyward_model::{Error, ErrorCode};
use postgres::GenericClient;

use super::{Address, connection::Connection, dialect};
use crate::store::{
    Fault, Tried,
    schema::{SCHEMA, STEPS},
};

/// The oldest server that will do, as it numbers itself.
const OLDEST: i32 = 150_000;
/// What those lock who migrate: "KWdr".
const MIGRATING: i64 = 0x4B57_6472;
/// The version of the schema that its steps lead to.
const VERSION: i64 = SCHEMA as i64;

/// Sees to it that the database is ours, and its schema of today.
pub(super) fn prepare(connection: &mut Connection, address: &Address) -> Tried<()> {
    let client = &mut connection.client;
    server(client, address)?;
    if taken(client, address)? == Some(VERSION) {
        return Ok(());
    }
    let mut tx = client.transaction()?;
    // Another of ours may be at it, and take its time.
    tx.batch_execute("SET LOCAL lock_timeout = 0")?;
    tx.execute("SELECT pg_advisory_xact_lock($1)", &[&MIGRATING])?;
    let taken = taken(&mut tx, address)?;
    if taken.is_none() {
        tx.batch_execute("CREATE TABLE keyward_schema (version BIGINT NOT NULL)")?;
        tx.execute("INSERT INTO keyward_schema (version) VALUES (0)", &[])?;
    }
    for (_, step) in (0..).zip(STEPS).filter(|(place, _)| *place >= taken.unwrap_or_default()) {
        tx.batch_execute(&dialect::step(step))?;
    }
    tx.execute("UPDATE keyward_schema SET version = $1", &[&VERSION])?;
    Ok(tx.commit()?)
}

/// Refuses a server that is too old, or keeps text in an encoding that has no place for everybody's name.
fn server(client: &mut impl GenericClient, address: &Address) -> Tried<()> {
    let sql = "SELECT current_setting('server_version_num')::int, current_setting('server_version'), \
               current_setting('server_encoding')";
    let row = client.query_one(sql, &[])?;
    let (number, version, encoding): (i32, String, String) =
        (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    let words = if number < OLDEST {
        format!("{address} is on PostgreSQL {version}. A directory needs 15 or later.")
    } else if encoding != "UTF8" {
        format!("{address} keeps text as {encoding}. A directory needs a database in UTF8.")
    } else {
        return Ok(());
    };
    Err(Error::new(ErrorCode::ConfigInvalid, words).into())
}

/// How many steps of the schema were taken; none in an empty database. Refuses one that is another program's, or
/// of a later version of ours.
fn taken(client: &mut impl GenericClient, address: &Address) -> Tried<Option<i64>> {
    // What came with an extension is nobody's.
    let sql = "SELECT s.name IS NOT NULL, to_regclass(s.name || '.keyward_schema') IS NOT NULL, \
               EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = to_regnamespace(s.name) AND NOT EXISTS \
                 (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid \
                  AND d.deptype = 'e')) \
               FROM (SELECT quote_ident(current_schema()) AS name) s";
    let row = client.query_one(sql, &[])?;
    let (place, ours, filled): (bool, bool, bool) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
    if !place {
        let words = format!("{address} has no schema on its search path to put tables into.");
        return Err(Error::new(ErrorCode::ConfigInvalid, words).into());
    }
    if !ours {
        return if filled { Err(Fault::Damaged("another program's database".to_owned())) } else { Ok(None) };
    }
    let version = client.query_opt("SELECT version FROM keyward_schema", &[])?;
    let version = version.ok_or_else(|| Fault::Damaged("keyward_schema is empty".to_owned()))?;
    match version.try_get(0)? {
        later if later > VERSION => {
            let words = format!("{address} was written by a later version of Keyward. Use that one.");
            Err(Error::new(ErrorCode::StorageCorrupt, words).into())
        }
        version => Ok(Some(version)),
    }
}

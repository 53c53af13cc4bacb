//! The bare loop beside which the directory is measured: prepared statements of SQLite, and nothing else.

use keyward_model::{Clock, HookAnswer, HookRequest, SystemClock};
use rusqlite::{Connection, Statement, params};

/// What both answer.
#[derive(Debug, PartialEq)]
pub struct Answer {
    version: i64,
    roles: Vec<String>,
    permissions: Vec<String>,
    lasts_until: Option<i64>,
}

impl From<HookAnswer> for Answer {
    fn from(answer: HookAnswer) -> Self {
        Self {
            version: i64::try_from(answer.role_version).unwrap_or(i64::MAX),
            lasts_until: answer.lasts_until().map(|at| at.0),
            roles: answer.roles.into_iter().map(String::from).collect(),
            permissions: answer.permissions.into_iter().map(String::from).collect(),
        }
    }
}

/// A row of the bare loop: a role, its start and its end.
type Held = (String, Option<i64>, Option<i64>);

/// The least that SQLite can be asked to answer the question within one view of the data.
pub struct Peer<'c> {
    begin: Statement<'c>,
    member: Statement<'c>,
    roles: Statement<'c>,
    permissions: Statement<'c>,
    end: Statement<'c>,
}

impl<'c> Peer<'c> {
    pub fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            begin: connection.prepare("BEGIN")?,
            member: connection.prepare(
                "SELECT p.id, coalesce((SELECT max(v.version) FROM assignments h JOIN roles v ON v.tenant = h.tenant \
                 AND v.id = h.role WHERE h.tenant = m.tenant AND h.person = m.person AND v.version > m.version), \
                 m.version) FROM people p JOIN memberships m ON m.tenant = ?3 AND m.person = p.id \
                 WHERE p.issuer = ?1 AND p.subject = ?2",
            )?,
            roles: connection
                .prepare(
                    "SELECT role, starts_at, ends_at FROM assignments WHERE tenant = ? AND person = ? \
                     AND (ends_at IS NULL OR ends_at > ?) ORDER BY role",
                )?,
            permissions: connection.prepare(
                "SELECT DISTINCT p.permission FROM assignments a JOIN role_permissions p \
                 ON p.tenant = a.tenant AND p.role = a.role \
                 WHERE a.tenant = ?1 AND a.person = ?2 AND (a.starts_at IS NULL OR a.starts_at <= ?3) \
                 AND (a.ends_at IS NULL OR a.ends_at > ?3) ORDER BY p.permission",
            )?,
            end: connection.prepare("COMMIT")?,
        })
    }

    pub fn answer(&mut self, request: &HookRequest) -> rusqlite::Result<Answer> {
        let tenant = request.tenant.as_str();
        self.begin.execute([])?;
        let (person, version): (String, i64) = self
            .member
            .query_row(params![request.issuer.as_str(), request.subject.as_str(), tenant], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        let now = SystemClock.now().0;
        let of_now = params![tenant, person, now];
        let held = self.roles.query_map(of_now, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let held: Vec<Held> = held.collect::<rusqlite::Result<_>>()?;
        let permissions = self.permissions.query_map(of_now, |row| row.get(0))?;
        let permissions = permissions.collect::<rusqlite::Result<_>>()?;
        self.end.execute([])?;
        let turns = held.iter().flat_map(|(_, start, end)| [*start, *end]).flatten();
        let lasts_until = turns.filter(|turn| *turn > now).min();
        let begun = held.into_iter().filter(|(_, start, _)| start.is_none_or(|start| start <= now));
        Ok(Answer { version, roles: begun.map(|(role, ..)| role).collect(), permissions, lasts_until })
    }
}

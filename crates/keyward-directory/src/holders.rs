//! Who holds what, and since when nobody has used it.

use keyward_model::{
    Error, ErrorCode, Holder, HoldersPage, HoldersQuery, Issuer, Result, Subject, UnusedQuery,
};

use crate::{
    Caller, Directory,
    caller::authorise,
    cursor::{self, HolderCursor},
    permission,
    read::{checked_limit, cut, stranger},
    rows::Sought,
};

impl Directory {
    /// A page of who holds a role, or any that allows something, at this moment: in every tenant where the asker
    /// holds `people:read` and `roles:read` at this moment, whatever tenant their token is for.
    ///
    /// # Errors
    /// [`ErrorCode::Forbidden`] where the directory does not know the asker, [`ErrorCode::InvalidRequest`] where not
    /// exactly one of role and permission is named, or a field is out of its limits.
    pub fn holders(&self, issuer: &Issuer, subject: &Subject, query: &HoldersQuery) -> Result<HoldersPage> {
        let limit = checked_limit(query.limit)?;
        let sought = match (&query.role, &query.permission) {
            (Some(role), None) => Sought::Role(role),
            (None, Some(permission)) => Sought::Permission(permission),
            (None, None) | (Some(_), Some(_)) => {
                let words = "Name a role or a permission, and not both.";
                return Err(Error::new(ErrorCode::InvalidRequest, words));
            }
        };
        self.store().read(|tx| {
            let asker = tx.person_by_subject(issuer, subject)?.ok_or_else(stranger)?;
            let after: Option<HolderCursor> = cursor::read(query.cursor.as_deref())?;
            Ok(page(tx.holders(&asker.id, &sought, self.now(), after.as_ref(), limit + 1)?, limit)?)
        })
    }

    /// A page of the roles of a tenant that are held at this moment and since before another, and that no token has
    /// named from that moment on, as far as is known. Needs `people:read`.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidRequest`] names a field out of its limits.
    pub fn unused(&self, caller: &Caller, query: &UnusedQuery) -> Result<HoldersPage> {
        let limit = checked_limit(query.limit)?;
        self.store().read(|tx| {
            let now = self.now();
            let tenant = authorise(tx, caller, permission::PEOPLE_READ, now)?.tenant;
            let after: Option<HolderCursor> = cursor::read(query.cursor.as_deref())?;
            Ok(page(tx.unused(&tenant.id, query.since, now, after.as_ref(), limit + 1)?, limit)?)
        })
    }
}

/// One row more than asked for says whether there is another page.
fn page(mut holders: Vec<Holder>, limit: u32) -> Result<HoldersPage> {
    let last = cut(&mut holders, limit).map(|last| HolderCursor {
        tenant: last.tenant.clone(),
        role: last.holding.role.clone(),
        person: last.person.id.clone(),
    });
    Ok(HoldersPage { holders, next: last.map(|last| cursor::write(&last)).transpose()? })
}

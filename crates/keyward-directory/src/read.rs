//! What one can ask of the directory.

use keyward_model::{
    AuditEntry, AuditPage, Error, ErrorCode, Issuer, Me, Membership, PeoplePage, PeopleQuery, Person,
    PersonDetail, PersonId, Result, Role, Subject, Tenant, TenantId, VerifiedEmail,
};

use crate::{
    Caller, Directory,
    caller::authorise,
    cursor::{self, AuditCursor},
    fold::{fold, words},
    permission,
    rows::Listing,
    store::Fault,
    why,
};

/// Rows of a page where none is named, and at most.
const USUAL_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 200;
/// Characters and words of a search at most.
const MAX_SEARCH: usize = 200;
const MAX_WORDS: usize = 10;
/// Changes after which a page of the audit ends, however few its entries: one plan may have a thousand.
const AUDIT_CHANGES: usize = 2_000;
/// Lines of a person's own history.
const HISTORY: u32 = 10;

impl Directory {
    /// The person with this e-mail address, in any case, at this provider, and the provider's name for them, if they
    /// have ever come.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn person_by_email(&self, issuer: &Issuer, email: &str) -> Result<Option<(Option<Subject>, Person)>> {
        self.store().read(|tx| tx.person_by_email(issuer, email))
    }

    /// The person that the provider knows by this name.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn person_by_subject(&self, issuer: &Issuer, subject: &Subject) -> Result<Option<Person>> {
        self.store().read(|tx| tx.person_by_subject(issuer, subject))
    }

    /// Who this is, and every tenant they are in. Who was invited by this address comes in.
    ///
    /// # Errors
    /// [`ErrorCode::Forbidden`] where the directory does not know the person.
    pub fn me(&self, issuer: &Issuer, subject: &Subject, email: Option<&VerifiedEmail>) -> Result<Me> {
        match (self.known(issuer, subject), email) {
            (Err(stranger), Some(email)) if stranger.code == ErrorCode::Forbidden => {
                match self.arrive(issuer, subject, email)? {
                    true => self.known(issuer, subject),
                    false => Err(stranger),
                }
            }
            (known, _) => known,
        }
    }

    fn known(&self, issuer: &Issuer, subject: &Subject) -> Result<Me> {
        self.store().read(|tx| {
            let Some(person) = tx.person_by_subject(issuer, subject)? else {
                return Err(stranger().into());
            };
            let mut tenants = Vec::new();
            for tenant in tx.tenants_of(&person.id)? {
                let held = tx.held(&tenant.id, &person.id, self.now())?;
                let mut roles = tx.roles(&tenant.id)?;
                roles.retain(|role| held.contains(&role.id));
                tenants.push(Membership { tenant, roles });
            }
            tenants.sort_by_cached_key(|at| (fold(&at.tenant.name), at.tenant.id.clone()));
            Ok(Me { default_tenant: tx.default_tenant(&person.id)?, person, tenants })
        })
    }

    /// The caller's own version in their tenant now; none where they are not in it.
    ///
    /// # Errors
    /// A store that cannot be read.
    pub fn role_version(&self, caller: &Caller) -> Result<Option<u64>> {
        self.store().read(|tx| match tx.person_by_subject(&caller.issuer, &caller.subject)? {
            Some(person) => tx.version(&caller.tenant, &person.id),
            None => Ok(None),
        })
    }

    /// The caller's tenant. Needs `roles:read`.
    ///
    /// # Errors
    /// Refused as [`Caller`] says.
    pub fn tenant(&self, caller: &Caller) -> Result<Tenant> {
        self.store().read(|tx| Ok(authorise(tx, caller, permission::ROLES_READ, self.now())?.tenant))
    }

    /// The tenant that is called so in web addresses, or has this id.
    pub(crate) fn tenant_called(&self, name: &TenantId) -> Result<Option<TenantId>> {
        self.store().read(|tx| tx.tenant_called(name))
    }

    /// The tenant's roles, best first. Needs `roles:read`.
    ///
    /// # Errors
    /// Refused as [`Caller`] says.
    pub fn roles(&self, caller: &Caller) -> Result<Vec<Role>> {
        self.store().read(|tx| {
            let actor = authorise(tx, caller, permission::ROLES_READ, self.now())?;
            tx.roles(&actor.tenant.id)
        })
    }

    /// A page of the tenant's people, by name. Needs `people:read`.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidRequest`] names a field out of its limits; [`ErrorCode::NotFound`] a role that is not.
    pub fn people(&self, caller: &Caller, query: &PeopleQuery) -> Result<PeoplePage> {
        let limit = checked_limit(query.limit)?;
        let words = search(query.search.as_deref())?;
        self.store().read(|tx| {
            let now = self.now();
            let tenant = authorise(tx, caller, permission::PEOPLE_READ, now)?.tenant;
            if let Some(role) = &query.role
                && !tx.roles(&tenant.id)?.iter().any(|one| one.id == *role)
            {
                let words = format!("role: there is no role {role} in {}.", tenant.name);
                return Err(Error::new(ErrorCode::NotFound, words).into());
            }
            let after = cursor::read(query.cursor.as_deref())?;
            // One row more than asked for says whether there is another page.
            let listing =
                Listing { words: words.clone(), role: query.role.clone(), now, after, limit: limit + 1 };
            let mut rows = tx.list(&tenant.id, &listing)?;
            let next = cut(&mut rows, limit).map(|(_, place)| cursor::write(place)).transpose()?;
            let people = rows.into_iter().map(|(row, _)| row).collect();
            Ok(PeoplePage { people, total: tx.count(&tenant.id, &listing)?, next })
        })
    }

    /// One person in the tenant, and why they hold what they hold. Needs `people:read`; the history is left
    /// out for whoever may not read the audit.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] where they are not in the tenant.
    pub fn person(&self, caller: &Caller, person: &PersonId) -> Result<PersonDetail> {
        self.store().read(|tx| {
            let now = self.now();
            let tenant = authorise(tx, caller, permission::PEOPLE_READ, now)?.tenant;
            let row = tx.row(&tenant.id, person, now)?.ok_or_else(|| nobody(person, &tenant))?;
            let history = match authorise(tx, caller, permission::AUDIT_READ, now) {
                Ok(_) => tx.entries_about(&tenant.id, person, HISTORY)?,
                Err(Fault::Refused(_)) => Vec::new(),
                Err(fault) => return Err(fault),
            };
            let mut holdings = tx.holdings(&tenant.id, person, now)?;
            why::number(tx, &tenant.id, person, &mut holdings)?;
            let (holdings, upcoming) = holdings.into_iter().partition(|one| one.window.holds_at(now));
            let permissions = tx.permissions(&tenant.id, person, now)?.into_iter().collect();
            Ok(PersonDetail { row, holdings, upcoming, permissions, history })
        })
    }

    /// A page of the audit, newest first. It ends early after the entry with which its changes come to more
    /// than 2,000. Needs `audit:read`.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidRequest`] names a field out of its limits.
    pub fn audit(&self, caller: &Caller, cursor: Option<&str>, limit: Option<u32>) -> Result<AuditPage> {
        let limit = checked_limit(limit)?;
        self.store().read(|tx| {
            let tenant = authorise(tx, caller, permission::AUDIT_READ, self.now())?.tenant;
            let before = cursor::read::<AuditCursor>(cursor)?.map(|cursor| cursor.number);
            let mut entries = tx.entries(&tenant.id, before, limit + 1)?;
            let limit = limit.min(whole_entries(&entries));
            let last = cut(&mut entries, limit).map(|entry| AuditCursor { number: entry.number });
            Ok(AuditPage { entries, next: last.map(|last| cursor::write(&last)).transpose()? })
        })
    }
}

/// The error for somebody whom the directory does not know.
pub(crate) fn stranger() -> Error {
    let words = "The provider knows you, and this directory does not. Ask an admin to add you.";
    Error::new(ErrorCode::Forbidden, words)
}

/// The error for somebody who is not in the tenant.
pub(crate) fn nobody(person: &PersonId, tenant: &Tenant) -> Error {
    Error::new(ErrorCode::NotFound, format!("There is no person {person} in {}.", tenant.name))
}

/// How many entries a page has room for, by their changes.
fn whole_entries(entries: &[AuditEntry]) -> u32 {
    let mut changes = 0;
    let before = entries.iter().take_while(|entry| {
        let room = changes <= AUDIT_CHANGES;
        changes += entry.changes.len() + entry.roles.len();
        room
    });
    u32::try_from(before.count()).unwrap_or(u32::MAX)
}

/// Cuts the rows to the page, and gives its last one where another page follows.
pub(crate) fn cut<T>(rows: &mut Vec<T>, limit: u32) -> Option<&T> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    rows.last().filter(|_| more)
}

pub(crate) fn checked_limit(limit: Option<u32>) -> Result<u32> {
    match limit {
        None => Ok(USUAL_LIMIT),
        Some(limit @ 1..=MAX_LIMIT) => Ok(limit),
        Some(limit) => Err(Error::new(
            ErrorCode::InvalidRequest,
            format!("limit: {limit} is not between 1 and {MAX_LIMIT}."),
        )),
    }
}

fn search(text: Option<&str>) -> Result<Vec<String>> {
    let text = text.unwrap_or_default();
    let invalid = |words: String| Err(Error::new(ErrorCode::InvalidRequest, words));
    if text.chars().count() > MAX_SEARCH {
        return invalid(format!("search: longer than {MAX_SEARCH} characters."));
    }
    let words: Vec<String> = words(text).into_iter().collect();
    if words.len() > MAX_WORDS {
        return invalid(format!("search: more than {MAX_WORDS} words."));
    }
    Ok(words)
}

//! Two years of the company: the directory is founded, and then lives through its role edits one by one,
//! each planned, applied and audited as any other, on a clock that is turned back.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use keyward_directory::{Caller, Database, Directory};
use keyward_model::{
    Change, Clock, Error, ErrorCode, InvalidId, Issuer, PlanRequest, Result, RoleId, Tenant, Timestamp,
};

use super::company::{Company, DAY, Place};

/// For what people were given a role: role, reasons in turn.
const REASONS: [(&str, [&str; 5]); 3] = [
    (
        "editor",
        [
            "Launch of the spring catalogue",
            "Writes for the new help centre",
            "Joined the product team",
            "Covers for parental leave",
            "Takes over the release notes",
        ],
    ),
    (
        "support",
        [
            "On the support rota from Monday",
            "Second line for the migration",
            "Weekend cover",
            "New in support",
            "Helps with the backlog",
        ],
    ),
    (
        "billing-admin",
        [
            "Quarter close",
            "New in accounts",
            "Year-end audit",
            "Purchase orders moved to us",
            "Renewal talks",
        ],
    ),
];

/// People who are given the same role in one edit.
const TOGETHER: usize = 3;
/// Tenants of at least this many let a guest go.
const LETS_GO: usize = 20;

/// An edit of the past.
struct Deed {
    at: Timestamp,
    tenant: usize,
    /// Which of the tenant's two admins did it.
    by: usize,
    changes: Vec<Change>,
    reason: &'static str,
}

/// A clock that stands where the story is.
struct Story(AtomicI64);

impl Clock for Story {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }
}

/// Writes the company and its history into a new directory file.
pub(super) fn write(file: &Path, issuer: &Issuer, now: Timestamp) -> Result<()> {
    let fault = |e: InvalidId| Error::new(ErrorCode::Internal, e.to_string());
    let company = Company::new(now).map_err(fault)?;
    let story = Arc::new(Story(AtomicI64::new(now.0 - 730 * DAY)));
    let directory = Directory::open(&Database::file(file), story.clone())?;
    let founding = company.founding(issuer);
    directory.found(&founding)?;
    let everything = founding.roles.iter().flat_map(|role| role.permissions.iter().cloned()).collect();
    let mut caller = Caller {
        issuer: issuer.clone(),
        subject: company.people[0].subject.clone(),
        tenant: company.tenants[0].0.id.clone(),
        permissions: everything,
    };
    for Deed { at, tenant, by, changes, reason } in deeds(&company, now).map_err(fault)? {
        let (tenant, places) = &company.tenants[tenant];
        story.0.store(at.0, Ordering::Relaxed);
        caller.tenant = tenant.id.clone();
        caller.subject = company.people[places[by].who].subject.clone();
        let request = PlanRequest { changes, reason: Some(reason.to_owned()), ..PlanRequest::default() };
        let plan = directory.plan(&caller, request)?;
        directory.apply(&caller, &plan.id)?;
    }
    Ok(())
}

/// Every edit, in the order in which they happened.
fn deeds(company: &Company, now: Timestamp) -> std::result::Result<Vec<Deed>, InvalidId> {
    let viewer = RoleId::new("viewer")?;
    let mut deeds = Vec::new();
    for (place, inside) in company.tenants.iter().enumerate() {
        given(company, place, inside, &viewer, &mut deeds);
        lately(company, place, inside, &viewer, now, &mut deeds);
    }
    deeds.sort_by_key(|deed| (deed.at, deed.tenant));
    Ok(deeds)
}

/// People come as viewers, and are given their role some weeks later, a few at a time.
fn given(
    company: &Company,
    tenant: usize,
    (_, places): &(Tenant, Vec<Place>),
    viewer: &RoleId,
    deeds: &mut Vec<Deed>,
) {
    for (role, reasons) in REASONS {
        let mut due: Vec<&Place> =
            places.iter().filter(|p| p.role.as_str() == role && p.founded_as == *viewer).collect();
        due.sort_by_key(|place| (place.since, place.who));
        for (turn, group) in due.chunks(TOGETHER).enumerate() {
            let Some(last) = group.last() else { continue };
            let mut changes = Vec::new();
            for place in group {
                let person = company.people[place.who].id.clone();
                changes.push(Change::give(person.clone(), place.role.clone()));
                // Some keep what they came with.
                if place.who % 3 != 0 {
                    changes.push(Change::Take { person, role: viewer.clone() });
                }
            }
            let mixed = (tenant * 7 + turn * 5) % 20;
            let at = Timestamp(last.since.0 + (3 + steps(mixed)) * DAY + steps(mixed) * 1711);
            deeds.push(Deed {
                at,
                tenant,
                by: turn % 2,
                changes,
                reason: reasons[(tenant + turn) % reasons.len()],
            });
        }
    }
}

/// The last four weeks: somebody moves on, and a guest's contract ends.
fn lately(
    company: &Company,
    tenant: usize,
    (_, places): &(Tenant, Vec<Place>),
    viewer: &RoleId,
    now: Timestamp,
    deeds: &mut Vec<Deed>,
) {
    let id = |place: &Place| company.people[place.who].id.clone();
    let ago = |days: i64, seconds: i64| Timestamp(now.0 - days * DAY - seconds);
    let came_as_viewer = |place: &&Place| place.founded_as == *viewer && place.who != 0;
    if let Some(one) = places.iter().filter(came_as_viewer).rfind(|place| place.role.as_str() == "editor") {
        let mut changes = vec![Change::Take { person: id(one), role: one.role.clone() }];
        changes.push(Change::give(id(one), viewer.clone()));
        let at = ago(2 + steps(tenant * 2), 5400 + steps(tenant) * 731);
        deeds.push(Deed { at, tenant, by: 0, changes, reason: "Moved to another project" });
    }
    let guest = places.iter().filter(|place| place.guest).rfind(|place| place.role == *viewer);
    if let Some(one) = guest.filter(|_| places.len() >= LETS_GO) {
        let changes = vec![Change::Remove { person: id(one) }];
        let at = ago(1 + steps(tenant), 9000 + steps(tenant) * 977);
        deeds.push(Deed { at, tenant, by: 1, changes, reason: "Contract ended" });
    }
}

/// A small count as a number of days or seconds.
fn steps(count: usize) -> i64 {
    i64::try_from(count).unwrap_or_default()
}

//! What those who run the service do with its tenants: they have a tenant of their own, and permissions there.

use keyward_model::{
    Error, ErrorCode, FirstAdmin, NewTenant, PlanId, Result, Tenant, TenantEdit, TenantId, TenantsPage,
    TenantsQuery,
};

use crate::{
    Caller, Directory,
    caller::authorise,
    cursor::{self, TenantCursor},
    permission,
    read::{checked_limit, cut},
    repair::{granted, invited},
    rows::Gift,
    store::{Fault, Scope},
};

/// What stands in the audit where a plan would.
const NO_PLAN: &str = "founding";
/// Degrees of a circle.
const HUES: u16 = 360;

impl Directory {
    /// A page of all tenants, by id. Needs `tenants:read` in the caller's tenant, which must be the operators'.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidRequest`] names a field out of its limits.
    pub(crate) fn tenants(&self, caller: &Caller, query: &TenantsQuery) -> Result<TenantsPage> {
        let limit = checked_limit(query.limit)?;
        self.store().read(|tx| {
            let now = self.now();
            authorise(tx, caller, permission::TENANTS_READ, now)?;
            let after = cursor::read::<TenantCursor>(query.cursor.as_deref())?.map(|cursor| cursor.tenant);
            let mut tenants = tx.tenants(after.as_ref(), now, limit + 1)?;
            let last = cut(&mut tenants, limit).map(|last| TenantCursor { tenant: last.tenant.id.clone() });
            Ok(TenantsPage { tenants, next: last.map(|last| cursor::write(&last)).transpose()? })
        })
    }

    /// Founds a tenant with the roles of another and its first admin, who is invited there where the directory does not
    /// know them. Its own audit begins with who did it. Needs `tenants:write`.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidRequest`] names a field: an id or a slug that is taken, a tenant without roles that make
    /// admins. [`ErrorCode::NotFound`] where there is no tenant to take roles from.
    pub(crate) fn found_tenant(&self, caller: &Caller, new: &NewTenant) -> Result<Tenant> {
        let NewTenant { id, slug, name, class, hue, roles_of, admin: _ } = new;
        let slug = slug.clone().filter(|slug| slug != id);
        let tenant =
            Tenant { id: id.clone(), slug, name: name.to_string(), hue: checked_hue(*hue)?, class: *class };
        self.store().write(Scope::Everything, |tx| {
            let now = self.now();
            let actor = authorise(tx, caller, permission::TENANTS_WRITE, now)?;
            for (field, called) in [("id", Some(&tenant.id)), ("slug", tenant.slug.as_ref())] {
                if let Some(called) = called
                    && tx.tenant_called(called)?.is_some()
                {
                    return Err(taken(field, called).into());
                }
            }
            if tx.tenant(roles_of)?.is_none() {
                let words = format!("roles_of: there is no tenant {roles_of}.");
                return Err(Error::new(ErrorCode::NotFound, words).into());
            }
            tx.write_tenant(&tenant)?;
            tx.copy_roles(roles_of, &tenant.id)?;
            let role = tx.roles(&tenant.id)?.into_iter().find(|role| role.admin).ok_or_else(|| {
                let words = format!("roles_of: no role of {roles_of} makes an admin.");
                Error::new(ErrorCode::InvalidRequest, words)
            })?;
            let (FirstAdmin { email, name }, by) = (&new.admin, &actor.person);
            let person = invited(tx, &actor.issuer, email, name, &tenant.id)?;
            let plan = PlanId::new(NO_PLAN).map_err(|e| Fault::Damaged(e.to_string()))?;
            granted(tx, &tenant, &person, &role.id, &Gift { by, at: now, reason: None }, plan)?;
            Ok(tenant.clone())
        })
    }

    /// Calls a tenant something else. `as_seen` says whether it still is as the caller saw it. Needs `tenants:write`.
    ///
    /// # Errors
    /// [`ErrorCode::TenantUnknown`] where it is not there, [`ErrorCode::PlanStale`] where it is no longer as it was
    /// seen, [`ErrorCode::InvalidRequest`] names a field.
    pub(crate) fn edit_tenant(
        &self,
        caller: &Caller,
        id: &TenantId,
        edit: &TenantEdit,
        as_seen: impl Fn(&Tenant) -> bool,
    ) -> Result<Tenant> {
        let TenantEdit { name, slug, hue, class } = edit;
        let hue = hue.map(checked_hue).transpose()?;
        self.store().write(Scope::Everything, |tx| {
            authorise(tx, caller, permission::TENANTS_WRITE, self.now())?;
            let unknown = || Error::new(ErrorCode::TenantUnknown, format!("There is no tenant {id}."));
            let before = tx.tenant(id)?.ok_or_else(unknown)?;
            if !as_seen(&before) {
                let words =
                    format!("{} is not as it was any more. Nothing was changed: look again.", before.name);
                return Err(Error::new(ErrorCode::PlanStale, words).into());
            }
            if let Some(slug) = slug
                && tx.tenant_called(slug)?.is_some_and(|other| other != *id)
            {
                return Err(taken("slug", slug).into());
            }
            let after = Tenant {
                id: before.id,
                slug: slug.clone().or(before.slug).filter(|slug| slug != id),
                name: name.as_ref().map_or(before.name, ToString::to_string),
                hue: hue.unwrap_or(before.hue),
                class: class.unwrap_or(before.class),
            };
            tx.write_tenant(&after)?;
            Ok(after)
        })
    }
}

fn checked_hue(hue: u16) -> Result<u16> {
    match hue {
        0..HUES => Ok(hue),
        _ => Err(Error::new(ErrorCode::InvalidRequest, format!("hue: {hue} is not below {HUES}."))),
    }
}

fn taken(field: &str, called: &TenantId) -> Error {
    Error::new(ErrorCode::InvalidRequest, format!("{field}: there is a tenant that is called {called}."))
}

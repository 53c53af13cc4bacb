//! Who signs in to a local workspace: the directory's people, all with one password.

use keyward_directory::Directory;
use keyward_issuer::{Account, Accounts};
use keyward_model::{Issuer, Person, Result, Secret, Subject, TenantId};
use subtle::ConstantTimeEq;

use super::PASSWORD;

pub(super) struct LocalAccounts {
    directory: Directory,
    issuer: Issuer,
}

impl LocalAccounts {
    pub(super) fn new(directory: Directory, issuer: Issuer) -> Self {
        Self { directory, issuer }
    }
}

impl Accounts for LocalAccounts {
    fn sign_in(&self, email: &str, password: &Secret) -> Result<Option<Account>> {
        // Both are looked at whatever the other says, so that the time tells nothing.
        let found = self.directory.person_by_email(&self.issuer, email);
        let right = bool::from(password.expose().as_bytes().ct_eq(PASSWORD.as_bytes()));
        Ok(found?.filter(|_| right).map(|(subject, person)| account(subject, person)))
    }

    fn account(&self, subject: &Subject) -> Result<Option<Account>> {
        let found = self.directory.person_by_subject(&self.issuer, subject)?;
        Ok(found.map(|person| account(subject.clone(), person)))
    }

    fn tenants(&self, subject: &Subject) -> Result<Vec<TenantId>> {
        if self.directory.person_by_subject(&self.issuer, subject)?.is_none() {
            return Ok(Vec::new());
        }
        let me = self.directory.me(&self.issuer, subject)?;
        let mut tenants: Vec<TenantId> = me.tenants.into_iter().map(|one| one.tenant.id).collect();
        tenants.sort();
        Ok(tenants)
    }
}

fn account(subject: Subject, Person { name, email, id: _ }: Person) -> Account {
    Account { subject, name, email }
}

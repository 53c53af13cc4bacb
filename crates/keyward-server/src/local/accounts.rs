//! Who signs in to a local workspace: the directory's people, all with one password.

use keyward_directory::Directory;
use keyward_issuer::{Account, Accounts};
use keyward_model::{
    EmailAddress, Error, ErrorCode, InvalidId, Issuer, Person, Result, Secret, Subject, TenantId,
    VerifiedEmail,
};
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
        match found?.filter(|_| right) {
            Some((Some(subject), person)) => Ok(Some(account(subject, person))),
            Some((None, person)) => self.first_sign_in(person),
            None => Ok(None),
        }
    }

    fn account(&self, subject: &Subject) -> Result<Option<Account>> {
        let found = self.directory.person_by_subject(&self.issuer, subject)?;
        Ok(found.map(|person| account(subject.clone(), person)))
    }

    fn tenants(&self, subject: &Subject) -> Result<Vec<TenantId>> {
        if self.directory.person_by_subject(&self.issuer, subject)?.is_none() {
            return Ok(Vec::new());
        }
        let me = self.directory.me(&self.issuer, subject, None)?;
        let mut tenants: Vec<TenantId> = me.tenants.into_iter().map(|one| one.tenant.id).collect();
        tenants.sort();
        Ok(tenants)
    }
}

impl LocalAccounts {
    /// Somebody who was invited comes. Here the directory's people are the provider's: whoever types the address
    /// and the one password is the person, as much as anybody here is.
    fn first_sign_in(&self, person: Person) -> Result<Option<Account>> {
        let invalid = |e: InvalidId| Error::new(ErrorCode::Internal, e.to_string());
        let subject = Subject::new(format!("nw|{}", person.id)).map_err(invalid)?;
        let email = VerifiedEmail::vouched(EmailAddress::new(&*person.email).map_err(invalid)?);
        let came = self.directory.arrive(&self.issuer, &subject, &email)?;
        Ok(came.then(|| account(subject, person)))
    }
}

fn account(subject: Subject, Person { name, email, id: _ }: Person) -> Account {
    Account { subject, name, email }
}

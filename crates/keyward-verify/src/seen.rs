//! The role versions that a service has seen: a token made before one of them says what is no longer true.

use std::{
    collections::HashMap,
    mem,
    sync::{Mutex, MutexGuard, PoisonError},
};

use keyward_model::{Issuer, Subject, TenantId};

/// Versions by tenant and person. They only rise. What is kept is bounded: of more people than there is room for,
/// those who were not seen for longest are forgotten, and their tokens count until they end, as without a memory.
///
/// A service tells it what it hears: the `Keyward-Role-Version` of the directory's answers, a tenant's events. A
/// [`Verifier`](crate::Verifier) that [remembers](crate::Verifier::remembering) tells it of every token it takes.
#[derive(Debug)]
pub struct Seen {
    /// People in a generation at most.
    most: usize,
    kept: Mutex<Kept>,
}

type Versions = HashMap<(TenantId, Issuer, Subject), u64>;

/// Two generations: the young one fills up, then takes the old one's place, which is forgotten.
#[derive(Debug, Default)]
struct Kept {
    young: Versions,
    old: Versions,
}

impl Seen {
    /// A memory for so many people in a tenant at least, and twice as many at most.
    pub fn of(people: usize) -> Self {
        Self { most: people.max(1), kept: Mutex::default() }
    }

    /// Notes that the person's roles in the tenant are at this version, or beyond.
    pub fn rise(&self, tenant: &TenantId, issuer: &Issuer, subject: &Subject, version: u64) {
        let key = (tenant.clone(), issuer.clone(), subject.clone());
        let mut kept = self.kept();
        let known = kept.version(&key);
        if kept.young.len() >= self.most && !kept.young.contains_key(&key) {
            kept.old = mem::take(&mut kept.young);
        }
        kept.young.insert(key, version.max(known));
    }

    /// The version that the person's roles in the tenant have reached, as far as is known; else 0.
    pub fn version(&self, tenant: &TenantId, issuer: &Issuer, subject: &Subject) -> u64 {
        self.kept().version(&(tenant.clone(), issuer.clone(), subject.clone()))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn version(&self, key: &(TenantId, Issuer, Subject)) -> u64 {
        self.young.get(key).or_else(|| self.old.get(key)).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenant(id: &str) -> TenantId {
        TenantId::new(id).unwrap()
    }

    fn person(name: &str) -> (Issuer, Subject) {
        (Issuer::new("https://id.example").unwrap(), Subject::new(name).unwrap())
    }

    #[test]
    fn a_version_only_rises_and_is_one_tenants_and_one_persons() {
        let seen = Seen::of(10);
        let ((issuer, ada), (_, ben)) = (person("ada"), person("ben"));
        for version in [3, 7, 5] {
            seen.rise(&tenant("acme"), &issuer, &ada, version);
        }
        assert_eq!(seen.version(&tenant("acme"), &issuer, &ada), 7);
        assert_eq!(seen.version(&tenant("globex"), &issuer, &ada), 0);
        assert_eq!(seen.version(&tenant("acme"), &issuer, &ben), 0);
        let other = Issuer::new("https://other.example").unwrap();
        assert_eq!(seen.version(&tenant("acme"), &other, &ada), 0, "another issuer's ada is another person");
    }

    #[test]
    fn what_is_kept_is_bounded_and_whoever_comes_again_stays() {
        let (seen, acme) = (Seen::of(4), tenant("acme"));
        let (issuer, ada) = person("ada");
        seen.rise(&acme, &issuer, &ada, 9);
        for number in 0..100 {
            seen.rise(&acme, &issuer, &person(&format!("p{number}")).1, 1);
            seen.rise(&acme, &issuer, &ada, 1);
        }
        assert_eq!(seen.version(&acme, &issuer, &ada), 9, "she was never away for long");
        assert_eq!(seen.version(&acme, &issuer, &person("p0").1), 0);
        let kept = seen.kept();
        assert!(kept.young.len() + kept.old.len() <= 8);
    }
}

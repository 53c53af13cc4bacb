//! The answers last given to a caller, for when the store is away. What is kept is bounded in bytes; the
//! oldest go first.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use keyward_model::{HookAnswer, HookRequest, Timestamp};

/// Bytes of a caller's answers at most.
const MOST: usize = 16 * 1024 * 1024;
/// What an answer takes beside its texts.
const OVERHEAD: usize = 512;

/// A caller's answers.
#[derive(Debug)]
pub(super) struct Memory {
    most: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    answers: HashMap<Arc<HookRequest>, Entry>,
    /// By when they were put in, oldest first.
    order: BTreeMap<u64, Arc<HookRequest>>,
    next: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    answer: HookAnswer,
    at: Timestamp,
    place: u64,
    bytes: usize,
}

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    /// Answers that could be given now.
    pub(super) usable: usize,
    /// How old the oldest of them is.
    pub(super) oldest: Option<Duration>,
}

impl Memory {
    pub(super) fn new() -> Self {
        Self::of(MOST)
    }

    fn of(most: usize) -> Self {
        Self { most, kept: Mutex::default() }
    }

    /// Keeps the answer to a question, as of now.
    pub(super) fn keep(&self, request: &HookRequest, answer: &HookAnswer, now: Timestamp) {
        let bytes = size(request, answer);
        let mut kept = self.kept();
        kept.forget(request);
        let (request, place) = (Arc::new(request.clone()), kept.next);
        kept.next += 1;
        kept.bytes += bytes;
        kept.order.insert(place, request.clone());
        kept.answers.insert(request, Entry { answer: answer.clone(), at: now, place, bytes });
        while kept.bytes > self.most {
            let Some(oldest) = kept.order.first_key_value().map(|(_, request)| request.clone()) else {
                break;
            };
            kept.forget(&oldest);
        }
    }

    /// Forgets what was answered: it is no longer so.
    pub(super) fn forget(&self, request: &HookRequest) {
        self.kept().forget(request);
    }

    /// The last answer and when it was read, if that is `age` ago at most.
    pub(super) fn last(
        &self,
        request: &HookRequest,
        now: Timestamp,
        age: Duration,
    ) -> Option<(HookAnswer, Timestamp)> {
        let kept = self.kept();
        let entry = kept.answers.get(request)?;
        entry.is_within(age, now).then(|| (entry.answer.clone(), entry.at))
    }

    /// How much could be answered now.
    pub(super) fn extent(&self, now: Timestamp, age: Duration) -> Extent {
        let kept = self.kept();
        let usable = || kept.answers.values().filter(|entry| entry.is_within(age, now));
        let oldest = usable().map(|entry| entry.at.seconds_until(now)).max();
        let oldest = oldest.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs);
        Extent { usable: usable().count(), oldest }
    }

    /// A thread that broke in here left whole entries.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn forget(&mut self, request: &HookRequest) {
        if let Some(entry) = self.answers.remove(request) {
            self.order.remove(&entry.place);
            self.bytes -= entry.bytes;
        }
    }
}

impl Entry {
    /// An answer from later than now says that the clock was turned back, and nothing of its age.
    fn is_within(&self, age: Duration, now: Timestamp) -> bool {
        self.at <= now && self.at.plus(age) >= now
    }
}

fn size(request: &HookRequest, answer: &HookAnswer) -> usize {
    let HookRequest { issuer, subject, tenant, client, verified_email } = request;
    let email = verified_email.as_ref().map_or(0, |verified| verified.email().as_str().len());
    let asked =
        issuer.as_str().len() + subject.as_str().len() + tenant.as_str().len() + client.as_str().len();
    let texts = answer.roles.iter().map(AsRef::as_ref).chain(answer.permissions.iter().map(AsRef::as_ref));
    OVERHEAD + asked + email + texts.map(|text: &str| text.len() + size_of::<String>()).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use keyward_model::{ClientId, Issuer, RoleId, Subject, TenantId};

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn about(who: usize) -> HookRequest {
        HookRequest {
            issuer: Issuer::new("https://id.example").unwrap(),
            subject: Subject::new(format!("sub-{who}")).unwrap(),
            tenant: TenantId::new("acme").unwrap(),
            client: ClientId::new("app").unwrap(),
            verified_email: None,
        }
    }

    fn answer(roles: usize) -> HookAnswer {
        let roles = (0..roles).map(|n| RoleId::new(format!("role-{n}")).unwrap()).collect();
        HookAnswer { roles, permissions: Vec::new(), role_version: 1, not_after: None, renew_at: None }
    }

    #[test]
    fn an_answer_is_good_up_to_its_age_and_not_a_second_longer() {
        let memory = Memory::new();
        memory.keep(&about(1), &answer(1), Timestamp(1000));
        let last = |now| memory.last(&about(1), Timestamp(now), HOUR).map(|(_, at)| at);
        assert_eq!((last(1000), last(4600)), (Some(Timestamp(1000)), Some(Timestamp(1000))));
        assert_eq!((last(4601), last(999)), (None, None), "too old; or a clock that was turned back");
        assert_eq!(
            memory.extent(Timestamp(1600), HOUR),
            Extent { usable: 1, oldest: Some(Duration::from_secs(600)) }
        );
        memory.forget(&about(1));
        assert_eq!(last(1000), None);
    }

    #[test]
    fn what_is_kept_stays_within_its_bytes_and_the_oldest_goes_first() {
        let one = size(&about(10), &answer(3));
        let memory = Memory::of(10 * one);
        for turn in 0..3 {
            for who in 10..60 {
                memory.keep(&about(who), &answer(3), Timestamp(turn));
                assert!(memory.kept().bytes <= 10 * one);
            }
        }
        let kept = memory.kept();
        assert_eq!((kept.answers.len(), kept.order.len(), kept.bytes), (10, 10, 10 * one));
        assert!((50..60).all(|who| kept.answers.contains_key(&about(who))), "the newest stay");
    }

    #[test]
    fn an_answer_larger_than_all_room_is_not_kept() {
        let memory = Memory::of(OVERHEAD);
        memory.keep(&about(1), &answer(3), Timestamp(0));
        let kept = memory.kept();
        assert_eq!((kept.answers.len(), kept.order.len(), kept.bytes), (0, 0, 0));
    }
}

//! On what terms something is written: once by its key, and only while people are as they were seen.
//!
//! What was answered is kept in the transaction that did the work. So a key is never half used: of two requests
//! at once the later waits for the tenant and finds the earlier's answer; a server that dies has done both or
//! neither. A refusal did nothing and is not kept: the same key may try again.

use std::time::Duration;

use keyward_model::{Error, ErrorCode, Result, Seen, Timestamp};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Caller, Directory,
    caller::{Actor, authorise},
    canonical::sha256,
    permission, stale,
    store::{Fault, Scope, Tried, Tx},
};

/// How long an answer is kept under its key.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// Characters of a key at most.
const LONGEST: usize = 255;

/// The asker's own name for one thing to be done, so that asking again does not do it again. A person's keys in
/// one tenant are nobody else's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WriteKey(String);

impl WriteKey {
    /// A key of 1 to 255 visible ASCII characters.
    ///
    /// # Errors
    /// [`ErrorCode::InvalidRequest`] for any other text.
    pub fn new(text: &str) -> Result<Self> {
        if (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(Self(text.to_owned()));
        }
        let words = format!("Idempotency-Key: it must be 1 to {LONGEST} visible ASCII characters.");
        Err(Error::new(ErrorCode::InvalidRequest, words))
    }
}

impl AsRef<str> for WriteKey {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// The terms; none by default.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// Do it once under this key, and answer later requests with what was answered then.
    pub key: Option<WriteKey>,
    /// Do it only while everybody here is at the version named.
    pub seen: Vec<Seen>,
}

impl Directory {
    /// Makes a change in the caller's tenant on these terms. Needs `roles:write`, also to be told again what was
    /// answered before. `asked` is all that was asked; the work is given its
    /// moment.
    pub(crate) fn change<T: Serialize + DeserializeOwned>(
        &self,
        caller: &Caller,
        terms: &Terms,
        asked: &impl Serialize,
        work: impl Fn(&Tx<'_>, Actor, Timestamp) -> Tried<T>,
    ) -> Result<T> {
        let asked = fingerprint(asked)?;
        self.store().write(Scope::Tenant(&caller.tenant), |tx| {
            let now = self.now();
            let actor = authorise(tx, caller, permission::ROLES_WRITE, now)?;
            let (tenant, person) = (actor.tenant.id.clone(), actor.person.id.clone());
            if let Some(key) = &terms.key {
                tx.forget_answers(&tenant, now.minus(KEPT))?;
                if let Some((before, answer)) = tx.answer(&tenant, &person, key)? {
                    return if before == asked { again(&answer) } else { Err(used().into()) };
                }
            }
            stale::check(tx, &actor.tenant, &terms.seen)?;
            let answer = work(tx, actor, now)?;
            if let Some(key) = &terms.key {
                tx.keep_answer(&tenant, &person, key, &asked, &answer, now)?;
            }
            Ok(answer)
        })
    }
}

fn fingerprint(asked: &impl Serialize) -> Result<String> {
    let text = serde_json::to_string(asked).map_err(|e| Error::new(ErrorCode::Internal, e.to_string()))?;
    Ok(sha256(&text))
}

fn again<T: DeserializeOwned>(answer: &str) -> Tried<T> {
    serde_json::from_str(answer).map_err(|e| Fault::Damaged(e.to_string()))
}

fn used() -> Error {
    let words = "Idempotency-Key: you used this key for another request within the last 24 hours. Nothing was \
                 changed: take a new key.";
    Error::new(ErrorCode::InvalidRequest, words)
}

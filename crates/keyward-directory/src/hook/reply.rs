//! A caller's question, from the bytes that it sends to those that it gets.

use keyward_model::{HookAnswer, HookCallerId, HookRefusal, HookRequest, Timestamp, TokenHook};
use serde_json::{Map, Value};

use super::{
    HookCaller, WhenAway, WithoutTenant,
    asked::Asked,
    claims::{Manner, Said},
    memory::Memory,
    refusal::Refusal,
    shape::{Grant, Reply},
    tenant,
};

/// A question about people who are not the caller's own.
#[derive(Debug)]
pub(crate) struct NotItsOwn;

/// What became of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Outcome {
    /// Answered, by what the store says or as the caller's configuration has it.
    Answered,
    /// Answered by what was last known: the store is away.
    Stale,
    /// Not to be issued.
    Refused,
    /// Not to be issued, and the fault is here.
    Failed,
}

/// A caller at its work: its configuration, and what it was last told.
#[derive(Debug)]
pub(crate) struct Post {
    pub(super) caller: HookCaller,
    pub(super) manner: Manner,
    pub(super) memory: Memory,
}

impl Post {
    /// Whose it is.
    pub(crate) fn name(&self) -> &HookCallerId {
        &self.caller.name
    }

    /// Answers the question in `body`.
    pub(crate) fn reply(
        &self,
        hook: &impl TokenHook,
        now: Timestamp,
        body: &[u8],
    ) -> Result<(Reply, Outcome), NotItsOwn> {
        let shape = self.caller.shape;
        let Ok(body) = serde_json::from_slice::<Value>(body) else {
            let refusal = Refusal::Misread("The question is not JSON.".to_owned());
            return Ok((shape.refuse(&refusal), Outcome::Refused));
        };
        let reply = match shape.read(&body) {
            Ok(asked) if !self.caller.owns(asked.issuer) => return Err(NotItsOwn),
            Ok(asked) => self.granted(hook, now, &body, asked),
            Err(refusal) => Err(refusal),
        };
        Ok(reply.unwrap_or_else(|refusal| {
            let caller = &self.caller.name;
            let outcome = if refusal.status().is_server_error() {
                tracing::warn!(%caller, reason = ?refusal, "not to be issued: the fault is ours");
                Outcome::Failed
            } else {
                tracing::info!(%caller, reason = ?refusal, "not to be issued");
                Outcome::Refused
            };
            (shape.refuse(&refusal), outcome)
        }))
    }

    fn granted(
        &self,
        hook: &impl TokenHook,
        now: Timestamp,
        body: &Value,
        asked: Asked<'_>,
    ) -> Result<(Reply, Outcome), Refusal> {
        let HookCaller { shape, issuer, .. } = &self.caller;
        let names = &self.manner.names;
        let Some(tenant) = self.caller.tenant.of(&asked)? else {
            return match self.caller.without_tenant {
                WithoutTenant::Leave => {
                    let grant = Grant { names, claims: &Map::new(), lasts: None, renew_in: None };
                    Ok((shape.answer(body, &grant)?, Outcome::Answered))
                }
                WithoutTenant::Refuse => Err(tenant::unnamed(&self.caller.tenant)),
            };
        };
        let Asked { subject, client, verified_email, .. } = asked;
        let request = HookRequest { issuer: issuer.clone(), subject, tenant, client, verified_email };
        let (answer, stale_since) = self.known(hook, &request, now)?;
        let lasts = answer.not_after.map(|end| now.seconds_until(end));
        if lasts.is_some_and(|seconds| seconds <= 0) {
            return Err(Refusal::Ended(request.tenant));
        }
        let Said { claims, .. } = self.manner.say(&request.tenant, &answer, stale_since)?;
        let outcome = if stale_since.is_some() { Outcome::Stale } else { Outcome::Answered };
        // What was last known may be of before a role began: then it is renewed as soon as may be.
        let renew_in = answer.renew_at.map(|start| now.seconds_until(start).max(1));
        Ok((shape.answer(body, &Grant { names, claims: &claims, lasts, renew_in })?, outcome))
    }

    /// What the directory says; or, where it cannot and the caller may be told that, what it last said.
    fn known(
        &self,
        hook: &impl TokenHook,
        request: &HookRequest,
        now: Timestamp,
    ) -> Result<(HookAnswer, Option<Timestamp>), Refusal> {
        let WhenAway::LastKnown(age) = self.caller.when_away else {
            return Ok((hook.answer(request)?, None));
        };
        match hook.answer(request) {
            Ok(answer) => {
                self.memory.keep(request, &answer, now);
                Ok((answer, None))
            }
            Err(HookRefusal::Unavailable(why)) => {
                tracing::warn!(caller = %self.caller.name, why, "the store is away: what was last known counts");
                let last = self.memory.last(request, now, age);
                let (answer, at) = last.ok_or(HookRefusal::Unavailable(why))?;
                Ok((answer, Some(at)))
            }
            Err(refusal) => {
                self.memory.forget(request);
                Err(refusal.into())
            }
        }
    }
}

#[cfg(test)]
mod tests;

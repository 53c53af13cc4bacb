//! What a token would say, before it is made: now, or after a plan.

use keyward_model::{
    ClientId, Error, ErrorCode, HookAnswer, HookCallerId, HookRefusal, PersonId, PlanId, Result, Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::{
    Hooks,
    after::after,
    claims::{Form, Said},
    refusal::Refusal,
};
use crate::{
    Caller, Directory,
    caller::authorise,
    permission,
    read::nobody,
    rows::Whom,
    store::{Tried, Tx},
};

/// What to show.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct PreviewQuery {
    client: ClientId,
    hook: Option<HookCallerId>,
    plan: Option<PlanId>,
}

/// What a person's token would say.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Preview {
    /// Through which client.
    client: ClientId,
    /// Asked by which caller; none: the usual names and budget.
    hook: Option<HookCallerId>,
    /// After which plan; none: now.
    plan: Option<PlanId>,
    /// Exactly these.
    claims: Map<String, Value>,
    /// How much of it they say; none where nothing is issued.
    form: Option<Form>,
    /// What they take, and may take.
    bytes: usize,
    budget: usize,
    /// Why nothing would be issued, where that is so.
    refused: Option<Error>,
    /// How long the directory took to answer.
    milliseconds: f64,
}

impl Directory {
    /// What the token of a person in the caller's tenant would say. Needs `people:read`; after a plan of one's own
    /// also `roles:write`.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] where the person is not in the tenant, or no caller or plan has this name; as
    /// [`Directory::apply`] where the plan can no longer be applied.
    pub(crate) fn preview(
        &self,
        caller: &Caller,
        hooks: &Hooks,
        person: &PersonId,
        query: PreviewQuery,
    ) -> Result<Preview> {
        let PreviewQuery { client, hook, plan } = query;
        self.store().read(|tx| authorise(tx, caller, permission::PEOPLE_READ, self.now()).map(drop))?;
        let (hook, manner) = hooks.manner(hook.as_ref())?;
        let (now, began) = (self.now(), Instant::now());
        let answer = self.store().read(|tx| answer(tx, caller, person, plan.as_ref(), now))?;
        let said = match answer {
            None => Err(HookRefusal::NotAMember(caller.tenant.clone()).into()),
            Some(answer) if answer.not_after.is_some_and(|end| end <= now) => {
                Err(Refusal::Ended(caller.tenant.clone()))
            }
            Some(answer) => manner.say(&caller.tenant, &answer, None),
        };
        let milliseconds = began.elapsed().as_secs_f64() * 1000.0;
        let (claims, form, bytes, refused) = match said {
            Ok(Said { claims, form, bytes }) => (claims, Some(form), bytes, None),
            Err(refusal) => (Map::new(), None, 0, Some(refusal.told())),
        };
        Ok(Preview { client, hook, plan, claims, form, bytes, budget: manner.budget, refused, milliseconds })
    }
}

/// What the directory would answer; none where the plan takes the person out.
fn answer(
    tx: &Tx<'_>,
    caller: &Caller,
    person: &PersonId,
    plan: Option<&PlanId>,
    now: Timestamp,
) -> Tried<Option<HookAnswer>> {
    let Some(answer) = tx.token(&caller.tenant, &Whom::Person(person), now)? else {
        let tenant = authorise(tx, caller, permission::PEOPLE_READ, now)?.tenant;
        return Err(nobody(person, &tenant).into());
    };
    match plan {
        None => Ok(Some(answer)),
        Some(plan) => {
            let actor = authorise(tx, caller, permission::ROLES_WRITE, now)?;
            after(tx, &actor, plan, person, now, answer)
        }
    }
}

/// The error for a caller that is not configured.
pub(super) fn no_caller(name: &HookCallerId) -> Error {
    Error::new(ErrorCode::NotFound, format!("hook: no caller is named {name}."))
}

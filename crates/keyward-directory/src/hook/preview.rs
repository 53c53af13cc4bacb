//! What a token would say, before it is made.

use keyward_model::{ClientId, Error, ErrorCode, HookAnswer, HookCallerId, PersonId, Result};
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::{
    Hooks,
    claims::{Form, Said},
    lookup::holds,
    refusal::Refusal,
};
use crate::{Caller, Directory, caller::authorise, permission, read::nobody};

/// What a person's token would say now.
#[derive(Debug, Serialize)]
pub(crate) struct Preview {
    /// Through which client.
    client: ClientId,
    /// Asked by which caller; none: the usual names and budget.
    hook: Option<HookCallerId>,
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
    /// What the token of a person in the caller's tenant would say. Needs `people:read`.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] where the person is not in the tenant, or no caller has this name.
    pub(crate) fn preview(
        &self,
        caller: &Caller,
        hooks: &Hooks,
        person: &PersonId,
        client: ClientId,
        hook: Option<&HookCallerId>,
    ) -> Result<Preview> {
        let (hook, manner) = hooks.manner(hook)?;
        self.store().read(|tx| authorise(tx, caller, permission::PEOPLE_READ).map(drop))?;
        let began = Instant::now();
        let answer: HookAnswer = self.store().read(|tx| {
            let Some(role_version) = tx.version(&caller.tenant, person)? else {
                let tenant = authorise(tx, caller, permission::PEOPLE_READ)?.tenant;
                return Err(nobody(person, &tenant).into());
            };
            holds(tx, &caller.tenant, person, role_version)
        })?;
        let ended = answer.not_after.is_some_and(|end| end <= self.now());
        let said = match ended {
            true => Err(Refusal::Ended(caller.tenant.clone())),
            false => manner.say(&caller.tenant, &answer, None),
        };
        let milliseconds = began.elapsed().as_secs_f64() * 1000.0;
        let budget = manner.budget;
        let preview = match said {
            Ok(Said { claims, form, bytes }) => {
                Preview { client, hook, claims, form: Some(form), bytes, budget, refused: None, milliseconds }
            }
            Err(refusal) => {
                let refused = Some(refusal.told());
                Preview {
                    client,
                    hook,
                    claims: Map::new(),
                    form: None,
                    bytes: 0,
                    budget,
                    refused,
                    milliseconds,
                }
            }
        };
        Ok(preview)
    }
}

/// The error for a caller that is not configured.
pub(super) fn no_caller(name: &HookCallerId) -> Error {
    Error::new(ErrorCode::NotFound, format!("hook: no caller is named {name}."))
}

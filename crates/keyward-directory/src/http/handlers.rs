//! The routes' handlers: each hands its question to the directory.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use keyward_model::{PeopleQuery, PersonDetail, PersonId, Result, Seen, VerifiedEmail};
use serde::{Deserialize, Serialize};

use super::{
    Desk,
    answer::Failure,
    asked::{Anyone, Asked, Named},
    tag::Had,
};
use crate::Caller;

pub(super) async fn me(State(desk): State<Desk>, Anyone(claims): Anyone) -> Response {
    desk.answer(move |directory| {
        let email = VerifiedEmail::claimed(&claims.other);
        directory.me(&claims.iss, &claims.sub, email.as_ref())
    })
    .await
}

pub(super) async fn tenant(State(desk): State<Desk>, caller: Caller, had: Had) -> Response {
    let say = move |answer| tagged(&had, answer, |_| None);
    desk.answer_in_tenant_as(caller, |directory, caller| directory.tenant(caller), say).await
}

pub(super) async fn roles(State(desk): State<Desk>, caller: Caller, had: Had) -> Response {
    let say = move |answer| tagged(&had, answer, |_| None);
    desk.answer_in_tenant_as(caller, |directory, caller| directory.roles(caller), say).await
}

pub(super) async fn people(
    State(desk): State<Desk>,
    caller: Caller,
    Asked(query): Asked<PeopleQuery>,
) -> Response {
    desk.answer_in_tenant(caller, move |directory, caller| directory.people(caller, &query)).await
}

pub(super) async fn person(
    State(desk): State<Desk>,
    caller: Caller,
    Named(person): Named<PersonId>,
    had: Had,
) -> Response {
    let seen = |PersonDetail { row, .. }: &PersonDetail| {
        Some(Seen { person: row.person.id.clone(), version: row.version })
    };
    let say = move |answer| tagged(&had, answer, seen);
    desk.answer_in_tenant_as(caller, move |directory, caller| directory.person(caller, &person), say).await
}

fn tagged<T: Serialize>(had: &Had, answer: Result<T>, seen: impl Fn(&T) -> Option<Seen>) -> Response {
    match answer {
        Ok(value) => had.tagged(seen(&value), &value),
        Err(error) => Failure::from(error).into_response(),
    }
}

/// The audit's query string.
#[derive(Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct AuditQuery {
    cursor: Option<String>,
    limit: Option<u32>,
}

pub(super) async fn audit(
    State(desk): State<Desk>,
    caller: Caller,
    Asked(AuditQuery { cursor, limit }): Asked<AuditQuery>,
) -> Response {
    desk.answer_in_tenant(caller, move |directory, caller| directory.audit(caller, cursor.as_deref(), limit))
        .await
}

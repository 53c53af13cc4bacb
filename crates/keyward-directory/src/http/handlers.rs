//! The routes' handlers: each hands its question to the directory.

use axum::{extract::State, response::Response};
use http::StatusCode;
use keyward_model::{PeopleQuery, PersonId, PlanId, PlanRequest};
use serde::Deserialize;

use super::{
    Desk,
    asked::{Anyone, Asked, Body, Named},
};
use crate::Caller;

pub(super) async fn me(State(desk): State<Desk>, Anyone(claims): Anyone) -> Response {
    desk.answer(move |directory| directory.me(&claims.iss, &claims.sub)).await
}

pub(super) async fn tenant(State(desk): State<Desk>, caller: Caller) -> Response {
    desk.answer_in_tenant(caller, |directory, caller| directory.tenant(caller)).await
}

pub(super) async fn roles(State(desk): State<Desk>, caller: Caller) -> Response {
    desk.answer_in_tenant(caller, |directory, caller| directory.roles(caller)).await
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
) -> Response {
    desk.answer_in_tenant(caller, move |directory, caller| directory.person(caller, &person)).await
}

pub(super) async fn plan(
    State(desk): State<Desk>,
    caller: Caller,
    Body(request): Body<PlanRequest>,
) -> Response {
    let mut response =
        desk.answer_in_tenant(caller, move |directory, caller| directory.plan(caller, request)).await;
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::CREATED;
    }
    response
}

pub(super) async fn apply(State(desk): State<Desk>, caller: Caller, Named(plan): Named<PlanId>) -> Response {
    desk.answer_in_tenant(caller, move |directory, caller| directory.apply(caller, &plan)).await
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

//! Plans over HTTP: asked for as JSON or as a table, shown, applied.

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, Request, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header::CONTENT_TYPE};
use keyward_model::{Error, ErrorCode, PlanId, PlanRequest, Result};
use serde::{Deserialize, Serialize};

use super::{
    Desk, MAX_PLAN,
    answer::Failure,
    asked::{Asked, Body, Entry, Named},
};
use crate::{Caller, Directory, Terms, sheet::Sheet};

/// The query string where a plan is asked for.
#[derive(Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct PlanQuery {
    /// For what, where a table is sent, which has no place for it.
    reason: Option<String>,
}

/// What is to be planned.
pub(super) enum Wanted {
    Changes(PlanRequest),
    Table(Bytes),
}

impl FromRequest<Desk> for Wanted {
    type Rejection = Failure;

    async fn from_request(request: Request, desk: &Desk) -> std::result::Result<Self, Failure> {
        let kind =
            request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("text/csv") {
            return Body::from_request(request, desk).await.map(|Body(changes)| Self::Changes(changes));
        }
        match Bytes::from_request(request, desk).await {
            Ok(table) => Ok(Self::Table(table)),
            Err(e) if e.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(too_large().into()),
            Err(e) => Err(Error::new(ErrorCode::InvalidRequest, format!("{}.", e.body_text())).into()),
        }
    }
}

/// The error for a request for a plan that is larger than any may be.
pub(super) fn too_large() -> Error {
    let words = format!("The request is larger than {} MB. Make several plans.", MAX_PLAN / 1024 / 1024);
    Error::new(ErrorCode::TooLarge, words)
}

pub(super) async fn plan(
    State(desk): State<Desk>,
    caller: Caller,
    terms: Terms,
    Asked(PlanQuery { reason }): Asked<PlanQuery>,
    wanted: Wanted,
) -> Response {
    let say = written(StatusCode::CREATED, &terms);
    let work = move |directory: &Directory, caller: &Caller| match wanted {
        Wanted::Changes(_) if reason.is_some() => {
            let words = "reason: in the query it is for a table. Say it in the body.";
            Err(Error::new(ErrorCode::InvalidRequest, words))
        }
        Wanted::Changes(request) => directory.plan_on(caller, &terms, request),
        Wanted::Table(table) => directory.plan_sheet(caller, &terms, &Sheet::read(&table)?, reason),
    };
    desk.answer_in_tenant_as(caller, work, say).await
}

/// The query string of a plan's effects.
#[derive(Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(super) struct EffectsQuery {
    cursor: Option<String>,
    limit: Option<u32>,
}

pub(super) async fn effects(
    State(desk): State<Desk>,
    caller: Caller,
    Named(plan): Named<PlanId>,
    Asked(EffectsQuery { cursor, limit }): Asked<EffectsQuery>,
) -> Response {
    let work = move |directory: &Directory, caller: &Caller| {
        directory.effects(caller, &plan, cursor.as_deref(), limit)
    };
    desk.answer_in_tenant(caller, work).await
}

pub(super) async fn apply(
    State(desk): State<Desk>,
    caller: Caller,
    terms: Terms,
    Named(plan): Named<PlanId>,
) -> Response {
    let say = written(StatusCode::OK, &terms);
    let work = move |directory: &Directory, caller: &Caller| directory.apply_on(caller, &terms, &plan);
    desk.answer_in_tenant_as(caller, work, say).await
}

pub(super) async fn undo(
    State(desk): State<Desk>,
    caller: Caller,
    terms: Terms,
    Entry(number): Entry,
) -> Response {
    let say = written(StatusCode::CREATED, &terms);
    let work = move |directory: &Directory, caller: &Caller| directory.undo_on(caller, &terms, number);
    desk.answer_in_tenant_as(caller, work, say).await
}

/// Says what became of a change. Where the asker named versions in `If-Match`, their having moved is a
/// precondition that failed.
fn written<T: Serialize>(done: StatusCode, terms: &Terms) -> impl FnOnce(Result<T>) -> Response + use<T> {
    let bound = !terms.seen.is_empty();
    move |answer| match answer {
        Ok(value) => (done, Json(value)).into_response(),
        Err(error) if bound && error.code == ErrorCode::PlanStale => {
            Failure::with_status(StatusCode::PRECONDITION_FAILED, error).into_response()
        }
        Err(error) => Failure::from(error).into_response(),
    }
}

//! Handlers for those who run the service.

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::StatusCode;
use keyward_model::{ErrorCode, NewTenant, Result, Tenant, TenantEdit, TenantsQuery};

use super::{
    Desk,
    answer::Failure,
    asked::{Asked, Body, Operator, Place},
    tag::Still,
};
use crate::Directory;

pub(super) async fn tenants(
    State(desk): State<Desk>,
    Operator(caller): Operator,
    Asked(query): Asked<TenantsQuery>,
) -> Response {
    desk.answer(move |directory| directory.tenants(&caller, &query)).await
}

pub(super) async fn found(
    State(desk): State<Desk>,
    Operator(caller): Operator,
    Body(new): Body<NewTenant>,
) -> Response {
    let answered = |answer: Result<Tenant>| match answer {
        Ok(tenant) => (StatusCode::CREATED, Json(tenant)).into_response(),
        Err(error) => Failure::from(error).into_response(),
    };
    let work = move |directory: &Directory| directory.found_tenant(&caller, &new);
    desk.answer_as(work, answered).await
}

pub(super) async fn edit(
    State(desk): State<Desk>,
    Operator(caller): Operator,
    Place(tenant): Place,
    still: Still,
    Body(edit): Body<TenantEdit>,
) -> Response {
    let answered = |answer: Result<Tenant>| match answer {
        Ok(tenant) => Json(tenant).into_response(),
        Err(error) if error.code == ErrorCode::PlanStale => {
            Failure::with_status(StatusCode::PRECONDITION_FAILED, error).into_response()
        }
        Err(error) => Failure::from(error).into_response(),
    };
    let work =
        move |directory: &Directory| directory.edit_tenant(&caller, &tenant, &edit, |seen| still.is_so(seen));
    desk.answer_as(work, answered).await
}

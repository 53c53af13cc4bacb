//! Handlers of what is asked about many tenants, or about another moment.

use axum::{extract::State, response::Response};
use keyward_model::{HeldQuery, HoldersQuery, PersonId, UnusedQuery};

use super::{
    Desk,
    asked::{Anyone, Asked, Named},
};
use crate::Caller;

pub(super) async fn holders(
    State(desk): State<Desk>,
    Anyone(claims): Anyone,
    Asked(query): Asked<HoldersQuery>,
) -> Response {
    desk.answer(move |directory| directory.holders(&claims.iss, &claims.sub, &query)).await
}

pub(super) async fn unused(
    State(desk): State<Desk>,
    caller: Caller,
    Asked(query): Asked<UnusedQuery>,
) -> Response {
    desk.answer_in_tenant(caller, move |directory, caller| directory.unused(caller, &query)).await
}

pub(super) async fn held(
    State(desk): State<Desk>,
    caller: Caller,
    Named(person): Named<PersonId>,
    Asked(HeldQuery { at }): Asked<HeldQuery>,
) -> Response {
    desk.answer_in_tenant(caller, move |directory, caller| directory.held_at(caller, &person, at)).await
}

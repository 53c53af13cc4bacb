//! The hook over HTTP: a caller proves itself before its question is read.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Request, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use keyward_model::{Error, ErrorCode, PersonId};

use super::{
    Desk,
    answer::{Failure, broken, fresh},
    asked::{Asked, Named},
    limit::Asker,
};
use crate::{
    Caller,
    hook::{NotItsOwn, Post, PreviewQuery},
};

/// A caller that has proven itself, and what it sent.
pub(super) struct Proven {
    post: Arc<Post>,
    body: Bytes,
}

impl FromRequest<Desk> for Proven {
    type Rejection = Failure;

    async fn from_request(request: Request, desk: &Desk) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        let name = Path::<String>::from_request_parts(&mut parts, desk).await;
        let Path(name) = name.map_err(|_| unproven())?;
        let headers = parts.headers.clone();
        let body = Bytes::from_request(Request::from_parts(parts, body), desk).await.map_err(|e| {
            let code = match e.status() {
                StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::TooLarge,
                _ => ErrorCode::InvalidRequest,
            };
            Failure::from(Error::new(code, format!("{}.", e.body_text())))
        })?;
        let post = desk.hooks.proven(&name, &headers, &body, desk.directory.now()).await;
        let post = post.ok_or_else(unproven)?;
        desk.limits.count(Asker::Provider(post.name().clone()))?;
        Ok(Self { post, body })
    }
}

/// One answer for whoever is no caller, whatever it is that they lack.
fn unproven() -> Failure {
    let error = Error::new(ErrorCode::Unauthenticated, "No caller of this name is proven by this request.");
    Failure::challenged(error, "Bearer")
}

pub(super) async fn ask(State(desk): State<Desk>, Proven { post, body }: Proven) -> Response {
    let Desk { directory, metrics, .. } = desk;
    let name = post.name().clone();
    let worked = tokio::task::spawn_blocking(move || post.reply(&directory, directory.now(), &body)).await;
    if let (Some(metrics), Ok(Ok((_, outcome)))) = (metrics, &worked) {
        metrics.asked(name.as_str(), *outcome);
    }
    match worked {
        Ok(Ok((reply, _))) => fresh((reply.status, Json(reply.body)).into_response()),
        Ok(Err(NotItsOwn)) => unproven().into_response(),
        Err(panic) => Failure::from(broken(&panic)).into_response(),
    }
}

pub(super) async fn drill(State(desk): State<Desk>, Proven { post, .. }: Proven) -> Response {
    desk.answer(move |directory| Ok(post.drill(directory, directory.now()))).await
}

pub(super) async fn held(State(desk): State<Desk>, caller: Caller) -> Response {
    desk.answer_in_tenant(caller, |directory, caller| directory.held(caller)).await
}

pub(super) async fn preview(
    State(desk): State<Desk>,
    caller: Caller,
    Named(person): Named<PersonId>,
    Asked(query): Asked<PreviewQuery>,
) -> Response {
    let hooks = desk.hooks.clone();
    desk.answer_in_tenant(caller, move |directory, caller| directory.preview(caller, &hooks, &person, query))
        .await
}

//! A role directory that wants more of the person than their token says (RFC 9470, Entra's claims challenge).

use std::sync::Arc;

use async_trait::async_trait;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use http::{Request, Response, header};
use keyward_model::{ErrorCode, PeopleQuery, Result};
use keyward_session::{
    Ports,
    config::NetworkSettings,
    ports::{Http, Network, NoAnswer, Pieces, SystemNetwork},
};
use serde_json::Value;

use super::{part::Part, presets::named};
use crate::world::{WINDOW, northwind, tenant};

/// A network on which the directory's people are behind a challenge until a token has the claim.
struct Guarded {
    network: SystemNetwork,
    challenge: String,
    claim: &'static str,
    value: Value,
}

struct Behind {
    http: Arc<dyn Http>,
    guard: Arc<Guarded>,
}

/// The network as the session is handed it.
struct Way(Arc<Guarded>);

impl Network for Way {
    fn http(&self, settings: &NetworkSettings) -> Result<Arc<dyn Http>> {
        let http = self.0.network.http(settings)?;
        Ok(Arc::new(Behind { http, guard: self.0.clone() }))
    }
}

#[async_trait]
impl Http for Behind {
    async fn send(&self, request: Request<Vec<u8>>) -> std::result::Result<Response<Vec<u8>>, NoAnswer> {
        let guard = &self.guard;
        let token = request.headers().get(header::AUTHORIZATION).and_then(|bearer| bearer.to_str().ok());
        let said = token
            .and_then(|token| token.split('.').nth(1))
            .map(|claims| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap());
        let people = request.uri().path().ends_with("/people");
        if people && said.is_none_or(|claims| claims[guard.claim] != guard.value) {
            let refused = Response::builder().status(401).header(header::WWW_AUTHENTICATE, &guard.challenge);
            return Ok(refused.body(Vec::new()).unwrap());
        }
        self.http.send(request).await
    }

    async fn open(&self, request: Request<Vec<u8>>) -> std::result::Result<Response<Pieces>, NoAnswer> {
        self.http.open(request).await
    }
}

#[tokio::test]
async fn a_directory_that_wants_a_stronger_sign_in_gets_it_in_one_trip_that_carries_its_wishes() {
    let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
    let packed = STANDARD.encode(claims);
    type Challenge<'w> = (String, &'static str, Value, &'w [(&'static str, &'static str)]);
    let table: [Challenge<'_>; 2] = [
        (
            "Bearer error=\"insufficient_user_authentication\", acr_values=\"mfa\", max_age=\"120\"".into(),
            "acr",
            "mfa".into(),
            &[("acr_values", "mfa"), ("max_age", "120")],
        ),
        (
            format!("Bearer realm=\"\", error=\"insufficient_claims\", claims=\"{packed}\""),
            "acrs",
            serde_json::json!(["c1"]),
            &[("claims", claims)],
        ),
    ];
    for (challenge, claim, value, carried) in table {
        let part = Part::play(named("auth0-api-per-tenant")).await;
        let guard = Guarded { network: SystemNetwork::default(), challenge, claim, value };
        let ports = Ports { network: Arc::new(Way(Arc::new(guard))), ..part.world.ports() };
        let mut running = part.world.start_through(&part.configuration(), ports);
        running.session.sign_in(WINDOW, northwind(), None).await.unwrap();
        running.work().await;
        let session = running.session.clone();
        let people = || session.people(WINDOW, tenant("acme"), PeopleQuery::default());
        for _ in 0..2 {
            assert_eq!(people().await.unwrap_err().code, ErrorCode::InteractionRequired);
        }
        let view = running.now().await;
        assert_eq!(view.parked.unwrap().tenant, tenant("acme"));
        assert_eq!((part.told(), part.world.person.trips()), (1, 1), "told once, and no browser");

        running.session.continue_in_browser(WINDOW).await.unwrap();
        let back = part.back(&mut running).await;
        assert_eq!((back.parked, back.tenant.id.as_str()), (None, "acme"));
        let sent = part.world.person.last_trip();
        for (name, wanted) in carried {
            assert_eq!(sent.get(*name).map(String::as_str), Some(*wanted), "{name}");
        }
        assert_eq!(part.world.person.trips(), 2);
        assert!(!people().await.unwrap().people.is_empty(), "and the directory is content");
    }
}

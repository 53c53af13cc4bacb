//! Keycloak, asked by hand: what `docs/providers/keycloak.md` says of it.

use keyward_tests::{
    Browser, Desktop, Keyring,
    provider::{
        Running,
        keycloak::{self, BRIEF_CLIENT_ID, Realm, UNASKED},
    },
};
use keyward_verify::TokenType;
use serde_json::{Value, json};

use super::hand::{Answer, Hand};

/// A refresh token that ends with the browser's session, and one that does not.
const PLAIN: &str = "openid profile email";
const OFFLINE: &str = "openid profile email offline_access";

/// Somebody at a realm, with a browser in which nobody is signed in yet.
struct Visit {
    realm: Realm,
    provider: Running,
    hand: Hand,
    browser: Browser,
    _desktop: Desktop,
}

impl Visit {
    async fn to(realm: Realm) -> Option<Self> {
        let provider = keycloak::start(realm).await?;
        let hand = Hand::of(&provider).await;
        let desktop = Desktop::start(Keyring::Absent).await;
        let browser = Browser::start(&desktop).await;
        Some(Self { realm, provider, hand, browser, _desktop: desktop })
    }

    /// Signs Ann in with these scopes and all her tenants', in a browser where nobody is signed in.
    async fn sign_in(&mut self, scopes: &str) -> Answer {
        let scope = format!("{scopes} {}", self.realm.every_tenant());
        self.browser.client.delete_all_cookies().await.unwrap();
        let link = self.hand.link(&[("scope", &scope)]);
        keycloak::sign_in(&self.browser, &link, self.provider.people[0]).await;
        self.hand.redeem().await
    }

    /// Asks for this scope alone.
    async fn narrow(&self, link: &str, scope: &str) -> Answer {
        self.hand.refresh(link, &[("scope", &format!("openid {scope}"))]).await
    }

    /// Asks for a token of this tenant.
    async fn switch(&self, link: &str, tenant: &str) -> Answer {
        self.narrow(link, &self.realm.scope(tenant)).await
    }

    /// Whether these claims prove the tenant, and only it.
    fn proves(&self, claims: &Value, tenant: &str) -> bool {
        match self.realm {
            Realm::Organizations => claims["organization"] == json!([tenant]),
            Realm::Scopes => audiences(claims) == [self.provider.audience(tenant)],
        }
    }

    /// Whether the browser is still signed in.
    async fn is_signed_in(&mut self) -> bool {
        let link = self.hand.link(&[("scope", PLAIN), ("prompt", "none")]);
        self.browser.client.goto(&link).await.unwrap();
        let back = self.hand.redirected().await;
        let refused = ("error".to_owned(), "login_required".to_owned());
        assert!(back.contains(&refused) || back.iter().any(|(name, _)| name == "code"), "{back:?}");
        !back.contains(&refused)
    }
}

/// What a token is for; `account`, for which every person's is who has Keycloak's usual roles, left out.
fn audiences(claims: &Value) -> Vec<String> {
    let one = claims["aud"].as_str().map(|one| vec![one.to_owned()]);
    let all = one.or_else(|| serde_json::from_value(claims["aud"].clone()).ok()).unwrap_or_default();
    all.into_iter().filter(|audience| audience != "account").collect()
}

fn refused(answer: &Answer, error: &str) -> bool {
    answer.status == 400 && answer.body["error"] == error
}

#[tokio::test(flavor = "multi_thread")]
async fn ann_goes_through_three_tenants_and_back() {
    for (realm, scopes) in [(Realm::Organizations, PLAIN), (Realm::Scopes, PLAIN), (Realm::Scopes, OFFLINE)] {
        let Some(mut visit) = Visit::to(realm).await else { return };
        let ann = visit.provider.people[0];
        let signed_in = visit.sign_in(scopes).await;
        let identity = visit.hand.identity(signed_in.text("id_token"));
        assert_eq!(identity["sub"], ann.subject);
        assert_eq!(
            (&identity["name"], &identity["email"]),
            (&"Ann Archer".into(), &"ann@northwind.example".into())
        );
        let mut link = signed_in.text("refresh_token").to_owned();
        for tenant in visit.provider.tenants.into_iter().chain([visit.provider.tenants[0]]) {
            let answer = visit.switch(&link, tenant).await;
            let claims = visit.hand.claims(answer.text("access_token"), TokenType::Access);
            assert!(visit.proves(&claims, tenant), "{realm:?} {scopes}: {claims}");
            assert_eq!((&claims["azp"], &claims["sub"]), (&"keyward-desktop".into(), &ann.subject.into()));
            assert!(answer.body["id_token"].is_string(), "each refresh brings an ID token");
            assert_ne!(answer.text("refresh_token"), link, "each refresh spends the link");
            link = answer.text("refresh_token").to_owned();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_for_all_tenants_at_sign_in_and_whenever_none_is_named() {
    for realm in [Realm::Organizations, Realm::Scopes] {
        let Some(mut visit) = Visit::to(realm).await else { return };
        let first = visit.sign_in(PLAIN).await;
        let switched = visit.switch(first.text("refresh_token"), "acme").await;
        let without = visit.hand.refresh(switched.text("refresh_token"), &[]).await;
        for answer in [first, without] {
            let claims = visit.hand.access(answer.text("access_token"));
            let named = match realm {
                Realm::Organizations => claims["organization"].as_array().map_or(0, Vec::len),
                Realm::Scopes => audiences(&claims).len(),
            };
            assert_eq!(named, 3, "{claims}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_enter_gets_a_token_that_names_no_tenant_and_the_link_goes_on() {
    for (realm, tenants) in [
        (Realm::Organizations, &["umbrella"][..]),
        // Her roles do not give her the one; the other she did not ask for.
        (Realm::Scopes, &["umbrella", UNASKED]),
    ] {
        let Some(mut visit) = Visit::to(realm).await else { return };
        let mut link = visit.sign_in(PLAIN).await.text("refresh_token").to_owned();
        for tenant in tenants {
            let answer = visit.switch(&link, tenant).await;
            assert_eq!(answer.status, 200, "{realm:?} {tenant}: it is not refused, {answer:?}");
            let claims = visit.hand.access(answer.text("access_token"));
            assert_eq!(claims["organization"], Value::Null, "{claims}");
            let aud = if realm == Realm::Scopes { vec![] } else { vec![keycloak::API.to_owned()] };
            assert_eq!(audiences(&claims), aud, "{claims}");
            link = answer.text("refresh_token").to_owned();
        }
        let back = visit.switch(&link, "acme").await;
        assert!(visit.proves(&visit.hand.access(back.text("access_token")), "acme"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_tenant_is_refused_and_the_link_is_not_spent() {
    for realm in [Realm::Organizations, Realm::Scopes] {
        let Some(mut visit) = Visit::to(realm).await else { return };
        let link = visit.sign_in(PLAIN).await.text("refresh_token").to_owned();
        let unknown = visit.switch(&link, "nowhere").await;
        assert!(refused(&unknown, "invalid_scope"), "{realm:?}: {unknown:?}");
        if realm == Realm::Organizations {
            let any = visit.narrow(&link, "organization").await;
            assert!(refused(&any, "ANY organization scope is not allowed in this context"), "{any:?}");
        }
        let answer = visit.switch(&link, "acme").await;
        assert!(visit.proves(&visit.hand.access(answer.text("access_token")), "acme"), "{realm:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_an_offline_link_the_first_organization_stays_whichever_is_asked_for() {
    let Some(mut visit) = Visit::to(Realm::Organizations).await else { return };
    let link = visit.sign_in(OFFLINE).await.text("refresh_token").to_owned();
    let acme = visit.switch(&link, "acme").await;
    assert!(visit.proves(&visit.hand.access(acme.text("access_token")), "acme"));
    let globex = visit.switch(acme.text("refresh_token"), "globex").await;
    let claims = visit.hand.access(globex.text("access_token"));
    assert!(visit.proves(&claims, "acme"), "the claim is the old tenant's: {claims}");
    let scopes = claims["scope"].as_str().unwrap().split(' ').collect::<Vec<_>>();
    assert!(scopes.contains(&"organization:globex"), "and the scope says otherwise: {claims}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_link_ends_the_family() {
    for (realm, scopes) in [(Realm::Organizations, PLAIN), (Realm::Scopes, OFFLINE)] {
        let Some(mut visit) = Visit::to(realm).await else { return };
        let first = visit.sign_in(scopes).await.text("refresh_token").to_owned();
        let second = visit.switch(&first, "acme").await;
        let third = visit.switch(second.text("refresh_token"), "globex").await;
        let again = visit.switch(second.text("refresh_token"), "globex").await;
        assert!(refused(&again, "invalid_grant"), "{realm:?}: {again:?}");
        let newest = visit.switch(third.text("refresh_token"), "globex").await;
        assert!(refused(&newest, "invalid_grant"), "{realm:?}, for the newest too: {newest:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn revocation_ends_the_link_and_the_browsers_session() {
    for (realm, scopes) in [(Realm::Organizations, PLAIN), (Realm::Scopes, OFFLINE)] {
        let Some(mut visit) = Visit::to(realm).await else { return };
        let link = visit.sign_in(scopes).await.text("refresh_token").to_owned();
        assert_eq!(visit.is_signed_in().await, scopes == PLAIN, "an offline link leaves no session behind");
        let revoked = visit.hand.ask("revocation_endpoint", &[("token", &link)]).await.unwrap();
        assert_eq!((revoked.status, revoked.body), (200, Value::Null));
        assert!(refused(&visit.switch(&link, "acme").await, "invalid_grant"));
        assert!(!visit.is_signed_in().await);
        let again = visit.hand.ask("revocation_endpoint", &[("token", &link)]).await.unwrap();
        assert_eq!((again.status, again.text("error")), (200, "invalid_token"), "who is done is told so");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_at_the_provider_leaves_an_offline_link_alive() {
    for (scopes, alive) in [(PLAIN, false), (OFFLINE, true)] {
        let Some(mut visit) = Visit::to(Realm::Scopes).await else { return };
        let signed_in = visit.sign_in(scopes).await;
        let hint = [("id_token_hint", signed_in.text("id_token"))];
        let out = visit.hand.ask("end_session_endpoint", &hint).await.unwrap();
        assert_eq!(out.status, 200, "{out:?}");
        let after = visit.switch(signed_in.text("refresh_token"), "acme").await;
        assert_eq!(refused(&after, "invalid_grant"), !alive, "{scopes}: {after:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_can_have_tokens_that_last_four_seconds() {
    let Some(mut provider) = keycloak::start(Realm::Scopes).await else { return };
    provider.client_id = BRIEF_CLIENT_ID;
    let mut hand = Hand::of(&provider).await;
    let desktop = Desktop::start(Keyring::Absent).await;
    let browser = Browser::start(&desktop).await;
    let link = hand.link(&[("scope", PLAIN)]);
    keycloak::sign_in(&browser, &link, provider.people[1]).await;
    let answer = hand.redeem().await;
    let claims = hand.access(answer.text("access_token"));
    let lasts = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!((lasts, &claims["azp"]), (4, &BRIEF_CLIENT_ID.into()));
}

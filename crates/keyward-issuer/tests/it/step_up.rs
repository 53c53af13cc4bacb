//! Sign-ins that have to be surer than a password, and tenants that want the person first.

use keyward_issuer::{Demand, Mode, OrganizationStyle, Quirks, Refusal, ScopeStyle};
use serde_json::{Value, json};

use crate::world::{Browser, PASSWORD, Page, World, api, text};

const ADA: &str = "ada@northwind.example";

/// Posts the password and this code.
async fn enter(browser: &Browser, page: &Page, code: &str) -> Page {
    let id = page.field("request");
    let form = [("request", id.as_str()), ("email", ADA), ("password", PASSWORD), ("code", code)];
    browser.post("/sign-in", &form).await
}

fn demanding(refusal: Refusal) -> Quirks {
    Quirks { demand: Some(Demand { tenant: "globex".parse().unwrap(), refusal }), ..Quirks::default() }
}

#[tokio::test]
async fn a_second_factor_is_asked_for_and_the_tokens_say_so() {
    let world = World::start().await;
    let tokens = world.signed_in(&[]).await;
    assert_eq!(world.claims_of(&tokens).await["acr"], "pwd");
    let browser = world.browser();
    browser.sign_in(&world.authorize_url(&[])).await;
    let stronger = [("acr_values", "urn:unknown mfa pwd")];
    let silent = world.authorize_url(&[stronger[0], ("prompt", "none")]);
    assert_eq!(browser.get(silent.as_str()).await.answer()["error"], "login_required");

    let page = browser.get(world.authorize_url(&stronger)).await;
    assert!(page.text.contains("name=\"code\""), "the session of the password alone does not do");
    for wrong in ["", "keywerd"] {
        assert!(enter(&browser, &page, wrong).await.text.contains("The one-time code is not right."));
    }
    let (_, tokens) = world.exchange(&enter(&browser, &page, "keyward").await.code()).await;
    assert_eq!(world.claims_of(&tokens).await["acr"], "mfa");
    let (_, next) = world.refresh(text(&tokens, "refresh_token"), &[]).await;
    for name in ["access_token", "id_token"] {
        assert_eq!(world.prove(text(&next, name)).await.0["acr"], "mfa", "a refresh keeps it");
    }
    assert!(browser.get(silent).await.answer().contains_key("code"), "and so does the browser");
}

#[tokio::test]
async fn a_page_that_wants_no_second_factor_does_not_ask_for_one() {
    let world = World::start().await;
    for values in ["", "pwd", "urn:unknown"] {
        let page = world.browser().get(world.authorize_url(&[("acr_values", values)])).await;
        assert!(!page.text.contains("name=\"code\""), "{values}");
    }
}

#[tokio::test]
async fn the_claims_parameter_is_carried_into_the_tokens() {
    let world = World::start().await;
    let claims = r#"{"access_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
    let browser = world.browser();
    let page = browser.get(world.authorize_url(&[("claims", claims)])).await;
    let (_, tokens) = world.exchange(&enter(&browser, &page, "keyward").await.code()).await;
    assert_eq!(world.claims_of(&tokens).await["acrs"], json!(["c1"]));
    let (_, next) = world.refresh(text(&tokens, "refresh_token"), &[("audience", &api("acme"))]).await;
    assert_eq!(world.claims_of(&next).await["acrs"], json!(["c1"]));
    let essential = r#"{"id_token":{"acr":{"essential":true,"values":["mfa"]}}}"#;
    let page = world.browser().get(world.authorize_url(&[("claims", essential)])).await;
    assert!(page.text.contains("name=\"code\""));
    let broken = world.browser().get(world.authorize_url(&[("claims", "{")])).await;
    assert_eq!(broken.answer()["error"], "invalid_request");
}

async fn refused(world: &World, tokens: &Value) -> (u16, Value) {
    let asked = [("audience", &*api("globex"))];
    let (status, answer) = world.refresh(text(tokens, "refresh_token"), &asked).await;
    (status.as_u16(), answer)
}

#[tokio::test]
async fn a_tenant_wants_a_second_factor_and_gets_it_in_the_browser() {
    let world = World::start().await;
    let tokens = world.signed_in(&[("audience", &api("acme"))]).await;
    world.provider.set_quirks(demanding(Refusal::SecondFactor));
    let (status, answer) = refused(&world, &tokens).await;
    assert_eq!((status, text(&answer, "error")), (403, "mfa_required"));
    assert!(text(&answer, "mfa_token").len() > 40);
    let (status, tokens) = world.refresh(text(&tokens, "refresh_token"), &[]).await;
    assert_eq!(status, 200, "the present tenant goes on: {tokens}");

    let browser = world.browser();
    let page = browser.get(world.authorize_url(&[("audience", &api("globex"))])).await;
    let (_, stronger) = world.exchange(&enter(&browser, &page, "keyward").await.code()).await;
    assert_eq!(refused(&world, &stronger).await.0, 200);
}

#[tokio::test]
async fn where_the_sign_in_names_no_tenant_acr_values_bring_the_second_factor() {
    let world = World::playing(Mode::OrganizationId(OrganizationStyle::Logto)).await;
    world.provider.set_quirks(demanding(Refusal::SecondFactor));
    let browser = world.browser();
    let multi_factor = "http://schemas.openid.net/pape/policies/2007/06/multi-factor";
    let page = browser.get(world.authorize_url(&[("acr_values", multi_factor)])).await;
    let (_, tokens) = world.exchange(&enter(&browser, &page, "keyward").await.code()).await;
    let asked = [("organization_id", "org_globex")];
    let (_, next) = world.refresh(text(&tokens, "refresh_token"), &asked).await;
    assert_eq!(world.claims_of(&next).await["acr"], multi_factor);
}

#[tokio::test]
async fn a_tenant_wants_claims_and_says_which() {
    let world = World::start().await;
    let tokens = world.signed_in(&[]).await;
    world.provider.set_quirks(demanding(Refusal::Claims));
    let (status, answer) = refused(&world, &tokens).await;
    assert_eq!((status, text(&answer, "error")), (400, "interaction_required"));
    let browser = world.browser();
    let page = browser.get(world.authorize_url(&[("claims", text(&answer, "claims"))])).await;
    let (_, stronger) = world.exchange(&enter(&browser, &page, "keyward").await.code()).await;
    assert_eq!(refused(&world, &stronger).await.0, 200, "carried through, it does");
}

#[tokio::test]
async fn a_tenant_wants_a_sign_in_that_names_it() {
    for (refusal, status, error, silently) in [
        (Refusal::Login, 400, "login_required", "login_required"),
        (Refusal::Consent, 400, "consent_required", "consent_required"),
        (Refusal::Sso, 403, "sso_required", "interaction_required"),
    ] {
        let world = World::start().await;
        let browser = world.browser();
        let code = browser.sign_in(&world.authorize_url(&[("audience", &api("acme"))])).await.code();
        let (_, tokens) = world.exchange(&code).await;
        world.provider.set_quirks(demanding(refusal));
        let (got, answer) = refused(&world, &tokens).await;
        assert_eq!((got, text(&answer, "error")), (status, error));
        let globex = [("audience", &*api("globex")), ("prompt", "none")];
        assert_eq!(browser.get(world.authorize_url(&globex)).await.answer()["error"], silently);

        let offer = browser.get(world.authorize_url(&globex[..1])).await;
        let (_, named) = world.exchange(&browser.choose(&offer, "continue").await.code()).await;
        assert_eq!(refused(&world, &named).await.0, 200, "{refusal:?} is met");
        assert_eq!(refused(&world, &tokens).await.0, status, "the chain of before is as it was");
    }
}

#[tokio::test]
async fn a_demand_meets_scopes_as_well_and_may_cost_the_refresh_token() {
    let world = World::playing(Mode::Scope(ScopeStyle::Organization)).await;
    let tokens = world.signed_in(&[("scope", "openid organization:*")]).await;
    let burning = Quirks { burn_on_refusal: true, ..demanding(Refusal::SecondFactor) };
    world.provider.set_quirks(burning);
    let token = text(&tokens, "refresh_token");
    let refused = world.refused(token, &[("scope", "openid organization:globex")]).await;
    assert_eq!(refused, (403, "mfa_required".to_owned()));
    assert_eq!(world.refused(token, &[]).await.1, "invalid_grant");
}

#[tokio::test]
async fn a_tenant_is_temporarily_unavailable() {
    let world = World::start().await;
    let tokens = world.signed_in(&[]).await;
    world.provider.set_quirks(demanding(Refusal::Unavailable));
    let (status, answer) = refused(&world, &tokens).await;
    assert_eq!((status, text(&answer, "error")), (503, "temporarily_unavailable"));
    world.provider.set_quirks(Quirks::default());
    assert_eq!(refused(&world, &tokens).await.0, 200, "nothing was spent");
}

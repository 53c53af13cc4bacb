//! The sign-in page and the browser's session.

use reqwest::StatusCode;

use crate::world::{PASSWORD, World};

const ADA: &str = "ada@northwind.example";

#[tokio::test]
async fn the_page_says_where_for_whom_and_for_which_tenant_and_asks_carefully() {
    let world = World::with(keyward_issuer::Store::Memory, |config| {
        config.hint = Some("Ada & Ann, password <secret>".to_owned());
    })
    .await;
    let url =
        world.authorize_url(&[("audience", "https://api.example/acme"), ("login_hint", "\"><script>x")]);
    let page = world.browser().get(url.as_str()).await;
    assert_eq!(page.status, StatusCode::OK);
    for part in [
        "Sign in to Northwind Cloud",
        "<b>Keyward</b> asks to open tenant <span class=\"tenant\">acme</span>",
        "id=\"email\"",
        "id=\"password\"",
        "id=\"continue\"",
        "autocomplete=\"username\"",
        "autocomplete=\"current-password\"",
        "Ada &amp; Ann, password &lt;secret&gt;",
        "value=\"&quot;&gt;&lt;script&gt;x\"",
    ] {
        assert!(page.text.contains(part), "{part} is missing in {}", page.text);
    }
    assert!(!page.text.contains("<script"), "a login_hint is text, not markup");
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    for part in [
        "default-src 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self' http://127.0.0.1:49152;",
    ] {
        assert!(policy.contains(part), "{part} is missing in {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(page.headers[name], value);
    }
    let cookie = page.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
}

#[tokio::test]
async fn a_wrong_password_is_said_in_words_and_the_right_one_still_goes_through() {
    let world = World::start().await;
    let browser = world.browser();
    let page = browser.get(world.authorize_url(&[])).await;
    for (email, password) in [(ADA, "wrong"), ("nobody@northwind.example", PASSWORD)] {
        let again = browser.enter(&page, email, password).await;
        assert_eq!(again.status, StatusCode::FORBIDDEN);
        assert!(again.text.contains("E-mail or password is not right."), "{}", again.text);
        assert!(again.text.contains(&format!("value=\"{email}\"")), "nobody types an e-mail twice");
        assert!(!again.text.contains(PASSWORD), "a password is not sent back");
    }
    let back = browser.enter(&page, ADA, PASSWORD).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER);
    let answer = back.answer();
    assert_eq!(answer["state"], "st-1");
    assert_eq!(answer["iss"], world.base, "RFC 9207");
    assert!(back.location().as_str().starts_with("http://127.0.0.1:49152/callback?"));
}

#[tokio::test]
async fn a_form_without_its_cookie_or_with_another_pages_is_refused() {
    let world = World::start().await;
    let url = world.authorize_url(&[]);
    let (victim, attacker) = (world.browser(), world.browser());
    let attackers = attacker.get(url.as_str()).await;
    victim.get(url.as_str()).await;
    let forged = victim.enter(&attackers, ADA, PASSWORD).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN, "login CSRF");
    let header = attacker.cookie_header();
    let (name, _) = header.split_once('=').unwrap();
    let form =
        [("request", attackers.field("request")), ("email", ADA.into()), ("password", PASSWORD.into())];
    let guessed =
        victim.http.post(format!("{}/sign-in", world.base)).form(&form).header("cookie", format!("{name}=x"));
    assert_eq!(
        guessed.send().await.unwrap().status(),
        StatusCode::FORBIDDEN,
        "the name is no secret, the value is"
    );
    attacker.forget_cookies();
    let bare = attacker.enter(&attackers, ADA, PASSWORD).await;
    assert_eq!(bare.status, StatusCode::FORBIDDEN);
    assert!(bare.headers.get("set-cookie").is_none(), "nobody was signed in");
}

#[tokio::test]
async fn a_form_that_another_origin_sent_is_refused() {
    let world = World::start().await;
    let browser = world.browser();
    let page = browser.get(world.authorize_url(&[])).await;
    let form = [("request", page.field("request")), ("email", ADA.into()), ("password", PASSWORD.into())];
    let request = browser.http.post(format!("{}/sign-in", world.base)).form(&form);
    let request = request.header("cookie", browser.cookie_header()).header("sec-fetch-site", "same-site");
    assert_eq!(
        request.send().await.unwrap().status(),
        StatusCode::FORBIDDEN,
        "another port of this computer"
    );
}

#[tokio::test]
async fn a_page_works_once_and_not_for_ever_and_two_pages_do_not_spoil_each_other() {
    let world = World::start().await;
    let browser = world.browser();
    let url = world.authorize_url(&[]);
    let (first, second, third) =
        (browser.get(url.as_str()).await, browser.get(url.as_str()).await, browser.get(url.as_str()).await);
    assert_eq!(browser.enter(&second, ADA, PASSWORD).await.status, StatusCode::SEE_OTHER);
    assert_eq!(browser.enter(&second, ADA, PASSWORD).await.status, StatusCode::FORBIDDEN, "used");
    assert_eq!(browser.enter(&first, ADA, PASSWORD).await.status, StatusCode::SEE_OTHER);
    world.around.pass(601);
    assert_eq!(browser.enter(&third, ADA, PASSWORD).await.status, StatusCode::FORBIDDEN, "too old");
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down_for_that_email_only() {
    let world = World::start().await;
    let browser = world.browser();
    let page = browser.get(world.authorize_url(&[])).await;
    for _ in 0..5 {
        assert_eq!(browser.enter(&page, ADA, "guess").await.status, StatusCode::FORBIDDEN);
    }
    let slowed = browser.enter(&page, "ADA@northwind.example", PASSWORD).await;
    assert_eq!(slowed.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(slowed.headers["retry-after"], "30");
    assert!(slowed.text.contains("Wait 30 seconds"), "{}", slowed.text);
    assert_eq!(browser.enter(&page, "ann@northwind.example", "x").await.status, StatusCode::FORBIDDEN);
    world.around.pass(30);
    assert_eq!(browser.enter(&page, ADA, PASSWORD).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_signed_in_browser_is_offered_to_continue_or_to_be_somebody_else() {
    let world = World::start().await;
    let browser = world.browser();
    let url = world.authorize_url(&[]);
    browser.sign_in(&url).await;
    let offer = browser.get(url.as_str()).await;
    assert!(offer.text.contains("Continue as ada &lt;b&gt;"), "{}", offer.text);
    assert!(!offer.text.contains("<b>\"L"), "a name is text");
    assert!(offer.text.contains("id=\"continue\"") && offer.text.contains("id=\"other\""));
    world.around.pass(100);
    let code = browser.choose(&offer, "continue").await.code();
    let (_, tokens) = world.exchange(&code).await;
    let (claims, ..) = world.prove(tokens["id_token"].as_str().unwrap()).await;
    assert_eq!(claims["sub"], "ada");
    assert_eq!(claims["auth_time"], crate::world::START, "when the password was asked for, not now");

    let offer = browser.get(url.as_str()).await;
    let form = browser.choose(&offer, "other").await;
    assert!(form.text.contains("id=\"password\""), "{}", form.text);
    let adas = browser.cookie_header();
    let code = browser.enter(&form, "ann@northwind.example", PASSWORD).await.code();
    let silent = browser.http.get(world.authorize_url(&[("prompt", "none")])).header("cookie", adas);
    let location = silent.send().await.unwrap().headers()["location"].to_str().unwrap().to_owned();
    assert!(location.contains("error=login_required"), "her session in this browser is over");
    let (_, tokens) = world.exchange(&code).await;
    assert_eq!(world.prove(tokens["id_token"].as_str().unwrap()).await.0["sub"], "ann");
}

#[tokio::test]
async fn nobody_continues_as_somebody_whom_the_page_did_not_offer() {
    let world = World::start().await;
    let browser = world.browser();
    let url = world.authorize_url(&[]);
    browser.sign_in(&url).await;
    let forced = browser.get(world.authorize_url(&[("prompt", "login")])).await;
    assert!(forced.text.contains("id=\"password\""), "prompt=login asks for the password");
    let sneaked = browser.choose(&forced, "continue").await;
    assert_eq!(sneaked.status, StatusCode::OK);
    assert!(sneaked.text.contains("id=\"password\""), "and is not talked out of it");

    let offer = browser.get(url.as_str()).await;
    let changed = browser.get(world.authorize_url(&[("prompt", "login")])).await;
    browser.enter(&changed, "ann@northwind.example", PASSWORD).await;
    let stale = browser.choose(&offer, "continue").await;
    assert!(stale.text.contains("id=\"password\""), "the page offered Ada, the browser is Ann's by now");
}

#[tokio::test]
async fn prompt_none_answers_at_once_or_says_login_required() {
    let world = World::start().await;
    let browser = world.browser();
    let silent = world.authorize_url(&[("prompt", "none")]);
    let answer = browser.get(silent.as_str()).await.answer();
    assert_eq!((answer["error"].as_str(), answer["state"].as_str()), ("login_required", "st-1"));
    assert_eq!(answer["iss"], world.base);
    browser.sign_in(&world.authorize_url(&[])).await;
    let code = browser.get(silent.as_str()).await.code();
    assert_eq!(world.exchange(&code).await.0, StatusCode::OK);
    for (name, value) in [("max_age", "0"), ("login_hint", "ann@northwind.example")] {
        let url = world.authorize_url(&[("prompt", "none"), (name, value)]);
        assert_eq!(browser.get(url).await.answer()["error"], "login_required", "{name}");
    }
    world.around.pass(8 * 3600);
    assert_eq!(browser.get(silent.as_str()).await.answer()["error"], "login_required", "sessions end");
}

#[tokio::test]
async fn a_session_older_than_max_age_or_of_another_person_is_asked_for_the_password() {
    let world = World::start().await;
    let browser = world.browser();
    browser.sign_in(&world.authorize_url(&[])).await;
    world.around.pass(60);
    for (changes, offered) in [
        ([("max_age", "60")], true),
        ([("max_age", "59")], false),
        ([("login_hint", ADA)], true),
        ([("login_hint", "ann@northwind.example")], false),
    ] {
        let page = browser.get(world.authorize_url(&changes)).await;
        assert_eq!(page.text.contains("id=\"other\""), offered, "{changes:?}");
    }
}

#[tokio::test]
async fn whoever_may_not_enter_the_tenant_hears_it_at_the_sign_in() {
    let world = World::start().await;
    for (tenant, error) in [("closed", "access_denied"), ("nowhere", "invalid_target")] {
        let audience = crate::world::api(tenant);
        let back = world.browser().sign_in(&world.authorize_url(&[("audience", &audience)])).await;
        let answer = back.answer();
        assert_eq!(answer["error"], error, "{answer:?}");
        assert!(answer["error_description"].contains(tenant), "{answer:?}");
    }
    world.around.directory_down.store(true, std::sync::atomic::Ordering::SeqCst);
    let back =
        world.browser().sign_in(&world.authorize_url(&[("audience", "https://api.example/acme")])).await;
    assert_eq!(back.answer()["error"], "temporarily_unavailable");
}

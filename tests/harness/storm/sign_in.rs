//! A person who signs in at `oidc-provider` without a browser: its developer pages are two forms.

use std::collections::BTreeMap;

use reqwest::{Response, header, redirect::Policy};
use serde_json::Value;
use url::Url;

use crate::provider::{Person, oidc_provider::OidcProvider};

/// The pair of RFC 7636, appendix B. What it hides here is no secret.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const REDIRECT: &str = "http://127.0.0.1/callback";
const SCOPE: &str = "openid profile email offline_access";

/// Signs in for all of these audiences, and gives the first refresh token.
pub(super) async fn first_link(provider: &OidcProvider, person: Person, audiences: &[String]) -> String {
    let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().expect("a client");
    let code = code(&http, provider, person, audiences).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
        ("client_id", provider.client_id),
    ];
    let answer = http.post(format!("{}/token", provider.issuer)).form(&form).send().await;
    let answer: Value = answer.expect("an answer").json().await.expect("JSON");
    let link = answer["refresh_token"].as_str().unwrap_or_else(|| panic!("no refresh token: {answer}"));
    link.to_owned()
}

async fn code(
    http: &reqwest::Client,
    provider: &OidcProvider,
    person: Person,
    audiences: &[String],
) -> String {
    let mut at = Url::parse(&provider.issuer).expect("a URL").join("/auth").expect("a URL");
    at.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", provider.client_id)
        .append_pair("redirect_uri", REDIRECT)
        .append_pair("scope", SCOPE)
        .append_pair("prompt", "consent")
        .append_pair("code_challenge", CHALLENGE)
        .append_pair("code_challenge_method", "S256")
        .extend_pairs(audiences.iter().map(|audience| ("resource", audience)));
    let name_and_password = vec![("prompt", "login"), ("login", person.login), ("password", person.password)];
    let mut forms = [name_and_password, vec![("prompt", "consent")]].into_iter();
    let mut cookies = BTreeMap::new();
    while at.path() != "/callback" {
        let request = match at.path().starts_with("/interaction/") {
            true => http.post(at.clone()).form(&forms.next().expect("two forms and no more")),
            false => http.get(at.clone()),
        };
        let answer = request.header(header::COOKIE, sent(&cookies)).send().await.expect("an answer");
        keep(&mut cookies, &answer);
        let next = answer.headers().get(header::LOCATION).and_then(|next| next.to_str().ok());
        let next = next.unwrap_or_else(|| panic!("{} leads nowhere: {}", at.path(), answer.status()));
        at = at.join(next).expect("a URL");
    }
    let code = at.query_pairs().find(|(name, _)| name == "code");
    code.unwrap_or_else(|| panic!("no code: {at}")).1.into_owned()
}

/// Cookies by name: the provider's paths need no telling apart here.
fn keep(cookies: &mut BTreeMap<String, String>, answer: &Response) {
    for set in answer.headers().get_all(header::SET_COOKIE) {
        let set = set.to_str().expect("a cookie in plain letters");
        let (name, value) = set.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
        cookies.insert(name.to_owned(), value.to_owned());
    }
}

fn sent(cookies: &BTreeMap<String, String>) -> String {
    cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}

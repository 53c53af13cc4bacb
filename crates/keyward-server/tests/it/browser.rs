//! Somebody with a browser and an app: signs in over the real pages, refreshes, asks the directory.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keyward_model::SystemClock;
use keyward_server::local::{self, CLIENT_ID, DIRECTORY_AUDIENCE, Local, LocalOptions, TENANT_AUDIENCE};
use reqwest::{StatusCode, header, redirect::Policy};
use serde_json::Value;
use url::Url;

const REDIRECT: &str = "http://127.0.0.1:9/callback";

pub async fn open(folder: &Path) -> Local {
    local::start(LocalOptions::new(folder), Arc::new(SystemClock)).await.unwrap()
}

pub fn audience(tenant: &str) -> String {
    TENANT_AUDIENCE.replace("{tenant}", tenant)
}

pub struct Person {
    origin: String,
    http: reqwest::Client,
    refresh: String,
    /// The first access token, for the directory itself.
    pub own: String,
}

impl Person {
    /// Signs in as `email` with `password`; the page's words where it does not let them in.
    pub async fn try_sign_in(local: &Local, email: &str, password: &str) -> Result<Self, String> {
        let http = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
        let origin = local.issuer.to_string();
        let verifier = "v".repeat(64);
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
        let challenge = URL_SAFE_NO_PAD.encode(digest.as_ref());
        let query = [
            ("response_type", "code"),
            ("client_id", CLIENT_ID),
            ("redirect_uri", REDIRECT),
            ("scope", "openid profile email offline_access"),
            ("state", "s"),
            ("nonce", "n"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("audience", DIRECTORY_AUDIENCE),
        ];
        let discovery = http.get(local.issuer.discovery_url()).send().await.unwrap();
        let discovery: Value = discovery.json().await.unwrap();
        let authorize = discovery["authorization_endpoint"].as_str().unwrap();
        let page = http.get(authorize).query(&query).send().await.unwrap();
        let cookies: Vec<String> = page
            .headers()
            .get_all(header::SET_COOKIE)
            .iter()
            .map(|value| value.to_str().unwrap().split(';').next().unwrap().to_owned())
            .collect();
        let page = page.text().await.unwrap();
        assert!(page.contains("This workspace is on your computer"), "the hint: {page}");
        let action = Url::parse(&origin).unwrap().join(attribute(&page, "<form", "action")).unwrap();
        let mut form: BTreeMap<&str, &str> = BTreeMap::new();
        for input in page.split("<input").skip(1).filter(|input| input.contains("type=\"hidden\"")) {
            form.insert(attribute(input, "", "name"), attribute(input, "", "value"));
        }
        form.insert("email", email);
        form.insert("password", password);
        let answer =
            http.post(action).header(header::COOKIE, cookies.join("; ")).form(&form).send().await.unwrap();
        let Some(to) = answer.headers().get(header::LOCATION).cloned() else {
            return Err(answer.text().await.unwrap());
        };
        let to = Url::parse(to.to_str().unwrap()).unwrap();
        let back: BTreeMap<_, _> = to.query_pairs().collect();
        assert_eq!(back["state"], "s");
        let token = discovery["token_endpoint"].as_str().unwrap();
        let exchange = [
            ("grant_type", "authorization_code"),
            ("client_id", CLIENT_ID),
            ("redirect_uri", REDIRECT),
            ("code", &back["code"]),
            ("code_verifier", &verifier),
        ];
        let tokens: Value = http.post(token).form(&exchange).send().await.unwrap().json().await.unwrap();
        let text = |name: &str| tokens[name].as_str().unwrap_or_else(|| panic!("{tokens}")).to_owned();
        let (refresh, own) = (text("refresh_token"), text("access_token"));
        Ok(Self { origin, http, refresh, own })
    }

    pub async fn sign_in(local: &Local, email: &str) -> Self {
        Self::try_sign_in(local, email, local::PASSWORD).await.unwrap()
    }

    /// Switches: a token for the tenant, or the provider's refusal.
    pub async fn switch(&mut self, tenant: &str) -> Result<String, Value> {
        self.switch_by("audience", &audience(tenant)).await
    }

    /// Switches as another kind of provider has it: by this parameter.
    pub async fn switch_by(&mut self, parameter: &str, value: &str) -> Result<String, Value> {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", CLIENT_ID),
            ("refresh_token", &self.refresh),
            (parameter, value),
        ];
        let answer = self.http.post(format!("{}/token", self.origin)).form(&form).send().await.unwrap();
        let (status, body) = (answer.status(), answer.json::<Value>().await.unwrap());
        if status != StatusCode::OK {
            return Err(body);
        }
        self.refresh = body["refresh_token"].as_str().unwrap().to_owned();
        Ok(body["access_token"].as_str().unwrap().to_owned())
    }

    pub async fn get(&self, path: &str, token: &str) -> (StatusCode, Value) {
        read(self.http.get(format!("{}{path}", self.origin)).bearer_auth(token)).await
    }

    pub async fn post(&self, path: &str, token: &str, body: &Value) -> (StatusCode, Value) {
        read(self.http.post(format!("{}{path}", self.origin)).bearer_auth(token).json(body)).await
    }

    /// Carries the session over to a workspace that was started again.
    pub fn at(mut self, local: &Local) -> Self {
        self.origin = local.issuer.to_string();
        self
    }
}

/// What a token says, read without checking.
pub fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

async fn read(request: reqwest::RequestBuilder) -> (StatusCode, Value) {
    let answer = request.send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

fn attribute<'p>(page: &'p str, after: &str, name: &str) -> &'p str {
    let from = page.find(after).unwrap_or_else(|| panic!("no {after} in {page}"));
    let start = format!("{name}=\"");
    let at = page[from..].find(&start).unwrap_or_else(|| panic!("no {name} in {page}")) + from + start.len();
    &page[at..at + page[at..].find('"').unwrap()]
}

//! A running provider, a browser and a client.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, jwk::JwkSet};
use keyward_issuer::{Account, Accounts, Mode, Provider, ProviderConfig, Store};
use keyward_model::{
    ClientId, Clock, Error, ErrorCode, HookAnswer, HookRefusal, HookRequest, Issuer, Permission, RoleId,
    Secret, Subject, TenantId, Timestamp, TokenHook,
};
use reqwest::{Client, Response, StatusCode, redirect::Policy};
use serde_json::{Map, Value};
use url::Url;

pub const CLIENT: &str = "keyward-desktop";
pub const CALLBACK: &str = "http://127.0.0.1:49152/callback";
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const PASSWORD: &str = "correct horse";
pub const DIRECTORY: &str = "https://directory.example";
pub const START: i64 = 1_800_000_000;

/// The audience of a tenant.
pub fn api(tenant: &str) -> String {
    format!("https://api.example/{tenant}")
}

/// Time and people, as a test wants them.
pub struct Surroundings {
    now: AtomicI64,
    pub directory_down: AtomicBool,
    pub not_after: AtomicI64,
    /// When a role begins; 0: none does.
    pub renew_at: AtomicI64,
    pub gone: AtomicBool,
    pub accounts_down: AtomicBool,
}

impl Surroundings {
    pub fn pass(&self, seconds: i64) {
        self.now.fetch_add(seconds, Ordering::SeqCst);
    }

    fn readable(&self) -> keyward_model::Result<()> {
        may_block();
        let down = self.accounts_down.load(Ordering::SeqCst);
        if down { Err(Error::new(ErrorCode::Internal, "the test says so")) } else { Ok(()) }
    }
}

impl Clock for Surroundings {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::SeqCst))
    }
}

impl Accounts for Surroundings {
    fn sign_in(&self, email: &str, password: &Secret) -> keyward_model::Result<Option<Account>> {
        self.readable()?;
        let person = ["ada", "ann"].into_iter().find(|name| email == format!("{name}@northwind.example"));
        Ok(person.filter(|_| password.expose() == PASSWORD).map(account))
    }

    fn account(&self, subject: &Subject) -> keyward_model::Result<Option<Account>> {
        self.readable()?;
        Ok((!self.gone.load(Ordering::SeqCst)).then(|| account(subject.as_str())))
    }

    fn tenants(&self, _: &Subject) -> keyward_model::Result<Vec<TenantId>> {
        self.readable()?;
        Ok(["acme", "globex"].map(|tenant| tenant.parse().unwrap()).to_vec())
    }
}

/// A person whose name would break a page that does not escape.
fn account(name: &str) -> Account {
    Account {
        subject: Subject::new(name).unwrap(),
        name: format!("{name} <b>\"L'indqvist\"</b>"),
        email: format!("{name}@northwind.example"),
    }
}

impl TokenHook for Surroundings {
    fn answer(&self, request: &HookRequest) -> Result<HookAnswer, HookRefusal> {
        may_block();
        if self.directory_down.load(Ordering::SeqCst) {
            return Err(HookRefusal::Unavailable("the test says so".to_owned()));
        }
        let not_after = self.not_after.load(Ordering::SeqCst);
        let renew_at = self.renew_at.load(Ordering::SeqCst);
        match request.tenant.as_str() {
            "acme" | "globex" => Ok(HookAnswer {
                roles: vec![RoleId::new("editor").unwrap()],
                permissions: vec![Permission::new("document:write").unwrap()],
                role_version: 7,
                not_after: (not_after > 0).then_some(Timestamp(not_after)),
                renew_at: (renew_at > 0).then_some(Timestamp(renew_at)),
            }),
            "closed" => Err(HookRefusal::NotAMember(request.tenant.clone())),
            _ => Err(HookRefusal::UnknownTenant(request.tenant.clone())),
        }
    }
}

/// Panics on an async thread, as PostgreSQL's client does: whoever asks accounts or directory must have left those.
fn may_block() {
    tokio::runtime::Handle::current().block_on(async {});
}

/// A provider that listens.
pub struct World {
    pub provider: Provider,
    pub around: Arc<Surroundings>,
    pub base: String,
}

impl World {
    pub async fn start() -> Self {
        Self::with(Store::Memory, |_| ()).await
    }

    /// A provider that gives tenants' tokens in this way.
    pub async fn playing(mode: Mode) -> Self {
        Self::with(Store::Memory, |config| config.mode = mode).await
    }

    pub async fn with(store: Store, adjust: impl FnOnce(&mut ProviderConfig)) -> Self {
        let around = Arc::new(Surroundings {
            now: AtomicI64::new(START),
            directory_down: AtomicBool::new(false),
            not_after: AtomicI64::new(0),
            renew_at: AtomicI64::new(0),
            gone: AtomicBool::new(false),
            accounts_down: AtomicBool::new(false),
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let mut config = ProviderConfig::new(
            Issuer::new(&base).unwrap(),
            "Northwind Cloud",
            ClientId::new(CLIENT).unwrap(),
            "https://api.example/{tenant}".parse().unwrap(),
            DIRECTORY,
        );
        adjust(&mut config);
        let provider = Provider::open(config, store, around.clone(), around.clone(), around.clone()).unwrap();
        let router = provider.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { provider, around, base }
    }

    /// A browser that nobody has used.
    pub fn browser(&self) -> Browser {
        let http = Client::builder().redirect(Policy::none()).build().unwrap();
        Browser { http, base: self.base.clone(), cookies: Mutex::default() }
    }

    /// The usual authorization request, with these parameters changed, added, or (empty) left out.
    pub fn authorize_url(&self, changes: &[(&str, &str)]) -> Url {
        let challenge = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, VERIFIER.as_bytes()));
        let mut params: Vec<(&str, &str)> = vec![
            ("response_type", "code"),
            ("client_id", CLIENT),
            ("redirect_uri", CALLBACK),
            ("scope", "openid profile email offline_access"),
            ("state", "st-1"),
            ("nonce", "no-1"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        for (name, value) in changes {
            params.retain(|(one, _)| one != name);
            if !value.is_empty() {
                params.push((name, value));
            }
        }
        Url::parse_with_params(&format!("{}/authorize", self.base), params).unwrap()
    }

    pub async fn token(&self, form: &[(&str, &str)]) -> (StatusCode, Value) {
        self.token_at("", form).await
    }

    /// A token request at the endpoints under this path.
    pub async fn token_at(&self, path: &str, form: &[(&str, &str)]) -> (StatusCode, Value) {
        let mut form = form.to_vec();
        if !form.iter().any(|(name, _)| *name == "client_id") {
            form.push(("client_id", CLIENT));
        }
        let http = Client::new();
        let response = http.post(format!("{}{path}/token", self.base)).form(&form).send().await.unwrap();
        let status = response.status();
        assert_eq!(response.headers()["cache-control"], "no-store", "RFC 6749 §5.1");
        (status, response.json().await.unwrap())
    }

    pub async fn exchange(&self, code: &str) -> (StatusCode, Value) {
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ])
        .await
    }

    pub async fn refresh(&self, token: &str, more: &[(&str, &str)]) -> (StatusCode, Value) {
        let form = [&[("grant_type", "refresh_token"), ("refresh_token", token)], more].concat();
        self.token(&form).await
    }

    /// The refusal of a refresh.
    pub async fn refused(&self, token: &str, more: &[(&str, &str)]) -> (u16, String) {
        let (status, answer) = self.refresh(token, more).await;
        (status.as_u16(), text(&answer, "error").to_owned())
    }

    /// A whole sign-in of Ada.
    pub async fn signed_in(&self, changes: &[(&str, &str)]) -> Value {
        let code = self.browser().sign_in(&self.authorize_url(changes)).await.code();
        let (status, tokens) = self.exchange(&code).await;
        assert_eq!(status, StatusCode::OK, "{tokens}");
        tokens
    }

    /// Claims of a token whose signature the published keys prove; with its header's `typ` and `alg`.
    pub async fn prove(&self, token: &str) -> (Map<String, Value>, String, Algorithm) {
        let keys: JwkSet =
            reqwest::get(format!("{}/jwks.json", self.base)).await.unwrap().json().await.unwrap();
        let header = jsonwebtoken::decode_header(token).unwrap();
        let jwk = keys.find(header.kid.as_deref().unwrap()).expect("the key is published");
        let mut validation = Validation::new(header.alg);
        validation.validate_exp = false;
        validation.validate_aud = false;
        let data = jsonwebtoken::decode(token, &DecodingKey::from_jwk(jwk).unwrap(), &validation).unwrap();
        (data.claims, header.typ.unwrap_or_default(), header.alg)
    }

    /// What an answer's access token says.
    pub async fn claims_of(&self, answer: &Value) -> Map<String, Value> {
        self.prove(text(answer, "access_token")).await.0
    }

    pub async fn metadata(&self) -> Value {
        let url = format!("{}/.well-known/openid-configuration", self.base);
        reqwest::get(url).await.unwrap().json().await.unwrap()
    }

    pub async fn audience_of(&self, answer: &Value) -> String {
        let (claims, ..) = self.prove(answer["access_token"].as_str().unwrap()).await;
        claims["aud"].as_str().unwrap().to_owned()
    }
}

/// A browser: cookies, forms, and redirects that a test follows by hand.
pub struct Browser {
    pub http: Client,
    base: String,
    cookies: Mutex<HashMap<String, String>>,
}

/// What a browser got.
pub struct Page {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Browser {
    pub async fn get(&self, url: impl reqwest::IntoUrl) -> Page {
        let request = self.http.get(url).header("cookie", self.cookie_header());
        self.keep(request.send().await.unwrap()).await
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Page {
        let request = self.http.post(format!("{}{path}", self.base)).header("cookie", self.cookie_header());
        self.keep(request.form(form).send().await.unwrap()).await
    }

    /// Opens the page and signs Ada in on it.
    pub async fn sign_in(&self, url: &Url) -> Page {
        let page = self.get(url.as_str()).await;
        self.enter(&page, "ada@northwind.example", PASSWORD).await
    }

    pub async fn enter(&self, page: &Page, email: &str, password: &str) -> Page {
        self.post(
            "/sign-in",
            &[("request", &page.field("request")), ("email", email), ("password", password)],
        )
        .await
    }

    pub async fn choose(&self, page: &Page, choice: &str) -> Page {
        self.post("/sign-in", &[("request", &page.field("request")), ("choice", choice)]).await
    }

    pub fn forget_cookies(&self) {
        self.cookies.lock().unwrap().clear();
    }

    pub fn cookie_header(&self) -> String {
        let cookies = self.cookies.lock().unwrap();
        cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    async fn keep(&self, response: Response) -> Page {
        for cookie in response.headers().get_all("set-cookie") {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let mut cookies = self.cookies.lock().unwrap();
            if attributes.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let (status, headers) = (response.status(), response.headers().clone());
        Page { status, headers, text: response.text().await.unwrap() }
    }
}

impl Page {
    /// The value of a hidden field.
    pub fn field(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let (_, rest) =
            self.text.split_once(&start).unwrap_or_else(|| panic!("no field {name} in {}", self.text));
        rest.split_once('"').unwrap().0.to_owned()
    }

    pub fn location(&self) -> Url {
        let location =
            self.headers.get("location").unwrap_or_else(|| panic!("{} {}", self.status, self.text));
        Url::parse(location.to_str().unwrap()).unwrap()
    }

    /// The parameters of the redirect.
    pub fn answer(&self) -> HashMap<String, String> {
        self.location().query_pairs().into_owned().collect()
    }

    pub fn code(&self) -> String {
        self.answer().remove("code").unwrap_or_else(|| panic!("no code in {}", self.location()))
    }
}

/// A text in a JSON answer.
pub fn text<'a>(answer: &'a Value, name: &str) -> &'a str {
    answer[name].as_str().unwrap_or_else(|| panic!("no {name} in {answer}"))
}

/// Longer than any answer takes.
pub const PATIENCE: Duration = Duration::from_secs(20);

//! A served directory with a clock to turn and a key to sign tokens with.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use axum::Router;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, StatusCode};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use keyward_directory::{Caller, Directory, Founding, Hooks, Service};
use keyward_model::{
    Applied, Change, ClientId, Clock, Description, EmailAddress, Error, HookAnswer, HookRequest, Issuer,
    Name, Permission, PlanRequest, Seen, Timestamp, TokenHook,
};
use keyward_verify::{Expect, KeySet, KeySource, Refused, Verifier};
use serde_json::{Value, json};

use crate::{
    company::{self, issuer, person, role, subject, tenant},
    contract,
    engine::{Engine, Scratch},
};

pub const NOW: i64 = 1_795_335_000;
pub const OWN_AUDIENCE: &str = "https://api.example/directory";

/// A clock that tests turn.
pub struct Hand(AtomicI64);

impl Hand {
    pub fn at(seconds: i64) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(seconds)))
    }

    pub fn turn(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

struct Known(Arc<KeySet>);

#[async_trait::async_trait]
impl KeySource for Known {
    async fn keys(&self, _: &Issuer) -> Result<Arc<KeySet>, Refused> {
        Ok(self.0.clone())
    }
    async fn renewed(&self, _: &Issuer, _: &Arc<KeySet>) -> Result<Arc<KeySet>, Refused> {
        Ok(self.0.clone())
    }
}

pub struct House {
    pub directory: Directory,
    pub clock: Arc<Hand>,
    key: EncodingKey,
    pub origin: String,
    http: reqwest::Client,
    pub scratch: Scratch,
}

/// An answer, read.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub version: Option<u64>,
    pub challenge: Option<String>,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn error(&self) -> Error {
        serde_json::from_value(self.body.clone()).unwrap()
    }
}

/// The question about somebody in a tenant.
pub fn question(who: &str, at: &str) -> HookRequest {
    HookRequest {
        issuer: issuer(),
        subject: subject(who),
        tenant: tenant(at),
        client: ClientId::new("tests").unwrap(),
        verified_email: None,
    }
}

impl House {
    pub async fn new(engine: Engine) -> Self {
        Self::of(engine, company::company()).await
    }

    pub async fn of(engine: Engine, company: Founding) -> Self {
        Self::asked(engine, company, |_, _| Hooks::none()).await
    }

    /// With providers that may ask. `hooks` makes them of the keys that tokens here are signed with, and the clock.
    pub async fn asked(
        engine: Engine,
        company: Founding,
        hooks: impl FnOnce(Arc<dyn KeySource>, Arc<dyn Clock>) -> Hooks,
    ) -> Self {
        Self::served(engine, company, |service, keys, clock| service.asked_by(hooks(keys, clock)).router())
            .await
    }

    /// Served in a way of its own.
    pub async fn served(
        engine: Engine,
        company: Founding,
        app: impl FnOnce(Service, Arc<dyn KeySource>, Arc<dyn Clock>) -> Router,
    ) -> Self {
        let scratch = Scratch::new(engine);
        let clock = Hand::at(NOW);
        let directory = Directory::open(&scratch.at(), clock.clone()).unwrap();
        directory.found(&company).unwrap();
        let (key, keys) = key_pair();
        let expect = Expect::api_per_tenant(
            issuer(),
            OWN_AUDIENCE.to_owned(),
            "https://api.example/t/{tenant}".parse().unwrap(),
        );
        let keys: Arc<dyn KeySource> = Arc::new(Known(Arc::new(keys)));
        let verifier = Arc::new(Verifier::new(expect, keys.clone(), clock.clone()));
        let app =
            app(Service::new(directory.clone(), verifier).operated_by(tenant("acme")), keys, clock.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { directory, clock, key, origin, http, scratch }
    }

    /// What a provider is answered about somebody in Acme.
    pub fn answer(&self, who: &str) -> HookAnswer {
        self.directory.answer(&question(who, "acme")).unwrap()
    }

    pub fn claims(&self, who: &str, at: &str) -> Value {
        let now = self.clock.now().0;
        let mut claims = json!({
            "iss": company::ISSUER, "sub": subject(who), "aud": format!("https://api.example/t/{at}"),
            "iat": now, "exp": now + 3600, "client_id": "tests",
        });
        if let Ok(answer) = self.directory.answer(&question(who, at)) {
            claims["https://keyward.dev/claims/roles"] = json!(answer.roles);
            claims["https://keyward.dev/claims/permissions"] = json!(answer.permissions);
            claims["https://keyward.dev/claims/role_version"] = json!(answer.role_version);
        }
        claims
    }

    pub fn sign(&self, typ: &str, claims: &Value) -> String {
        let header =
            Header { typ: Some(typ.to_owned()), kid: Some("k1".to_owned()), ..Header::new(Algorithm::ES256) };
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }

    /// An access token as the provider would make it now.
    pub fn token(&self, who: &str, at: &str) -> String {
        self.sign("at+jwt", &self.claims(who, at))
    }

    /// A caller within the process, whose token carries everything.
    pub fn caller(who: &str, at: &str) -> Caller {
        Caller {
            issuer: issuer(),
            subject: subject(who),
            tenant: tenant(at),
            permissions: company::all_permissions(),
        }
    }

    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method.parse().unwrap(), format!("{}{path}", self.origin))
    }

    pub async fn get(&self, path: &str, token: &str) -> Answer {
        read(self.request("GET", path).bearer_auth(token)).await
    }

    pub async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        read(self.request("POST", path).bearer_auth(token).json(body)).await
    }

    pub async fn plan(&self, token: &str, request: &PlanRequest) -> Answer {
        self.post("/v1/tenants/acme/plans", token, &json!(request)).await
    }

    /// Plans and applies within the process, as somebody of Acme.
    pub fn edit(&self, who: &str, changes: Vec<Change>) -> keyward_model::Result<Applied> {
        let caller = Self::caller(who, "acme");
        let plan = self.directory.plan(&caller, wish(changes))?;
        self.directory.apply(&caller, &plan.id)
    }

    pub async fn apply(&self, token: &str, plan: &Value) -> Answer {
        let id = plan["id"].as_str().unwrap();
        self.post(&format!("/v1/tenants/acme/plans/{id}/apply"), token, &Value::Null).await
    }
}

pub async fn read(request: reqwest::RequestBuilder) -> Answer {
    let (http, request) = request.build_split();
    let request = request.unwrap();
    let (method, path) = (request.method().clone(), request.url().path().to_owned());
    let response = http.execute(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    // A stream has no end to wait for.
    let endless = headers.get("content-type").is_some_and(|kind| kind == "text/event-stream");
    let text = if endless { String::new() } else { response.text().await.unwrap() };
    let body = match text.as_str() {
        "" => Value::Null,
        text => serde_json::from_str(text).unwrap_or_else(|_| panic!("{status} is not JSON: {text:?}")),
    };
    contract::check(&method, &path, status, &headers, &body);
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let (version, challenge) = (header("keyward-role-version"), header("www-authenticate"));
    Answer { status, version: version.map(|text| text.parse().unwrap()), challenge, headers, body }
}

pub fn give(who: &str, what: &str) -> Change {
    Change::give(person(who), role(what))
}

/// From NOW and so many seconds on, until NOW and so many seconds.
pub fn lend(who: &str, what: &str, from: Option<i64>, until: Option<i64>) -> Change {
    let [starts_at, ends_at] = [from, until].map(|seconds| seconds.map(|seconds| Timestamp(NOW + seconds)));
    Change::Give { person: person(who), role: role(what), starts_at, ends_at }
}

pub fn take(who: &str, what: &str) -> Change {
    Change::Take { person: person(who), role: role(what) }
}

pub fn add(email: &str, name: &str, roles: &[&str]) -> Change {
    Change::Add {
        email: EmailAddress::new(email).unwrap(),
        name: Name::new(name).unwrap(),
        roles: roles.iter().copied().map(role).collect(),
        starts_at: None,
        ends_at: None,
    }
}

pub fn remove(who: &str) -> Change {
    Change::Remove { person: person(who) }
}

/// A role of this name that allows this and nothing else.
pub fn define(what: &str, name: &str, permissions: &str) -> Change {
    Change::DefineRole {
        role: role(what),
        name: Name::new(name).unwrap(),
        description: Description::default(),
        permissions: permissions.split_whitespace().map(|one| Permission::new(one).unwrap()).collect(),
        rank: None,
        template: None,
    }
}

pub fn drop_role(what: &str) -> Change {
    Change::DropRole { role: role(what) }
}

pub fn seen(who: &str, version: u64) -> Seen {
    Seen { person: person(who), version }
}

pub fn wish(changes: Vec<Change>) -> PlanRequest {
    PlanRequest { changes, ..PlanRequest::default() }
}

fn key_pair() -> (EncodingKey, KeySet) {
    let pkcs8 =
        EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &aws_lc_rs::rand::SystemRandom::new())
            .unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref()).unwrap();
    // An uncompressed point: 4, x, y.
    let point = pair.public_key().as_ref();
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let jwks = json!({ "keys": [{
        "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "k1",
        "x": text(&point[1..33]), "y": text(&point[33..65]),
    }] });
    (EncodingKey::from_ec_der(pkcs8.as_ref()), KeySet::parse(jwks.to_string().as_bytes()).unwrap())
}

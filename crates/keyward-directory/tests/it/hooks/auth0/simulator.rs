//! Our Auth0 Action inside a provider that others wrote: npm `@simulacrum/auth0-simulator`, at sign-in and at refresh.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use keyward_directory::{Field, HookCaller, Hooks, Shape, WithoutTenant};
use reqwest::{Client, header::LOCATION, redirect::Policy};
use serde_json::{Value, json};

use super::super::{ORIGIN, ROLES, TENANT, VERSION, caller, named_by, secret};
use crate::{
    company::company,
    engine::{Engine::Sqlite, drive},
    house::{House, give, wish},
};

const REDIRECT: &str = "http://127.0.0.1/callback";
const DENIED: &str = "https://northwind.example/denied";

/// Where it lies, if it is installed.
fn installed() -> Option<PathBuf> {
    let why = match std::env::var_os("KEYWARD_PROVIDERS") {
        None => "only `cargo xtask test` installs it".to_owned(),
        Some(folders) => match std::fs::read_to_string(Path::new(&folders).join("auth0-simulator/absent")) {
            Ok(why) => why,
            Err(_) => {
                return Some(
                    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/providers/auth0-simulator"),
                );
            }
        },
    };
    let required = std::env::var_os("KEYWARD_REQUIRE_PROVIDERS").is_some();
    assert!(!required, "auth0-simulator is required, and is not here: {why}");
    let _ = writeln!(std::io::stderr(), "skipped, because auth0-simulator is not here: {why}");
    None
}

/// The simulator, started. It ends when its standard input does.
struct Simulator {
    issuer: String,
    http: Client,
    process: Child,
    _folder: tempfile::TempDir,
}

impl Drop for Simulator {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ended = self.process.wait();
    }
}

impl Simulator {
    fn start(sources: &Path, directory: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let words = json!({
            "folder": folder.path(), "client_id": "app", "audience": "https://api.example/t/{tenant}",
            "tenants": ["acme", "globex"], "directory": "https://api.example/directory",
            "people": [{ "id": "sub-ada", "name": "Ada", "email": "ada@acme.example", "password": "acme" }],
        });
        let action = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../integrations/auth0/post-login.js");
        let mut process = Command::new("node")
            .arg(sources.join("server.mjs"))
            .arg(words.to_string())
            .env("DIRECTORY_URL", directory)
            .env("DIRECTORY_SECRET", secret("auth0"))
            .env("DIRECTORY_ACTION", action.canonicalize().unwrap())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value =
            serde_json::from_str(&line).unwrap_or_else(|_| panic!("the simulator says {line:?}"));
        let ca =
            reqwest::Certificate::from_pem(&std::fs::read(said["ca"].as_str().unwrap()).unwrap()).unwrap();
        let http =
            Client::builder().no_proxy().redirect(Policy::none()).tls_certs_only([ca]).build().unwrap();
        Self { issuer: said["issuer"].as_str().unwrap().to_owned(), http, process, _folder: folder }
    }

    /// Does what the sign-in page would, and gives the code.
    async fn code(&self, audience: &str) -> String {
        let asked = HashMap::from([
            ("client_id", "app"),
            ("redirect_uri", REDIRECT),
            ("response_type", "code"),
            ("scope", "openid offline_access"),
            ("state", "s"),
            ("nonce", "n"),
            ("audience", audience),
        ]);
        let page = self.http.get(format!("{}authorize", self.issuer)).query(&asked).send().await.unwrap();
        assert!(page.status().is_redirection(), "{page:?}");
        let mut form = asked;
        form.extend([
            ("connection", "Username-Password-Authentication"),
            ("username", "ada@acme.example"),
            ("password", "acme"),
        ]);
        let login = self.http.post(format!("{}usernamepassword/login", self.issuer)).json(&form).send();
        let page = login.await.unwrap().text().await.unwrap();
        let context = page.split("name=\"wctx\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let context =
            context.unwrap_or_else(|| panic!("{page}")).replace("&quot;", "\"").replace("&amp;", "&");
        let form = [("wa", "wsignin1.0"), ("wctx", &context)];
        let back = self.http.post(format!("{}login/callback", self.issuer)).form(&form).send().await.unwrap();
        let to = back.headers()[LOCATION].to_str().unwrap().to_owned();
        let code = to.split(['?', '&']).find_map(|part| part.strip_prefix("code="));
        code.unwrap_or_else(|| panic!("{to}")).replace("%3D", "=")
    }

    /// Asks the token endpoint; the access token's claims and the refresh token.
    async fn token(&self, form: &[(&str, &str)]) -> (Value, String) {
        let answer = self.http.post(format!("{}oauth/token", self.issuer)).form(form).send().await.unwrap();
        let tokens: Value = answer.json().await.unwrap();
        let payload = tokens["access_token"].as_str().and_then(|token| token.split('.').nth(1));
        let payload = URL_SAFE_NO_PAD.decode(payload.unwrap_or_else(|| panic!("{tokens}"))).unwrap();
        let refresh = tokens["refresh_token"].as_str().unwrap_or_default().to_owned();
        (serde_json::from_slice(&payload).unwrap(), refresh)
    }
}

#[test]
fn one_sign_in_and_each_tenants_token_has_the_roles_of_that_tenant() {
    let Some(sources) = installed() else { return };
    drive(async {
        let tenant = named_by(Field::Audience, super::API);
        let auth0 =
            HookCaller { tenant, without_tenant: WithoutTenant::Leave, ..caller("auth0", Shape::Auth0) };
        let hooks = Hooks::new(ORIGIN, vec![auth0]).unwrap();
        let house = House::asked(Sqlite, company(), |_, _| hooks).await;
        let simulator = Simulator::start(&sources, &format!("{}/v1/hooks/auth0", house.origin));

        let code = simulator.code("https://api.example/directory").await;
        let exchange = [
            ("grant_type", "authorization_code"),
            ("client_id", "app"),
            ("code", &code),
            ("redirect_uri", REDIRECT),
        ];
        let (own, refresh) = simulator.token(&exchange).await;
        assert_eq!(
            (own.get(ROLES), own.get(TENANT), own.get(DENIED)),
            (None, None, None),
            "no tenant yet: {own}"
        );

        let switch = async |tenant: &str| {
            let audience = format!("https://api.example/t/{tenant}");
            let form = [
                ("grant_type", "refresh_token"),
                ("client_id", "app"),
                ("refresh_token", &refresh),
                ("audience", &audience),
            ];
            simulator.token(&form).await.0
        };
        for (tenant, role) in [("acme", "owner"), ("globex", "viewer")] {
            let claims = switch(tenant).await;
            let said = (&claims["aud"], &claims[TENANT], &claims[ROLES]);
            assert_eq!(
                said,
                (&json!(format!("https://api.example/t/{tenant}")), &json!(tenant), &json!([role]))
            );
        }
        let ada = house.token("ada", "acme");
        let plan = house.plan(&ada, &wish(vec![give("ada", "editor")])).await.expect(201);
        house.apply(&ada, &plan).await.expect(200);
        let claims = switch("acme").await;
        assert_eq!(
            (&claims[ROLES], &claims[VERSION]),
            (&json!(["editor", "owner"]), &json!(2)),
            "without signing in again"
        );

        house.scratch.sql("ALTER TABLE memberships RENAME TO away").unwrap();
        let claims = switch("acme").await;
        assert_eq!((claims.get(ROLES), claims.get(TENANT)), (None, None));
        assert!(claims[DENIED].as_str().unwrap().contains("cannot be asked now"), "{claims}");
    });
}

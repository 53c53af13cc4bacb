//! npm `@simulacrum/auth0-simulator`: Auth0's shapes. TLS with an authority of its own, an issuer that ends
//! in a slash, `audience` to switch, and 200 with the default audience's token where the audience is refused.
//! It checks no verifier and never rotates, so it proves shapes, not security.

use serde_json::json;
use tempfile::TempDir;
use tokio::process::Command;
use url::Url;

use super::{CLIENT_ID, DIRECTORY, Person, RESOURCE, Running, TENANTS, installed, launch, said, sources};

const NAME: &str = "auth0-simulator";

/// What a token is for where no audience is asked for, or one that is refused.
pub const DEFAULT_AUDIENCE: &str = "https://api.example/default";
/// The claim with the person's roles, named as Auth0 wants it.
pub const ROLES_CLAIM: &str = "https://northwind.example/roles";

/// Starts it, where it is installed.
pub async fn start() -> Option<Running> {
    installed(NAME)?;
    let folder = TempDir::with_prefix("keyward-auth0-").expect("a folder");
    let people = ["ada", "ben"].map(|name| {
        let email = format!("{name}@northwind.example");
        json!({ "id": format!("auth0|{name}"), "name": name, "email": email, "password": "northwind" })
    });
    let words = json!({
        "folder": folder.path(),
        "client_id": CLIENT_ID,
        "audience": RESOURCE,
        "tenants": TENANTS,
        "directory": DIRECTORY,
        "default_audience": DEFAULT_AUDIENCE,
        "people": people,
    });
    let mut node = Command::new("node");
    node.arg(sources(NAME).join("server.mjs")).arg(words.to_string());
    let (process, line) = launch(node).await;
    let person = |login, subject| Person { login, password: "northwind", subject };
    Some(Running {
        issuer: said(&line, "issuer"),
        client_id: CLIENT_ID,
        resource: RESOURCE,
        tenants: TENANTS,
        refused: "umbrella",
        people: [person("ada@northwind.example", "auth0|ada"), person("ben@northwind.example", "auth0|ben")],
        ca: Some(said(&line, "ca").into()),
        _process: Some(process),
        _folder: Some(folder),
    })
}

/// Does what the sign-in page would. Its script comes from a network of others, so no browser runs it here;
/// the requests are the script's.
pub async fn sign_in(provider: &Running, link: &str, person: Person) {
    let http = provider.http();
    let page = http.get(link).send().await.expect("the sign-in page");
    assert_eq!(page.url().path(), "/login", "the link leads to the sign-in page");
    let asked: std::collections::HashMap<String, String> = page.url().query_pairs().into_owned().collect();
    let asked = |name: &str| asked.get(name).cloned().unwrap_or_default();
    let at = |path: &str| Url::parse(&provider.issuer).and_then(|issuer| issuer.join(path)).expect("a URL");
    let form = json!({
        "client_id": asked("client"),
        "redirect_uri": asked("redirect_uri"),
        "audience": asked("audience"),
        "scope": asked("scope"),
        "state": asked("state"),
        "nonce": asked("nonce"),
        "response_type": "code",
        "connection": "Username-Password-Authentication",
        "username": person.login,
        "password": person.password,
    });
    let answer = http.post(at("usernamepassword/login")).json(&form).send().await.expect("an answer");
    assert!(answer.status().is_success(), "{} is let in", person.login);
    // What comes back is a form that the page sends on at once.
    let form = answer.text().await.expect("a form");
    let context = form.split("name=\"wctx\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let context = context.expect("the form's context").replace("&quot;", "\"").replace("&amp;", "&");
    let form = [("wa", "wsignin1.0"), ("wctx", &context)];
    let back = http.post(at("login/callback")).form(&form).send().await.expect("the way back");
    assert!(back.status().is_success(), "whoever asked for the sign-in takes it");
}

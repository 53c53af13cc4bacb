//! What holds at every door: the host, the size, the headers; and what discovery promises.

use reqwest::Client;
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn discovery_names_the_endpoints_and_they_are_there() {
    let world = World::start().await;
    let metadata = world.metadata().await;
    assert_eq!(metadata["issuer"], world.base);
    for (name, value) in [
        ("code_challenge_methods_supported", json!(["S256"])),
        ("authorization_response_iss_parameter_supported", json!(true)),
        ("id_token_signing_alg_values_supported", json!(["RS256", "RS512", "PS256", "ES256", "EdDSA"])),
        ("grant_types_supported", json!(["authorization_code", "refresh_token"])),
        ("token_endpoint_auth_methods_supported", json!(["none"])),
        ("response_types_supported", json!(["code"])),
        ("subject_types_supported", json!(["public"])),
    ] {
        assert_eq!(metadata[name], value, "{name}");
    }
    for name in [
        "authorization_endpoint",
        "token_endpoint",
        "revocation_endpoint",
        "end_session_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
    ] {
        let status = reqwest::get(metadata[name].as_str().unwrap()).await.unwrap().status();
        assert_ne!(status, 404, "{name}");
    }
    let keys: Value =
        reqwest::get(metadata["jwks_uri"].as_str().unwrap()).await.unwrap().json().await.unwrap();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 5, "one for each algorithm");
    assert!(!keys.to_string().contains("\"d\""), "public parts only");
}

#[tokio::test]
async fn a_request_for_another_host_is_refused_everywhere() {
    let world = World::start().await;
    let port = world.base.rsplit(':').next().unwrap();
    for host in [&format!("evil.example:{port}"), "127.0.0.1", &format!("localhost:{port}"), "127.0.0.1:1"] {
        for path in ["/.well-known/openid-configuration", "/authorize", "/jwks.json", "/logout"] {
            let request = Client::new().get(format!("{}{path}", world.base)).header("host", host);
            assert_eq!(request.send().await.unwrap().status(), 421, "{host}{path}: DNS rebinding");
        }
    }
}

#[tokio::test]
async fn an_oversized_request_is_refused() {
    let world = World::start().await;
    for path in ["/token", "/revoke", "/sign-in", "/logout"] {
        let request = Client::new().post(format!("{}{path}", world.base));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        assert_eq!(request.body("a=".repeat(40_000)).send().await.unwrap().status(), 413, "{path}");
    }
}

#[tokio::test]
async fn every_answer_keeps_a_browser_careful_and_no_other_origin_reads_it() {
    let world = World::start().await;
    for path in
        ["/.well-known/openid-configuration", "/jwks.json", "/authorize", "/logout", "/userinfo", "/token"]
    {
        let request =
            Client::new().get(format!("{}{path}", world.base)).header("origin", "https://evil.example");
        let headers = request.send().await.unwrap().headers().clone();
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["cache-control"], "no-store", "{path}");
        assert!(headers["content-security-policy"].to_str().unwrap().contains("frame-ancestors 'none'"));
        assert!(!headers.contains_key("access-control-allow-origin"), "{path}");
    }
}

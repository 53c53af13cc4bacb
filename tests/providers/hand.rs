//! OAuth by hand: as much of a client as it takes to see what a provider does.

use keyward_tests::{PATIENCE, provider::Running};
use keyward_verify::{Accept, KeySet, TokenType, open};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    sync::mpsc,
};
use url::Url;

/// The pair of RFC 7636, appendix B. What it hides here is no secret.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const STATE: &str = "a-state-of-its-own";

/// A query, read.
pub type Pairs = Vec<(String, String)>;

/// A client in the person's place and ours: it shows every answer as it came.
pub struct Hand {
    http: reqwest::Client,
    discovery: Value,
    client_id: &'static str,
    keys: KeySet,
    port: u16,
    redirects: mpsc::UnboundedReceiver<Pairs>,
}

/// What an endpoint answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// The body, null where it is no JSON.
    pub body: Value,
}

impl Answer {
    /// The text under this name.
    pub fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_else(|| panic!("{name} is missing in {self:?}"))
    }
}

impl Hand {
    /// Reads the provider's discovery document and keys, and listens for the redirect.
    pub async fn of(provider: &Running) -> Self {
        let http = provider.http();
        let at = format!("{}/.well-known/openid-configuration", provider.issuer.trim_end_matches('/'));
        let discovery: Value = http.get(at).send().await.unwrap().json().await.unwrap();
        assert_eq!(discovery["issuer"], provider.issuer, "the issuer is who it says, to the letter");
        let keys = http.get(discovery["jwks_uri"].as_str().unwrap()).send().await.unwrap();
        let keys = KeySet::parse(&keys.bytes().await.unwrap()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (tell, redirects) = mpsc::unbounded_channel();
        tokio::spawn(listen(listener, tell));
        Self { http, discovery, client_id: provider.client_id, keys, port, redirects }
    }

    /// A link that signs in, with these parameters too.
    pub fn link(&self, more: &[(&str, &str)]) -> String {
        let mut link = Url::parse(self.discovery["authorization_endpoint"].as_str().unwrap()).unwrap();
        link.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", self.client_id)
            .append_pair("redirect_uri", &self.redirect_uri())
            .append_pair("state", STATE)
            .append_pair("nonce", "a-nonce-of-its-own")
            .append_pair("code_challenge", CHALLENGE)
            .append_pair("code_challenge_method", "S256")
            .extend_pairs(more);
        link.into()
    }

    /// Waits for the browser to come back, and gives what it brings.
    pub async fn redirected(&mut self) -> Pairs {
        let patience = std::time::Duration::from_secs(PATIENCE);
        let brought = tokio::time::timeout(patience, self.redirects.recv()).await;
        brought.expect("the browser comes back").expect("somebody listens")
    }

    /// Waits for the browser to come back with a code, and exchanges it.
    pub async fn redeem(&mut self) -> Answer {
        let brought = self.redirected().await;
        let value = |name| brought.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
        assert_eq!(value("state"), Some(STATE), "{brought:?}");
        let code = value("code").unwrap_or_else(|| panic!("no code: {brought:?}"));
        self.token(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect_uri()),
            ("code_verifier", VERIFIER),
        ])
        .await
        .expect("an answer")
    }

    /// Spends a refresh token, with these parameters too.
    pub async fn refresh(&self, token: &str, more: &[(&str, &str)]) -> Answer {
        self.try_refresh(token, more).await.expect("an answer")
    }

    /// As [`refresh`](Self::refresh), where the answer may be lost.
    pub async fn try_refresh(&self, token: &str, more: &[(&str, &str)]) -> reqwest::Result<Answer> {
        let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
        form.extend(more);
        self.token(&form).await
    }

    /// Asks the token endpoint.
    pub async fn token(&self, form: &[(&str, &str)]) -> reqwest::Result<Answer> {
        self.ask("token_endpoint", form).await
    }

    /// Asks an endpoint, by its name in the discovery document.
    pub async fn ask(&self, endpoint: &str, form: &[(&str, &str)]) -> reqwest::Result<Answer> {
        let mut form = form.to_vec();
        form.push(("client_id", self.client_id));
        let endpoint = self.discovery[endpoint].as_str().unwrap();
        let answer = self.http.post(endpoint).form(&form).send().await?;
        let status = answer.status().as_u16();
        let body = answer.text().await?;
        Ok(Answer { status, body: serde_json::from_str(&body).unwrap_or_default() })
    }

    /// The claims of an access token whose signature is the provider's.
    pub fn access(&self, token: &str) -> Value {
        self.claims(token, TokenType::AccessUnmarked)
    }

    /// The claims of an ID token whose signature is the provider's.
    pub fn identity(&self, token: &str) -> Value {
        self.claims(token, TokenType::Id)
    }

    /// The claims of a token of this type whose signature is the provider's.
    pub fn claims(&self, token: &str, of: TokenType) -> Value {
        open(token, &self.keys, &Accept::usual(of)).unwrap()
    }

    fn redirect_uri(&self) -> String {
        format!("http://127.0.0.1:{}/callback", self.port)
    }
}

/// Answers the browser at once, whoever waits for it later.
async fn listen(listener: TcpListener, tell: mpsc::UnboundedSender<Pairs>) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let tell = tell.clone();
        // Side by side: a browser opens connections that it may not use.
        tokio::spawn(async move {
            let mut line = String::new();
            BufReader::new(&mut stream).read_line(&mut line).await.unwrap_or_default();
            if let Some(query) = line.strip_prefix("GET /callback?") {
                let query = query.split(' ').next().unwrap_or_default();
                let _ = tell.send(url::form_urlencoded::parse(query.as_bytes()).into_owned().collect());
            }
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nDone")
                .await;
        });
    }
}

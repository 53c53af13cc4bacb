//! A service behind the tenants: it takes what the session sends where the verifier that backends use takes
//! it, and remembers every token. The session believes it to be the role directory.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use keyward_model::{Issuer, SystemClock, Template, TenantId, TenantRule};
use keyward_tests::provider::Running;
use keyward_verify::{Accept, Expect, FetchedKeys, TokenType, Verifier};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// The service. Ends with the test's runtime.
pub struct Backend {
    pub origin: String,
    shared: Arc<Shared>,
}

struct Shared {
    verifier: Verifier,
    refuses: AtomicBool,
    taken: Mutex<Vec<String>>,
}

impl Backend {
    /// Starts it, for the tenants of this provider.
    pub async fn start(provider: &Running) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let verifier = verifier(provider).await;
        let shared = Arc::new(Shared { verifier, refuses: AtomicBool::new(false), taken: Mutex::default() });
        tokio::spawn(serve(listener, shared.clone()));
        Self { origin, shared }
    }

    /// Refuses the next token, however good it is: whoever sent it has to bring another.
    pub fn refuses_once(&self) {
        self.shared.refuses.store(true, Ordering::SeqCst);
    }

    /// The tokens that it took, in their order.
    pub fn taken(&self) -> Vec<String> {
        self.shared.taken.lock().unwrap().clone()
    }
}

/// Where tokens name no tenant's API, they name its organization.
async fn verifier(provider: &Running) -> Verifier {
    let http = provider.http();
    let at = format!("{}/.well-known/openid-configuration", provider.issuer.trim_end_matches('/'));
    let discovery: Value = http.get(at).send().await.unwrap().json().await.unwrap();
    let keys = discovery["jwks_uri"].as_str().unwrap().to_owned();
    let issuer = Issuer::new(provider.issuer.clone()).unwrap();
    let keys = FetchedKeys::new(http, issuer.clone(), keys, Arc::new(SystemClock));
    let tenant_audience = provider.resource.parse::<Template>().ok();
    let organization =
        || TenantRule::Organization { name: "organization".to_owned(), value: "{tenant}".parse().unwrap() };
    let expect = Expect {
        issuer,
        accept: Accept::usual(TokenType::AccessUnmarked),
        audiences: vec![provider.resource.to_owned()],
        rule: tenant_audience.clone().map_or_else(organization, TenantRule::Audience),
        tenant_audience,
        clients: None,
        leeway: Duration::from_secs(30),
    };
    Verifier::new(expect, Arc::new(keys), Arc::new(SystemClock))
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer(stream, shared.clone()));
    }
}

async fn answer(stream: TcpStream, shared: Arc<Shared>) {
    let mut stream = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        match stream.read_line(&mut line).await {
            Ok(read) if read > 2 => lines.push(line.trim().to_owned()),
            _ => break,
        }
    }
    let header = |name: &str| {
        let mut found = lines.iter().filter_map(|line| line.split_once(": "));
        found.find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    };
    let token = header("authorization").and_then(|value| value.strip_prefix("Bearer ").map(str::to_owned));
    let tenant = lines.first().and_then(|line| TenantId::new(line.split('/').nth(3)?).ok());
    let refuses = shared.refuses.swap(false, Ordering::SeqCst);
    let verified = match (token, tenant) {
        (Some(token), Some(tenant)) if !refuses => {
            shared.verifier.verify_for(&token, &tenant).await.map(|_| token).map_err(|why| why.to_string())
        }
        _ => Err("Not now.".to_owned()),
    };
    let (status, body) = match verified {
        Ok(token) => {
            shared.taken.lock().unwrap().push(token);
            ("200 OK", "[]".to_owned())
        }
        Err(why) => {
            let body = serde_json::json!({ "code": "unauthenticated", "message": why });
            ("401 Unauthorized", body.to_string())
        }
    };
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}");
    // Whoever asked may have gone.
    let _ = stream.write_all(format!("{head}\r\nconnection: close\r\n\r\n{body}").as_bytes()).await;
}

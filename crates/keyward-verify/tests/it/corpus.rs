//! The attack corpus: `tests/corpus/vectors.json` through the whole check. Nothing is accepted that must
//! not be, nothing refused that must pass.
//!
//! Tried by leaving one check out at a time, and how many tokens then were wrongly accepted: `null` claims 3, `azp` against
//! `client_id` 7, points of small order 1, doubled names 78, `crit` 45, `typ` 72, `iss` 81, the strength of RSA keys 1 (the
//! others aws-lc refuses itself).

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use keyward_model::{ClientId, Issuer, Template, TenantId, TenantRule, Timestamp};
use keyward_verify::{Accept, Algorithm, Expect, KeySet, TokenType, Verifier};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    forge::{Given, NOW, Still},
    generator,
};

#[derive(Deserialize)]
struct Corpus {
    profiles: BTreeMap<String, Profile>,
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Profile {
    trusted: Vec<Trusted>,
}

#[derive(Deserialize)]
struct Trusted {
    issuer: Issuer,
    audiences: Vec<String>,
    tenant_audience: Option<Template>,
    rule: TenantRule,
    algorithms: Vec<Algorithm>,
    typ: String,
    clients: Option<Vec<ClientId>>,
    leeway: u64,
    jwks: Value,
}

#[derive(Deserialize)]
struct Vector {
    id: String,
    profile: String,
    tenant: TenantId,
    good: bool,
    why: String,
    token: Token,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Token {
    Text(String),
    Repeated { repeat: String, times: usize },
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpus/vectors.json")
}

impl Corpus {
    fn read() -> Self {
        serde_json::from_str(&std::fs::read_to_string(path()).unwrap()).unwrap()
    }
}

impl Trusted {
    fn expect(&self) -> Expect {
        assert_eq!(self.typ, "access", "the only kind that the corpus has");
        Expect {
            issuer: self.issuer.clone(),
            accept: Accept { algorithms: self.algorithms.clone(), typ: TokenType::Access },
            audiences: self.audiences.clone(),
            tenant_audience: self.tenant_audience.clone(),
            rule: self.rule.clone(),
            clients: self.clients.clone(),
            leeway: Duration::from_secs(self.leeway),
        }
    }

    fn keys(&self) -> Arc<Given> {
        Arc::new(Given(Arc::new(KeySet::parse(self.jwks.to_string().as_bytes()).unwrap())))
    }
}

impl Profile {
    fn verifier(&self) -> Verifier {
        let (first, others) = self.trusted.split_first().expect("a profile trusts somebody");
        let verifier = Verifier::new(first.expect(), first.keys(), Arc::new(Still(Timestamp(NOW))));
        others.iter().fold(verifier, |verifier, other| verifier.and(other.expect(), other.keys()))
    }
}

impl Token {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Repeated { repeat, times } => repeat.repeat(*times),
        }
    }
}

#[tokio::test]
async fn nothing_of_the_corpus_is_wrongly_accepted_or_refused() {
    let corpus = Corpus::read();
    let verifiers: BTreeMap<_, _> =
        corpus.profiles.iter().map(|(name, profile)| (name, profile.verifier())).collect();
    let mut wrong = Vec::new();
    for vector in &corpus.vectors {
        let outcome = verifiers[&vector.profile].verify_for(&vector.token.text(), &vector.tenant).await;
        if outcome.is_ok() != vector.good {
            let said = outcome.map_or_else(|refused| refused.to_string(), |_| "accepted".to_owned());
            wrong.push(format!("{}: {said}; but {}", vector.id, vector.why));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), corpus.vectors.len(), wrong.join("\n"));
    let good = corpus.vectors.iter().filter(|vector| vector.good).count();
    assert!(good >= 60 && corpus.vectors.len() - good >= 600, "{good} of {}", corpus.vectors.len());
}

#[test]
fn the_committed_corpus_is_what_its_generator_writes() {
    let written = generator::corpus();
    let ids = written.ids();
    let doubled: Vec<_> = ids.iter().enumerate().filter(|(at, id)| ids[..*at].contains(id)).collect();
    assert!(doubled.is_empty(), "two vectors of one name: {doubled:?}");
    if std::env::var_os("UPDATE_CORPUS").is_some() {
        std::fs::write(path(), written.text()).unwrap();
    }
    let committed = Corpus::read();
    let committed: Vec<&str> = committed.vectors.iter().map(|vector| vector.id.as_str()).collect();
    assert_eq!(committed, ids, "`UPDATE_CORPUS=1` writes it anew");
}

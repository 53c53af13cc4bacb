//! A provider looked at before anybody signs in there: one line a check, as each is made.

use http::Request;
use keyward_model::Issuer;
use keyward_verify::KeySet;

use super::{Metadata, discover};
use crate::{
    ports::{Http, NoAnswer},
    preset::Preset,
    view::{CheckLine, Outcome},
};

/// Checks the provider at `address` and reports each line twice: as it begins, and how it ended. What is
/// only a pity does not stop the others. The issuer, if one can sign in there.
pub async fn check(http: &dyn Http, address: &str, report: impl Fn(CheckLine)) -> Option<Issuer> {
    let report = Report(&report);
    report.begin("Address");
    let issuer = match Issuer::new(address.trim()) {
        Ok(issuer) => issuer,
        Err(error) => return report.fail("Address", error.to_string()),
    };
    report.end("Address", Outcome::Passed, issuer.discovery_url());
    report.begin("Description");
    let metadata = match discover(http, &issuer).await {
        Ok(metadata) => metadata,
        Err(error) => return report.fail("Description", error.message),
    };
    report.end("Description", Outcome::Passed, format!("it calls itself {}, to the letter", metadata.issuer));
    report.begin("Keys");
    match keys(http, &metadata).await {
        Ok(count) if count > 0 => {
            report.end("Keys", Outcome::Passed, format!("{count} to check tokens with"));
        }
        Ok(_) => return report.fail("Keys", "none that Keyward can check a token with".to_owned()),
        Err(why) => return report.fail("Keys", why),
    }
    report.say("Proof of the sign-in", pkce(&metadata));
    report.say("Lasting session", refresh(&metadata));
    report.say("Answers say who they are from", issuer_in_answers(&metadata));
    report.say("Signing out", revocation(&metadata));
    Some(issuer)
}

struct Report<'r, R>(&'r R);

impl<R: Fn(CheckLine)> Report<'_, R> {
    fn begin(&self, name: &str) {
        self.end(name, Outcome::Running, String::new());
    }

    fn end(&self, name: &str, outcome: Outcome, detail: String) {
        (self.0)(CheckLine { name: name.to_owned(), outcome, detail });
    }

    fn say(&self, name: &str, (outcome, detail): (Outcome, &str)) {
        self.end(name, outcome, detail.to_owned());
    }

    fn fail(&self, name: &str, why: String) -> Option<Issuer> {
        self.end(name, Outcome::Failed, why);
        None
    }
}

async fn keys(http: &dyn Http, metadata: &Metadata) -> std::result::Result<usize, String> {
    let request = Request::get(metadata.jwks_uri.as_str()).body(Vec::new()).map_err(|e| e.to_string())?;
    let answer = http.send(request).await.map_err(|NoAnswer(why)| why)?;
    if !answer.status().is_success() {
        return Err(format!("{} answers with {}", metadata.jwks_uri, answer.status()));
    }
    KeySet::parse(answer.body()).map(|keys| keys.len())
}

fn pkce(metadata: &Metadata) -> (Outcome, &'static str) {
    match metadata.code_challenge_methods_supported {
        // Without S256 among them the metadata has been refused.
        Some(_) => (Outcome::Passed, "PKCE with S256"),
        None => {
            (Outcome::Warned, "the provider does not say whether it checks PKCE; it is sent all the same")
        }
    }
}

fn refresh(metadata: &Metadata) -> (Outcome, &'static str) {
    let has =
        |list: &Option<Vec<String>>, word: &str| list.as_ref().map(|all| all.iter().any(|one| one == word));
    let grant = has(&metadata.grant_types_supported, "refresh_token");
    let scope = has(&metadata.scopes_supported, "offline_access");
    match (grant, scope) {
        (Some(true), _) | (None, Some(true)) => (Outcome::Passed, "refresh tokens"),
        (Some(false), _) => {
            (Outcome::Warned, "no refresh tokens are promised: ask for offline_access to be allowed")
        }
        (None, _) => (Outcome::Warned, "the provider does not say whether it gives refresh tokens"),
    }
}

fn issuer_in_answers(metadata: &Metadata) -> (Outcome, &'static str) {
    match metadata.authorization_response_iss_parameter_supported {
        true => (Outcome::Passed, "iss in every redirect (RFC 9207), which is checked"),
        false => (Outcome::Warned, "no iss in redirects; the sign-in's own state is checked"),
    }
}

fn revocation(metadata: &Metadata) -> (Outcome, &'static str) {
    match metadata.revocation_endpoint {
        Some(_) => (Outcome::Passed, "sessions can be revoked"),
        None => (Outcome::Warned, "no revocation: a session that you leave ends at the provider by itself"),
    }
}

/// The preset whose marks the issuer bears, if any.
pub fn recognise(issuer: &Issuer, presets: &[Preset]) -> Option<String> {
    let bears = |mark: &String| issuer.as_str().contains(mark.as_str());
    presets.iter().find(|preset| preset.recognised_by.iter().any(bears)).map(|preset| preset.id.clone())
}

//! Who signed in: the ID token's claims (OpenID Connect Core §3.1.3.7).

use std::time::Duration;

use keyward_model::{Audience, ClientId, Error, ErrorCode, Issuer, Result, Subject, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::refusal;
use crate::{Connection, OneTime};

/// How far this computer's clock and the provider's may be apart: one minute.
pub const LEEWAY: Duration = Duration::from_secs(60);

/// The claims that Keyward reads.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct IdClaims {
    /// Who says it.
    pub iss: Issuer,
    /// Whom it is about.
    pub sub: Subject,
    /// For which clients.
    pub aud: Audience,
    /// The one client, where there are several audiences.
    pub azp: Option<ClientId>,
    /// Until when.
    pub exp: Timestamp,
    /// Since when.
    pub iat: Timestamp,
    /// The sign-in it answers.
    pub nonce: Option<String>,
    /// The person's name.
    pub name: Option<String>,
    /// The person's e-mail.
    pub email: Option<String>,
    /// Whatever else it says: the mode may know where tenants stand.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl IdClaims {
    /// A name to greet with: name, else e-mail, else subject.
    pub fn display_name(&self) -> &str {
        self.name.as_deref().or(self.email.as_deref()).unwrap_or(self.sub.as_str())
    }
}

/// What an ID token must answer.
pub(super) struct Expected<'a> {
    pub(super) connection: &'a Connection,
    pub(super) issuer: &'a Issuer,
    pub(super) client: &'a ClientId,
    pub(super) nonce: &'a OneTime,
}

impl Expected<'_> {
    /// Checks claims whose signature is good, in the order of the standard.
    pub(super) fn check(&self, claims: &IdClaims, now: Timestamp) -> Result<()> {
        let bad = |why: &str| refusal::bad_id_token(self.connection, why);
        if claims.iss != *self.issuer {
            return Err(bad("another issuer made it"));
        }
        let ours = self.client.as_str();
        if !claims.aud.contains(ours) {
            return Err(bad("it is for another client"));
        }
        if claims.aud.iter().any(|aud| aud != ours) && claims.azp.is_none() {
            return Err(bad("it is for several clients and does not say which one asked"));
        }
        if claims.azp.as_ref().is_some_and(|azp| azp != self.client) {
            return Err(bad("another client asked for it"));
        }
        if now >= claims.exp.plus(LEEWAY) || now < claims.iat.minus(LEEWAY) {
            return Err(clock_or(now, claims.iat, bad("it is not valid now")));
        }
        if !claims.nonce.as_deref().is_some_and(|sent| self.nonce.is(sent)) {
            return Err(bad("it does not answer this sign-in (nonce)"));
        }
        Ok(())
    }
}

/// A token made just now that is not valid now means that the clocks differ: say so, with the difference.
pub(super) fn clock_or(now: Timestamp, made: Timestamp, otherwise: Error) -> Error {
    let apart = made.seconds_until(now);
    if apart.unsigned_abs() <= LEEWAY.as_secs() {
        return otherwise;
    }
    let (size, way) = (apart.unsigned_abs().div_ceil(60), if apart < 0 { "behind" } else { "ahead of" });
    let plural = if size == 1 { "" } else { "s" };
    Error::new(
        ErrorCode::ClockSkew,
        format!(
            "This computer's clock is about {size} minute{plural} {way} the provider's. \
             Set the clock (turn on automatic time) and sign in again."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection() -> Connection {
        serde_json::from_value(serde_json::json!({
            "id": "c", "name": "C", "issuer": "https://id.example", "client_id": "app",
            "directory": "https://roles.example",
            "settings": { "tenant_audience": "t/{tenant}", "directory_audience": "d" }
        }))
        .unwrap()
    }

    fn checked(change: impl FnOnce(&mut serde_json::Value)) -> Result<()> {
        let mut json = serde_json::json!({
            "iss": "https://id.example", "sub": "ada", "aud": "app", "exp": 2_000, "iat": 1_000, "nonce": "n"
        });
        change(&mut json);
        let claims: IdClaims = serde_json::from_value(json).unwrap();
        let (connection, nonce) = (connection(), OneTime::new("n"));
        let (issuer, client) = (&connection.issuer, &connection.client_id);
        Expected { connection: &connection, issuer, client, nonce: &nonce }.check(&claims, Timestamp(1_010))
    }

    fn message(change: impl FnOnce(&mut serde_json::Value)) -> String {
        checked(change).unwrap_err().message
    }

    #[test]
    fn an_honest_token_passes() {
        assert_eq!(checked(|_| ()), Ok(()));
        assert_eq!(
            checked(|c| {
                c["aud"] = serde_json::json!(["app", "x"]);
                c["azp"] = "app".into();
            }),
            Ok(())
        );
    }

    #[test]
    fn each_check_of_the_standard_is_made() {
        assert!(message(|c| c["iss"] = "https://id.example/".into()).contains("issuer"));
        assert!(message(|c| c["aud"] = "app2".into()).contains("another client"));
        assert!(message(|c| c["aud"] = serde_json::json!(["app", "x"])).contains("several"));
        assert!(message(|c| c["azp"] = "x".into()).contains("another client"));
        assert!(message(|c| c["nonce"] = "m".into()).contains("nonce"));
        assert!(
            message(|c| {
                c.as_object_mut().unwrap().remove("nonce");
            })
            .contains("nonce")
        );
    }

    #[test]
    fn a_clock_ten_minutes_off_is_said_with_its_difference() {
        let behind = checked(|c| {
            c["iat"] = 1_610.into();
            c["exp"] = 3_000.into();
        })
        .unwrap_err();
        assert_eq!(behind.code, ErrorCode::ClockSkew);
        assert!(behind.message.contains("10 minutes behind"), "{}", behind.message);
        let ahead = checked(|c| {
            c["iat"] = 410.into();
            c["exp"] = 710.into();
        })
        .unwrap_err();
        assert!(ahead.message.contains("10 minutes ahead"), "{}", ahead.message);
    }
}

//! A provider's question, as its shape finds it: texts of its own, not yet believed.

use std::fmt;

use keyward_model::{ClientId, Subject, VerifiedEmail};
use serde::Deserialize;
use serde_json::Value;

use super::refusal::Refusal;

/// What a question may name its tenant by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The API that the token is for.
    Audience,
    /// The organization that the person signs in to.
    Organization,
    /// The issuer of the token: an authorization server per tenant.
    Issuer,
    /// The application that stands for the API (Entra's resource service principal).
    Resource,
    /// The application that the person uses.
    Client,
    /// A scope that was granted.
    Scope,
    /// A field of just this name: a parameter of the sign-in, Entra's own tenant.
    Tenant,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Audience => "audience",
            Self::Organization => "organization",
            Self::Issuer => "issuer",
            Self::Resource => "resource",
            Self::Client => "client",
            Self::Scope => "scope",
            Self::Tenant => "tenant",
        })
    }
}

/// A question.
#[derive(Debug)]
pub(crate) struct Asked<'b> {
    /// Who will sign the token, where the question says it.
    pub(super) issuer: Issued<'b>,
    pub(super) subject: Subject,
    pub(super) client: ClientId,
    /// The person's address, where the question says that it is verified.
    pub(super) verified_email: Option<VerifiedEmail>,
    /// Whatever may name the tenant.
    pub(super) names: Vec<(Field, &'b str)>,
}

/// What a question says about its issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Issued<'b> {
    /// Nothing: the caller has one.
    Unsaid,
    /// Exactly this.
    By(&'b str),
    /// One with this as a part of its path: Entra says its tenant alone.
    Within(&'b str),
}

impl<'b> Asked<'b> {
    /// A question about this person, through this client; the places are named where they are wrong.
    pub(super) fn about(
        body: &'b Value,
        subject: &'static str,
        client: &'static str,
    ) -> Result<Self, Refusal> {
        let subject_text = text(body, subject)?;
        let client_text = text(body, client)?;
        // The text itself is not repeated: it names a person, and this goes to the log.
        let wrong =
            |place: &str| Refusal::Misread(format!("{place}: it must be 1 to 255 visible ASCII characters."));
        Ok(Self {
            issuer: Issued::Unsaid,
            subject: Subject::new(subject_text).map_err(|_| wrong(subject))?,
            client: ClientId::new(client_text).map_err(|_| wrong(client))?,
            verified_email: None,
            names: vec![(Field::Client, client_text)],
        })
    }

    /// Takes the address from the fields `email` and `email_verified` of what stands at `place`, where they say that
    /// it is verified.
    pub(super) fn reached(mut self, body: &'b Value, place: &str) -> Self {
        self.verified_email = body.pointer(place).and_then(Value::as_object).and_then(VerifiedEmail::claimed);
        self
    }

    /// Takes what stands at `place`, a text or an array of them, as a name of this kind; nothing there adds none.
    pub(super) fn named(mut self, field: Field, body: &'b Value, place: &str) -> Self {
        let found = body.pointer(place);
        let many = found.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let one = found.and_then(Value::as_str);
        self.names
            .extend(one.into_iter().chain(many.iter().filter_map(Value::as_str)).map(|text| (field, text)));
        self
    }
}

/// The text at `place` (RFC 6901).
pub(super) fn text<'b>(body: &'b Value, place: &str) -> Result<&'b str, Refusal> {
    let found = body.pointer(place).and_then(Value::as_str);
    found.ok_or_else(|| Refusal::Misread(format!("{place}: there must be a text.")))
}

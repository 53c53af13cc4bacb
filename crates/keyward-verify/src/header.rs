//! The JOSE header, read strictly (RFC 7515 §4.1): what is not understood is not ignored.

use std::str::FromStr;

use jsonwebtoken::Algorithm;
use serde_json::{Map, Value};

use crate::{Refused, strict};

/// Characters of a `kid` at most: it is looked up and logged.
const MAX_KID: usize = 256;

/// Parameters that would make the reader fetch, trust or transform something the token names.
const NEVER: [&str; 9] = ["crit", "jku", "jwk", "x5u", "x5c", "b64", "zip", "enc", "epk"];

pub(crate) struct Header {
    pub(crate) algorithm: Algorithm,
    pub(crate) typ: Option<String>,
    pub(crate) kid: Option<String>,
}

impl Header {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Refused> {
        let object = strict::object(bytes).map_err(|_| Refused::Malformed("header"))?;
        if let Some(name) = NEVER.iter().find(|name| object.contains_key(**name)) {
            return Err(Refused::HeaderParameter((*name).to_owned()));
        }
        let name = text(&object, "alg")?.ok_or(Refused::Malformed("no alg"))?;
        let algorithm =
            Algorithm::from_str(&name).map_err(|_| Refused::Algorithm(name.chars().take(16).collect()))?;
        let kid = text(&object, "kid")?;
        if kid.as_ref().is_some_and(|kid| kid.len() > MAX_KID) {
            return Err(Refused::Malformed("kid too long"));
        }
        Ok(Self { algorithm, typ: text(&object, "typ")?, kid })
    }
}

fn text(object: &Map<String, Value>, name: &'static str) -> Result<Option<String>, Refused> {
    match object.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(Refused::Malformed(name)),
    }
}

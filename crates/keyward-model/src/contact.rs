//! What people and roles are called, and where people's mail goes.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    id::{InvalidId, id},
    limit,
};

id!(
    /// A name for people.
    Name, "name", "1 to 200 characters without line breaks or hidden ones, and no space at either end",
    |value| !value.is_empty()
        && value.chars().count() <= limit::NAME
        && value.trim() == value
        // Joiners belong to the spelling of names in Persian and in Indian scripts.
        && !value.chars().any(|c| is_hidden(c) && !matches!(c, '\u{200c}' | '\u{200d}'))
);
id!(
    /// What a role is for, in a sentence, or nothing.
    #[derive(Default)]
    Description, "description", "up to 500 characters",
    |value| value.chars().count() <= limit::DESCRIPTION
);
id!(
    /// An e-mail address. Whether it is the same as another is not said by comparing: see [`Self::is_same`].
    EmailAddress, "e-mail address", "a name and a domain around one '@', up to 254 bytes, without spaces or hidden characters",
    |value| value.len() <= limit::EMAIL
        && !value.chars().any(|c| c.is_whitespace() || is_hidden(c))
        && value.split_once('@').is_some_and(|(name, domain)| {
            !name.is_empty() && !domain.is_empty() && !domain.contains('@')
        })
);

impl EmailAddress {
    /// Whether this is another way to write `other`. Only the case of A to Z is none of its letters: `zoe@` and
    /// `zoë@` are two people's, and so are an address with a k and one with the Kelvin sign, which becomes a k
    /// in lower case.
    pub fn is_same(&self, other: &str) -> bool {
        self.as_str().eq_ignore_ascii_case(other.trim())
    }
}

/// An e-mail address of which a provider says that the person who signs in reads its mail.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VerifiedEmail(EmailAddress);

impl VerifiedEmail {
    /// The address in a token's claims: `email`, where `email_verified` is `true` and nothing like it (OpenID
    /// Connect Core §5.1).
    pub fn claimed(claims: &Map<String, Value>) -> Option<Self> {
        let verified = claims.get("email_verified") == Some(&Value::Bool(true));
        let email = claims.get("email").and_then(Value::as_str).filter(|_| verified)?;
        EmailAddress::new(email).ok().map(Self)
    }

    /// An address that the caller has seen verified.
    pub fn vouched(email: EmailAddress) -> Self {
        Self(email)
    }

    /// The address.
    pub fn email(&self) -> &EmailAddress {
        &self.0
    }
}

/// Whether a character cannot be seen, or turns around those beside it.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_can_be_read() {
        for good in ["Zoë Ångström", "山田", "نازی\u{200c}لا", "O'Brien-Żak", &"ż".repeat(limit::NAME)]
        {
            assert!(Name::new(good).is_ok(), "{good}");
        }
        for bad in ["", " ", "Ada ", "Ada\n", "Ada\u{202e}nimda", "A\u{200b}da", &"x".repeat(limit::NAME + 1)]
        {
            assert!(Name::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_address_is_the_same_in_any_case_and_as_no_look_alike() {
        let kate = EmailAddress::new("kate@acme.example").unwrap();
        assert!(kate.is_same("Kate@ACME.example"));
        for other in
            ["\u{212a}ate@acme.example", "kаte@acme.example", "kate@acme.example.", "kate@acme.examp1e"]
        {
            assert!(!kate.is_same(other), "{other}");
        }
        for bad in [
            "",
            "kate",
            "@acme.example",
            "kate@",
            "a@b@c",
            "ka te@b",
            "ka\u{200b}te@b",
            &format!("{}@b", "k".repeat(253)),
        ] {
            assert!(EmailAddress::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_address_is_verified_where_the_provider_says_so_and_nothing_like_it() {
        let claims = |verified: Value| {
            let claims = serde_json::json!({ "email": "kate@acme.example", "email_verified": verified });
            VerifiedEmail::claimed(claims.as_object().unwrap())
        };
        assert!(claims(Value::Bool(true)).is_some());
        for not in [Value::Bool(false), Value::Null, "true".into(), 1.into()] {
            assert_eq!(claims(not.clone()), None, "{not}");
        }
        assert_eq!(VerifiedEmail::claimed(&Map::new()), None);
    }
}

//! Scopes (RFC 6749 §3.3): the four of OpenID Connect that mean something here.

use std::fmt;

pub(crate) const OPENID: &str = "openid";
pub(crate) const PROFILE: &str = "profile";
pub(crate) const EMAIL: &str = "email";
pub(crate) const OFFLINE_ACCESS: &str = "offline_access";

/// Every scope there is.
pub(crate) const ALL: [&str; 4] = [OPENID, PROFILE, EMAIL, OFFLINE_ACCESS];

/// What was granted: some of [`ALL`], in that order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope(Vec<&'static str>);

impl Scope {
    /// The known scopes in `text`. Others are left out, and the answer's `scope` says so.
    pub fn known_in(text: &str) -> Self {
        Self(ALL.into_iter().filter(|known| text.split(' ').any(|asked| asked == *known)).collect())
    }

    /// Whether it holds `scope`.
    pub fn has(&self, scope: &str) -> bool {
        self.0.contains(&scope)
    }

    /// The part of it that `text` asks for.
    pub fn shared_with(&self, text: &str) -> Self {
        Self(self.0.iter().copied().filter(|one| text.split(' ').any(|asked| asked == *one)).collect())
    }

    /// Without `scope`.
    pub fn without(&self, scope: &str) -> Self {
        Self(self.0.iter().copied().filter(|one| *one != scope).collect())
    }

    /// The part of it that `text` asks for, unless that asks for more (RFC 6749 §6).
    pub fn narrowed_to(&self, text: &str) -> Option<Self> {
        text.split_ascii_whitespace().all(|asked| self.has(asked)).then(|| Self::known_in(text))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_scopes_are_left_out_and_visibly_so() {
        assert_eq!(Scope::known_in("email admin openid openidx").to_string(), "openid email");
    }

    #[test]
    fn a_refresh_may_narrow_and_never_widen() {
        let granted = Scope::known_in("openid email");
        assert_eq!(granted.narrowed_to("openid").unwrap().to_string(), "openid");
        assert_eq!(granted.narrowed_to("openid profile"), None);
        assert_eq!(granted.narrowed_to("admin"), None);
    }
}

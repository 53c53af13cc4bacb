//! How answers and tokens are written: all of these are seen on real providers, and most are allowed.

/// How the token endpoint writes its successes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnswerQuirks {
    /// `token_type` is this; none: `Bearer`.
    pub token_type: Option<&'static str>,
    /// There is no `scope`.
    pub without_scope: bool,
    /// There is no `expires_in`.
    pub without_expires_in: bool,
    /// A refresh gives no ID token.
    pub without_id_token_on_refresh: bool,
    /// A refresh's ID token is about somebody else.
    pub other_subject_on_refresh: bool,
    /// Where neither `audience` nor `resource` is named, the access token is an opaque text.
    pub opaque_without_audience: bool,
}

/// How tokens are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenQuirks {
    /// An access token's `aud` is an array, also of one.
    pub audience_array: bool,
    /// The header's `typ` of an access token.
    pub typ: Typ,
    /// `auth_time` in both tokens.
    pub auth_time: AuthTime,
}

/// The header's `typ` of an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Typ {
    /// `at+jwt` (RFC 9068 §2.1).
    #[default]
    AtJwt,
    /// `JWT`, as ID tokens have it.
    Jwt,
    /// There is none.
    None,
}

/// How `auth_time` is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AuthTime {
    /// Whole seconds.
    #[default]
    Seconds,
    /// Seconds with a fraction.
    Fraction,
    /// Zero.
    Zero,
}

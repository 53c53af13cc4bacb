//! How much there may be of what. What exceeds a limit is refused by an error that names it, never cut.

/// Roles that a tenant has.
pub const ROLES_OF_TENANT: usize = 1_000;
/// Permissions that a role allows.
pub const PERMISSIONS_OF_ROLE: usize = 200;
/// Roles that a person holds in one tenant, now or later.
pub const ROLES_OF_PERSON: usize = 200;
/// Changes of a plan, and people whom its asker saw.
pub const CHANGES_OF_PLAN: usize = 100_000;
/// Effects, warnings and versions of an answer about a plan; how many there are it says besides.
pub const EFFECTS_OF_ANSWER: usize = 1_000;
/// Characters of a reason.
pub const REASON: usize = 500;
/// Characters of the name of a person, a role or a tenant ([`Name`](crate::Name)).
pub const NAME: usize = 200;
/// Characters of a role's description.
pub const DESCRIPTION: usize = 500;
/// Bytes of an e-mail address ([`EmailAddress`](crate::EmailAddress); RFC 5321 §4.5.3.1.3).
pub const EMAIL: usize = 254;

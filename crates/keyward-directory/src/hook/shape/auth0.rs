//! What our Auth0 Action sends; it gets what the generic shape gives. An Action cannot cut the life of an
//! access token, so the end of a role stands in a claim.

use serde_json::Value;

use crate::hook::{
    asked::{Asked, Field},
    refusal::Refusal,
};

/// `{"subject", "client", "audience", "organization", "tenant", "email", "email_verified"}`: the person and the
/// application, and of the rest what the sign-in has.
pub(super) fn read(body: &Value) -> Result<Asked<'_>, Refusal> {
    Ok(Asked::about(body, "/subject", "/client")?
        .named(Field::Audience, body, "/audience")
        .named(Field::Organization, body, "/organization")
        .named(Field::Tenant, body, "/tenant")
        .reached(body, ""))
}

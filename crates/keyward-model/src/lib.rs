//! The words that all of Keyward shares: ids, people, roles, plans, tenant rules, error codes.
//!
//! Nothing here does I/O, reads a clock or knows a transport. What the directory answers, what the
//! verifier checks and what the desktop shows are the same types, so they cannot drift apart.

mod claims;
mod clock;
mod contact;
mod directory;
mod error;
mod hook;
mod id;
pub mod limit;
mod operator;
mod plan;
mod question;
mod role;
mod rule;
mod secret;
mod text;
mod window;

pub use claims::{AccessClaims, Audience, claim};
pub use clock::{Clock, SystemClock, Timestamp};
pub use contact::{Description, EmailAddress, Name, VerifiedEmail};
pub use directory::{
    AuditEntry, AuditPage, AuditedChange, Holding, Me, Membership, PeoplePage, PeopleQuery, Person,
    PersonDetail, PersonRow, Role, Tenant, TenantClass, TokenChange,
};
pub use error::{Error, ErrorCode, Result};
pub use hook::{HookAnswer, HookRefusal, HookRequest, TokenHook};
pub use id::{
    ClientId, ConnectionId, HookCallerId, InvalidId, Issuer, Permission, PersonId, PlanId, RoleId, Subject,
    TenantAlias, TenantId, is_on_this_computer,
};
pub use operator::{FirstAdmin, NewTenant, TenantEdit, TenantRow, TenantsPage, TenantsQuery};
pub use plan::{
    Applied, Change, Crowd, Effect, EffectsPage, Plan, PlanRequest, PlanTotal, Seen, Timing, Warning,
};
pub use question::{HeldQuery, HeldRole, HeldThen, Holder, HoldersPage, HoldersQuery, UnusedQuery};
pub use role::{AuditedRole, Conflict, RoleChange, RoleEffect, RoleTerms, SeenRole};
pub use rule::{ProofFailure, Template, TenantRule};
pub use secret::Secret;
pub use text::plain_list;
pub use window::TimeWindow;

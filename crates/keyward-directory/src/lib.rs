//! Who holds which role in which tenant.
//!
//! A [`Directory`] is a store of rows (tenant, person, role) behind functions in the words of the
//! domain. Roles change in one way only: a plan is made, read, and applied, atomically, against the
//! versions it was made from, and the audit keeps it. The provider asks the directory at every
//! issuance ([`keyward_model::TokenHook`]); people ask it over HTTP ([`Service`]).
//!
//! The rooms: `founding` (how a directory begins), `arrival` (how who was invited comes in), `read` and `edit` (what
//! one can ask of it; `holders`, `held`, `why` and `uses` for who, then, why and the last time), `draft` (what a plan
//! does, without I/O), `undo` (the plan that takes an entry back), `guard` (that a tenant keeps an admin, whatever
//! time it is), `repair` and `check` (what the command line does where nobody can get in, and whether all is well),
//! `operators` (what those who run the service do with tenants), `terms` (on which terms it is written), `news` and
//! `growth` (whose token would say something else, as it
//! happens), `audit` (its hashes, its export and the check of one), `moving` (from one database to another), `rows`
//! (every query, written once), `store` (the engines under it: SQLite, PostgreSQL), `hook` (what providers ask, in the
//! words of each), `http` (routes, and who may call them).

mod arrival;
mod audit;
mod caller;
mod canonical;
mod check;
mod cursor;
mod directory;
mod draft;
mod edit;
mod fold;
mod founding;
mod growth;
mod guard;
mod held;
mod holders;
mod hook;
mod http;
mod matching;
mod moving;
mod named;
mod news;
mod operators;
pub mod permission;
mod read;
mod repair;
mod rows;
mod sheet;
mod stale;
mod store;
mod terms;
mod undo;
mod uses;
mod why;

pub use audit::{ExportedAudit, Flaw, FlawKind, VerifiedAudit, verify_audit};
pub use caller::Caller;
pub use check::Checked;
pub use directory::Directory;
pub use founding::{Founding, FoundingMember, FoundingPerson, RoleTemplate};
pub use hook::{
    ClaimNames, Field, HookCaller, HookSecrets, Hooks, Proof, Shape, TenantName, USUAL_BUDGET, WhenAway,
    WithoutTenant,
};
pub use http::{Metrics, Need, ROUTES, Rate, Rates, Route, Service};
pub use moving::Moved;
pub use repair::{Grant, Granted, TenantFounding};
pub use store::{Address, Database};
pub use terms::{Terms, WriteKey};

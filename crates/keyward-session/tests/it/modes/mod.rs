//! Every preset, driven through the session, against the embedded provider playing that provider's part.

mod accounts;
mod idle;
mod journey;
mod part;
mod presets;
mod refused;
mod resource;
mod step_up;
mod swapped;
mod windows;

pub use self::{part::Part, presets::named};

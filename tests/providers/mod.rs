//! Providers that others wrote: asked by hand, that each does what docs and presets say of it; and with the
//! product's own session, which signs in, switches, renews and signs out there.

mod auth0_simulator;
mod backend;
mod hand;
mod idpyoidc;
mod journey;
mod keycloak;
mod keycloak_roles;
mod oidc_provider;
mod sessions;
mod world;

//! Providers that others wrote, asked by hand: that each does what docs and presets say of it.

mod auth0_simulator;
mod hand;
mod idpyoidc;
mod keycloak;
mod oidc_provider;

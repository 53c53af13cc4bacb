//! Providers that others wrote, asked by hand: that each does what docs and presets say of it.

mod hand;
mod oidc_provider;

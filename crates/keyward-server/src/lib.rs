//! What `keywardd` is made of. [`local`] is the workspace on one computer: embedded provider, role
//! directory and a believable company, served on 127.0.0.1; the desktop app starts it in its own process.
//! [`hooks`] reads which providers may ask the directory at issuance.

pub mod hooks;
pub mod local;

//! What `keywardd` is made of. [`serve`] is a company's directory over HTTP, [`tasks`] what is done with one from a shell,
//! [`admin`] its bootstrap and repair.
//! [`local`] is the workspace on one computer: embedded provider, role directory and a believable company,
//! served on 127.0.0.1; the desktop app starts it in its own process. [`hooks`] says which providers may ask the directory.

pub mod admin;
mod file;
pub mod hooks;
pub mod local;
pub mod serve;
pub mod tasks;

use keyward_model::{Error, ErrorCode, Result};

/// Works on a thread that may block.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|panic| Err(Error::new(ErrorCode::Internal, panic.to_string())))
}

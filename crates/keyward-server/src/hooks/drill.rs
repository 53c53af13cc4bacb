//! `keywardd hook drill`: asks a running directory, as one of its callers, what that would be told if the store
//! were away.

use std::{path::Path, sync::Arc, time::Duration};

use keyward_model::{Clock, Error, ErrorCode, HookCallerId, Result};
use serde::Deserialize;

use super::HookFile;

/// How long the directory is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
struct Answer {
    says: String,
}

/// Asks the directory at `origin` as the caller of this name in `file`, and gives its sentence.
///
/// # Errors
/// [`ErrorCode::ConfigInvalid`] where the file has no such caller, or one that proves itself by a token of its own;
/// [`ErrorCode::DirectoryUnreachable`] where there is no answer, [`ErrorCode::Unauthenticated`] where it is not
/// taken for the caller.
pub async fn drill(file: &Path, origin: &str, name: &HookCallerId, clock: Arc<dyn Clock>) -> Result<String> {
    let headers = {
        let file = HookFile::read(file, clock.clone())?;
        file.caller(name)?.proof.headers(b"", clock.now()).ok_or_else(|| {
            let words = format!(
                "{name} proves itself by a token that only its provider can get. Ask as it: GET \
                                 /v1/hooks/{name}/drill."
            );
            Error::new(ErrorCode::ConfigInvalid, words)
        })?
    };
    let away = |e: reqwest::Error| {
        let words = format!("The directory at {origin} gives no answer: {}.", e.without_url());
        Error::new(ErrorCode::DirectoryUnreachable, words)
    };
    let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().map_err(away)?;
    let url = format!("{}/v1/hooks/{name}/drill", origin.trim_end_matches('/'));
    let answer = http.get(url).headers(headers).send().await.map_err(away)?;
    if answer.status() == reqwest::StatusCode::UNAUTHORIZED {
        let words = format!(
            "The directory at {origin} does not take this for {name}: it has no such caller, or another secret for it."
        );
        return Err(Error::new(ErrorCode::Unauthenticated, words));
    }
    let Answer { says } = answer.error_for_status().map_err(away)?.json().await.map_err(away)?;
    Ok(says)
}

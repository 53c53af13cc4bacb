//! The app's windows: those of last time, and more as people ask for them.

use std::error::Error as StdError;

use keyward_model::{Error, ErrorCode, Result, TenantId};
use keyward_session::{AccountKey, Session};
use tauri::{AppHandle, Manager, Url, WebviewUrl, WebviewWindowBuilder, WindowEvent};

/// The label of the first window, where none is remembered.
const MAIN: &str = "main";

/// Opens the windows of last time, or one.
pub fn open_all(
    app: &AppHandle,
    session: &Session,
    mut labels: Vec<String>,
) -> std::result::Result<(), Box<dyn StdError>> {
    if labels.is_empty() {
        labels.push(MAIN.to_owned());
    }
    for label in labels {
        open(app, session, &label)?;
    }
    Ok(())
}

/// Opens another window, at an account and tenant; what is not said is as in `from`.
pub async fn open_another(
    app: &AppHandle,
    session: &Session,
    from: &str,
    account: Option<AccountKey>,
    tenant: Option<TenantId>,
) -> Result<()> {
    let taken = app.webview_windows();
    let label = (2..).map(|number: u32| format!("window-{number}")).find(|label| !taken.contains_key(label));
    let label = label.unwrap_or_default();
    session.open_window(&label, from, account, tenant).await?;
    open(app, session, &label)
        .map_err(|e| Error::new(ErrorCode::Internal, format!("A window could not be opened: {e}.")))
}

fn open(app: &AppHandle, session: &Session, label: &str) -> tauri::Result<()> {
    let window = WebviewWindowBuilder::new(app, label, WebviewUrl::default())
        .title("Keyward")
        .inner_size(1280.0, 800.0)
        .min_inner_size(900.0, 600.0)
        .on_navigation(is_ours)
        // The page knows who and where this window is; the taskbar shall say it too.
        .on_document_title_changed(|window, title| {
            if let Err(error) = window.set_title(&title) {
                tracing::warn!(%error, "the window keeps its title");
            }
        })
        .center()
        .build()?;
    let (session, label) = (session.clone(), label.to_owned());
    window.on_window_event(move |event| {
        if matches!(event, WindowEvent::Destroyed) {
            session.window_closed(&label);
        }
    });
    Ok(())
}

/// Whether a page is the app's own. The window goes nowhere else: commands are for this page alone.
fn is_ours(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => true,
        // Where the system's webview has no schemes of its own.
        "http" | "https" => url.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_ours;

    #[test]
    fn the_window_goes_to_the_apps_own_pages_only() {
        for ours in ["tauri://localhost/", "http://tauri.localhost/index.html"] {
            assert!(is_ours(&ours.parse().unwrap()), "{ours}");
        }
        for other in [
            "http://tauri.localhost.evil.example/",
            "https://id.example/",
            "file:///etc/passwd",
            "data:text/html,x",
        ] {
            assert!(!is_ours(&other.parse().unwrap()), "{other}");
        }
    }
}

//! Start-up: from the command line to a window that looks at its session.

use std::{env, error::Error as StdError, path::Path, process::ExitCode, sync::Arc, time::Duration};

use keyward_model::SystemClock;
use keyward_session::{
    Ports, Session, Settings,
    config::Sources,
    keychain::StoreKeychain,
    ports::{Notifier, SystemBrowser, SystemNetwork},
};
use tauri::{App, AppHandle, Emitter, Manager, RunEvent};
use tauri_plugin_notification::NotificationExt;

use crate::{
    arguments::{Arguments, HELP},
    commands,
    local::Workspace,
    log, windows,
};

/// The event that brings a window what it shows.
const VIEW: &str = "view";
/// How long an exchange under way may hold up the end of the app.
const LEAVE_TIME: Duration = Duration::from_secs(5);

/// Runs the app until its last window closes.
#[allow(clippy::print_stdout, clippy::print_stderr, reason = "the command line's own answers")]
pub fn main() -> ExitCode {
    let fresh = match Arguments::read(env::args_os().skip(1)) {
        Ok(Arguments::Open { fresh }) => fresh,
        Ok(Arguments::Help) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Ok(Arguments::Version) => {
            println!("keyward {}", env!("CARGO_PKG_VERSION"));
            return ExitCode::SUCCESS;
        }
        Err(unknown) => {
            eprintln!("keyward: {unknown:?} is not an option of Keyward. `keyward --help` lists them.");
            return ExitCode::from(2);
        }
    };
    avoid_blank_window();
    let built = tauri::Builder::default()
        .plugin(tauri_plugin_notification::init())
        .invoke_handler(commands::handler())
        .setup(move |app| set_up(app, fresh))
        .build(tauri::generate_context!());
    match built {
        Ok(app) => {
            app.run(when_told);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("keyward: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The last window has closed.
fn when_told(app: &AppHandle, event: RunEvent) {
    let RunEvent::ExitRequested { api, code: None, .. } = event else { return };
    let Some(session) = app.try_state::<Session>().map(|session| session.inner().clone()) else { return };
    api.prevent_exit();
    tauri::async_runtime::spawn(leave(app.clone(), session));
}

/// Ends the app once an exchange under way is finished: a link that the provider has rotated and nobody has
/// stored would end the session.
async fn leave(app: AppHandle, session: Session) {
    if tokio::time::timeout(LEAVE_TIME, session.leave()).await.is_err() {
        tracing::warn!("an exchange was still under way at the end");
    }
    app.exit(0);
}

/// Ends the app in good order when the system asks for it, as it does at the end of a desktop session.
#[cfg(unix)]
fn leave_when_asked(app: AppHandle, session: Session) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut asked = signal(SignalKind::terminate())?;
    tokio::spawn(async move {
        if asked.recv().await.is_some() {
            leave(app, session).await;
        }
    });
    Ok(())
}

fn set_up(app: &mut App, fresh: bool) -> Result<(), Box<dyn StdError>> {
    let folder = app.path().app_local_data_dir()?;
    let config_folder = app.path().app_config_dir()?;
    let logged = log::begin(&folder.join("logs"));
    if let Err(error) = logged {
        tracing::warn!(%error, "no log file");
    }
    let session = tauri::async_runtime::block_on(async {
        start_session(app.handle(), &folder, &config_folder, fresh)
    })?;
    app.manage(session.clone());
    // A keychain that does not keep what it is given is said before somebody relies on it.
    let tested = session.clone();
    tauri::async_runtime::spawn(async move {
        match tested.examine_keychain().await {
            Ok(health) => tracing::info!(store = health.store, state = ?health.state, "keychain tested"),
            Err(error) => tracing::warn!(%error, "keychain not tested"),
        }
    });
    let labels = tauri::async_runtime::block_on(session.windows())?;
    windows::open_all(app.handle(), &session, labels)
}

/// The system's notifications. One that cannot be shown is no fault: the window says the same.
struct SystemNotifier(AppHandle);

impl Notifier for SystemNotifier {
    fn notify(&self, title: &str, body: &str) {
        if let Err(error) = self.0.notification().builder().title(title).body(body).show() {
            tracing::info!(%error, "no notification");
        }
    }
}

/// Starts the session's task and the task that hands its events to the windows.
fn start_session(
    app: &AppHandle,
    folder: &Path,
    config_folder: &Path,
    fresh: bool,
) -> Result<Session, Box<dyn StdError>> {
    let settings = Settings {
        version: app.package_info().version.to_string(),
        sources: Sources::usual(config_folder),
        folder: folder.to_owned(),
        local_anew: fresh,
        local: Arc::new(Workspace::new(folder.join("local"), fresh)),
    };
    let ports = Ports {
        clock: Arc::new(SystemClock),
        browser: Arc::new(SystemBrowser),
        keychain: Arc::new(StoreKeychain::of_this_system()),
        network: Arc::new(SystemNetwork::default()),
        notifier: Arc::new(SystemNotifier(app.clone())),
    };
    let (session, mut shown) = Session::start(settings, ports)?;
    #[cfg(unix)]
    leave_when_asked(app.clone(), session.clone())?;
    let app = app.clone();
    tokio::spawn(async move {
        while let Some(shown) = shown.recv().await {
            if let Err(error) = app.emit_to(&shown.window, VIEW, &shown.view) {
                tracing::warn!(%error, window = shown.window, "a view was not shown");
            }
        }
    });
    Ok(session)
}

/// WebKitGTK's DMABUF renderer shows nothing with NVIDIA's driver (tauri 9304, 13899). Turned off there,
/// unless the person has said otherwise.
#[cfg(target_os = "linux")]
#[allow(unsafe_code, reason = "set before any thread is there that could read the environment")]
fn avoid_blank_window() {
    const RENDERER: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
    if env::var_os(RENDERER).is_none() && Path::new("/proc/driver/nvidia/version").exists() {
        unsafe { env::set_var(RENDERER, "1") };
    }
}

#[cfg(not(target_os = "linux"))]
fn avoid_blank_window() {}

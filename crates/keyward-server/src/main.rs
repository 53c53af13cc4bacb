//! `keywardd`: Keyward's server. Serves a company's directory, moves it, checks its audit; or opens the local workspace
//! without the desktop app.

mod args;

use std::{
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use args::{Command, Drill, Task};
use keyward_directory::Hooks;
use keyward_model::{Clock, Error, ErrorCode, Result, SystemClock};
use keyward_server::{
    admin, hooks,
    local::{self, FIRST_PERSON, LocalOptions, PASSWORD},
    serve::{self, Environment, Settings},
    tasks,
};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let command = match args::parse(lexopt::Parser::from_env()) {
        Ok(command) => command,
        Err(error) => return end(2, &format!("keywardd: {error}\n\n{}", args::HELP)),
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(colours).init();
    let done = match command {
        Command::Help => say(args::HELP),
        Command::Version => say(&format!("keywardd {}\n", env!("CARGO_PKG_VERSION"))),
        Command::Local(options) => serve_local(options).await,
        Command::Serve { config, db } => serve_directory(config, db).await,
        Command::Task { db, task } => off_thread(move || work(db.as_deref(), task)).await,
        Command::Admin { config, db, admin } => {
            off_thread(move || {
                let (database, issuers) =
                    serve::kept(config.as_deref(), db.as_deref(), &Environment::here())?;
                admin::run(&database, &issuers, admin, Arc::new(SystemClock), &mut io::stdout().lock())
            })
            .await
        }
        Command::Verify { file, pinned } => off_thread(move || verify(&file, pinned.as_deref())).await,
        Command::Drill(Drill { name, hooks, origin }) => {
            match hooks::drill(&hooks, &origin, &name, Arc::new(SystemClock)).await {
                Ok(says) => say(&format!("{says}\n")),
                Err(error) => Err(error),
            }
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => end(1, &format!("keywardd: {error}\n")),
    }
}

/// Serves the local workspace until it is told to stop.
async fn serve_local(options: LocalOptions) -> Result<()> {
    let stop = stop_signal()?;
    let folder = options.folder.clone();
    let local = local::start(options, Arc::new(SystemClock)).await?;
    say(&format!(
        "{}\n\nThe local workspace in {} is open at this issuer; its directory is at {}/v1.\n\
         Sign in as {FIRST_PERSON} with the password {PASSWORD:?}. Ctrl-C stops it.\n",
        local.issuer,
        folder.display(),
        local.directory
    ))?;
    stop.await;
    local.stop().await;
    Ok(())
}

/// Serves a company's directory until it is told to stop.
async fn serve_directory(config: Option<PathBuf>, db: Option<String>) -> Result<()> {
    let stop = stop_signal()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let read = {
        let clock = clock.clone();
        move || Settings::read(config.as_deref(), db.as_deref(), &Environment::here(), clock)
    };
    let settings = off_thread(read).await?;
    let kept = settings.database().to_string();
    let server = serve::open(settings, clock).await?;
    renew_on_hangup(server.hooks())?;
    say(&format!("The directory in {kept} is served at http://{}/v1.\n", server.address))?;
    server.run(stop).await
}

/// Does something with a directory. What it hands out goes to standard output, what it says beside it.
fn work(db: Option<&str>, task: Task) -> Result<()> {
    let database = serve::database(db, &Environment::here())?.ok_or_else(serve::nowhere)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    match task {
        Task::Export => {
            let moved = tasks::export(&database, io::stdout().lock(), clock)?;
            tracing::info!("{} rows of {database} were exported", moved.rows);
        }
        Task::Import => {
            let moved = tasks::import(&database, io::stdin().lock(), clock)?;
            tracing::info!("{} rows were imported into {database}", moved.rows);
        }
        Task::ExportAudit(tenant) => {
            let done = tasks::export_audit(&database, &tenant, io::stdout().lock(), clock)?;
            tracing::info!(
                "{} entries of {tenant} were exported; the newest has the hash {}",
                done.entries,
                done.newest
            );
        }
    }
    Ok(())
}

fn verify(file: &Path, pinned: Option<&str>) -> Result<()> {
    let found = tasks::verify_file(file, pinned)?;
    say(&format!(
        "{}: all {} entries of {} are as they were written. The newest has the hash {}.\n",
        file.display(),
        found.entries,
        found.tenant,
        found.newest
    ))
}

/// Works on a thread that may block, which PostgreSQL's client asks for.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|panic| Err(Error::new(ErrorCode::Internal, panic.to_string())))
}

/// Reads the hooks' secrets anew whenever the program is sent SIGHUP.
#[cfg(unix)]
fn renew_on_hangup(hooks: Hooks) -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut hangups = signal(SignalKind::hangup())
        .map_err(|e| Error::new(ErrorCode::Internal, format!("No signals: {e}.")))?;
    tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            let hooks = hooks.clone();
            if let Err(error) = off_thread(move || {
                hooks.renew_secrets();
                Ok(())
            })
            .await
            {
                tracing::error!(%error, "the hooks' secrets were not read");
            }
        }
    });
    Ok(())
}

/// There is no such signal here: a restart reads them.
#[cfg(windows)]
fn renew_on_hangup(_: Hooks) -> Result<()> {
    Ok(())
}

/// Ends when the person or the system asks the program to end. Listens from this call on.
#[cfg(unix)]
fn stop_signal() -> Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen =
        |kind| signal(kind).map_err(|e| Error::new(ErrorCode::Internal, format!("No signals: {e}.")));
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ends when the person or the system asks the program to end. Listens from this call on.
#[cfg(windows)]
fn stop_signal() -> Result<impl Future<Output = ()>> {
    let interrupt = tokio::signal::windows::ctrl_c();
    let mut interrupt =
        interrupt.map_err(|e| Error::new(ErrorCode::Internal, format!("No signals: {e}.")))?;
    Ok(async move {
        interrupt.recv().await;
    })
}

fn say(text: &str) -> Result<()> {
    let mut out = io::stdout();
    let said = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    said.map_err(|e| Error::new(ErrorCode::Internal, format!("Nothing can be printed: {e}.")))
}

fn end(code: u8, words: &str) -> ExitCode {
    // Where even this cannot be written, the code still says it.
    let _unheard = io::stderr().write_all(words.as_bytes());
    ExitCode::from(code)
}

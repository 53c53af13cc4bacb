//! `keywardd`: Keyward's server. So far it opens the local workspace without the desktop app.

mod args;

use std::{
    io::{self, IsTerminal, Write},
    process::ExitCode,
    sync::Arc,
};

use args::{Command, Drill};
use keyward_model::{Error, ErrorCode, Result, SystemClock};
use keyward_server::{
    hooks,
    local::{self, FIRST_PERSON, LocalOptions, PASSWORD},
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

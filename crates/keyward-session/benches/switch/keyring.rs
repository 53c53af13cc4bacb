//! gnome-keyring on a session bus of its own, where both are installed. The keychain is found by a process's
//! environment, so what is measured over it is measured by this same program, started again in that one.

use std::{
    ffi::OsStr,
    fs,
    io::{self, BufRead, BufReader, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use keyward_session::keychain::SecretStore;
use serde_json::Value;

use crate::Outcome;

/// The keyring's password. Not empty: an empty one would have the keyring written in the clear.
const PASSWORD: &str = "correct horse battery staple";
/// How long the keyring may take to open.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process that ends with its owner.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended already is what is wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs this program beside a keyring, told so by `word`, and returns its rows; `None` where there is no
/// keyring to be had.
pub fn run_beside(word: &str) -> Outcome<Option<Vec<Value>>> {
    let home = tempfile::tempdir()?;
    let root = home.path();
    fs::set_permissions(root, fs::Permissions::from_mode(0o700))?;
    let bus = root.join("bus");
    fs::write(root.join("bus.conf"), configuration(&bus))?;
    let mut daemon = Command::new("dbus-daemon");
    daemon.arg(format!("--config-file={}", root.join("bus.conf").display()));
    let Some(_bus) = started(daemon.args(["--nofork", "--print-address=1"]), None)? else { return Ok(None) };
    let here = |program: &OsStr| {
        let mut command = Command::new(program);
        command.env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", bus.display()));
        command.env("HOME", root).env("XDG_RUNTIME_DIR", root).env("XDG_DATA_HOME", root.join("data"));
        command
    };
    let mut keyring = here("gnome-keyring-daemon".as_ref());
    keyring.args(["--foreground", "--unlock", "--components=secrets"]);
    let Some(_keyring) = started(&mut keyring, Some(PASSWORD))? else { return Ok(None) };
    let this = std::env::current_exe()?;
    let done = here(this.as_os_str()).arg(word).stderr(Stdio::inherit()).output()?;
    if !done.status.success() {
        return Err(format!("beside the keyring: {}", done.status).into());
    }
    let mut said: Value = serde_json::from_slice(&done.stdout)?;
    Ok(Some(serde_json::from_value(said["rows"].take())?))
}

/// Starts a daemon and waits for its first line, which says that it serves; `None` where it is not installed.
fn started(command: &mut Command, input: Option<&str>) -> Outcome<Option<Process>> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    // Dropped after its line, which tells the daemon that there is no more.
    if let (Some(mut stdin), Some(text)) = (child.stdin.take(), input) {
        stdin.write_all(text.as_bytes())?;
    }
    let stdout = child.stdout.take().ok_or("no output")?;
    let process = Process(child);
    BufReader::new(stdout).read_line(&mut String::new())?;
    Ok(Some(process))
}

/// Waits until the keyring is open: it takes its name on the bus first.
pub fn answers(store: &dyn SecretStore) -> Outcome<()> {
    let started = Instant::now();
    while let Err(fault) = store.list() {
        if started.elapsed() > PATIENCE {
            return Err(fault.into());
        }
        thread::sleep(Duration::from_millis(25));
    }
    Ok(())
}

/// A bus that activates nothing: what is not started here is not there.
fn configuration(bus: &Path) -> String {
    format!(
        r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={}</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"#,
        bus.display()
    )
}

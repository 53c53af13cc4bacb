//! A private desktop: its own home, display, session bus and keychain, and a "system browser" that hands
//! the link it is given to the test.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::unix::pipe,
    process::Command,
};

use crate::{PATIENCE, keepassxc, process::Process};

/// What keychain the desktop has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyring {
    /// gnome-keyring, unlocked.
    Unlocked,
    /// KeePassXC, with a database that is open.
    KeePassXc,
    /// A bus on which no secret service is, and none can be activated.
    Absent,
}

/// The password of the test's keyring. Not empty: an empty one would have the keyring written in the clear.
const KEYRING_PASSWORD: &str = "correct horse battery staple";

/// A desktop. Everything in it ends with it.
pub struct Desktop {
    kind: Keyring,
    keyring: Option<Process>,
    bus: Option<Process>,
    _display: Process,
    home: TempDir,
    display: String,
    address: String,
    links: BufReader<pipe::Receiver>,
}

impl Desktop {
    /// Starts a desktop of 1400 × 900 points.
    pub async fn start(keyring: Keyring) -> Self {
        let home = TempDir::with_prefix("keyward-desktop-").expect("a folder");
        let root = home.path();
        for folder in ["bin", "run", "data", "config", "cache", "tmp"] {
            fs::create_dir(root.join(folder)).expect("a folder");
        }
        fs::set_permissions(root.join("run"), fs::Permissions::from_mode(0o700)).expect("permissions");
        let links = system_browser(root).await;

        let mut xvfb = Command::new("Xvfb");
        xvfb.args(["-displayfd", "1", "-screen", "0", "1400x900x24", "-nolisten", "tcp"]);
        let (display, number) = Process::start_and_read_line(xvfb, None).await;
        assert!(!number.is_empty(), "Xvfb must say which display it serves");

        fs::write(root.join("bus.conf"), bus_config(root)).expect("the bus's configuration");
        let (bus, address) = start_bus(root).await;

        let mut desktop = Self {
            kind: keyring,
            keyring: None,
            bus: Some(bus),
            _display: display,
            display: format!(":{number}"),
            address,
            links,
            home,
        };
        if keyring != Keyring::Absent {
            desktop.start_keyring().await;
        }
        desktop
    }

    /// Ends the session bus and starts another at the same address. What was on it ends with it.
    pub async fn restart_bus(&mut self) {
        self.end_keyring().await;
        if let Some(before) = self.bus.take() {
            before.end().await;
        }
        let (bus, address) = start_bus(self.home.path()).await;
        assert_eq!(address, self.address, "programs find it where it was");
        self.bus = Some(bus);
    }

    /// Ends whatever serves secrets.
    pub async fn end_keyring(&mut self) {
        if let Some(before) = self.keyring.take() {
            before.end().await;
        }
    }

    /// Starts the desktop's keyring, open, in place of one that runs.
    pub async fn start_keyring(&mut self) {
        self.end_keyring().await;
        self.keyring = Some(match self.kind {
            Keyring::Unlocked | Keyring::Absent => {
                let mut daemon = self.command("gnome-keyring-daemon");
                daemon.args(["--foreground", "--unlock", "--components=secrets"]);
                Process::start_and_read_line(daemon, Some(KEYRING_PASSWORD)).await.0
            }
            Keyring::KeePassXc => keepassxc::start(self).await,
        });
        self.is_locked(false).await;
    }

    /// Whether the default collection is locked; `None` where there is none.
    async fn default_collection_is_locked(&self) -> Option<bool> {
        let collection = self.default_collection().await?;
        let property = ["string:org.freedesktop.Secret.Collection".to_owned(), "string:Locked".to_owned()];
        let answer = self.secrets(&collection, "org.freedesktop.DBus.Properties.Get", &property).await?;
        Some(answer.contains("boolean true"))
    }

    /// Where the default collection is on the bus.
    async fn default_collection(&self) -> Option<String> {
        let alias = ["string:default".to_owned()];
        let answer = self
            .secrets("/org/freedesktop/secrets", "org.freedesktop.Secret.Service.ReadAlias", &alias)
            .await?;
        let path = answer.split('"').nth(1)?.to_owned();
        (path != "/").then_some(path)
    }

    /// Calls the secret service from outside; `None` where it does not answer.
    async fn secrets(&self, object: &str, method: &str, arguments: &[String]) -> Option<String> {
        let mut call = self.command("dbus-send");
        call.args(["--session", "--dest=org.freedesktop.secrets", "--print-reply", object, method]);
        let answer = call.args(arguments).output().await.expect("dbus-send runs");
        answer.status.success().then(|| String::from_utf8_lossy(&answer.stdout).into_owned())
    }

    /// Locks the keyring, as a screen lock does.
    pub async fn lock_keyring(&self) {
        match self.kind {
            Keyring::Unlocked | Keyring::Absent => {
                let collection = self.default_collection().await.expect("there is one");
                let objects = [format!("array:objpath:{collection}")];
                let lock = "org.freedesktop.Secret.Service.Lock";
                self.secrets("/org/freedesktop/secrets", lock, &objects).await.expect("it can be locked");
            }
            Keyring::KeePassXc => keepassxc::lock(self).await,
        }
        self.is_locked(true).await;
    }

    /// Waits until the keyring is locked, or open.
    async fn is_locked(&self, wanted: bool) {
        let waiting = async {
            while self.default_collection_is_locked().await != Some(wanted) {
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(PATIENCE), waiting).await.unwrap_or_else(|_| {
            panic!("the keyring never becomes {}", if wanted { "locked" } else { "open" })
        });
    }

    /// What the keychain holds of Keyward: attributes of every entry, secrets left out.
    pub async fn keychain_entries(&self) -> Vec<String> {
        let found = self
            .command("secret-tool")
            .args(["search", "--all", "service", "dev.keyward.desktop"])
            .output()
            .await
            .expect("secret-tool runs");
        let text =
            format!("{}{}", String::from_utf8_lossy(&found.stdout), String::from_utf8_lossy(&found.stderr));
        let user = |line: &str| line.strip_prefix("attribute.username = ").map(str::to_owned);
        text.lines().filter_map(user).collect()
    }

    /// The next link that a program asked the system browser to open.
    pub async fn opened_link(&mut self) -> String {
        let mut link = String::new();
        tokio::time::timeout(Duration::from_secs(PATIENCE), self.links.read_line(&mut link))
            .await
            .expect("the browser is opened")
            .expect("a line");
        link.trim().to_owned()
    }

    /// A command in this desktop's environment and no other.
    pub fn command(&self, program: &str) -> Command {
        let root = self.home.path();
        let mut command = Command::new(program);
        let path = std::env::var("PATH").unwrap_or_default();
        command
            .env_clear()
            .env("PATH", format!("{}:{path}", root.join("bin").display()))
            .env("HOME", root)
            .env("XDG_RUNTIME_DIR", root.join("run"))
            .env("XDG_DATA_HOME", root.join("data"))
            .env("XDG_CONFIG_HOME", root.join("config"))
            .env("XDG_CACHE_HOME", root.join("cache"))
            .env("TMPDIR", root.join("tmp"))
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .env("LANG", "C.UTF-8")
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("GDK_BACKEND", "x11")
            .env("NO_AT_BRIDGE", "1");
        command
    }

    /// The person's home.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Where Keyward keeps its files.
    pub fn data_folder(&self) -> PathBuf {
        self.home.path().join("data/dev.keyward.desktop")
    }

    /// Where Keyward reads its configuration.
    pub fn config_file(&self) -> PathBuf {
        self.home.path().join("config/dev.keyward.desktop/keyward.toml")
    }

    /// Has the person ask for no motion: what is looked at does not change while it is looked at.
    pub fn without_motion(&self) {
        let folder = self.home.path().join("config/gtk-3.0");
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("settings.ini"), "[Settings]\ngtk-enable-animations=false\n")
            .expect("the setting");
    }

    /// Writes the configuration that the next start reads.
    pub fn configure(&self, toml: &str) {
        let file = self.config_file();
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(file, toml).expect("the configuration");
    }
}

/// Starts a session bus, and says where it listens: by its path alone, as desktops do, so that another bus
/// may take its place.
async fn start_bus(root: &Path) -> (Process, String) {
    let mut daemon = Command::new("dbus-daemon");
    daemon
        .arg(format!("--config-file={}", root.join("bus.conf").display()))
        .args(["--nofork", "--print-address=1"])
        .stderr(std::process::Stdio::null());
    let (bus, address) = Process::start_and_read_line(daemon, None).await;
    let path = address.split(',').next().unwrap_or_default().to_owned();
    (bus, path)
}

/// Installs an `xdg-open` that writes the link to a pipe: the test's browser takes it from there.
async fn system_browser(root: &Path) -> BufReader<pipe::Receiver> {
    let fifo = root.join("links");
    let made = Command::new("mkfifo").arg(&fifo).status().await.expect("mkfifo runs");
    assert!(made.success(), "a pipe for links");
    let opener = root.join("bin/xdg-open");
    fs::write(&opener, format!("#!/bin/sh\nprintf '%s\\n' \"$1\" > '{}'\n", fifo.display()))
        .expect("xdg-open");
    fs::set_permissions(&opener, fs::Permissions::from_mode(0o755)).expect("permissions");
    BufReader::new(pipe::OpenOptions::new().read_write(true).open_receiver(&fifo).expect("the pipe opens"))
}

/// A session bus that activates nothing: what is not started here is not there.
fn bus_config(root: &Path) -> String {
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
        root.join("run/bus").display()
    )
}

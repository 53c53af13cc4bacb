//! What the system itself must have: named with the reason for each, installed where that is allowed.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use crate::command::{Stop, answer, find, must, typed};

/// How one sees that something is there.
#[derive(Debug, Clone, Copy)]
enum Probe {
    /// A program, by any of its names.
    Program(&'static [&'static str]),
    /// A library to compile against, by its pkg-config name.
    Library(&'static str),
    /// A font for texts in this language, by its code.
    Font(&'static str),
    /// A module of Python.
    Python(&'static str),
    /// A program that Debian keeps out of `PATH`, in folders named for its versions.
    Versioned(&'static str, &'static str),
}

/// Something the system must have.
#[derive(Debug, Clone, Copy)]
pub struct Need {
    probe: Probe,
    /// Debian's package.
    pub package: &'static str,
    /// What it is wanted for.
    pub why: &'static str,
    /// Whether Ubuntu has it as a snap only, which the tests' private session cannot start.
    snap_on_ubuntu: bool,
}

const fn program(names: &'static [&'static str], package: &'static str, why: &'static str) -> Need {
    Need { probe: Probe::Program(names), package, why, snap_on_ubuntu: false }
}

const fn library(name: &'static str, package: &'static str, why: &'static str) -> Need {
    Need { probe: Probe::Library(name), package, why, snap_on_ubuntu: false }
}

const fn font(language: &'static str, package: &'static str, why: &'static str) -> Need {
    Need { probe: Probe::Font(language), package, why, snap_on_ubuntu: false }
}

const fn python(module: &'static str, package: &'static str, why: &'static str) -> Need {
    Need { probe: Probe::Python(module), package, why, snap_on_ubuntu: false }
}

const fn versioned(
    folder: &'static str,
    program: &'static str,
    package: &'static str,
    why: &'static str,
) -> Need {
    Need { probe: Probe::Versioned(folder, program), package, why, snap_on_ubuntu: false }
}

const fn snap_on_ubuntu(need: Need) -> Need {
    Need { snap_on_ubuntu: true, ..need }
}

/// To compile the app.
pub const BUILD: &[Need] = &[
    program(&["cc"], "build-essential", "compiles SQLite and the cryptography"),
    program(&["pkg-config"], "pkg-config", "finds the libraries below"),
    library("webkit2gtk-4.1", "libwebkit2gtk-4.1-dev", "the web engine that draws the window"),
    library("dbus-1", "libdbus-1-dev", "the message bus, which the window asks for the desktop's theme"),
];

/// To use the app.
pub const RUN: &[Need] = &[program(&["xdg-open"], "xdg-utils", "opens your browser to sign in")];

/// To test the whole system: display, session bus, keychain, browser, and what drives them.
pub const TEST: &[Need] = &[
    program(&["Xvfb"], "xvfb", "a display that needs no screen"),
    program(&["dbus-daemon"], "dbus", "a session bus of the tests' own"),
    program(&["gnome-keyring-daemon"], "gnome-keyring", "a real keychain on that bus"),
    program(&["keepassxc"], "keepassxc", "another real keychain, which shows nothing of what is locked"),
    program(&["secret-tool"], "libsecret-tools", "looks into the keychain from outside"),
    program(&["openbox"], "openbox", "a window manager, to close windows as a person does"),
    program(&["wmctrl"], "wmctrl", "asks it to"),
    program(&["WebKitWebDriver"], "webkit2gtk-driver", "drives the real window"),
    snap_on_ubuntu(program(
        &["chromium", "google-chrome", "google-chrome-stable"],
        "chromium",
        "the browser that a person signs in with",
    )),
    program(&["fc-list"], "fontconfig", "finds the fonts"),
    font("ja", "fonts-droid-fallback", "writes 佐藤 and 김민서, who are among the people"),
    font("he", "fonts-dejavu-core", "writes אורי, who is too"),
    program(&["kill"], "procps", "ends what a test started, with all that it started"),
    program(&["openssl"], "openssl", "makes certificates for a provider that speaks TLS"),
    python("ensurepip", "python3-venv", "runs a provider written in Python, in an environment of its own"),
    program(&["java"], "default-jre-headless", "runs a provider written in Java, of which 17 will do"),
    program(&["mvn"], "maven", "fetches that provider"),
    POSTGRESQL,
    snap_on_ubuntu(program(&["chromedriver"], "chromium-driver", "drives that browser")),
];

/// The directory's other engine.
const POSTGRESQL: Need = versioned(
    "/usr/lib/postgresql",
    "initdb",
    "postgresql",
    "a real server for the directory's other engine",
);

/// To measure the directory.
pub const MEASURE: &[Need] = &[POSTGRESQL];

/// To check the project.
pub const CHECK: &[Need] = &[program(&["git"], "git", "lists the project's files")];

impl Need {
    /// Whether it is here.
    pub fn is_met(&self) -> bool {
        match self.probe {
            Probe::Program(names) => find(names).is_some_and(|path| !starts_a_snap(&path)),
            Probe::Library(name) => answer("pkg-config", &["--exists", name]).is_some(),
            Probe::Font(language) => {
                let fonts = answer("fc-list", &[&format!(":lang={language}"), "family"]);
                fonts.is_some_and(|fonts| !fonts.trim().is_empty())
            }
            Probe::Versioned(folder, program) => {
                let mut versions = fs::read_dir(folder).into_iter().flatten().flatten();
                versions.any(|version| version.path().join("bin").join(program).is_file())
                    || find(&[program]).is_some()
            }
            Probe::Python(module) => answer("python3", &["-c", &format!("import {module}")]).is_some(),
        }
    }
}

/// Whether this program is a snap, or a small script that starts one.
fn starts_a_snap(path: &Path) -> bool {
    const SCRIPT: u64 = 64 * 1024;
    let small = fs::metadata(path).is_ok_and(|file| file.len() < SCRIPT);
    path.starts_with("/snap")
        || (small
            && fs::read(path).is_ok_and(|text| text.starts_with(b"#!") && contains(&text, b"/snap/bin")))
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// Sees to it that these are here; installs them where that needs no password.
pub fn ensure(purpose: &str, needs: &[&[Need]]) -> Result<(), Stop> {
    match std::env::consts::OS {
        "linux" => ensure_on_linux(purpose, needs),
        "macos" if answer("xcode-select", &["-p"]).is_none() => Err(Stop(
            "To build the app this Mac lacks Xcode's command line tools (compiler and system libraries).\n\
             Install them with `xcode-select --install`, then run this again."
                .to_owned(),
        )),
        "windows" => {
            println!(
                "On Windows the app needs the MSVC Build Tools (workload \"Desktop development with C++\") to build, \
                 and the WebView2 runtime to open its window (Windows 11 has it)."
            );
            Ok(())
        }
        _ => Ok(()),
    }
}

fn ensure_on_linux(purpose: &str, needs: &[&[Need]]) -> Result<(), Stop> {
    let missing = missing(needs);
    if missing.is_empty() {
        return Ok(());
    }
    println!("To {purpose} this machine lacks:");
    for Need { package, why, .. } in &missing {
        println!("  {package:<24} {why}");
    }
    if find(&["apt-get"]).is_none() {
        return Err(Stop(
            "The names are Debian's. Install what your system calls them, then run this again.".to_owned(),
        ));
    }
    let ubuntu = fs::read_to_string("/etc/os-release").is_ok_and(|text| is_ubuntu(&text));
    let (by_hand, by_apt): (Vec<Need>, Vec<Need>) =
        missing.into_iter().partition(|need| ubuntu && need.snap_on_ubuntu);
    if !by_apt.is_empty() {
        install(&by_apt)?;
    }
    if !by_hand.is_empty() {
        return Err(Stop(
            "Ubuntu has Chromium as a snap only, which cannot start in the tests' private session.\n\
             Install Google Chrome, and a chromedriver of the same version, from Google; put both in PATH as\n\
             `google-chrome` and `chromedriver`, then run this again."
                .to_owned(),
        ));
    }
    Ok(())
}

/// What is not here.
pub fn missing(needs: &[&[Need]]) -> Vec<Need> {
    needs.iter().copied().flatten().filter(|need| !need.is_met()).copied().collect()
}

fn is_ubuntu(os_release: &str) -> bool {
    os_release.lines().any(|line| matches!(line.trim(), "ID=ubuntu" | "ID=\"ubuntu\""))
}

fn install(needs: &[Need]) -> Result<(), Stop> {
    let packages: Vec<&str> = needs.iter().map(|need| need.package).collect();
    let Some(privilege) = Privilege::here() else {
        return Err(Stop(format!(
            "Installing them needs a password. Run this, then `cargo xtask` again:\n\n  \
             sudo apt-get update && sudo apt-get install --yes --no-install-recommends {}",
            packages.join(" ")
        )));
    };
    apt(privilege, &["update"], &[])?;
    apt(privilege, &["install", "--yes", "--no-install-recommends"], &packages)?;
    let still: Vec<&str> = needs.iter().filter(|need| !need.is_met()).map(|need| need.package).collect();
    if still.is_empty() {
        return Ok(());
    }
    Err(Stop(format!("apt-get is done, but what was wanted of {} is still not in PATH.", still.join(", "))))
}

/// How this person may install packages without being asked for a password.
#[derive(Debug, Clone, Copy)]
enum Privilege {
    Root,
    Sudo,
}

impl Privilege {
    fn here() -> Option<Self> {
        if answer("id", &["-u"]).as_deref() == Some("0") {
            return Some(Self::Root);
        }
        answer("sudo", &["-n", "true"]).map(|_| Self::Sudo)
    }
}

fn apt(privilege: Privilege, verb: &[&str], packages: &[&str]) -> Result<(), Stop> {
    let mut command = match privilege {
        Privilege::Root => Command::new("env"),
        Privilege::Sudo => {
            let mut sudo = Command::new("sudo");
            sudo.args(["-n", "env"]);
            sudo
        }
    };
    // Another apt-get may be at work: wait for it rather than fail. Nobody is there to answer questions.
    command
        .args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", "-o", "DPkg::Lock::Timeout=300"])
        .args(verb)
        .args(packages)
        .stdin(Stdio::null());
    println!("$ {}", typed(&command));
    must(&mut command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ubuntu_is_known_and_its_relatives_are_not_taken_for_it() {
        assert!(is_ubuntu("NAME=\"Ubuntu\"\nID=ubuntu\nID_LIKE=debian\n"));
        assert!(!is_ubuntu("ID=debian\n"), "Debian has Chromium as a package");
        assert!(!is_ubuntu("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"), "Mint has Chromium as a package");
    }

    #[test]
    fn a_script_that_starts_a_snap_does_not_count_as_the_program() {
        let folder = std::env::temp_dir().join(format!("xtask-snap-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (snap, plain) = (folder.join("chromedriver"), folder.join("chromium"));
        fs::write(&snap, "#!/bin/sh\nexec /snap/bin/chromium.chromedriver \"$@\"\n").unwrap();
        fs::write(&plain, "#!/bin/sh\nexec /usr/lib/chromium/chromium \"$@\"\n").unwrap();
        assert!(starts_a_snap(&snap));
        assert!(!starts_a_snap(&plain));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn every_need_says_its_package_and_its_reason() {
        for need in [BUILD, RUN, TEST, CHECK].concat() {
            assert!(!need.package.is_empty() && !need.why.is_empty(), "{need:?}");
        }
    }
}

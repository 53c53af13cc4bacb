//! The OpenID providers of others that the tests sign in at. Each is installed once, from files in its
//! folder that pin it; where that cannot be done, its tests are told why.

mod keycloak;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    command::{Stop, quietly},
    ui,
    workspace::Workspace,
};

/// A provider, and how it is installed.
struct Provider {
    /// Its folder in `tests/providers` and in the build's folder.
    name: &'static str,
    /// The files in `tests/providers/…` that say what exactly is installed.
    pinned: &'static [&'static str],
    /// The folder that holds what was installed, in either place.
    made: &'static str,
    install: fn(&Place) -> Result<(), Stop>,
}

/// All of them, in the order of their names.
const PROVIDERS: &[Provider] = &[
    Provider {
        name: "auth0-simulator",
        pinned: &["package-lock.json"],
        made: "node_modules",
        install: npm_packages,
    },
    Provider { name: "idpyoidc", pinned: &["requirements.txt"], made: "venv", install: python_packages },
    Provider { name: "keycloak", pinned: keycloak::PINNED, made: "server", install: keycloak::install },
    Provider {
        name: "oidc-provider",
        pinned: &["package-lock.json"],
        made: "node_modules",
        install: npm_packages,
    },
    // No provider, but what asks the directory everything that its document allows, and more.
    Provider { name: "schemathesis", pinned: &["requirements.txt"], made: "venv", install: python_packages },
];

/// No provider, but a client of one: what `cargo xtask bench storm` runs beside ours.
const PEER: Provider =
    Provider { name: "msal", pinned: &["requirements.txt"], made: "venv", install: python_packages };

/// Libraries that check tokens: what `cargo xtask bench corpus` runs beside ours.
const READERS: &[(Provider, &str)] = &[
    (
        Provider {
            name: "corpus-npm",
            pinned: &["package-lock.json"],
            made: "node_modules",
            install: npm_packages,
        },
        "npm",
    ),
    (
        Provider {
            name: "corpus-python",
            pinned: &["requirements.txt"],
            made: "venv",
            install: python_packages,
        },
        "python",
    ),
];

/// Nor these: what `cargo xtask bench directory` asks the same questions.
const ANSWERERS: &[Provider] = &[
    Provider { name: "cerbos", pinned: &["package-lock.json"], made: "node_modules", install: npm_packages },
    Provider { name: "openfga", pinned: &["version"], made: "bin", install: go_program },
];

/// Where a provider lies.
struct Place {
    /// What we wrote around it.
    sources: PathBuf,
    /// What is made of it, and what the tests are told.
    built: PathBuf,
    /// What its installation said.
    log: PathBuf,
}

impl Place {
    /// The content of a file of ours.
    fn read(&self, name: &str) -> Result<Vec<u8>, Stop> {
        let file = self.sources.join(name);
        fs::read(&file).map_err(|error| Stop::file("read", &file, &error))
    }
}

/// What the tests are to know of the providers.
pub struct Installed {
    /// A folder for each, with a file `absent` that says why where it could not be installed.
    pub folder: PathBuf,
    /// The same reasons, as sentences.
    pub absent: Vec<String>,
}

/// Installs what is not installed yet.
pub fn install(workspace: &Workspace) -> Result<Installed, Stop> {
    let sources = workspace.root.join("tests/providers");
    prepare(workspace, PROVIDERS.iter().map(|provider| (provider, sources.join(provider.name))))
}

/// Installs what the refresh storm needs, its peer included.
pub fn install_for_storm(workspace: &Workspace) -> Result<Installed, Stop> {
    let tests = workspace.root.join("tests");
    let provider = PROVIDERS.iter().filter(|provider| provider.name == "oidc-provider");
    let provider = provider.map(|provider| (provider, tests.join("providers").join(provider.name)));
    let peer = (&PEER, tests.join("refresh_storm").join(PEER.name));
    prepare(workspace, provider.chain([peer]))
}

/// Installs the libraries that the attack corpus is run through.
pub fn install_for_corpus(workspace: &Workspace) -> Result<Installed, Stop> {
    let peers = workspace.root.join("tests/corpus/peers");
    prepare(workspace, READERS.iter().map(|(reader, folder)| (reader, peers.join(folder))))
}

/// Installs those beside whom the directory is measured.
pub fn install_for_directory(workspace: &Workspace) -> Result<Installed, Stop> {
    let sources = workspace.root.join("crates/keyward-server/benches/directory");
    prepare(workspace, ANSWERERS.iter().map(|one| (one, sources.join(one.name))))
}

fn prepare<'p>(
    workspace: &Workspace,
    wanted: impl Iterator<Item = (&'p Provider, PathBuf)>,
) -> Result<Installed, Stop> {
    let folder = workspace.folder("providers")?;
    let mut absent = Vec::new();
    for (provider, sources) in wanted {
        let place = Place {
            sources,
            built: workspace.folder(&format!("providers/{}", provider.name))?,
            log: workspace.notes()?.join(format!("{}.log", provider.name)),
        };
        if let Some(why) = provider.prepare(&place)? {
            absent.push(format!("{} could not be installed: {why}", provider.name));
        }
    }
    Ok(Installed { folder, absent })
}

impl Provider {
    /// Sees to it that the provider is installed as pinned; gives the reason where it cannot be.
    fn prepare(&self, place: &Place) -> Result<Option<String>, Stop> {
        let (stamp, absent) = (place.built.join("installed"), place.built.join("absent"));
        let mut wanted = Vec::new();
        for pinned in self.pinned {
            wanted.extend(place.read(pinned)?);
        }
        let made = [&place.sources, &place.built].iter().any(|folder| folder.join(self.made).is_dir());
        if made && fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
            return Ok(None);
        }
        for old in [&stamp, &absent] {
            if old.exists() {
                fs::remove_file(old).map_err(|error| Stop::file("remove", old, &error))?;
            }
        }
        println!("Installing {}.", self.name);
        let (file, text, why) = match (self.install)(place) {
            Ok(()) => (stamp, wanted, None),
            Err(Stop(words)) => {
                println!("{words}");
                let why = format!("{} says why.", place.log.display());
                (absent, why.clone().into_bytes(), Some(why))
            }
        };
        fs::write(&file, text).map_err(|error| Stop::file("write", &file, &error))?;
        Ok(why)
    }
}

/// Packages of npm, beside the script that uses them: Node looks nowhere else.
fn npm_packages(place: &Place) -> Result<(), Stop> {
    let mut npm = ui::npm_in(&place.sources, &["ci", "--no-audit", "--no-fund", "--fetch-retries=1"]);
    quietly(&mut npm, &place.log).map(drop)
}

/// Packages of Python, in an environment of their own.
fn python_packages(place: &Place) -> Result<(), Stop> {
    let environment = place.built.join("venv");
    quietly(python(Path::new("python3"), &["venv", "--clear"]).arg(&environment), &place.log)?;
    let mut pip = python(&environment.join("bin/python"), &["pip", "install", "--disable-pip-version-check"]);
    pip.args(["--retries", "1", "--requirement"]).arg(place.sources.join("requirements.txt"));
    quietly(&mut pip, &place.log).map(drop)
}

/// A program of Go, from the module and version in the file `version`, into a folder `bin`.
fn go_program(place: &Place) -> Result<(), Stop> {
    let version = String::from_utf8_lossy(&place.read("version")?).trim().to_owned();
    let mut go = Command::new("go");
    go.args(["install", &version]).env("GOBIN", place.built.join("bin"));
    quietly(&mut go, &place.log).map(drop)
}

fn python(program: &Path, module: &[&str]) -> Command {
    let mut python = Command::new(program);
    python.arg("-m").args(module);
    python
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(name: &str) -> Place {
        let root = std::env::temp_dir().join(format!("xtask-provider-{name}-{}", std::process::id()));
        let place = Place { sources: root.join("sources"), built: root.join("built"), log: root.join("log") };
        fs::create_dir_all(&place.sources).unwrap();
        fs::create_dir_all(&place.built).unwrap();
        fs::write(place.sources.join("pinned"), "1.0").unwrap();
        place
    }

    fn provider(install: fn(&Place) -> Result<(), Stop>) -> Provider {
        Provider { name: "one", pinned: &["pinned"], made: "made", install }
    }

    fn make(place: &Place) -> Result<(), Stop> {
        fs::create_dir_all(place.built.join("made")).map_err(|error| Stop::file("make", &place.built, &error))
    }

    fn fail(_: &Place) -> Result<(), Stop> {
        Err(Stop("no registry".to_owned()))
    }

    #[test]
    fn what_is_installed_as_pinned_is_not_installed_again() {
        let place = place("stamp");
        assert_eq!(provider(make).prepare(&place).unwrap(), None);
        assert_eq!(provider(fail).prepare(&place).unwrap(), None, "nothing is left to do");
        fs::write(place.sources.join("pinned"), "1.1").unwrap();
        assert!(provider(fail).prepare(&place).unwrap().is_some(), "another version is");
        fs::remove_dir_all(place.sources.parent().unwrap()).unwrap();
    }

    #[test]
    fn where_it_cannot_be_installed_the_tests_are_told_until_it_can() {
        let place = place("absent");
        let why = provider(fail).prepare(&place).unwrap().unwrap();
        assert_eq!(fs::read_to_string(place.built.join("absent")).unwrap(), why);
        assert_eq!(provider(make).prepare(&place).unwrap(), None);
        assert!(!place.built.join("absent").exists());
        fs::remove_dir_all(place.sources.parent().unwrap()).unwrap();
    }
}

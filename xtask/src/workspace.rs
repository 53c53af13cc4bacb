//! Where things are: the repository, the build's folder, and what `cargo metadata` says of the packages.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::command::{Stop, cargo, stdout};

/// The repository, as far as tasks need to know it.
pub struct Workspace {
    /// The folder of the root `Cargo.toml`.
    pub root: PathBuf,
    /// Cargo's build folder.
    pub target: PathBuf,
    /// The packages of the workspace.
    pub packages: Vec<Package>,
}

/// A package of the workspace.
#[derive(Deserialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// What it depends on, as its manifest says.
    pub dependencies: Vec<Dependency>,
}

/// One line of a manifest's dependencies.
#[derive(Deserialize)]
pub struct Dependency {
    /// The package depended on.
    pub name: String,
    /// `dev`, `build`, or none for a normal one.
    pub kind: Option<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    target_directory: PathBuf,
}

impl Workspace {
    /// Asks Cargo.
    pub fn find() -> Result<Self, Stop> {
        // Set by Cargo where this program was built: the repository may have moved since it was compiled.
        let here = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = here.parent().map(Path::to_owned).unwrap_or_default();
        let mut metadata = cargo();
        metadata.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(&root);
        let Metadata { packages, target_directory } = serde_json::from_str(&stdout(&mut metadata)?)
            .map_err(|error| Stop(format!("Cargo's metadata has another form than known: {error}.")))?;
        Ok(Self { root, target: target_directory, packages })
    }

    /// The folder where tasks keep stamps and logs; made if it is not there.
    pub fn notes(&self) -> Result<PathBuf, Stop> {
        self.folder("xtask")
    }

    /// A folder inside the build's folder; made if it is not there.
    pub fn folder(&self, name: &str) -> Result<PathBuf, Stop> {
        let folder = self.target.join(name);
        std::fs::create_dir_all(&folder).map_err(|error| Stop::file("make", &folder, &error))?;
        Ok(folder)
    }

    /// Cargo, started in the repository.
    pub fn cargo(&self) -> std::process::Command {
        let mut command = cargo();
        command.current_dir(&self.root);
        command
    }
}

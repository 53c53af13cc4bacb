//! Keycloak from Maven Central, made ready to start in seconds: built for its database beforehand, and the
//! tests' realms in that already.

use std::{fs, path::Path, process::Command};

use super::Place;
use crate::command::{Stop, quietly};

/// What of Maven unpacks an artifact where there is no project.
const UNPACK: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack";

/// Installs it into a folder `server`.
pub fn install(place: &Place) -> Result<(), Stop> {
    let version = String::from_utf8_lossy(&place.read("version")?).trim().to_owned();
    // Its own folder, so that nothing is left of another version, nor Maven's mark that it was here.
    remove(&place.built)?;
    fs::create_dir_all(&place.built).map_err(|error| Stop::file("make", &place.built, &error))?;
    let mut maven = Command::new("mvn");
    maven
        .args(["--batch-mode", UNPACK])
        .arg(format!("-Dartifact=org.keycloak:keycloak-quarkus-dist:{version}:zip"))
        .arg(format!("-DoutputDirectory={}", place.built.display()))
        .current_dir(&place.built);
    quietly(&mut maven, &place.log)?;
    let unpacked = place.built.join(format!("keycloak-{version}"));
    quietly(keycloak(&unpacked).args(["build", "--db=dev-file"]), &place.log)?;
    let realms = format!("--dir={}", place.sources.display());
    quietly(keycloak(&unpacked).args(["import", "--optimized", &realms]), &place.log)?;
    // Named last: what has this name is whole.
    let server = place.built.join("server");
    fs::rename(&unpacked, &server).map_err(|error| Stop::file("move", &unpacked, &error))
}

fn keycloak(server: &Path) -> Command {
    let mut command = Command::new(server.join("bin/kc.sh"));
    // It runs for seconds, which better code would not earn back.
    command.env("JAVA_OPTS_APPEND", "-XX:TieredStopAtLevel=1");
    command
}

fn remove(folder: &Path) -> Result<(), Stop> {
    if !folder.exists() {
        return Ok(());
    }
    fs::remove_dir_all(folder).map_err(|error| Stop::file("remove", folder, &error))
}

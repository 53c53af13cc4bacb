//! Keycloak from Maven Central with our mapper in it, made ready to start in seconds: built for its database beforehand, and the
//! tests' realms in that already.

use std::{fs, path::Path, process::Command};

use super::Place;
use crate::command::{Stop, quietly};

/// What it is made of: the server's version, the realms, the mapper.
pub const PINNED: &[&str] = &[
    "version",
    "organizations-realm.json",
    "scopes-realm.json",
    "../../../integrations/keycloak/pom.xml",
    "../../../integrations/keycloak/src/main/java/dev/keyward/keycloak/Answer.java",
    "../../../integrations/keycloak/src/main/java/dev/keyward/keycloak/Directory.java",
    "../../../integrations/keycloak/src/main/java/dev/keyward/keycloak/DirectoryRolesMapper.java",
    "../../../integrations/keycloak/src/main/java/dev/keyward/keycloak/Question.java",
    "../../../integrations/keycloak/src/main/java/dev/keyward/keycloak/TokenTenant.java",
];

/// What of Maven unpacks an artifact where there is no project.
const UNPACK: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack";

/// What asks the directory for a token's roles, from the tests' folder of Keycloak.
const OUR_MAPPER: &str = "../../../integrations/keycloak";
/// A client with which tests administer it, and its secret.
const ADMIN: &str = "administrator";
const MAPPER_JAR: &str = "keyward-keycloak.jar";

/// Installs it with our mapper into a folder `server`.
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
    let mapper = place.built.join("mapper");
    let mut maven = Command::new("mvn");
    maven
        .args(["--batch-mode", "--file"])
        .arg(place.sources.join(OUR_MAPPER))
        .arg(format!("-Dkeycloak.version={version}"))
        .arg(format!("-Doutput={}", mapper.display()))
        .arg("package");
    quietly(&mut maven, &place.log)?;
    let (made, installed) = (mapper.join(MAPPER_JAR), unpacked.join("providers").join(MAPPER_JAR));
    fs::copy(&made, &installed).map_err(|error| Stop::file("copy", &made, &error))?;
    quietly(keycloak(&unpacked).args(["build", "--db=dev-file"]), &place.log)?;
    let realms = format!("--dir={}", place.sources.display());
    quietly(keycloak(&unpacked).args(["import", "--optimized", &realms]), &place.log)?;
    let mut administrator = keycloak(&unpacked);
    administrator
        .args(["bootstrap-admin", "service", "--optimized", "--no-prompt", "--client-id", ADMIN])
        .args(["--client-secret:env", "ADMIN_SECRET"])
        .env("ADMIN_SECRET", ADMIN);
    quietly(&mut administrator, &place.log)?;
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

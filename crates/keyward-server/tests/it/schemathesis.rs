//! PyPI `schemathesis` makes requests of the OpenAPI document, good and bad ones, and sends them to a real `keywardd
//! serve`: no answer is a fault of ours, and none is other than the document says.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

use keyward_directory::Database;
use serde_json::json;

use crate::{
    founded::found,
    issuer::TestIssuer,
    serving::{Serving, trusts},
};

/// Requests made at random for each operation, beside those that try each bound of the document once.
const EXAMPLES: &str = "20";
const CHECKS: &str =
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// Where it lies, if it is installed.
fn installed() -> Option<PathBuf> {
    let why = match std::env::var_os("KEYWARD_PROVIDERS") {
        None => "only `cargo xtask test` installs it".to_owned(),
        Some(folders) => {
            let folder = Path::new(&folders).join("schemathesis");
            match fs::read_to_string(folder.join("absent")) {
                Ok(why) => why,
                Err(_) => return Some(folder.join("venv/bin/schemathesis")),
            }
        }
    };
    let required = std::env::var_os("KEYWARD_REQUIRE_PROVIDERS").is_some();
    assert!(!required, "schemathesis is required, and is not here: {why}");
    let _ = writeln!(std::io::stderr(), "skipped, because schemathesis is not here: {why}");
    None
}

/// An admin of Acme asks about Acme and its people, or about what comes to mind; a provider asks as one.
fn configured(token: &str, known: bool) -> String {
    let names = |names: &str| if known { format!("parameters = {{ {names} }}\n") } else { String::new() };
    format!(
        "headers = {{ Authorization = \"Bearer {token}\" }}\n{}\n\
         [[operations]]\ninclude-path-regex = \"^/v1/hooks/\"\nheaders = {{ Authorization = \"Bearer {SECRET}\" }}\n{}",
        names("\"path.tenant\" = \"acme\", \"path.person\" = \"ada\""),
        names("\"path.caller\" = \"own\""),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_is_answered_with_a_fault_or_other_than_the_document_says() {
    let Some(program) = installed() else { return };
    let issuer = TestIssuer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    found(&Database::file(at("directory.db")), &issuer.issuer(), &[("ben", &issuer.issuer())]);
    let hook = format!(
        "[[hook]]\nname = \"own\"\nshape = \"generic\"\nissuer = \"{}\"\n\
         tenant = {{ from = \"tenant\", is = \"{{tenant}}\" }}\nbearer = [\"secret\"]\n",
        issuer.origin
    );
    fs::write(at("secret"), SECRET).unwrap();
    let config = format!("db = \"directory.db\"\nrequests_per_second = 0\n{}{hook}", trusts(&issuer));
    fs::write(at("keywardd.toml"), config).unwrap();
    let serving = Serving::logging(folder.path(), &[], "error");
    let token = issuer.token("sub-ada", &json!({ "aud": "https://api.example/t/acme" }));
    for known in [true, false] {
        fs::write(at("schemathesis.toml"), configured(&token, known)).unwrap();
        let mut asker = Command::new(&program);
        asker.current_dir(folder.path()).arg("--config-file").arg(at("schemathesis.toml"));
        asker.arg("run").arg(format!("{}/v1/openapi.json", serving.origin));
        asker.args(["--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--seed", "1"]);
        // A stream of events has no end to wait for.
        asker.args(["--exclude-operation-id", "events", "--max-examples", EXAMPLES, "--continue-on-failure"]);
        asker.args(["--request-timeout", "60", "--no-color"]);
        let output = tokio::task::spawn_blocking(move || asker.output().unwrap()).await.unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "known names: {known}\n{said}{error}");
    }
    assert!(serving.stop().success());
}

//! A hook's secret takes another's place while `keywardd serve` runs.

use std::fs;

use serde_json::json;

use crate::{
    founded::found,
    issuer::TestIssuer,
    serving::{Serving, trusts},
};

const OLD: &str = "0123456789abcdef0123456789abcdef";
const NEW: &str = "fedcba9876543210fedcba9876543210";

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_takes_anothers_place_without_a_restart() {
    let issuer = TestIssuer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    found(&keyward_directory::Database::file(at("directory.db")), &issuer.issuer(), &[]);
    let hook = format!(
        "[[hook]]\nname = \"own\"\nshape = \"generic\"\nissuer = \"{}\"\n\
         tenant = {{ from = \"tenant\", is = \"{{tenant}}\" }}\nbearer = [\"secret\"]\n",
        issuer.origin
    );
    fs::write(at("keywardd.toml"), format!("db = \"directory.db\"\n{}{hook}", trusts(&issuer))).unwrap();
    fs::write(at("secret"), OLD).unwrap();
    let mut serving = Serving::start(folder.path(), &[]);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/v1/hooks/own", serving.origin);
    let question =
        json!({ "issuer": issuer.origin, "subject": "sub-ada", "tenant": "acme", "client": "app" });
    let taken = async || {
        let mut taken = Vec::new();
        for secret in [OLD, NEW] {
            let answer = http.post(&url).bearer_auth(secret).json(&question).send().await.unwrap();
            taken.push(answer.status() == 200);
        }
        (taken[0], taken[1])
    };
    assert_eq!(taken().await, (true, false));

    fs::write(at("secret"), format!("{OLD}\n{NEW}\n")).unwrap();
    assert_eq!(taken().await, (true, false), "nobody has told it yet");
    serving.hang_up("are others from now on");
    assert_eq!(taken().await, (true, true), "both, while the provider is moved");
    serving.hang_up("are as they were");

    for bad in ["short", "", &format!("{OLD}\n{NEW}\n{OLD}")] {
        fs::write(at("secret"), bad).unwrap();
        let log = serving.hang_up("go on to count");
        assert!(log.contains("ERROR") && log.contains("own"), "{log}");
        assert!(!log.contains(OLD), "no secret is in the log");
        assert_eq!(taken().await, (true, true), "{bad:?} changes nothing");
    }
    fs::remove_file(at("secret")).unwrap();
    assert!(serving.hang_up("go on to count").contains("cannot be read"));
    assert_eq!(taken().await, (true, true));

    fs::write(at("secret"), NEW).unwrap();
    serving.hang_up("are others from now on");
    assert_eq!(taken().await, (false, true), "the old one counts no more");
    assert!(serving.stop().success());
}

//! The whole refresh storm: 64 processes share one account at `oidc-provider` while 1,000 tokens of eight
//! tenants run out, with links in a real keyring. Beside it, on the same provider, as many processes of
//! Microsoft's `msal` that share one cache by `msal-extensions`. It counts and times nothing, so it is built as tests
//! are. Prints rows as JSON for `cargo xtask bench storm`.
#![allow(
    clippy::expect_used,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "the rows are its output; where a part does not start, it says so there"
)]

use std::{path::PathBuf, sync::Arc, time::Duration};

use keyward_tests::{
    Desktop, Keyring,
    provider::{
        installed,
        oidc_provider::{self, Answer, Counts, Fault, OidcProvider, Options, Strikes},
    },
    storm::{MORE_TENANTS, Program, Storm, Tally, Weather, keyward, tenants, words::Keychain},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

const PROCESSES: usize = 64;
const EXPIRIES: u32 = 1_000;
/// Longer than a storm takes.
const GRACE: Duration = Duration::from_secs(3600);
const SEED: u32 = 8707;
/// So often the person signs in again. Then they have had enough, and what is out stays out.
const SIGN_INS: u64 = 50;

/// What the processes meet, and how many sign-ins that may cost.
struct Situation {
    name: &'static str,
    grace: Duration,
    kills: bool,
    /// Which answers are lost after the link was rotated.
    lost: Option<Strikes>,
    sign_ins: u64,
}

const SITUATIONS: [Situation; 4] = [
    Situation { name: "quiet", grace: Duration::ZERO, kills: false, lost: None, sign_ins: 0 },
    Situation { name: "kill -9, grace", grace: GRACE, kills: true, lost: None, sign_ins: 0 },
    Situation {
        name: "answers lost, grace",
        grace: GRACE,
        kills: false,
        lost: Some(Strikes::Chance(0.1, SEED)),
        sign_ins: 0,
    },
    // Nobody can save it, and nobody may ask for more than that.
    Situation {
        name: "one answer lost, no grace",
        grace: Duration::ZERO,
        kills: false,
        lost: Some(Strikes::Times(1)),
        sign_ins: 1,
    },
];

/// What came of a situation.
struct Outcome {
    tally: Tally,
    sign_ins: u64,
    families_revoked: u64,
    exchanges: u64,
}

#[tokio::main]
async fn main() {
    let peer = installed("msal").map(|folder| folder.join("venv/bin/python"));
    if let Some(python) = &peer {
        eprintln!("The peer is {}.", versions(python).await);
    }
    let mut rows = Vec::new();
    for situation in &SITUATIONS {
        let ours = situation.ours().await;
        ours.describe(situation.name, "Keyward");
        let theirs = match &peer {
            Some(python) => Some(situation.theirs(python.clone()).await),
            None => None,
        };
        if let Some(theirs) = &theirs {
            theirs.describe(situation.name, "msal");
        }
        rows.extend(situation.rows(&ours, theirs.as_ref()));
    }
    println!("{}", json!({ "rows": rows }));
}

impl Situation {
    async fn provider(&self) -> Arc<OidcProvider> {
        let options = Options {
            algorithm: "ES256",
            grace: self.grace,
            more_tenants: MORE_TENANTS,
            ..Options::default()
        };
        Arc::new(oidc_provider::start(&options).await.expect("`cargo xtask bench storm` installs it"))
    }

    async fn ours(&self) -> Outcome {
        let provider = self.provider().await;
        let desktop = Arc::new(Desktop::start(Keyring::Unlocked).await);
        let folder = desktop.data_folder();
        let command = move || desktop.command(env!("CARGO_BIN_EXE_storm-worker"));
        let program = keyward(&provider, command, &folder, Keychain::System);
        self.strike(provider, program).await
    }

    async fn theirs(&self, python: PathBuf) -> Outcome {
        let provider = self.provider().await;
        let folder = TempDir::with_prefix("keyward-storm-").expect("a folder");
        let share = json!({
            "issuer": provider.issuer,
            "client_id": provider.client_id,
            "cache": folder.path().join("cache.json"),
        });
        let worker = concat!(env!("CARGO_MANIFEST_DIR"), "/refresh_storm/msal/worker.py");
        let command = move || {
            let mut command = Command::new(&python);
            command.arg("-B").arg(worker);
            command
        };
        let program = Program { command: Box::new(command), share: share.to_string() };
        self.strike(provider, program).await
    }

    async fn strike(&self, provider: Arc<OidcProvider>, program: Program) -> Outcome {
        let mut storm = Storm::start(provider.clone(), program, tenants(), PROCESSES).await;
        storm.sign_in().await;
        let before: Counts = provider.counts().await;
        if let Some(strikes) = self.lost {
            provider.misbehave(Fault { strikes, after: true, answer: Answer::Broken }).await;
        }
        let kills = self.kills.then_some(u64::from(SEED));
        let tally = storm.expire(EXPIRIES as usize, Weather { kills, sign_ins: SIGN_INS }).await;
        let after = provider.counts().await;
        Outcome {
            tally,
            sign_ins: storm.sign_ins().await - 1,
            families_revoked: after.families_revoked_for_reuse - before.families_revoked_for_reuse,
            exchanges: after.spent - before.spent,
        }
    }

    fn rows(&self, ours: &Outcome, theirs: Option<&Outcome>) -> Vec<Value> {
        let row = |what: &str, unit: &str, of: &dyn Fn(&Outcome) -> f64, holds: bool| {
            json!({
                "name": format!("{}: {what}", self.name),
                "ours": of(ours),
                "peer": theirs.map(of),
                "ratio": f64::from(u8::from(holds)),
                "goal": 1.0,
                "unit": unit,
            })
        };
        let all = ours.tally.served == u64::from(EXPIRIES);
        let right = ours.tally.of_another == 0 && ours.tally.unsaved == 0 && ours.tally.failed.is_empty();
        let mut rows = vec![
            row("renewed", "tokens", &|of| of.tally.served as f64, all && right),
            row(
                "families revoked",
                "families",
                &|of| of.families_revoked as f64,
                ours.families_revoked == self.sign_ins,
            ),
            row("sign-ins needed", "sign-ins", &|of| of.sign_ins as f64, ours.sign_ins == self.sign_ins),
        ];
        if !self.kills && self.lost.is_none() {
            let exact = ours.exchanges == u64::from(EXPIRIES);
            rows.push(row("exchanges", "an expiry", &Outcome::exchanges_an_expiry, exact));
        }
        rows
    }
}

impl Outcome {
    fn exchanges_an_expiry(&self) -> f64 {
        self.exchanges as f64 / f64::from(EXPIRIES)
    }

    fn describe(&self, situation: &str, who: &str) {
        let Tally { served, of_another: _, unsaved, unanswered, killed, ended, failed } = &self.tally;
        eprintln!(
            "{situation}, {who}: {served} of {EXPIRIES} tokens renewed, {:.3} exchanges an expiry, {} families revoked, \
             {} sign-ins needed, {} ends heard, {killed} processes killed, {unanswered} tries unanswered, {unsaved} links \
             unsaved, {} other failures{}",
            self.exchanges_an_expiry(),
            self.families_revoked,
            self.sign_ins,
            ended.len(),
            failed.len(),
            failed.first().map(|first| format!(" ({first})")).unwrap_or_default(),
        );
    }
}

/// What the peer calls itself.
async fn versions(python: &PathBuf) -> String {
    let script = "from importlib.metadata import version as v\n\
                  print(f\"msal {v('msal')} with msal-extensions {v('msal-extensions')}\")";
    let said = Command::new(python).args(["-c", script]).output().await.expect("Python runs");
    String::from_utf8_lossy(&said.stdout).trim().to_owned()
}

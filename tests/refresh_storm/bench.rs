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
    storm::{Kills, MORE_TENANTS, Program, Storm, Tally, Weather, keyward, tenants, words::Keychain},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{process::Command, time::Instant};

const PROCESSES: usize = 64;
const EXPIRIES: u32 = 1_000;
/// Longer than a storm takes.
const GRACE: Duration = Duration::from_secs(3600);
/// So often the person signs in again. Then they have had enough, and what is out stays out.
const SIGN_INS: u64 = 50;
/// The same where a kill may cost a session: more often than ours are killed while they ask.
const SIGN_INS_AFTER_KILLS: u64 = 100;

/// What the processes meet.
struct Situation {
    name: &'static str,
    grace: Duration,
    kills: Option<Kills>,
    /// Which answers are lost after the link was rotated.
    lost: Option<Strikes>,
    /// How often the person signs in again.
    patience: u64,
}

const SITUATIONS: [Situation; 5] = [
    Situation { name: "quiet", grace: Duration::ZERO, kills: None, lost: None, patience: SIGN_INS },
    Situation {
        name: "kill -9, grace",
        grace: GRACE,
        kills: Some(Kills { one_in: 4, seed: 8707 }),
        lost: None,
        patience: SIGN_INS,
    },
    Situation {
        name: "answers lost, grace",
        grace: GRACE,
        kills: None,
        lost: Some(Strikes::Chance(0.1, 8707)),
        patience: SIGN_INS,
    },
    // The session whose next link is lost nobody can save; and nobody may ask for more than one sign-in.
    Situation {
        name: "one answer lost, no grace",
        grace: Duration::ZERO,
        kills: None,
        lost: Some(Strikes::Times(1)),
        patience: SIGN_INS,
    },
    Situation {
        name: "kill -9, no grace",
        grace: Duration::ZERO,
        kills: Some(Kills { one_in: 8, seed: 8707 }),
        lost: None,
        patience: SIGN_INS_AFTER_KILLS,
    },
];

/// What came of a situation.
struct Outcome {
    tally: Tally,
    sign_ins: u64,
    families_revoked: u64,
    exchanges: u64,
    /// Answers that the provider lost.
    lost: u64,
    /// Requests for a token that brought none to anybody who could use it.
    in_vain: u64,
    took: Duration,
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
        let begun = Instant::now();
        let tally =
            storm.expire(EXPIRIES as usize, Weather { kills: self.kills, sign_ins: self.patience }).await;
        let took = begun.elapsed();
        let after = provider.counts().await;
        let sign_ins = storm.sign_ins().await - 1;
        let for_a_token = after.token_requests - before.token_requests - sign_ins;
        Outcome {
            in_vain: for_a_token - tally.served,
            tally,
            sign_ins,
            families_revoked: after.families_revoked_for_reuse - before.families_revoked_for_reuse,
            exchanges: after.spent - before.spent,
            lost: after.faults,
            took,
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
        let asked_once = ours.sign_ins == ours.families_revoked;
        vec![
            row("renewed", "tokens", &|of| of.tally.served as f64, all && right && self.struck(ours)),
            row("families revoked", "families", &|of| of.families_revoked as f64, self.had_to_be(ours)),
            row("sign-ins needed", "sign-ins", &|of| of.sign_ins as f64, asked_once),
            row("exchanges", "an expiry", &Outcome::exchanges_an_expiry, ours.asks_no_more_than_it_must()),
        ]
    }

    /// Whether it came to pass. What nobody met, nobody has stood.
    fn struck(&self, ours: &Outcome) -> bool {
        (self.kills.is_some(), self.lost.is_some()) == (ours.tally.killed_asking > 0, ours.lost > 0)
    }

    /// Whether no session was lost that could have been saved.
    fn had_to_be(&self, ours: &Outcome) -> bool {
        match (self.grace.is_zero(), self.kills.is_some()) {
            (false, _) => ours.families_revoked == 0,
            (true, false) => ours.families_revoked == u64::from(self.lost.is_some()),
            (true, true) => (1..=ours.tally.killed_asking).contains(&ours.families_revoked),
        }
    }
}

impl Outcome {
    /// One exchange for each token and one for each answer lost, and a request in vain for each session lost: it
    /// tells of it. A process that dies asking may take one exchange with it. Anything above is waste, or a loop.
    fn asks_no_more_than_it_must(&self) -> bool {
        let must = self.tally.served + self.lost;
        let may = self.tally.killed_asking;
        let in_vain = self.lost + self.families_revoked;
        (must..=must + may).contains(&self.exchanges) && (in_vain..=in_vain + may).contains(&self.in_vain)
    }

    fn exchanges_an_expiry(&self) -> f64 {
        self.exchanges as f64 / f64::from(EXPIRIES)
    }

    fn describe(&self, situation: &str, who: &str) {
        let Tally { served, of_another: _, unsaved, unanswered, killed, killed_asking, ended, failed } =
            &self.tally;
        eprintln!(
            "{situation}, {who}, {:.0} s: {served} of {EXPIRIES} tokens renewed, {} exchanges, {} requests in vain, {} \
             answers lost, {} families revoked, {} sign-ins needed, {} ends heard, {killed} processes killed \
             ({killed_asking} of them asking), {unanswered} tries unanswered, {unsaved} links unsaved, {} other \
             failures{}",
            self.took.as_secs_f64(),
            self.exchanges,
            self.in_vain,
            self.lost,
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

//! Somebody who uses the system's keychain as Keyward does, for tests of real ones: the keychain is found
//! by this process's environment. Answers every line of its input with a line of JSON.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a part of a test: what it cannot do, it says where it happens"
)]

use std::io::{BufRead, stdin};

use keyward_model::{ClientId, Issuer, Subject};
use keyward_session::{
    AccountKey, ChainKey, RefreshToken,
    keychain::{Keychain, StoreKeychain},
};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let keychain = StoreKeychain::of_this_system();
    let account = AccountKey {
        issuer: Issuer::new("https://login.northwind.example").unwrap(),
        client: ClientId::new("keyward").unwrap(),
        subject: Subject::new("ada").unwrap(),
    };
    let chain = ChainKey::from(account);
    for line in stdin().lock().lines().map_while(Result::ok) {
        println!("{}", answer(&keychain, &chain, &line).await);
    }
}

async fn answer(keychain: &StoreKeychain, chain: &ChainKey, line: &str) -> Value {
    let (command, text) = line.split_once(' ').unwrap_or((line, ""));
    let fault = |fault: keyward_session::keychain::KeychainFault| json!({ "fault": fault.to_string() });
    let done = |outcome: Result<(), _>| outcome.map_or_else(fault, |()| json!("done"));
    match command {
        "examine" => json!(keychain.examine().await),
        "place" => json!(keychain.place(chain).await),
        "read" => match keychain.read(chain).await {
            Ok(token) => json!({ "found": token.map(|token| token.expose().to_owned()) }),
            Err(why) => fault(why),
        },
        "write" => done(keychain.write(chain, &RefreshToken::new(text)).await),
        "delete" => done(keychain.delete(chain).await),
        "unlock" => done(keychain.unlock().await),
        other => panic!("{other}: no such command"),
    }
}

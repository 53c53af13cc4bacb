//! The chain in every order in which processes, faults and crashes may meet. What is explored is the
//! function that the session runs, not a copy of it.

mod explorer;
mod world;

use std::time::Instant;

use explorer::explore;
use world::{Fault::*, Setup};

#[test]
fn probe() {
    let setups = [
        ("plain", Setup { processes: 3, tenants: 3, wants: 1, ..Setup::default() }),
        ("plain 2", Setup { processes: 2, tenants: 3, wants: 3, ..Setup::default() }),
        (
            "crash 2",
            Setup { faults: 2, may: &[Crash, RequestLost, AnswerLost, Burn, Sleep], ..Setup::default() },
        ),
        ("keychain 3", Setup { faults: 3, may: &[Crash, Keychain, KeychainLies], ..Setup::default() }),
        (
            "keychain 3 grace",
            Setup { faults: 3, grace: true, may: &[Crash, Keychain, KeychainLies], ..Setup::default() },
        ),
        (
            "all 2",
            Setup {
                faults: 2,
                tenants: 3,
                grace: true,
                may: &[Crash, Keychain, KeychainLies, RequestLost, AnswerLost, Burn, Sleep, Impatience],
                ..Setup::default()
            },
        ),
        (
            "signs",
            Setup {
                faults: 1,
                grace: true,
                sign_outs: 1,
                sign_ins: 1,
                may: &[Crash, Keychain, KeychainLies, RequestLost, AnswerLost, Burn, Sleep, Impatience],
                ..Setup::default()
            },
        ),
    ];
    #[allow(clippy::disallowed_methods)]
    for (name, setup) in setups {
        let begun = Instant::now();
        match explore(&setup) {
            Ok(states) => println!("{name}: {states} in {:?}", begun.elapsed()),
            Err(trace) => println!("{name}: BROKEN\n{trace}"),
        }
    }
}

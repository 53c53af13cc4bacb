//! The chain in every order in which processes, faults and crashes may meet. What is explored is the
//! function that the session runs, not a copy of it.

mod acts;
mod explorer;
mod guards;
mod world;

use std::thread;

use explorer::explore;
use world::{
    Fault::{AnswerLost, Burn, Crash, Impatience, JournalLost, Keychain, KeychainLies, RequestLost, Sleep},
    Setup,
};

/// At least so many distinct states, over all worlds.
const STATES: usize = 1_000_000;

/// What may go wrong between a chain and its provider.
const NETWORK: &[world::Fault] = &[Crash, RequestLost, AnswerLost, Burn, Sleep];

fn worlds() -> Vec<(&'static str, Setup)> {
    let usual = Setup::default;
    let three = || Setup { processes: 3, wants: 1, ..usual() };
    vec![
        ("three processes wake at once", Setup { tenants: 2, wants: 2, ..three() }),
        (
            "three tenants, a bad network",
            Setup { tenants: 3, faults: 2, omits: true, may: NETWORK, ..usual() },
        ),
        (
            "the same, with a grace period",
            Setup { tenants: 3, faults: 2, omits: true, grace: true, may: NETWORK, ..usual() },
        ),
        (
            "one of all faults",
            Setup {
                tenants: 3,
                faults: 1,
                may: &[Crash, Keychain, KeychainLies, RequestLost, AnswerLost, Burn, Sleep, Impatience],
                ..three()
            },
        ),
        (
            "a bad keychain for long",
            Setup { wants: 3, faults: 4, grace: true, may: &[Crash, Keychain, KeychainLies], ..usual() },
        ),
        (
            "crashes on a bad keychain and a bad network",
            Setup { wants: 2, faults: 2, grace: true, may: &[Crash, Keychain, AnswerLost], ..three() },
        ),
        (
            "somebody signs in, somebody out",
            Setup {
                faults: 2,
                sign_outs: 1,
                sign_ins: 1,
                may: &[Crash, Keychain, KeychainLies, AnswerLost],
                ..usual()
            },
        ),
        (
            "the same among three, who may lose patience",
            Setup {
                faults: 1,
                sign_outs: 1,
                sign_ins: 1,
                may: &[Crash, Keychain, KeychainLies, RequestLost, Impatience],
                ..three()
            },
        ),
        (
            "a journal that gets lost",
            Setup { faults: 2, grace: true, may: &[Crash, JournalLost, AnswerLost, Sleep], ..three() },
        ),
        (
            "the journal lost, and a bad keychain",
            Setup { faults: 3, may: &[JournalLost, Keychain], ..three() },
        ),
    ]
}

#[test]
fn in_a_million_states_nothing_is_that_must_not_be() {
    let worlds = worlds();
    let explored: Vec<Result<usize, String>> = thread::scope(|scope| {
        let exploring: Vec<_> = worlds.iter().map(|(_, setup)| scope.spawn(move || explore(setup))).collect();
        exploring.into_iter().map(|explored| explored.join().expect("an explorer comes back")).collect()
    });
    let mut sum = 0;
    for ((name, _), explored) in worlds.iter().zip(explored) {
        let states = explored.unwrap_or_else(|trace| panic!("{name}:\n{trace}"));
        println!("{states:>9} states: {name}");
        sum += states;
    }
    println!("{sum:>9} states in all");
    assert!(sum >= STATES, "the worlds have become small: {sum} states");
}

//! What each guard of the chain is for: without it, and with all others, something is that must not be.

use keyward_session::chain::step::Guards;

use super::{
    explorer::explore,
    world::{
        Fault::{Burn, Crash, Keychain, RequestLost, Sleep},
        Setup,
    },
};

/// With every guard nothing is wrong in this world; with `guards` this is.
#[allow(clippy::print_stdout, reason = "the way to what is wrong is worth reading")]
fn without(guards: Guards, world: Setup, wrong: &str) {
    assert_eq!(explore(&world).err(), None, "with every guard nothing may be wrong here");
    let trace = explore(&Setup { guards, ..world }).expect_err("a guard that nothing needs");
    println!("{trace}");
    assert!(trace.contains(wrong), "something else is wrong:\n{trace}");
}

fn world() -> Setup {
    Setup::default()
}

#[test]
fn without_the_lock_two_spend_the_same_link() {
    without(Guards { lock: false, ..Guards::ALL }, world(), "a link is presented again");
}

#[test]
fn without_reading_again_under_the_lock_a_spent_link_is_presented() {
    without(Guards { reread: false, ..Guards::ALL }, world(), "a link is presented again");
}

#[test]
fn without_storing_first_a_token_is_used_whose_link_can_still_be_lost() {
    let guards = Guards { store_first: false, ..Guards::ALL };
    without(guards, world(), "handed out before its link is stored");
}

#[test]
fn without_the_unsaved_mark_another_process_presents_what_is_spent() {
    let world = Setup { faults: 1, may: &[Keychain], ..world() };
    without(Guards { unsaved_mark: false, ..Guards::ALL }, world, "a link is presented again");
}

#[test]
fn without_yielding_a_link_in_memory_is_spent_after_another_process_signed_out() {
    let world = Setup { faults: 1, sign_outs: 1, may: &[Keychain], ..world() };
    let guards = Guards { yielding: false, ..Guards::ALL };
    without(guards, world, "a link is presented after the person signed out");
}

#[test]
fn without_counting_back_a_link_two_behind_is_presented() {
    let world = Setup { faults: 3, grace: true, may: &[Keychain, Crash], ..world() };
    without(Guards { not_two_behind: false, ..Guards::ALL }, world, "a link two behind is presented");
}

#[test]
fn without_keeping_the_old_link_a_session_is_lost_where_none_comes_back() {
    let world = Setup { omits: true, ..world() };
    without(Guards { keep_old_link: false, ..Guards::ALL }, world, "the session is lost");
}

#[test]
fn where_anything_ends_a_chain_a_bad_network_does() {
    let world = Setup { faults: 1, grace: true, may: &[RequestLost], ..world() };
    without(Guards { only_invalid_grant_ends: false, ..Guards::ALL }, world, "the session is lost");
}

#[test]
fn where_a_refusal_is_not_final_it_is_tried_blindly_again() {
    let world = Setup { tenants: 2, faults: 1, may: &[Burn], ..world() };
    let guards = Guards { refusal_is_final: false, ..Guards::ALL };
    without(guards, world, "what was refused is asked again by itself");
}

#[test]
fn where_the_end_is_not_believed_the_provider_is_asked_again() {
    let world = Setup { faults: 2, may: &[Crash, Keychain], ..world() };
    let guards = Guards { over_is_over: false, ..Guards::ALL };
    without(guards, world, "the provider says twice that the session is over");
}

#[test]
fn without_the_proof_a_token_of_another_tenant_is_handed_out() {
    let world = Setup { tenants: 3, ..world() };
    without(Guards { proof: false, ..Guards::ALL }, world, "an unproven token is handed out");
}

#[test]
fn without_a_look_at_the_time_a_token_is_handed_out_that_ran_out_in_a_sleep() {
    let world = Setup { faults: 1, may: &[Sleep], ..world() };
    without(Guards { expiry: false, ..Guards::ALL }, world, "an expired token is handed out");
}

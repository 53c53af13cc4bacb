//! When a role was last named in a token.

use keyward_directory::Directory;
use keyward_model::{Timestamp, TokenHook, UnusedQuery};

use crate::{
    company::{person, role},
    engine::{Engine, on_both_engines},
    house::{Hand, House, NOW, give, lend, question, take},
};

on_both_engines!(
    a_role_is_used_when_a_token_names_it_and_not_before,
    the_latest_use_counts_whoever_writes_last,
    a_role_given_anew_has_no_use_yet,
    what_cannot_be_written_is_written_later,
    roles_that_nobody_has_used_are_told,
);

fn mint(directory: &Directory, who: &str) {
    directory.answer(&question(who, "acme")).unwrap();
}

/// Seconds since the beginning at which somebody's role was last used.
fn used(house: &House, who: &str, what: &str) -> Option<i64> {
    let detail = house.directory.person(&House::caller("ada", "acme"), &person(who)).unwrap();
    let held = detail.holdings.iter().chain(&detail.upcoming).find(|held| held.role == role(what)).unwrap();
    held.last_used_at.map(|at| at.0 - NOW)
}

async fn a_role_is_used_when_a_token_names_it_and_not_before(engine: Engine) {
    let house = House::new(engine).await;
    house.edit("ada", vec![lend("ann", "support", Some(20), Some(30))]).unwrap();
    let all = || ["editor", "viewer", "support"].map(|what| used(&house, "ann", what));
    house.clock.turn(10);
    mint(&house.directory, "ann");
    assert_eq!(all(), [None; 3], "nobody waits for it to be written");
    house.directory.write_uses().unwrap();
    assert_eq!(all(), [Some(10), Some(10), None], "what begins later is not named");
    // Two tokens, and a role that ends between them, written at once.
    house.clock.turn(15);
    mint(&house.directory, "ann");
    house.clock.turn(4);
    house.directory.write_uses().unwrap();
    assert_eq!(all(), [Some(25); 3]);
    mint(&house.directory, "ann");
    house.clock.turn(2);
    mint(&house.directory, "ann");
    house.edit("ada", vec![take("ann", "viewer")]).unwrap();
    house.directory.write_uses().unwrap();
    assert_eq!(used(&house, "ann", "editor"), Some(31));
    house.clock.turn(-2);
    assert_eq!(used(&house, "ann", "support"), Some(29), "its own last, not the person's");
}

async fn the_latest_use_counts_whoever_writes_last(engine: Engine) {
    let house = House::new(engine).await;
    let other = Directory::open(&house.scratch.at(), Hand::at(NOW + 50)).unwrap();
    mint(&house.directory, "ann");
    mint(&other, "ann");
    other.write_uses().unwrap();
    house.directory.write_uses().unwrap();
    assert_eq!(used(&house, "ann", "editor"), Some(50));
}

async fn a_role_given_anew_has_no_use_yet(engine: Engine) {
    let house = House::new(engine).await;
    mint(&house.directory, "ann");
    house.clock.turn(10);
    house.edit("ada", vec![take("ann", "editor"), take("ann", "viewer")]).unwrap();
    house.edit("ada", vec![give("ann", "editor")]).unwrap();
    house.directory.write_uses().unwrap();
    assert_eq!(used(&house, "ann", "editor"), None, "that token was of the role given before");
    mint(&house.directory, "ann");
    house.directory.write_uses().unwrap();
    assert_eq!(used(&house, "ann", "editor"), Some(10));
    house.clock.turn(10);
    house.edit("ada", vec![lend("ann", "editor", None, Some(600))]).unwrap();
    assert_eq!(used(&house, "ann", "editor"), None);
}

async fn what_cannot_be_written_is_written_later(engine: Engine) {
    let house = House::new(engine).await;
    mint(&house.directory, "ann");
    house.scratch.sql("ALTER TABLE uses RENAME TO away").unwrap();
    house.directory.write_uses().unwrap_err();
    house.clock.turn(10);
    mint(&house.directory, "vic");
    house.scratch.sql("ALTER TABLE away RENAME TO uses").unwrap();
    house.directory.write_uses().unwrap();
    assert_eq!([used(&house, "ann", "editor"), used(&house, "vic", "viewer")], [Some(0), Some(10)]);
}

async fn roles_that_nobody_has_used_are_told(engine: Engine) {
    let house = House::new(engine).await;
    house.clock.turn(100);
    for who in ["ada", "ben", "bob", "eli", "ann"] {
        mint(&house.directory, who);
    }
    house.directory.write_uses().unwrap();
    house.edit("ada", vec![give("eli", "viewer"), lend("ann", "support", Some(1000), None)]).unwrap();
    house.clock.turn(100);
    let ask = |since: i64, limit: u32| {
        let (mut cursor, mut rows) = (None, Vec::new());
        loop {
            let query = UnusedQuery { since: Timestamp(NOW + since), cursor, limit: Some(limit) };
            let page = house.directory.unused(&House::caller("sam", "acme"), &query).unwrap();
            rows.extend(page.holders.iter().map(|one| format!("{} {}", one.holding.role, one.person.id)));
            cursor = page.next;
            if cursor.is_none() {
                return rows;
            }
        }
    };
    let never = ["support sam", "viewer vic", "viewer zoe"];
    assert_eq!(ask(100, 50), never, "what was given since is not asked about");
    assert_eq!(ask(100, 1), never);
    assert_eq!(ask(101, 50).len(), never.len() + 7);
}

//! The attack corpus: tokens that must be refused and tokens that must pass, each with its reason.
//!
//! One module for each side that an attack comes from. A token that must be refused is right in all
//! but the one thing it is about, and truly signed, so that nothing else can be what refuses it.
//!
//! `UPDATE_CORPUS=1 cargo test -p keyward-verify --test it corpus` writes `tests/corpus/vectors.json` anew.
//! Every run makes new keys and throws them away, so every token differs from the last run's; what they
//! are, and in which order, does not.

mod book;
mod claims;
mod confusion;
mod family;
mod form;
mod good;
mod header;
mod issuer;
mod json;
mod key;
mod key_set;
mod object;
mod signature;
mod tenant;
mod times;

pub use book::Book;
pub use family::Family;

/// The year 2100. No clock that reads the corpus is there yet.
const IN_2100: i64 = 4_102_444_800;
/// The year 2001, long over.
const IN_2001: i64 = 1_000_000_000;

/// All of it.
pub fn corpus() -> Book {
    let mut book = Book::default();
    for family in &Family::each() {
        book.trust(family.profile, vec![family.trusted()]);
        good::write(&mut book, family);
        // What is read once the signature is good is not tried with the other RSA padding again.
        let again = family.alg == "PS256";
        if !again {
            times::write(&mut book, family);
            issuer::write(&mut book, family);
            claims::write(&mut book, family);
            header::write(&mut book, family);
        }
        confusion::write(&mut book, family);
        if !again {
            form::write(&mut book, family);
        }
        if family.alg == "ES256" {
            json::write(&mut book, family);
        }
        signature::write(&mut book, family);
    }
    key_set::write(&mut book);
    tenant::write(&mut book);
    book
}

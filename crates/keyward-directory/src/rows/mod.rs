//! What is asked of the store and written to it, in words of the domain: every query, written once for
//! both engines (see [`store`](crate::store)).

mod answers;
mod audit;
mod chain;
mod crowds;
mod founding;
mod growth;
mod holders;
mod members;
mod people;
mod plans;
mod repair;
mod roles;
mod tenants;
mod token;
mod uses;
mod versions;
mod why;
mod windows;

pub(crate) use crowds::{Search, State};
pub(crate) use growth::Deeds;
pub(crate) use holders::Sought;
pub(crate) use members::{Gift, Given, Listing, Member};
pub(crate) use people::fold_email;
pub(crate) use plans::StoredPlan;
pub(crate) use token::Whom;
pub(crate) use uses::Use;
pub(crate) use windows::{Admins, Held, Standing};

use serde::Serialize;

use crate::store::{Fault, Tried};

/// JSON of ours, for a column that holds it.
fn written(value: &impl Serialize) -> Tried<String> {
    serde_json::to_string(value).map_err(|e| Fault::Damaged(e.to_string()))
}

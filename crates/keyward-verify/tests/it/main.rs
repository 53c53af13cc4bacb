//! The check, through its door: real keys, real signatures, and what attackers have sent to others.

mod forge;
mod hostile;
mod keys;

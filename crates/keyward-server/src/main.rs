//! keywardd
fn main() {}

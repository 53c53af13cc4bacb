//! A place for things that wait a short while: bounded, and forgetting by itself.

use std::collections::{HashMap, VecDeque};

use keyward_model::Timestamp;

use crate::random::Digest;

/// Values by digest, each until its time. Where it is full, what was put there first goes first: a
/// flood costs the flooder's victims a new try, never this process its memory.
pub(crate) struct Shelf<V> {
    capacity: usize,
    serial: u64,
    values: HashMap<Digest, (u64, Timestamp, V)>,
    order: VecDeque<(u64, Digest)>,
}

impl<V> Shelf<V> {
    /// An empty one for at most `capacity` values.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, serial: 0, values: HashMap::new(), order: VecDeque::new() }
    }

    /// Puts a value there until `expires`, in place of one of the same key.
    pub fn put(&mut self, key: Digest, value: V, expires: Timestamp) {
        self.serial += 1;
        self.values.insert(key, (self.serial, expires, value));
        self.order.push_back((self.serial, key));
        while self.values.len() > self.capacity || self.order.len() > 2 * self.capacity {
            let Some((serial, key)) = self.order.pop_front() else { break };
            if self.values.get(&key).is_some_and(|(of, ..)| *of == serial) {
                self.values.remove(&key);
            }
        }
    }

    /// The value, if its time is not over.
    pub fn get(&mut self, key: &Digest, now: Timestamp) -> Option<&mut V> {
        self.values.get_mut(key).filter(|(_, expires, _)| now < *expires).map(|(.., value)| value)
    }

    /// The value, if its time is not over; it is gone then.
    pub fn take(&mut self, key: &Digest, now: Timestamp) -> Option<V> {
        self.values.remove(key).filter(|(_, expires, _)| now < *expires).map(|(.., value)| value)
    }

    /// Drops every value that `keep` says no to.
    pub fn retain(&mut self, keep: impl Fn(&V) -> bool) {
        self.values.retain(|_, (.., value)| keep(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATER: Timestamp = Timestamp(10);

    fn key(n: u8) -> Digest {
        [n; 32]
    }

    #[test]
    fn a_value_is_there_until_its_time_and_not_at_it() {
        let mut shelf = Shelf::new(2);
        shelf.put(key(1), "a", LATER);
        assert_eq!(shelf.get(&key(1), Timestamp(9)), Some(&mut "a"));
        assert_eq!(shelf.get(&key(1), LATER), None);
        assert_eq!(shelf.take(&key(1), LATER), None, "taking is no way around the time");
    }

    #[test]
    fn a_full_shelf_forgets_what_was_put_first() {
        let mut shelf = Shelf::new(2);
        for n in 1..=3 {
            shelf.put(key(n), n, LATER);
        }
        assert_eq!(shelf.get(&key(1), Timestamp(0)), None);
        assert_eq!(shelf.get(&key(2), Timestamp(0)), Some(&mut 2));
        assert_eq!(shelf.get(&key(3), Timestamp(0)), Some(&mut 3));
    }

    #[test]
    fn a_value_put_again_counts_as_new() {
        let mut shelf = Shelf::new(2);
        shelf.put(key(1), "old", LATER);
        shelf.put(key(2), "b", LATER);
        shelf.put(key(1), "new", LATER);
        shelf.put(key(3), "c", LATER);
        assert_eq!(shelf.get(&key(1), Timestamp(0)), Some(&mut "new"));
        assert_eq!(shelf.get(&key(2), Timestamp(0)), None);
    }

    #[test]
    fn memory_stays_bounded_when_values_are_put_and_taken_for_ever() {
        let mut shelf = Shelf::new(2);
        for n in 0..=255 {
            shelf.put(key(n), n, LATER);
            shelf.take(&key(n), Timestamp(0));
        }
        assert!(shelf.order.len() <= 4, "the order is not a leak");
    }
}

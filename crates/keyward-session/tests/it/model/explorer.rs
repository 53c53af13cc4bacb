//! Looks at every state that a model can come to, the nearest first, and stops at the first that must not be.

use std::{
    collections::{HashSet, VecDeque},
    fmt::Write as _,
    hash::{BuildHasherDefault, Hash, Hasher},
};

/// What can happen, one thing after another.
pub trait Model {
    type State: Clone + Hash;
    type Action: Copy;

    fn initial(&self) -> Self::State;

    /// All that can happen next.
    fn actions(&self, state: &Self::State, actions: &mut Vec<Self::Action>);

    /// What happens next where nothing goes wrong any more and nobody asks for anything new; none where all
    /// is done.
    fn calm(&self, state: &Self::State) -> Option<Self::Action>;

    /// The state after `action`, or what must not be.
    fn after(&self, state: &Self::State, action: Self::Action) -> Result<Self::State, String>;

    /// Whether everybody has come to an end.
    fn is_done(&self, state: &Self::State) -> bool;

    /// `action` in words.
    fn told(&self, state: &Self::State, action: Self::Action) -> String;
}

/// How far a calm that ends nowhere is followed.
const LONGEST_CALM: usize = 500;

/// The number of distinct states.
///
/// # Errors
/// The shortest way to a state that must not be.
pub fn explore<M: Model>(model: &M) -> Result<usize, String> {
    let mut seen = Seen::default();
    let mut finishing = Seen::default();
    // How each state was come to: from which one, and by what.
    let mut ways: Vec<(usize, Option<M::Action>)> = vec![(0, None)];
    let mut next = VecDeque::from([(model.initial(), 0)]);
    seen.insert(hash(&model.initial()));
    let mut actions = Vec::new();
    while let Some((state, at)) = next.pop_front() {
        if let Err(stuck) = finishes(model, &state, &mut finishing) {
            return Err(trace(model, &ways, at, None, &stuck));
        }
        actions.clear();
        model.actions(&state, &mut actions);
        for action in &actions {
            match model.after(&state, *action) {
                Err(broken) => return Err(trace(model, &ways, at, Some(*action), &broken)),
                Ok(new) => {
                    if seen.insert(hash(&new)) {
                        ways.push((at, Some(*action)));
                        next.push_back((new, ways.len() - 1));
                    }
                }
            }
        }
    }
    Ok(seen.len())
}

/// Once faults stop, everybody comes to an end.
fn finishes<M: Model>(model: &M, state: &M::State, finishing: &mut Seen) -> Result<(), String> {
    let mut state = state.clone();
    let mut way = Vec::new();
    for _ in 0..LONGEST_CALM {
        let this = hash(&state);
        if model.is_done(&state) || finishing.contains(&this) {
            finishing.extend(way);
            return Ok(());
        }
        way.push(this);
        let action = model.calm(&state).ok_or("nobody can go on")?;
        state = model.after(&state, action)?;
    }
    Err("it goes on for ever".to_owned())
}

fn trace<M: Model>(
    model: &M,
    ways: &[(usize, Option<M::Action>)],
    mut at: usize,
    last: Option<M::Action>,
    broken: &str,
) -> String {
    let mut actions: Vec<M::Action> = last.into_iter().collect();
    while let (before, Some(action)) = ways[at] {
        actions.push(action);
        at = before;
    }
    let mut told = String::new();
    let mut state = model.initial();
    actions.reverse();
    for at in 0..LONGEST_CALM {
        // What comes after the last action is the calm in which it came out.
        let Some(action) = actions.get(at).copied().or_else(|| model.calm(&state)) else { break };
        let _ = writeln!(told, "  {}", model.told(&state, action));
        match model.after(&state, action) {
            Ok(after) => state = after,
            Err(_) => break,
        }
    }
    format!("{told}  ✗ {broken}")
}

type Seen = HashSet<u64, BuildHasherDefault<AsIs>>;

fn hash(state: &impl Hash) -> u64 {
    let mut hasher = Quick::default();
    state.hash(&mut hasher);
    hasher.finish()
}

/// A quick hash of 64 bits: among ten million states two look alike once in half a million runs.
#[derive(Default)]
struct Quick(u64);

impl Hasher for Quick {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u8(&mut self, value: u8) {
        self.write_u64(value.into());
    }

    fn write_isize(&mut self, value: isize) {
        self.write_u64(value.cast_unsigned() as u64);
    }

    fn write_u64(&mut self, value: u64) {
        let mixed = (self.0 ^ value).wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        self.0 = mixed ^ (mixed >> 27);
    }

    fn finish(&self) -> u64 {
        let mixed = self.0.wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// What is hashed is a hash.
#[derive(Default)]
struct AsIs(u64);

impl Hasher for AsIs {
    fn write(&mut self, _: &[u8]) {
        unreachable!("only u64 is kept")
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

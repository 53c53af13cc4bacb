//! The world of a chain, small: a provider that rotates and notices reuse, a keychain, a journal, a lock, and
//! up to three processes that run the session's own transition function.

use keyward_session::chain::step::{
    Effect, Event, Guards, Held, Journal, Link, Own, Refusal, Standing, State, Verdict, Wish, step,
};

use super::explorer::Model;

/// A refresh token: the family it is of and how many came before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Nth(pub(super) u8, pub(super) u8);

impl Link for Nth {
    type Mark = Self;

    fn mark(&self) -> Self {
        *self
    }
}

/// Tenant 0 is open, 1 is closed to the person, and who asks for 2 gets a token of 0.
pub(super) type Tenant = u8;
pub(super) const CLOSED: Tenant = 1;
pub(super) const MISTAKEN: Tenant = 2;

/// What may go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    RequestLost,
    AnswerLost,
    /// A refused switch spends the link.
    Burn,
    /// The keychain does not do it.
    Keychain,
    /// The keychain writes and says that it did not.
    KeychainLies,
    JournalLost,
    /// The wait for the lock runs out.
    Impatience,
    Crash,
    Sleep,
}

/// A world to explore.
#[derive(Debug, Clone)]
pub struct Setup {
    pub processes: usize,
    pub tenants: Tenant,
    /// How many tokens each process asks for.
    pub wants: u8,
    /// How many faults of these may come.
    pub faults: u8,
    pub may: &'static [Fault],
    /// Whether the link before the last is good, as long as the last has not been used.
    pub grace: bool,
    /// Whether the provider may leave a link as it is.
    pub omits: bool,
    /// How many may sign out; how many may sign in once more.
    pub sign_outs: u8,
    pub sign_ins: u8,
    pub guards: Guards,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            processes: 2,
            tenants: 1,
            wants: 2,
            faults: 0,
            may: &[],
            grace: false,
            omits: false,
            sign_outs: 0,
            sign_ins: 0,
            guards: Guards::ALL,
        }
    }
}

/// The provider's answer to a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Answer {
    Granted { next: Option<Nth>, token: Token },
    Refused,
    InvalidGrant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Token {
    pub(super) tenant: Tenant,
    pub(super) until: u8,
}

pub(super) type Working = (State<Nth, Tenant>, Effect<Nth, Tenant>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Process {
    pub(super) held: Held<Nth, Tenant>,
    pub(super) working: Option<Working>,
    pub(super) wants: u8,
    /// An answer on its way here.
    pub(super) wire: Option<Answer>,
    pub(super) token: Option<Token>,
    pub(super) proven: bool,
    /// A link that came and that the keychain has not been asked to take.
    pub(super) untried: bool,
    /// Whether the provider has refused this wish.
    pub(super) refused: bool,
    /// The links that it alone may spend, as long as it lives.
    pub(super) claims: Vec<Nth>,
}

impl Process {
    fn new(wants: u8) -> Self {
        Self {
            held: Held::Keychain,
            working: None,
            wants,
            wire: None,
            token: None,
            proven: false,
            untried: false,
            refused: false,
            claims: Vec::new(),
        }
    }

    fn held(&self) -> &Held<Nth, Tenant> {
        self.working.as_ref().map_or(&self.held, |(state, _)| state.held())
    }
}

/// A family of links at the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Family {
    pub(super) newest: u8,
    pub(super) alive: bool,
    /// Whether a client has been told that it is over.
    pub(super) told: bool,
    /// Whether the person has signed out, and the others can know.
    pub(super) signed_out: bool,
}

impl Family {
    const NEW: Self = Self { newest: 0, alive: true, told: false, signed_out: false };
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct World {
    pub(super) families: Vec<Family>,
    pub(super) keychain: Option<Nth>,
    pub(super) journal: Option<Journal<Nth, Tenant>>,
    pub(super) lock: Option<u8>,
    pub(super) now: u8,
    pub(super) processes: Vec<Process>,
    pub(super) faults: u8,
    pub(super) sign_outs: u8,
    pub(super) sign_ins: u8,
    /// Links whose successor somebody has, or had and stored.
    pub(super) answered: Vec<Nth>,
    /// Why a session may be lost: grace is off and an answer was, or the person signed out.
    pub(super) excused: bool,
}

#[derive(Debug, Clone, Copy)]
pub enum Action {
    Want(u8, Tenant),
    SignOut(u8),
    SignIn(u8),
    /// The process does what it has decided on.
    Act(u8),
    /// It does, and this goes wrong.
    Fails(u8, Fault),
    /// It is granted a token and no new link.
    Omits(u8),
    Sleep,
}

impl Model for Setup {
    type State = World;
    type Action = Action;

    fn initial(&self) -> World {
        World {
            families: vec![Family::NEW],
            keychain: Some(Nth(0, 0)),
            journal: None,
            lock: None,
            now: 0,
            processes: vec![Process::new(self.wants); self.processes],
            faults: self.faults,
            sign_outs: self.sign_outs,
            sign_ins: self.sign_ins,
            answered: Vec::new(),
            excused: false,
        }
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        let may = |fault| world.faults > 0 && self.may.contains(&fault);
        let about_to_hand_out = |process: &Process| matches!(process.working, Some((_, Effect::HandOut)));
        // Between the last check and the hand-out there is no time to sleep.
        if may(Fault::Sleep) && !world.processes.iter().any(about_to_hand_out) {
            actions.push(Action::Sleep);
        }
        for (process, id) in world.processes.iter().zip(0..) {
            if may(Fault::Crash) && (process.working.is_some() || process.held != Held::Keychain) {
                actions.push(Action::Fails(id, Fault::Crash));
            }
            let Some((_, effect)) = &process.working else {
                if process.wants > 0 {
                    actions.extend((0..self.tenants).map(|tenant| Action::Want(id, tenant)));
                }
                if world.sign_outs > 0 {
                    actions.push(Action::SignOut(id));
                }
                // Whoever signs in anew has given up what they held.
                if world.sign_ins > 0 && process.held == Held::Keychain {
                    actions.push(Action::SignIn(id));
                }
                continue;
            };
            if world.can_act(id, effect) {
                actions.push(Action::Act(id));
            }
            let faults: &[Fault] = match (effect, process.wire) {
                (Effect::Lock, _) if !world.can_act(id, effect) => &[Fault::Impatience],
                (Effect::ReadJournal, _) => &[Fault::JournalLost],
                (Effect::ReadLink | Effect::Remove, _) => &[Fault::Keychain],
                (Effect::Store(_), _) => &[Fault::Keychain, Fault::KeychainLies],
                (Effect::Revoke(_), _) => &[Fault::RequestLost],
                (Effect::Spend(_, CLOSED), None) => &[Fault::RequestLost, Fault::Burn],
                (Effect::Spend(..), None) => &[Fault::RequestLost],
                (Effect::Spend(..), Some(_)) => &[Fault::AnswerLost],
                _ => &[],
            };
            actions.extend(faults.iter().filter(|fault| may(**fault)).map(|fault| Action::Fails(id, *fault)));
            if self.omits && matches!((effect, process.wire), (Effect::Spend(_, 0 | MISTAKEN), None)) {
                actions.push(Action::Omits(id));
            }
        }
    }

    fn calm(&self, world: &World) -> Option<Action> {
        let can_act = |(process, id): (&Process, u8)| match &process.working {
            Some((_, effect)) if world.can_act(id, effect) => Some(Action::Act(id)),
            _ => None,
        };
        world.processes.iter().zip(0..).find_map(can_act)
    }

    fn is_done(&self, world: &World) -> bool {
        world.processes.iter().all(|process| process.working.is_none())
    }

    fn after(&self, world: &World, action: Action) -> Result<World, String> {
        let mut world = world.clone();
        match action {
            Action::Sleep => {
                world.faults -= 1;
                world.now += 1;
            }
            Action::Want(id, tenant) => {
                world.process(id).wants -= 1;
                world.begins(self, id, Wish::Token(tenant))?;
            }
            Action::SignOut(id) => {
                world.sign_outs -= 1;
                world.excused = true;
                world.begins(self, id, Wish::End)?;
            }
            Action::SignIn(id) => {
                world.sign_ins -= 1;
                let first = Nth(world.families.len() as u8, 0);
                world.families.push(Family::NEW);
                world.process(id).held = Held::Memory(Own::new(first));
                world.begins(self, id, Wish::Save)?;
            }
            Action::Fails(id, Fault::Crash) => {
                world.faults -= 1;
                world.crash(self, id);
            }
            Action::Act(id) => world.act(self, id, None, false)?,
            Action::Fails(id, fault) => {
                world.faults -= 1;
                world.act(self, id, Some(fault), false)?;
            }
            Action::Omits(id) => world.act(self, id, None, true)?,
        }
        Ok(world)
    }

    fn told(&self, world: &World, action: Action) -> String {
        let effect = |id: u8| {
            world.processes[usize::from(id)]
                .working
                .as_ref()
                .map_or(String::new(), |(_, effect)| format!("{effect:?}"))
        };
        match action {
            Action::Want(id, tenant) => format!("{id} wants tenant {tenant}"),
            Action::SignOut(id) => format!("{id} signs out"),
            Action::SignIn(id) => format!("{id} signs in anew"),
            Action::Act(id) => match world.processes[usize::from(id)].wire {
                Some(answer) => format!("{id} hears {answer:?}"),
                None => format!("{id} does {}", effect(id)),
            },
            Action::Fails(id, fault) => format!("{id}: {fault:?} at {}", effect(id)),
            Action::Omits(id) => format!("{id} does {}, and no new link is made", effect(id)),
            Action::Sleep => "all sleep until tokens have expired".to_owned(),
        }
    }
}

impl World {
    pub(super) fn process(&mut self, id: u8) -> &mut Process {
        &mut self.processes[usize::from(id)]
    }

    pub(super) fn others(&self, id: u8) -> impl Iterator<Item = &Process> {
        self.processes.iter().zip(0..).filter(move |(_, other)| *other != id).map(|(other, _)| other)
    }

    fn can_act(&self, id: u8, effect: &Effect<Nth, Tenant>) -> bool {
        !matches!(effect, Effect::Lock) || self.lock.is_none_or(|holder| holder == id)
    }

    fn begins(&mut self, setup: &Setup, id: u8, wish: Wish<Tenant>) -> Result<(), String> {
        let process = self.process(id);
        process.refused = false;
        let state = State::new(wish, process.held.clone());
        self.goes_on(setup, id, state, Event::Begin)
    }

    /// The process hears of `event` and decides, by the session's own function.
    pub(super) fn goes_on(
        &mut self,
        setup: &Setup,
        id: u8,
        state: State<Nth, Tenant>,
        event: Event<Nth, Tenant>,
    ) -> Result<(), String> {
        let (state, effect) = step(&setup.guards, state, event);
        let Effect::Finish(verdict) = effect else {
            self.process(id).working = Some((state, effect));
            return Ok(());
        };
        let journal = self.journal.clone();
        let process = &mut self.processes[usize::from(id)];
        if let (Verdict::Refused(Refusal::Keychain), Wish::Token(_), Held::Memory(own)) =
            (&verdict, state.wish(), state.held())
            && journal.is_none_or(|journal| journal.head == own.link && journal.standing != Standing::Over)
        {
            return Err("a link in memory is of no use where the keychain does not answer".to_owned());
        }
        process.held = state.held().clone();
        process.working = None;
        process.token = None;
        process.proven = false;
        if self.lock == Some(id) {
            self.lock = None;
        }
        match verdict {
            Verdict::Parked(_) if !self.excused => {
                Err("the session is lost, though nothing was lost that could not be helped".to_owned())
            }
            Verdict::Refused(Refusal::OutOfOrder) => Err("an event came out of order".to_owned()),
            _ => Ok(()),
        }
    }

    fn crash(&mut self, setup: &Setup, id: u8) {
        let process = &self.processes[usize::from(id)];
        if let Held::Memory(own) = process.held()
            && self.keychain != Some(own.link)
        {
            // What the keychain has instead may be presented again, and may be too old.
            let entry = self.keychain;
            let newest = self.families[usize::from(own.link.0)].newest;
            let near = entry.is_some_and(|entry| entry.0 != own.link.0 || newest - entry.1 < 2);
            let spending = own.standing != Standing::Settled;
            self.excused |= !setup.grace || !near || spending;
            self.answered.retain(|link| Some(*link) != entry);
        }
        let rotated = matches!(process.wire, Some(Answer::Granted { next: Some(_), .. }));
        self.excused |= rotated && !setup.grace;
        // Nobody may know any more that the provider has ended the session.
        let noted = self.journal.as_ref().is_some_and(|journal| journal.standing == Standing::Over);
        for family in &mut self.families {
            family.told &= noted;
        }
        let wants = process.wants;
        *self.process(id) = Process::new(wants);
        if self.lock == Some(id) {
            self.lock = None;
        }
    }
}

//! The world of a chain, small: a provider that rotates and notices reuse, a keychain, a journal, a lock, and
//! up to three processes that run the session's own transition function.

use keyward_model::Timestamp;
use keyward_session::chain::step::{
    Effect, Event, Guards, Held, Journal, Kept, Link, Own, Refusal, Standing, State, Verdict, Wish, step,
};

use super::explorer::Model;

/// A refresh token: the family it is of and how many came before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Nth(u8, u8);

impl Link for Nth {
    type Mark = Self;

    fn mark(&self) -> Self {
        *self
    }
}

/// Tenant 0 is open, 1 is closed to the person, and who asks for 2 gets a token of 0.
type Tenant = u8;
const CLOSED: Tenant = 1;
const MISTAKEN: Tenant = 2;

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
enum Answer {
    Granted { next: Option<Nth>, token: Token },
    Refused,
    InvalidGrant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Token {
    tenant: Tenant,
    until: u8,
}

type Working = (State<Nth, Tenant>, Effect<Nth, Tenant>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Process {
    held: Held<Nth, Tenant>,
    working: Option<Working>,
    wants: u8,
    /// An answer on its way here.
    wire: Option<Answer>,
    token: Option<Token>,
    proven: bool,
    /// A link that came and that the keychain has not been asked to take.
    untried: bool,
    /// Whether the provider has refused this wish.
    refused: bool,
    /// The links that it alone may spend, as long as it lives.
    claims: Vec<Nth>,
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
struct Family {
    newest: u8,
    alive: bool,
    /// Whether a client has been told that it is over.
    told: bool,
    /// Whether the person has signed out, and the others can know.
    signed_out: bool,
}

impl Family {
    const NEW: Self = Self { newest: 0, alive: true, told: false, signed_out: false };
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct World {
    families: Vec<Family>,
    keychain: Option<Nth>,
    journal: Option<Journal<Nth, Tenant>>,
    lock: Option<u8>,
    now: u8,
    processes: Vec<Process>,
    faults: u8,
    sign_outs: u8,
    sign_ins: u8,
    /// Links whose successor somebody has, or had and stored.
    answered: Vec<Nth>,
    /// Why a session may be lost: grace is off and an answer was, or the person signed out.
    excused: bool,
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
    fn process(&mut self, id: u8) -> &mut Process {
        &mut self.processes[usize::from(id)]
    }

    fn others(&self, id: u8) -> impl Iterator<Item = &Process> {
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
    fn goes_on(
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

    /// The process does what it has decided on; this goes wrong.
    fn act(&mut self, setup: &Setup, id: u8, fault: Option<Fault>, omits: bool) -> Result<(), String> {
        let Some((state, effect)) = self.process(id).working.take() else {
            return Err("nothing is under way".to_owned());
        };
        let keychain_fails = matches!(fault, Some(Fault::Keychain | Fault::KeychainLies));
        let event = match effect {
            Effect::Lock if fault == Some(Fault::Impatience) => Event::NotLocked,
            Effect::Lock => {
                self.lock = Some(id);
                Event::Locked
            }
            Effect::Unlock => {
                self.process(id).claims = state.held().claimed();
                if self.lock == Some(id) {
                    self.lock = None;
                }
                Event::Unlocked
            }
            Effect::ReadJournal => {
                if fault == Some(Fault::JournalLost) {
                    self.journal = None;
                }
                Event::Journal(self.journal.clone())
            }
            Effect::Note(journal) => {
                if *state.wish() == Wish::End && self.lock == Some(id) {
                    for link in journal.behind.iter().chain([&journal.head]) {
                        self.families[usize::from(link.0)].signed_out = true;
                    }
                }
                self.journal = Some(journal);
                Event::Noted
            }
            Effect::ReadLink => {
                let kept = match self.keychain {
                    _ if keychain_fails => Kept::Fault,
                    Some(link) => Kept::Found(link),
                    None => Kept::NoEntry,
                };
                let claimed =
                    |other: &Process| self.keychain.is_some_and(|link| other.claims.contains(&link));
                let held_elsewhere = self.others(id).any(claimed);
                Event::Link { kept, held_elsewhere }
            }
            Effect::Store(link) => {
                self.process(id).untried = false;
                if fault != Some(Fault::Keychain) {
                    self.keychain = Some(link);
                }
                if keychain_fails { Event::NotStored } else { Event::Stored }
            }
            Effect::Remove => {
                if keychain_fails {
                    Event::NotRemoved
                } else {
                    self.keychain = None;
                    Event::Removed
                }
            }
            Effect::Revoke(link) => {
                let reached = fault.is_none();
                if reached {
                    self.families[usize::from(link.0)].alive = false;
                }
                Event::Revoked(reached)
            }
            Effect::Spend(link, tenant) => match self.processes[usize::from(id)].wire {
                None => {
                    self.may_present(id, link)?;
                    if fault == Some(Fault::RequestLost) {
                        Event::NoAnswer
                    } else {
                        let burns = fault == Some(Fault::Burn);
                        let answer = self.answer(setup, link, tenant, burns, omits);
                        let process = self.process(id);
                        process.wire = Some(answer);
                        process.working = Some((state, effect));
                        return Ok(());
                    }
                }
                Some(answer) => {
                    self.process(id).wire = None;
                    if fault == Some(Fault::AnswerLost) {
                        let rotated = matches!(answer, Answer::Granted { next: Some(_), .. });
                        self.excused |= rotated && !setup.grace;
                        Event::NoAnswer
                    } else {
                        self.hears(id, link, answer)?
                    }
                }
            },
            Effect::Wait(_) => Event::Waited,
            Effect::Prove => {
                let Wish::Token(asked) = *state.wish() else {
                    return Err("a token nobody asked for".to_owned());
                };
                match self.processes[usize::from(id)].token {
                    Some(token) if token.tenant == asked => {
                        self.process(id).proven = true;
                        Event::Proven {
                            now: Timestamp(self.now.into()),
                            until: Timestamp(token.until.into()),
                        }
                    }
                    _ => Event::Unproven,
                }
            }
            Effect::HandOut => {
                self.may_hand_out(id, state.wish())?;
                Event::HandedOut
            }
            Effect::Finish(_) => return Err("nothing is left to do".to_owned()),
        };
        self.goes_on(setup, id, state, event)
    }

    fn may_present(&self, id: u8, link: Nth) -> Result<(), String> {
        if self.others(id).any(|other| other.wire.is_some()) {
            return Err("two spends are under way at a time".to_owned());
        }
        if self.answered.contains(&link) {
            return Err("a link is presented again after its successor came".to_owned());
        }
        let family = &self.families[usize::from(link.0)];
        if family.signed_out {
            return Err("a link is presented after the person signed out".to_owned());
        }
        if family.newest - link.1 > 1 {
            return Err("a link two behind is presented".to_owned());
        }
        if self.processes[usize::from(id)].refused {
            return Err("what was refused is asked again by itself".to_owned());
        }
        Ok(())
    }

    fn answer(&mut self, setup: &Setup, link: Nth, tenant: Tenant, burns: bool, omits: bool) -> Answer {
        let family = &mut self.families[usize::from(link.0)];
        let behind = family.newest - link.1;
        if !family.alive || behind > u8::from(setup.grace) {
            // Reuse ends the family.
            family.alive = false;
            return Answer::InvalidGrant;
        }
        let rotates = behind == 0 && !omits && (tenant != CLOSED || burns);
        if rotates {
            family.newest += 1;
        }
        if tenant == CLOSED {
            self.excused |= rotates && !setup.grace;
            return Answer::Refused;
        }
        let next = (family.newest > link.1).then_some(Nth(link.0, family.newest));
        let of = if tenant == MISTAKEN { 0 } else { tenant };
        Answer::Granted { next, token: Token { tenant: of, until: self.now + 1 } }
    }

    fn hears(&mut self, id: u8, link: Nth, answer: Answer) -> Result<Event<Nth, Tenant>, String> {
        let process = self.process(id);
        match answer {
            Answer::Granted { next, token } => {
                process.token = Some(token);
                process.proven = false;
                process.untried = next.is_some();
                if next.is_some() {
                    self.answered.push(link);
                    self.answered.sort_unstable_by_key(|link| (link.0, link.1));
                }
                Ok(Event::Granted(next))
            }
            Answer::Refused => {
                process.refused = true;
                Ok(Event::Refused)
            }
            Answer::InvalidGrant => {
                let family = &mut self.families[usize::from(link.0)];
                if std::mem::replace(&mut family.told, true) {
                    return Err("the provider says twice that the session is over".to_owned());
                }
                Ok(Event::Ended)
            }
        }
    }

    fn may_hand_out(&self, id: u8, wish: &Wish<Tenant>) -> Result<(), String> {
        let process = &self.processes[usize::from(id)];
        let token = process.token.ok_or("no token is handed out")?;
        if !process.proven || Wish::Token(token.tenant) != *wish {
            return Err("an unproven token is handed out".to_owned());
        }
        if self.now >= token.until {
            return Err("an expired token is handed out".to_owned());
        }
        if process.untried {
            return Err("a token is handed out before its link is stored".to_owned());
        }
        Ok(())
    }
}

//! A storm: many processes that share one account at `oidc-provider`, whose tokens run out all the time. What
//! the processes are is the caller's: ours, or a peer's that speaks the same [`words`].

mod luck;
mod ours;
mod process;
mod sign_in;
mod tally;
pub mod words;

use std::{
    collections::VecDeque,
    iter::{repeat_n, repeat_with},
    sync::{Arc, Mutex, PoisonError},
};

use keyward_model::{ErrorCode, TenantId};
use tokio::{sync::Mutex as TurnMutex, task::JoinSet, time::Instant};

pub use self::{
    luck::Kills,
    ours::{MORE_TENANTS, keyward, tenants},
    process::Program,
    tally::Tally,
};
use self::{
    luck::{Doom, Luck},
    process::Worker,
    words::{Event, Order},
};
use crate::provider::oidc_provider::OidcProvider;

/// The processes, and the provider they share an account at.
pub struct Storm {
    scene: Arc<Scene>,
    workers: Vec<Worker>,
}

/// What the storm does to its processes, and for them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Weather {
    /// Kills processes at random points.
    pub kills: Option<Kills>,
    /// How often the person signs in when a process says that the session has ended. Then it stays ended.
    pub sign_ins: u64,
}

/// The tenants whose tokens have run out.
type Due = Arc<Mutex<VecDeque<TenantId>>>;

impl Storm {
    /// Starts so many processes.
    pub async fn start(
        provider: Arc<OidcProvider>,
        program: Program,
        tenants: Vec<TenantId>,
        processes: usize,
    ) -> Self {
        let mut workers = Vec::new();
        for _ in 0..processes {
            workers.push(Worker::start(&program).await);
        }
        let scene = Scene { provider, program, tenants, sign_ins: TurnMutex::default() };
        Self { scene: Arc::new(scene), workers }
    }

    /// The person signs in, in the first process.
    pub async fn sign_in(&mut self) {
        let mut sign_ins = self.scene.sign_ins.lock().await;
        self.scene.sign_in(&mut sign_ins, &mut self.workers[0]).await;
    }

    /// How often the person has signed in.
    pub async fn sign_ins(&self) -> u64 {
        *self.scene.sign_ins.lock().await
    }

    /// So many tokens run out, of each tenant in turn; whichever process is free takes the next.
    pub async fn expire(&mut self, tokens: usize, weather: Weather) -> Tally {
        let due: Due =
            Arc::new(Mutex::new(self.scene.tenants.iter().cycle().take(tokens).cloned().collect()));
        self.work(repeat_n(due, self.workers.len()), weather).await
    }

    /// In every process at once, the token of one tenant runs out.
    pub async fn expire_everywhere(&mut self) -> Tally {
        let one: VecDeque<TenantId> = self.scene.tenants.iter().take(1).cloned().collect();
        self.work(repeat_with(|| Arc::new(Mutex::new(one.clone()))), Weather::default()).await
    }

    async fn work(&mut self, due: impl Iterator<Item = Due>, weather: Weather) -> Tally {
        let mut working = JoinSet::new();
        for (number, (worker, due)) in (0..).zip(self.workers.drain(..).zip(due)) {
            let luck = weather.kills.map(|kills| Luck::new(kills, number));
            working.spawn(self.scene.clone().work(worker, due, luck, weather.sign_ins));
        }
        let mut tally = Tally::default();
        while let Some(worked) = working.join_next().await {
            let (worker, part) = worked.expect("every process does its part");
            self.workers.push(worker);
            tally.add(part);
        }
        tally
    }
}

/// What all processes have in common.
struct Scene {
    provider: Arc<OidcProvider>,
    program: Program,
    tenants: Vec<TenantId>,
    /// How often the person has signed in. Locked while they do.
    sign_ins: TurnMutex<u64>,
}

impl Scene {
    /// Has one process renew tokens until none is due.
    async fn work(
        self: Arc<Self>,
        mut worker: Worker,
        due: Due,
        mut luck: Option<Luck>,
        at_most: u64,
    ) -> (Worker, Tally) {
        let mut tally = Tally::default();
        loop {
            let next = due.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(tenant) = next else { return (worker, tally) };
            let sign_ins = *self.sign_ins.lock().await;
            let doom = luck.as_mut().and_then(Luck::draw);
            let again = match self.renew(&mut worker, &tenant, doom).await {
                Some(Event::Served { subject, audience, saved }) => {
                    tally.served += 1;
                    tally.unsaved += u64::from(!saved);
                    let expected = [self.provider.audience(tenant.as_str())];
                    tally.of_another += u64::from(audience != expected || subject != self.person().subject);
                    false
                }
                Some(Event::Failed { code: ErrorCode::SessionEnded, message }) => {
                    tally.ended.push(message);
                    let mut now = self.sign_ins.lock().await;
                    // Another process may have asked for it already.
                    let asks = *now == sign_ins && *now <= at_most;
                    if asks {
                        self.sign_in(&mut now, &mut worker).await;
                    }
                    asks || *now > sign_ins
                }
                Some(Event::Failed { code: ErrorCode::ProviderUnreachable, .. }) => {
                    tally.unanswered += 1;
                    true
                }
                Some(Event::Failed { code, message }) => {
                    tally.failed.push(format!("{code:?}: {message}"));
                    false
                }
                Some(other) => panic!("{other:?} is no outcome"),
                None => {
                    tally.killed += 1;
                    tally.killed_asking += u64::from(worker.kill().await);
                    worker = Worker::start(&self.program).await;
                    true
                }
            };
            if again {
                due.lock().unwrap_or_else(PoisonError::into_inner).push_back(tenant);
            }
        }
    }

    /// What comes of an expiry; nothing where the process is to die of it first.
    async fn renew(&self, worker: &mut Worker, tenant: &TenantId, doom: Option<Doom>) -> Option<Event> {
        worker.tell(&Order::Expired(tenant.clone())).await;
        let mut dies = match doom {
            Some(Doom::Asked(after)) => Some(Instant::now() + after),
            Some(Doom::Spending(_)) | None => None,
        };
        loop {
            match (worker.next(dies).await?, doom) {
                (Event::Spends, Some(Doom::Spending(after))) => dies = Some(Instant::now() + after),
                (Event::Spends, _) => {}
                (outcome, _) => return Some(outcome),
            }
        }
    }

    async fn sign_in(&self, sign_ins: &mut u64, worker: &mut Worker) {
        let audiences: Vec<String> =
            self.tenants.iter().map(|tenant| self.provider.audience(tenant.as_str())).collect();
        let link = sign_in::first_link(&self.provider, self.person(), &audiences).await;
        worker.tell(&Order::Begin(link)).await;
        loop {
            match worker.next(None).await {
                // One that comes to nothing is one that the person made.
                Some(Event::Begun | Event::Failed { .. }) => break,
                Some(Event::Spends) => {}
                other => panic!("a sign-in comes to nothing: {other:?}"),
            }
        }
        *sign_ins += 1;
    }

    fn person(&self) -> crate::provider::Person {
        self.provider.people[0]
    }
}

//! A store of secrets in memory that does what it is told, under the real keychain.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Condvar, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use keyward_model::Secret;
use keyward_session::{
    ChainKey, RefreshToken,
    keychain::{Keychain, KeychainFault, KeychainHealth, Limit, SecretPlace, SecretStore, StoreKeychain},
};
use tokio::sync::watch;

/// What the store does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Willing,
    Locked,
    /// Locked, and whoever is asked for the password sends the prompt away.
    PromptDismissed,
    Absent,
    /// Every call hangs until the mood is another.
    Hanging,
    /// Writes take their time.
    Slow,
    /// Reads are answered, writes are not.
    WriteFails,
    /// Does what it is told, then says that it could not.
    FailsAfterChange,
    /// Keeps the first half of what it is given.
    Truncating,
    /// Takes what it is given, and has nothing.
    Losing,
    /// Does so many changes more; then it is as though whoever asks had been ended.
    DiesAfter(usize),
    /// The next call meets a connection that has broken; those after it do not.
    Restarted,
    /// A fault in the store itself.
    Panicking,
}

/// A store in memory.
pub struct Scripted {
    secrets: Mutex<BTreeMap<String, String>>,
    mood: Mutex<Mood>,
    changed: Condvar,
    limit: Mutex<Option<Limit>>,
    /// All that was ever put here.
    seen: Mutex<BTreeSet<String>>,
    /// How many calls hang now.
    hanging: watch::Sender<usize>,
    pub writes: AtomicUsize,
}

impl Default for Scripted {
    fn default() -> Self {
        Self {
            secrets: Mutex::default(),
            mood: Mutex::new(Mood::Willing),
            changed: Condvar::new(),
            limit: Mutex::default(),
            seen: Mutex::default(),
            hanging: watch::Sender::new(0),
            writes: AtomicUsize::new(0),
        }
    }
}

impl Scripted {
    pub fn becomes(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
        self.changed.notify_all();
    }

    pub fn takes_at_once(&self, limit: Limit) {
        *self.limit.lock().unwrap() = Some(limit);
    }

    /// The values that it holds, in the order of their names.
    pub fn holds(&self) -> Vec<String> {
        self.secrets().values().cloned().collect()
    }

    pub fn names(&self) -> Vec<String> {
        self.secrets().keys().cloned().collect()
    }

    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().cloned().collect()
    }

    pub fn secrets(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.secrets.lock().unwrap()
    }

    /// Waits until a call hangs.
    pub async fn hangs(&self) {
        let waiting = async { self.hanging.subscribe().wait_for(|calls| *calls > 0).await.map(|_| ()) };
        tokio::time::timeout(Duration::from_secs(30), waiting).await.expect("a call hangs").unwrap();
    }

    pub fn is_hanging(&self) -> bool {
        *self.hanging.borrow() > 0
    }

    /// What every call meets first.
    fn meet(&self) -> Result<Mood, KeychainFault> {
        let mut mood = self.mood.lock().unwrap();
        if *mood == Mood::Hanging {
            self.hanging.send_modify(|calls| *calls += 1);
            mood = self.changed.wait_while(mood, |mood| *mood == Mood::Hanging).unwrap();
            self.hanging.send_modify(|calls| *calls -= 1);
        }
        let met = *mood;
        match met {
            Mood::Locked | Mood::PromptDismissed => Err(KeychainFault::Locked("scripted".into())),
            Mood::Absent | Mood::DiesAfter(0) => Err(KeychainFault::Unavailable("scripted".into())),
            Mood::Restarted => {
                *mood = Mood::Willing;
                Err(KeychainFault::Unavailable("scripted: the connection broke".into()))
            }
            Mood::Panicking => {
                drop(mood);
                panic!("scripted")
            }
            _ => Ok(met),
        }
    }

    /// What a change meets.
    fn meet_change(&self) -> Result<Mood, KeychainFault> {
        let met = self.meet()?;
        match met {
            Mood::WriteFails => return Err(KeychainFault::Unavailable("scripted".into())),
            Mood::DiesAfter(left) => *self.mood.lock().unwrap() = Mood::DiesAfter(left - 1),
            Mood::Slow => std::thread::sleep(Duration::from_millis(500)),
            _ => {}
        }
        Ok(met)
    }

    fn changed(met: Mood) -> Result<(), KeychainFault> {
        match met {
            Mood::FailsAfterChange => Err(KeychainFault::Unavailable("scripted: after the change".into())),
            _ => Ok(()),
        }
    }
}

impl SecretStore for Scripted {
    fn name(&self) -> String {
        "Scripted".to_owned()
    }

    fn limit(&self) -> Option<Limit> {
        *self.limit.lock().unwrap()
    }

    fn get(&self, name: &str) -> Result<Option<Secret>, KeychainFault> {
        self.meet()?;
        Ok(self.secrets().get(name).map(Secret::new))
    }

    fn put(&self, name: &str, secret: &Secret) -> Result<(), KeychainFault> {
        self.writes.fetch_add(1, Ordering::SeqCst);
        let met = self.meet_change()?;
        let text = secret.expose();
        if self.limit().is_some_and(|limit| !limit.fits(text)) {
            return Err(KeychainFault::Unavailable("scripted: larger than it takes".into()));
        }
        self.seen.lock().unwrap().insert(text.to_owned());
        match met {
            Mood::Truncating => self.secrets().insert(name.to_owned(), text[..text.len() / 2].to_owned()),
            Mood::Losing => self.secrets().remove(name),
            _ => self.secrets().insert(name.to_owned(), text.to_owned()),
        };
        Self::changed(met)
    }

    fn delete(&self, name: &str) -> Result<(), KeychainFault> {
        let met = self.meet_change()?;
        self.secrets().remove(name);
        Self::changed(met)
    }

    fn list(&self) -> Result<Vec<String>, KeychainFault> {
        self.meet()?;
        Ok(self.names())
    }

    fn unlock(&self) -> Result<(), KeychainFault> {
        let mut mood = self.mood.lock().unwrap();
        match *mood {
            Mood::Locked => {
                *mood = Mood::Willing;
                Ok(())
            }
            Mood::PromptDismissed => Err(KeychainFault::Locked("scripted: dismissed".into())),
            _ => Ok(()),
        }
    }
}

/// The real keychain, for a provider whose refresh tokens are longer than Windows takes at once: what is
/// kept of ours is made as long.
pub struct Lengthened(pub StoreKeychain);

const LENGTH: usize = 3000;

#[async_trait]
impl Keychain for Lengthened {
    async fn read(&self, chain: &ChainKey) -> Result<Option<RefreshToken>, KeychainFault> {
        let long = self.0.read(chain).await?;
        Ok(long.map(|token| RefreshToken::new(token.expose().trim_end_matches('~'))))
    }

    async fn write(&self, chain: &ChainKey, token: &RefreshToken) -> Result<(), KeychainFault> {
        self.0.write(chain, &RefreshToken::new(format!("{:~<LENGTH$}", token.expose()))).await
    }

    async fn delete(&self, chain: &ChainKey) -> Result<(), KeychainFault> {
        self.0.delete(chain).await
    }

    async fn unlock(&self) -> Result<(), KeychainFault> {
        self.0.unlock().await
    }

    async fn examine(&self) -> KeychainHealth {
        self.0.examine().await
    }

    async fn place(&self, chain: &ChainKey) -> SecretPlace {
        self.0.place(chain).await
    }
}

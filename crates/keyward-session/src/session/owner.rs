//! The task that owns the session's state. It handles one message after another and never waits for
//! anything but the next one; a command that fails does not end it.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use keyward_model::{ConnectionId, Error, Me, Result, TenantId, Timestamp};
use tokio::sync::{mpsc, oneshot};

use super::{
    Settings, Shown, WindowLabel,
    adding::Found,
    following::Followed,
    live::{Lease, Live, Waiter},
    saving::Saving,
    secrets,
    window::{Attempt, Trip, Window},
};
use crate::{
    AccountKey, Forgotten, Ports, WindowView,
    chain::{Exchanged, Proven},
    config::Config,
    events::Said,
    provider::StepUp,
    remembered::{Memory, Place},
    sign_in::{Arrival, Sent},
    view::{AppView, ConnectionDraft, KeychainView, SecretsView},
};

pub(super) type Reply<T> = oneshot::Sender<Result<T>>;

/// What the owner can be told.
pub(super) enum Message {
    App {
        reply: oneshot::Sender<AppView>,
    },
    Look {
        window: WindowLabel,
        reply: oneshot::Sender<WindowView>,
    },
    SignIn {
        window: WindowLabel,
        connection: ConnectionId,
        tenant: Option<TenantId>,
        elsewhere: bool,
        reply: Reply<()>,
    },
    AddAccount {
        window: WindowLabel,
        connection: ConnectionId,
        reply: Reply<()>,
    },
    CancelSignIn {
        window: WindowLabel,
        reply: Reply<()>,
    },
    AcceptArrival {
        window: WindowLabel,
        reply: Reply<()>,
    },
    RetryAsExpected {
        window: WindowLabel,
        reply: Reply<()>,
    },
    ContinueInBrowser {
        window: WindowLabel,
        reply: Reply<()>,
    },
    SwitchAccount {
        window: WindowLabel,
        account: AccountKey,
        tenant: Option<TenantId>,
        reply: Reply<()>,
    },
    /// A window is about to open, at this account and tenant; what is not said is as in another window.
    OpenWindow {
        window: WindowLabel,
        from: WindowLabel,
        account: Option<AccountKey>,
        tenant: Option<TenantId>,
        reply: Reply<()>,
    },
    WindowClosed {
        window: WindowLabel,
    },
    ExamineKeychain {
        reply: Reply<KeychainView>,
    },
    /// The keychain has tested itself.
    Examined {
        health: KeychainView,
        reply: Reply<KeychainView>,
    },
    Secrets {
        reply: oneshot::Sender<SecretsView>,
    },
    DeleteSecret {
        account: AccountKey,
        tenant: Option<TenantId>,
        reply: Reply<Forgotten>,
    },
    /// The session of one tenant has ended, where each has its own.
    ChainEnded {
        account: AccountKey,
        tenant: TenantId,
        result: Result<Forgotten>,
        reply: Reply<Forgotten>,
    },
    BeginAdding {
        window: WindowLabel,
        reply: Reply<()>,
    },
    CheckIssuer {
        window: WindowLabel,
        issuer: String,
        reply: Reply<()>,
    },
    TryConnection {
        window: WindowLabel,
        draft: ConnectionDraft,
        reply: Reply<()>,
    },
    SaveConnection {
        window: WindowLabel,
        draft: ConnectionDraft,
        reply: Reply<()>,
    },
    LeaveAdding {
        window: WindowLabel,
        reply: Reply<()>,
    },
    /// Something was found of a connection that is being added.
    Found {
        window: WindowLabel,
        attempt: Attempt,
        found: Found,
    },
    /// The person acts in a window.
    InUse {
        window: WindowLabel,
        reply: Reply<()>,
    },
    Windows {
        reply: oneshot::Sender<Vec<WindowLabel>>,
    },
    OpenBrowser {
        window: WindowLabel,
        reply: Reply<()>,
    },
    Retry {
        window: WindowLabel,
        unlock: bool,
        reply: Reply<()>,
    },
    WithoutKeychain {
        window: WindowLabel,
        reply: Reply<()>,
    },
    Switch {
        window: WindowLabel,
        tenant: TenantId,
        reply: Reply<()>,
    },
    SetFavourite {
        window: WindowLabel,
        tenant: TenantId,
        favourite: bool,
        reply: Reply<()>,
    },
    DismissNotice {
        window: WindowLabel,
        reply: Reply<()>,
    },
    SignOut {
        window: WindowLabel,
        forget: bool,
        reply: Reply<Forgotten>,
    },
    Lease {
        window: WindowLabel,
        tenant: TenantId,
        not: Option<Arc<Proven>>,
        reply: Reply<Lease>,
    },
    /// The directory has this version of the person's roles.
    Outdated {
        account: AccountKey,
        tenant: TenantId,
        version: u64,
    },
    /// A tenant's stream of events has something to say.
    Said {
        account: AccountKey,
        tenant: TenantId,
        said: Said,
    },
    /// A resource wants more of the person than their token says.
    StepUp {
        account: AccountKey,
        tenant: TenantId,
        step_up: StepUp,
        problem: Error,
    },
    /// A sign-in has its link.
    Sent {
        window: WindowLabel,
        attempt: Attempt,
        connection: String,
        tenant: Option<TenantId>,
        sent: Sent,
    },
    /// A sign-in or a resumption has ended.
    Finished {
        window: WindowLabel,
        attempt: Attempt,
        from: From,
        result: Result<Box<Arrival>>,
    },
    /// An exchange has ended, with the directory's word on the person where that was asked for.
    Minted {
        account: AccountKey,
        epoch: Attempt,
        tenant: TenantId,
        result: Result<Box<Exchanged>>,
        me: Option<Result<Me>>,
    },
    /// The app is about to end.
    Leave {
        reply: oneshot::Sender<()>,
    },
    /// A sign-out has ended.
    Ended {
        account: AccountKey,
        forget: bool,
        result: Result<Forgotten>,
        reply: Reply<Forgotten>,
    },
}

/// What kind of flow has ended.
pub(super) enum From {
    /// The person was in the browser.
    SignIn(Box<Trip>),
    /// They were there before, and something had to be done first.
    Arrived,
    /// A session of last time.
    Resume(Place, Resume),
}

/// How a session of last time is taken up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resume {
    /// By itself: no browser opens, no prompt comes.
    Quietly,
    /// The keychain's own prompt may come first.
    Unlocking,
    /// The person asked for this account: a session that is not kept any more is got in the browser.
    AsAsked,
}

pub(super) struct Owner {
    pub(super) settings: Settings,
    pub(super) config: Config,
    pub(super) ports: Ports,
    /// For flows to report to; weak, so that the task ends with the last handle.
    pub(super) me: mpsc::WeakUnboundedSender<Message>,
    pub(super) show: mpsc::UnboundedSender<Shown>,
    pub(super) memory: Memory,
    pub(super) saving: Saving,
    pub(super) windows: HashMap<WindowLabel, Window>,
    pub(super) accounts: HashMap<AccountKey, Live>,
    /// The tenants whose events are listened to.
    pub(super) followed: HashMap<(AccountKey, TenantId), Followed>,
    /// How the keychain did when it was last tested.
    pub(super) health: KeychainView,
    /// Windows that the person has asked for and that have not looked yet.
    pub(super) asked_for: HashSet<WindowLabel>,
    /// When the person last acted in each window.
    pub(super) used: HashMap<WindowLabel, Timestamp>,
    pub(super) attempts: Attempt,
    /// Who waits for the exchanges under way to end before the app does.
    pub(super) leaving: Option<oneshot::Sender<()>>,
    /// Whether the app is about to end: its windows close then, and none is forgotten for it.
    pub(super) ending: bool,
}

impl Owner {
    pub(super) fn new(
        settings: Settings,
        ports: Ports,
        me: mpsc::WeakUnboundedSender<Message>,
        show: mpsc::UnboundedSender<Shown>,
    ) -> Result<Self> {
        let mut memory = Memory::open(&settings.folder)?;
        if settings.local_anew {
            memory.forget_connection(crate::LOCAL);
        }
        let config = Config::read(&settings.sources);
        Ok(Self {
            settings,
            config,
            ports,
            me,
            show,
            memory,
            saving: Saving::default(),
            windows: HashMap::new(),
            accounts: HashMap::new(),
            followed: HashMap::new(),
            health: secrets::not_asked(),
            asked_for: HashSet::new(),
            used: HashMap::new(),
            attempts: 0,
            leaving: None,
            ending: false,
        })
    }

    pub(super) async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Message>) {
        loop {
            let renewal = tokio::time::sleep(self.until_renewal());
            tokio::select! {
                message = inbox.recv() => match message {
                    Some(message) => self.handle(message),
                    None => return self.save_the_rest().await,
                },
                result = self.saving.ended() => self.saved(result),
                () = renewal => self.renew(),
            }
            self.follow();
        }
    }

    fn handle(&mut self, message: Message) {
        match message {
            Message::App { reply } => answer(reply, self.app()),
            Message::Look { window, reply } => {
                if !self.windows.contains_key(&window) {
                    self.used.insert(window.clone(), self.ports.clock.now());
                    self.open(&window);
                }
                answer(reply, self.view(&window));
            }
            Message::SignIn { window, connection, tenant, elsewhere, reply } => {
                answer(reply, self.sign_in(window, connection, tenant, elsewhere));
            }
            Message::AddAccount { window, connection, reply } => {
                answer(reply, self.add_account(window, connection));
            }
            Message::CancelSignIn { window, reply } => {
                self.cancel_sign_in(window);
                answer(reply, Ok(()));
            }
            Message::AcceptArrival { window, reply } => answer(reply, self.accept_arrival(window)),
            Message::RetryAsExpected { window, reply } => answer(reply, self.retry_as_expected(window)),
            Message::ContinueInBrowser { window, reply } => answer(reply, self.continue_in_browser(window)),
            Message::SwitchAccount { window, account, tenant, reply } => {
                answer(reply, self.switch_account(window, account, tenant));
            }
            Message::OpenWindow { window, from, account, tenant, reply } => {
                answer(reply, self.open_window(window, &from, account, tenant));
            }
            Message::WindowClosed { window } => self.window_closed(&window),
            Message::ExamineKeychain { reply } => self.examine_keychain(reply),
            Message::Examined { health, reply } => self.examined(health, reply),
            Message::Secrets { reply } => self.secrets(reply),
            Message::DeleteSecret { account, tenant, reply } => self.delete_secret(account, tenant, reply),
            Message::ChainEnded { account, tenant, result, reply } => {
                self.chain_ended(&account, &tenant, result, reply);
            }
            Message::BeginAdding { window, reply } => answer(reply, self.begin_adding(&window)),
            Message::CheckIssuer { window, issuer, reply } => {
                answer(reply, self.check_issuer(window, issuer));
            }
            Message::TryConnection { window, draft, reply } => {
                answer(reply, self.try_connection(window, draft));
            }
            Message::SaveConnection { window, draft, reply } => {
                answer(reply, self.save_connection(&window, draft));
            }
            Message::LeaveAdding { window, reply } => {
                self.leave_adding(window);
                answer(reply, Ok(()));
            }
            Message::Found { window, attempt, found } => self.found(&window, attempt, found),
            Message::InUse { window, reply } => {
                self.used.insert(window, self.ports.clock.now());
                self.renew();
                answer(reply, Ok(()));
            }
            Message::Windows { reply } => {
                answer(reply, self.memory.state.windows.keys().cloned().collect());
            }
            Message::OpenBrowser { window, reply } => answer(reply, self.open_browser(&window)),
            Message::Retry { window, unlock, reply } => {
                self.retry(window, unlock);
                answer(reply, Ok(()));
            }
            Message::WithoutKeychain { window, reply } => answer(reply, self.go_on_without_keychain(window)),
            Message::Switch { window, tenant, reply } => self.switch(window, tenant, reply),
            Message::SetFavourite { window, tenant, favourite, reply } => {
                answer(reply, self.set_favourite(&window, tenant, favourite));
            }
            Message::DismissNotice { window, reply } => {
                if let Some(Window::At { notice, .. } | Window::SignedOut { notice }) =
                    self.windows.get_mut(&window)
                {
                    *notice = None;
                }
                self.show(&window);
                answer(reply, Ok(()));
            }
            Message::SignOut { window, forget, reply } => self.sign_out(&window, forget, reply),
            Message::Lease { window, tenant, not, reply } => self.lease(&window, &tenant, not, reply),
            Message::Outdated { account, tenant, version } => {
                self.renew_for(&account, &tenant, Some(version));
            }
            Message::Said { account, tenant, said } => self.said(account, tenant, said),
            Message::StepUp { account, tenant, step_up, problem } => {
                self.stepped_up(&account, &tenant, step_up, problem);
            }
            Message::Sent { window, attempt, connection, tenant, sent } => {
                self.sent(&window, attempt, connection, tenant, sent);
            }
            Message::Finished { window, attempt, from, result } => {
                self.finished(window, attempt, from, result)
            }
            Message::Minted { account, epoch, tenant, result, me } => {
                self.minted(&account, epoch, tenant, result, me);
            }
            Message::Leave { reply } => {
                self.ending = true;
                self.leaving = Some(reply);
                self.leave_if_still();
            }
            Message::Ended { account, forget, result, reply } => self.ended(&account, forget, result, reply),
        }
    }
}

/// Answers, unless whoever asked has gone.
pub(super) fn answer<T>(reply: oneshot::Sender<T>, value: T) {
    let _ = reply.send(value);
}

/// Reports to the owner, unless it has gone.
pub(super) fn tell(owner: &mpsc::WeakUnboundedSender<Message>, message: Message) {
    if let Some(owner) = owner.upgrade() {
        let _ = owner.send(message);
    }
}

/// Answers everybody who waits with the same error.
pub(super) fn refuse(waiters: Vec<Waiter>, error: &Error) {
    for waiter in waiters {
        match waiter {
            Waiter::Lease(reply) => answer(reply, Err(error.clone())),
            Waiter::Switch { reply, .. } => answer(reply, Err(error.clone())),
            Waiter::Renewal | Waiter::Newer(_) => {}
        }
    }
}

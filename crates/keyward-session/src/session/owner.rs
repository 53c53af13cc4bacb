//! The task that owns the session's state. It handles one message after another and never waits for
//! anything but the next one; a command that fails does not end it.

use std::{collections::HashMap, sync::Arc};

use keyward_model::{ConnectionId, Error, Me, Result, TenantId};
use tokio::sync::{mpsc, oneshot};

use super::{
    Settings, Shown, WindowLabel,
    live::{Lease, Live, Waiter},
    window::{Attempt, Window},
};
use crate::{
    AccountKey, AppView, ConnectionView, Forgotten, LastVisit, Ports, WindowView,
    chain::{Exchanged, Proven},
    remembered::{Memory, Place},
    sign_in::{Arrival, Keep, Sent},
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
    CancelSignIn {
        window: WindowLabel,
        reply: Reply<()>,
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
    Outdated {
        account: AccountKey,
        tenant: TenantId,
        token: Arc<Proven>,
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
    /// The person signed in.
    SignIn,
    /// A session of last time.
    Resume(Place),
}

pub(super) struct Owner {
    pub(super) settings: Settings,
    pub(super) ports: Ports,
    /// For flows to report to; weak, so that the task ends with the last handle.
    pub(super) me: mpsc::WeakUnboundedSender<Message>,
    show: mpsc::UnboundedSender<Shown>,
    pub(super) memory: Memory,
    pub(super) windows: HashMap<WindowLabel, Window>,
    pub(super) accounts: HashMap<AccountKey, Live>,
    pub(super) attempts: Attempt,
    /// Who waits for the exchanges under way to end before the app does.
    pub(super) leaving: Option<oneshot::Sender<()>>,
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
        Ok(Self {
            settings,
            ports,
            me,
            show,
            memory,
            windows: HashMap::new(),
            accounts: HashMap::new(),
            attempts: 0,
            leaving: None,
        })
    }

    pub(super) async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Message>) {
        loop {
            tokio::select! {
                message = inbox.recv() => match message {
                    Some(message) => self.handle(message),
                    None => return,
                },
                () = tokio::time::sleep(self.until_renewal()) => self.renew(),
            }
        }
    }

    fn handle(&mut self, message: Message) {
        match message {
            Message::App { reply } => answer(reply, self.app()),
            Message::Look { window, reply } => {
                if !self.windows.contains_key(&window) {
                    self.open(&window);
                }
                answer(reply, self.view(&window));
            }
            Message::SignIn { window, connection, tenant, elsewhere, reply } => {
                answer(reply, self.sign_in(window, &connection, tenant, elsewhere, Keep::InKeychain));
            }
            Message::CancelSignIn { window, reply } => {
                match self.windows.get(&window) {
                    Some(Window::SigningIn { .. }) => self.back(window, None),
                    Some(Window::Starting { .. }) => self.set(&window, Window::SignedOut { notice: None }),
                    _ => {}
                }
                answer(reply, Ok(()));
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
            Message::Outdated { account, tenant, token } => {
                if let Some(live) = self.accounts.get_mut(&account)
                    && live.known(&tenant).is_some_and(|held| Arc::ptr_eq(held, &token))
                {
                    live.want(&tenant, Waiter::Renewal);
                    self.exchange_next(&account, true);
                }
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
                self.leaving = Some(reply);
                self.leave_if_still();
            }
            Message::Ended { account, forget, result, reply } => self.ended(&account, forget, result, reply),
        }
    }

    // ---- windows -------------------------------------------------------------------------------

    fn open(&mut self, window: &WindowLabel) {
        match self.memory.state.windows.get(window).cloned() {
            Some(place) => self.resume(window.clone(), place, false),
            None => self.set(window, Window::SignedOut { notice: None }),
        }
    }

    /// Changes a window's state and shows it. The state before is dropped, and with it any wait.
    pub(super) fn set(&mut self, window: &WindowLabel, state: Window) {
        self.windows.insert(window.clone(), state);
        self.show(window);
    }

    pub(super) fn show(&self, window: &WindowLabel) {
        // Nobody listens any more only when the app is closing.
        let _ = self.show.send(Shown { window: window.clone(), view: self.view(window) });
    }

    pub(super) fn show_account(&self, account: &AccountKey) {
        for (label, window) in &self.windows {
            if window.account() == Some(account) {
                self.show(label);
            }
        }
    }

    fn app(&self) -> AppView {
        let (configured, problem) = match &self.settings.config {
            Ok(config) => (config.connections.as_slice(), None),
            Err(problem) => (&[][..], Some(problem.clone())),
        };
        let mut connections: Vec<ConnectionView> = configured
            .iter()
            .map(|connection| self.connection_view(connection.id.clone(), connection.name.clone(), false))
            .collect();
        if let Ok(id) = ConnectionId::new(crate::LOCAL) {
            connections.push(self.connection_view(id, crate::LOCAL_NAME.to_owned(), true));
        }
        AppView { version: self.settings.version.clone(), connections, config_problem: problem }
    }

    fn connection_view(&self, id: ConnectionId, name: String, local: bool) -> ConnectionView {
        let account = self.memory.state.last.get(&id).and_then(|key| self.memory.find(key));
        let last = account.map(|account| {
            let visit = account.visits.iter().max_by_key(|(_, visit)| visit.at);
            LastVisit {
                person: account.record.name.clone(),
                tenant: visit.map(|(tenant, _)| tenant.clone()),
                tenant_name: visit.map(|(_, visit)| visit.name.clone()),
            }
        });
        ConnectionView { id, name, local, last }
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
            Waiter::Renewal => {}
        }
    }
}

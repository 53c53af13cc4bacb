//! The session: a handle that anything may hold, and one task behind it that owns all state.
//!
//! Commands are messages; what a window shows comes back as an event. Exchanges with the provider and
//! questions to the directory run beside the task and report to it, so it never waits for a network.

mod adding;
mod arrive;
mod ends;
mod following;
mod live;
mod owner;
mod parked;
mod saving;
mod secrets;
mod trip;
mod window;
mod windows;
mod work;

use std::{path::PathBuf, sync::Arc};

use futures_util::future::BoxFuture;
use keyward_model::{
    Applied, AuditPage, ConnectionId, Error, ErrorCode, PeoplePage, PeopleQuery, PersonDetail, PersonId,
    Plan, PlanId, PlanRequest, Result, Role, TenantId,
};
use tokio::sync::{mpsc, oneshot};

use crate::{
    AccountKey, AppView, Forgotten, Ports, WindowView,
    config::Sources,
    directory::{Answer, Asked},
    ports::LocalWorkspace,
    view::{ConnectionDraft, KeychainView, SecretsView},
};
use live::Lease;
use owner::{Message, Owner};

/// A window's label, as the shell names it.
pub type WindowLabel = String;

/// What a session starts from.
pub struct Settings {
    /// The app's version.
    pub version: String,
    /// Where the configuration lies.
    pub sources: Sources,
    /// Where windows and locks are remembered.
    pub folder: PathBuf,
    /// Whether what is remembered of the local workspace is to be forgotten first, because that starts anew.
    pub local_anew: bool,
    /// What serves the local workspace.
    pub local: Arc<dyn LocalWorkspace>,
}

/// Something a window must show now.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// Which window.
    pub window: WindowLabel,
    /// What.
    pub view: WindowView,
}

/// The handle.
#[derive(Clone)]
pub struct Session {
    owner: mpsc::UnboundedSender<Message>,
}

impl Session {
    /// Starts the task that owns the session, on the current tokio runtime. It ends when the last handle
    /// is dropped.
    ///
    /// # Errors
    /// [`ErrorCode::StorageFull`] where the folder cannot be made.
    pub fn start(settings: Settings, ports: Ports) -> Result<(Self, mpsc::UnboundedReceiver<Shown>)> {
        let (owner, inbox) = mpsc::unbounded_channel();
        let (show, shown) = mpsc::unbounded_channel();
        let task = Owner::new(settings, ports, owner.downgrade(), show)?;
        tokio::spawn(task.run(inbox));
        Ok((Self { owner }, shown))
    }

    /// What the app as a whole has.
    ///
    /// # Errors
    /// Only [`ErrorCode::Internal`], when the session has ended.
    pub async fn app(&self) -> Result<AppView> {
        self.tell(|reply| Message::App { reply }).await
    }

    /// A window has opened: resumes what it was last, without a browser. A window already open is shown
    /// as it is.
    ///
    /// # Errors
    /// As [`app`](Self::app).
    pub async fn look(&self, window: &str) -> Result<WindowView> {
        self.tell(|reply| Message::Look { window: window.to_owned(), reply }).await
    }

    /// Signs in: the browser opens, the window waits. In a window at work, whoever else than its person comes
    /// back is shown, and kept only if the person says so.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] for an unknown connection; what goes wrong later is shown in the window.
    pub async fn sign_in(
        &self,
        window: &str,
        connection: ConnectionId,
        tenant: Option<TenantId>,
    ) -> Result<()> {
        self.ask(|reply| Message::SignIn {
            window: window.to_owned(),
            connection,
            tenant,
            elsewhere: false,
            reply,
        })
        .await
    }

    /// Signs in to the local workspace on another port than last time.
    ///
    /// # Errors
    /// As [`sign_in`](Self::sign_in).
    pub async fn move_local_port(&self, window: &str) -> Result<()> {
        let connection =
            ConnectionId::new(crate::LOCAL).map_err(|e| Error::new(ErrorCode::Internal, e.to_string()))?;
        self.ask(|reply| Message::SignIn {
            window: window.to_owned(),
            connection,
            tenant: None,
            elsewhere: true,
            reply,
        })
        .await
    }

    /// Signs in as somebody else at a connection: the provider is asked to let the person choose.
    ///
    /// # Errors
    /// As [`sign_in`](Self::sign_in).
    pub async fn add_account(&self, window: &str, connection: ConnectionId) -> Result<()> {
        self.ask(|reply| Message::AddAccount { window: window.to_owned(), connection, reply }).await
    }

    /// The person meant to sign in as whoever came back.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] where nobody unexpected did.
    pub async fn accept_arrival(&self, window: &str) -> Result<()> {
        self.ask(|reply| Message::AcceptArrival { window: window.to_owned(), reply }).await
    }

    /// The person did not: the provider is asked to sign in anew whom they expected.
    ///
    /// # Errors
    /// As [`accept_arrival`](Self::accept_arrival).
    pub async fn retry_as_expected(&self, window: &str) -> Result<()> {
        self.ask(|reply| Message::RetryAsExpected { window: window.to_owned(), reply }).await
    }

    /// Opens the browser for what waits for the person in this window.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] where nothing does.
    pub async fn continue_in_browser(&self, window: &str) -> Result<()> {
        self.ask(|reply| Message::ContinueInBrowser { window: window.to_owned(), reply }).await
    }

    /// Moves the window to another account of this computer. Nobody is signed out for it. Where the account's
    /// session is not kept any more, the browser opens.
    ///
    /// # Errors
    /// [`ErrorCode::SignedOut`] for an account that is not known; what goes wrong later is shown.
    pub async fn switch_account(
        &self,
        window: &str,
        account: AccountKey,
        tenant: Option<TenantId>,
    ) -> Result<()> {
        self.ask(|reply| Message::SwitchAccount { window: window.to_owned(), account, tenant, reply }).await
    }

    /// Prepares a window that is about to open: at this account, else at that of `from`; in this tenant, else
    /// where the account was last, or where `from` is.
    ///
    /// # Errors
    /// As [`switch_account`](Self::switch_account).
    pub async fn open_window(
        &self,
        window: &str,
        from: &str,
        account: Option<AccountKey>,
        tenant: Option<TenantId>,
    ) -> Result<()> {
        let (window, from) = (window.to_owned(), from.to_owned());
        self.ask(|reply| Message::OpenWindow { window, from, account, tenant, reply }).await
    }

    /// The person has closed a window.
    pub fn window_closed(&self, window: &str) {
        // An owner that has ended has no windows.
        let _ = self.owner.send(Message::WindowClosed { window: window.to_owned() });
    }

    /// Has the keychain test itself with something that is no secret. Never prompts.
    ///
    /// # Errors
    /// As [`app`](Self::app).
    pub async fn examine_keychain(&self) -> Result<KeychainView> {
        self.ask(|reply| Message::ExamineKeychain { reply }).await
    }

    /// Where every session of this computer lies, as the keychain says now. Never prompts.
    ///
    /// # Errors
    /// As [`app`](Self::app).
    pub async fn secrets(&self) -> Result<SecretsView> {
        self.tell(|reply| Message::Secrets { reply }).await
    }

    /// Ends an account's session, or only the one that is bound to a tenant, and looks whether its entry is
    /// gone. The account stays listed.
    ///
    /// # Errors
    /// [`ErrorCode::SignedOut`] for an account that is not known; a keychain fault.
    pub async fn delete_secret(&self, account: AccountKey, tenant: Option<TenantId>) -> Result<Forgotten> {
        self.ask(|reply| Message::DeleteSecret { account, tenant, reply }).await
    }

    /// Begins to add a connection in this window.
    ///
    /// # Errors
    /// As [`app`](Self::app).
    pub async fn begin_adding_connection(&self, window: &str) -> Result<()> {
        self.ask(|reply| Message::BeginAdding { window: window.to_owned(), reply }).await
    }

    /// Checks the provider at this address; the window shows each line as it comes.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] where no connection is being added.
    pub async fn check_issuer(&self, window: &str, issuer: String) -> Result<()> {
        self.ask(|reply| Message::CheckIssuer { window: window.to_owned(), issuer, reply }).await
    }

    /// Tries a sign-in with what was filled in; nothing of it is kept.
    ///
    /// # Errors
    /// As [`check_issuer`](Self::check_issuer); what the draft lacks is shown.
    pub async fn try_connection(&self, window: &str, draft: ConnectionDraft) -> Result<()> {
        self.ask(|reply| Message::TryConnection { window: window.to_owned(), draft, reply }).await
    }

    /// Writes the connection into the person's own file.
    ///
    /// # Errors
    /// As [`check_issuer`](Self::check_issuer); what the draft lacks is shown.
    pub async fn save_connection(&self, window: &str, draft: ConnectionDraft) -> Result<()> {
        self.ask(|reply| Message::SaveConnection { window: window.to_owned(), draft, reply }).await
    }

    /// Leaves the window as it was before a connection was to be added.
    ///
    /// # Errors
    /// As [`app`](Self::app).
    pub async fn leave_adding_connection(&self, window: &str) -> Result<()> {
        self.ask(|reply| Message::LeaveAdding { window: window.to_owned(), reply }).await
    }

    /// The windows of last time, by label.
    ///
    /// # Errors
    /// As [`app`](Self::app).
    pub async fn windows(&self) -> Result<Vec<WindowLabel>> {
        self.tell(|reply| Message::Windows { reply }).await
    }

    /// The person acts in the window: its token is kept fresh for a while.
    ///
    /// # Errors
    /// As [`app`](Self::app).
    pub async fn in_use(&self, window: &str) -> Result<()> {
        self.ask(|reply| Message::InUse { window: window.to_owned(), reply }).await
    }

    /// Ends the wait for the browser, or drops whom it brought.
    ///
    /// # Errors
    /// As [`app`](Self::app).
    pub async fn cancel_sign_in(&self, window: &str) -> Result<()> {
        self.ask(|reply| Message::CancelSignIn { window: window.to_owned(), reply }).await
    }

    /// Opens the sign-in's link again.
    ///
    /// # Errors
    /// [`ErrorCode::BrowserFailed`].
    pub async fn open_browser(&self, window: &str) -> Result<()> {
        self.ask(|reply| Message::OpenBrowser { window: window.to_owned(), reply }).await
    }

    /// Tries again what the window could not do: resume, or keep the session.
    ///
    /// # Errors
    /// As [`app`](Self::app); how it went is shown in the window.
    pub async fn retry(&self, window: &str) -> Result<()> {
        self.ask(|reply| Message::Retry { window: window.to_owned(), unlock: false, reply }).await
    }

    /// Asks the system to unlock its keychain, then tries again.
    ///
    /// # Errors
    /// As [`retry`](Self::retry).
    pub async fn unlock_keychain(&self, window: &str) -> Result<()> {
        self.ask(|reply| Message::Retry { window: window.to_owned(), unlock: true, reply }).await
    }

    /// Goes on without the keychain: the session lasts until the app closes.
    ///
    /// # Errors
    /// As [`retry`](Self::retry).
    pub async fn continue_without_keychain(&self, window: &str) -> Result<()> {
        self.ask(|reply| Message::WithoutKeychain { window: window.to_owned(), reply }).await
    }

    /// Moves the window to another tenant, once its token is proven.
    ///
    /// # Errors
    /// Why not; the window stays where it was.
    pub async fn switch_tenant(&self, window: &str, tenant: TenantId) -> Result<()> {
        self.ask(|reply| Message::Switch { window: window.to_owned(), tenant, reply }).await
    }

    /// Marks a tenant, or takes the mark away.
    ///
    /// # Errors
    /// [`ErrorCode::StorageFull`] where it cannot be remembered.
    pub async fn set_favourite(&self, window: &str, tenant: TenantId, favourite: bool) -> Result<()> {
        self.ask(|reply| Message::SetFavourite { window: window.to_owned(), tenant, favourite, reply }).await
    }

    /// Takes the window's notice away.
    ///
    /// # Errors
    /// As [`app`](Self::app).
    pub async fn dismiss_notice(&self, window: &str) -> Result<()> {
        self.ask(|reply| Message::DismissNotice { window: window.to_owned(), reply }).await
    }

    /// Revokes the session at the provider, then removes it from the keychain, for every window of the
    /// account.
    ///
    /// # Errors
    /// A keychain fault; the session then stays as it was.
    pub async fn sign_out(&self, window: &str) -> Result<()> {
        self.ask(|reply| Message::SignOut { window: window.to_owned(), forget: false, reply })
            .await
            .map(|_| ())
    }

    /// Signs out, forgets that the account was ever here, and looks whether the keychain entry is gone.
    ///
    /// # Errors
    /// As [`sign_out`](Self::sign_out).
    pub async fn forget_account(&self, window: &str) -> Result<Forgotten> {
        self.ask(|reply| Message::SignOut { window: window.to_owned(), forget: true, reply }).await
    }

    /// Waits until no exchange is under way, and begins no other: what the provider has rotated is stored
    /// before the app ends, and where each window was is remembered.
    pub async fn leave(&self) {
        // An owner that has ended has nothing under way.
        let _ = self.tell(|reply| Message::Leave { reply }).await;
    }

    /// A page of the tenant's people.
    ///
    /// # Errors
    /// [`ErrorCode::TenantMoved`] where the window is no longer in `tenant`; else the directory's.
    pub async fn people(&self, window: &str, tenant: TenantId, query: PeopleQuery) -> Result<PeoplePage> {
        self.question(window, tenant, move |lease| {
            let query = query.clone();
            Box::pin(async move { lease.directory.people(&lease.token.access, &lease.tenant, &query).await })
        })
        .await
    }

    /// One person in the tenant.
    ///
    /// # Errors
    /// As [`people`](Self::people).
    pub async fn person(&self, window: &str, tenant: TenantId, person: PersonId) -> Result<PersonDetail> {
        self.question(window, tenant, move |lease| {
            let person = person.clone();
            Box::pin(async move { lease.directory.person(&lease.token.access, &lease.tenant, &person).await })
        })
        .await
    }

    /// The tenant's roles.
    ///
    /// # Errors
    /// As [`people`](Self::people).
    pub async fn roles(&self, window: &str, tenant: TenantId) -> Result<Vec<Role>> {
        self.question(window, tenant, |lease| {
            Box::pin(async move { lease.directory.roles(&lease.token.access, &lease.tenant).await })
        })
        .await
    }

    /// What changes would do.
    ///
    /// # Errors
    /// As [`people`](Self::people).
    pub async fn plan(&self, window: &str, tenant: TenantId, request: PlanRequest) -> Result<Plan> {
        self.question(window, tenant, move |lease| {
            let request = request.clone();
            Box::pin(async move { lease.directory.plan(&lease.token.access, &lease.tenant, &request).await })
        })
        .await
    }

    /// Applies a plan.
    ///
    /// # Errors
    /// As [`people`](Self::people).
    pub async fn apply(&self, window: &str, tenant: TenantId, plan: PlanId) -> Result<Applied> {
        self.question(window, tenant, move |lease| {
            let plan = plan.clone();
            Box::pin(async move { lease.directory.apply(&lease.token.access, &lease.tenant, &plan).await })
        })
        .await
    }

    /// A page of the tenant's audit.
    ///
    /// # Errors
    /// As [`people`](Self::people).
    pub async fn audit(&self, window: &str, tenant: TenantId, cursor: Option<String>) -> Result<AuditPage> {
        self.question(window, tenant, move |lease| {
            let cursor = cursor.clone();
            Box::pin(async move {
                lease.directory.audit(&lease.token.access, &lease.tenant, cursor.as_deref()).await
            })
        })
        .await
    }

    /// Asks the directory with a proven token of the window's tenant. A token that the directory refuses
    /// is renewed once; an answer that says the token's roles are old has it renewed at once.
    async fn question<T>(
        &self,
        window: &str,
        tenant: TenantId,
        put: impl Fn(Lease) -> BoxFuture<'static, std::result::Result<Answer<T>, Asked>>,
    ) -> Result<T> {
        let lease = |not: Option<Arc<crate::chain::Proven>>| {
            let (window, tenant) = (window.to_owned(), tenant.clone());
            self.ask(|reply| Message::Lease { window, tenant, not, reply })
        };
        let mut held = lease(None).await?;
        let mut answer = put(held.clone()).await;
        if matches!(&answer, Err(Asked::Refused(error)) if error.code == ErrorCode::Unauthenticated) {
            held = lease(Some(held.token.clone())).await?;
            answer = put(held.clone()).await;
        }
        let answer = match answer {
            Ok(answer) => answer,
            Err(Asked::Refused(error)) => return Err(error),
            Err(Asked::Challenged(error, step_up)) => {
                let (account, problem) = (held.account, error.clone());
                // The owner may have ended; then nobody is left to go to the browser.
                let _ = self.owner.send(Message::StepUp { account, tenant, step_up, problem });
                return Err(error);
            }
        };
        if let (Some(version), Some(of_token)) = (answer.role_version, held.token.claims.role_version)
            && version > of_token
        {
            // The owner may have ended; then nobody is left to show newer roles to.
            let _ = self.owner.send(Message::Outdated { account: held.account, tenant, version });
        }
        Ok(answer.body)
    }

    async fn ask<T>(&self, message: impl FnOnce(oneshot::Sender<Result<T>>) -> Message) -> Result<T> {
        self.tell(message).await?
    }

    async fn tell<T>(&self, message: impl FnOnce(oneshot::Sender<T>) -> Message) -> Result<T> {
        let ended = |_| Error::new(ErrorCode::Internal, "The session has ended. Start Keyward again.");
        let (reply, answer) = oneshot::channel();
        self.owner.send(message(reply)).map_err(|_| ended(()))?;
        answer.await.map_err(|_| ended(()))
    }
}

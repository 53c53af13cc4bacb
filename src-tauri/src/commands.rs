//! What a window may ask for. One table makes the Tauri command, its handler and its TypeScript, so that
//! the three cannot differ. A command passes its window's label on and decides nothing.

use keyward_model::{
    Applied, AuditPage, ConnectionId, PeoplePage, PeopleQuery, PersonDetail, PersonId, Plan, PlanId,
    PlanRequest, Result, Role, TenantId,
};
use keyward_session::{
    AccountKey, AppView, Forgotten, Session, WindowView,
    view::{ConnectionDraft, KeychainView, SecretsView},
};
use tauri::{Manager, State, WebviewWindow};

use crate::windows;

macro_rules! commands {
    (
        ($session:ident, $window:ident, $app:ident);
        $( $(#[doc = $doc:literal])+ fn $name:ident($($arg:ident: $type:ty),*) -> $answer:ty { $body:expr } )+
    ) => {
        $(
            $(#[doc = $doc])+
            #[tauri::command]
            async fn $name(
                $window: WebviewWindow,
                $session: State<'_, Session>,
                $($arg: $type),*
            ) -> Result<$answer> {
                let ($window, $app) = ($window.label(), $window.app_handle());
                // Not every command asks for each.
                let _ = ($window, $app);
                $body.await
            }
        )+

        /// Answers what windows ask.
        pub fn handler() -> impl Fn(tauri::ipc::Invoke) -> bool + Send + Sync + 'static {
            tauri::generate_handler![$($name),+]
        }

        /// Describes every command for the generated TypeScript.
        #[cfg(test)]
        pub fn describe(typescript: &mut crate::typescript::Declarations) {
            $(
                let arguments: &[(&str, String)] = &[$((stringify!($arg), typescript.name::<$type>())),*];
                typescript.command::<$answer>(&[$($doc),+], stringify!($name), arguments);
            )+
        }
    };
}

commands! {
    (session, window, shell);

    /// What the app as a whole has.
    fn app() -> AppView { session.app() }

    /// What this window shows; the first look resumes its session of last time.
    fn look() -> WindowView { session.look(window) }

    /// Signs in: the browser opens, and the window's view follows what happens.
    fn sign_in(connection: ConnectionId, tenant: Option<TenantId>) -> () { session.sign_in(window, connection, tenant) }

    /// Signs in as somebody else at a connection: the provider is asked to let the person choose.
    fn add_account(connection: ConnectionId) -> () { session.add_account(window, connection) }

    /// Moves this window to another account of this computer; nobody is signed out for it.
    fn switch_account(account: AccountKey, tenant: Option<TenantId>) -> () {
        session.switch_account(window, account, tenant)
    }

    /// Opens another window, at this account and tenant; what is not said is as here.
    fn new_window(account: Option<AccountKey>, tenant: Option<TenantId>) -> () {
        windows::open_another(shell, &session, window, account, tenant)
    }

    /// The person meant to sign in as whoever came back.
    fn accept_arrival() -> () { session.accept_arrival(window) }

    /// They did not: the provider is asked to sign in anew whom they expected.
    fn retry_as_expected() -> () { session.retry_as_expected(window) }

    /// Opens the browser for what waits for the person.
    fn continue_in_browser() -> () { session.continue_in_browser(window) }

    /// The person acts in this window: its token is kept fresh for a while.
    fn in_use() -> () { session.in_use(window) }

    /// Where every session of this computer lies, as the keychain says now.
    fn secrets() -> SecretsView { session.secrets() }

    /// Has the keychain test itself with something that is no secret.
    fn examine_keychain() -> KeychainView { session.examine_keychain() }

    /// Ends a session and says whether its keychain entry is gone; the account stays listed.
    fn delete_secret(account: AccountKey, tenant: Option<TenantId>) -> Forgotten {
        session.delete_secret(account, tenant)
    }

    /// Begins to add a connection in this window.
    fn begin_adding_connection() -> () { session.begin_adding_connection(window) }

    /// Checks the provider at this address; the window's view shows each line as it comes.
    fn check_issuer(issuer: String) -> () { session.check_issuer(window, issuer) }

    /// Tries a sign-in with what was filled in; nothing of it is kept.
    fn try_connection(draft: ConnectionDraft) -> () { session.try_connection(window, draft) }

    /// Writes the connection into the person's own file.
    fn save_connection(draft: ConnectionDraft) -> () { session.save_connection(window, draft) }

    /// Leaves the window as it was before a connection was to be added.
    fn leave_adding_connection() -> () { session.leave_adding_connection(window) }

    /// Ends the wait for the browser, or drops whom it brought.
    fn cancel_sign_in() -> () { session.cancel_sign_in(window) }

    /// Opens the sign-in's link again.
    fn open_browser() -> () { session.open_browser(window) }

    /// Tries again what stands in the way: the keychain, the provider, the directory.
    fn retry() -> () { session.retry(window) }

    /// Asks the system to unlock its keychain, then tries again.
    fn unlock_keychain() -> () { session.unlock_keychain(window) }

    /// Goes on without the keychain: the session lasts until the app closes.
    fn continue_without_keychain() -> () { session.continue_without_keychain(window) }

    /// Signs in to the local workspace on another port, where the one of last time is taken.
    fn move_local_port() -> () { session.move_local_port(window) }

    /// Moves the window to another tenant, once that tenant's token is proven.
    fn switch_tenant(tenant: TenantId) -> () { session.switch_tenant(window, tenant) }

    /// Marks a tenant, or takes the mark away.
    fn set_favourite(tenant: TenantId, favourite: bool) -> () { session.set_favourite(window, tenant, favourite) }

    /// Takes the window's notice away.
    fn dismiss_notice() -> () { session.dismiss_notice(window) }

    /// Revokes the session, then forgets it; the account stays listed.
    fn sign_out() -> () { session.sign_out(window) }

    /// Signs out, forgets the account, and says whether its keychain entry is gone.
    fn forget_account() -> Forgotten { session.forget_account(window) }

    /// A page of the tenant's people.
    fn people(tenant: TenantId, query: PeopleQuery) -> PeoplePage { session.people(window, tenant, query) }

    /// One person in the tenant, with the why of each role.
    fn person(tenant: TenantId, person: PersonId) -> PersonDetail { session.person(window, tenant, person) }

    /// The tenant's roles, best first.
    fn roles(tenant: TenantId) -> Vec<Role> { session.roles(window, tenant) }

    /// What role changes would do.
    fn plan(tenant: TenantId, request: PlanRequest) -> Plan { session.plan(window, tenant, request) }

    /// Applies a plan.
    fn apply(tenant: TenantId, plan: PlanId) -> Applied { session.apply(window, tenant, plan) }

    /// A page of the tenant's audit, newest first.
    fn audit(tenant: TenantId, cursor: Option<String>) -> AuditPage { session.audit(window, tenant, cursor) }
}

// What this window shows now, as the shell tells it, and what was asked of the shell.
import { idOf } from "./accounts";
import {
  asError,
  commands,
  onView,
  type AccountEntry,
  type AccountKey,
  type AppView,
  type KeywardError,
  type SignedIn,
  type TenantId,
  type WindowView,
} from "./backend";

export type Refused = { tenant: TenantId; error: KeywardError };
export type Answer<T> = { value: T; error: null } | { value: null; error: KeywardError };

/** Whether a view only says that something happened in the tenant. */
function isNews(before: SignedIn | null, view: WindowView): boolean {
  if (!before || view.screen !== "signed_in") return false;
  const [was, is] = [before.following, view.following];
  return was?.audit !== is?.audit || was?.open !== is?.open;
}

class Session {
  /** The app: version, connections and accounts. */
  app = $state.raw<AppView | null>(null);
  /** The screen. */
  view = $state.raw<WindowView | null>(null);
  /** Where a switch is on its way to. */
  switching = $state<TenantId | null>(null);
  /** The last switch that failed, until it is put away. */
  refused = $state.raw<Refused | null>(null);
  /** Why the last command failed, where no view says so. */
  problem = $state.raw<KeywardError | null>(null);
  /** The command under way. */
  busy = $state<string | null>(null);

  get signedIn(): SignedIn | null {
    return this.view?.screen === "signed_in" ? this.view : null;
  }

  /** Who is where: changes whenever what is on the screen must not stay. */
  get visit(): string | null {
    const at = this.signedIn;
    return at && JSON.stringify([at.account.connection, at.account.subject, at.tenant.id]);
  }

  /** The accounts of this computer, last used first. */
  get accounts(): AccountEntry[] {
    return this.app?.accounts ?? [];
  }

  /** Listens first, then looks, so that no view is missed; resolves with what stops listening. */
  async start(): Promise<() => void> {
    const stop = await onView((view) => this.hear(view));
    await this.look();
    return stop;
  }

  /** Asks for the app and the screen. A view that was heard meanwhile is newer than the one that was asked for. */
  async look(): Promise<void> {
    this.problem = null;
    const before = this.view;
    try {
      const [app, view] = await Promise.all([commands.app(), commands.look()]);
      this.app = app;
      if (this.view === before) this.hear(view);
    } catch (thrown) {
      this.problem = asError(thrown);
    }
  }

  hear(view: WindowView): void {
    const before = this.view?.screen;
    const visit = this.visit;
    const news = isNews(this.signedIn, view);
    this.view = view;
    if (!news) this.problem = null;
    if (view.screen !== before || this.visit !== visit) this.busy = null;
    if (view.screen !== "signed_in" || view.tenant.id === this.switching) this.switching = null;
    if (view.screen !== "signed_in" || (this.refused && this.isParked(this.refused))) this.refused = null;
    if (before && (view.screen !== before || this.visit !== visit)) void this.refreshApp();
  }

  /** Whether the workspace says already that a tenant waits for the person. */
  private isParked({ tenant, error }: Refused): boolean {
    const parked = this.signedIn?.parked;
    return parked?.tenant === tenant && parked.problem.code === error.code;
  }

  /** Connections and accounts know who was there last; that changes with every visit. */
  async refreshApp(): Promise<void> {
    try {
      this.app = await commands.app();
    } catch (thrown) {
      this.problem = asError(thrown);
    }
  }

  /** Runs a command; what it is rejected with is shown where the person is, unless a new screen says more. */
  async run(name: string, command: () => Promise<unknown>): Promise<void> {
    if (this.busy) return;
    const screen = this.view?.screen;
    this.busy = name;
    this.problem = null;
    try {
      await command();
    } catch (thrown) {
      if (this.view?.screen === screen) this.problem = asError(thrown);
    } finally {
      if (this.busy === name) this.busy = null;
    }
  }

  /** Goes to a tenant. The present one stays until the shell shows the other; the last wish counts. */
  async switchTo(tenant: TenantId): Promise<void> {
    this.refused = null;
    if (this.signedIn?.tenant.id === tenant && !this.switching) return;
    this.switching = tenant;
    try {
      await commands.switchTenant(tenant);
      if (this.switching === tenant) this.switching = null;
    } catch (thrown) {
      if (this.switching !== tenant) return;
      this.switching = null;
      const refused = { tenant, error: asError(thrown) };
      if (!this.isParked(refused)) this.refused = refused;
    }
  }

  /** Moves this window to another account, to the tenant that it was in last. Nobody is signed out. */
  switchAccount({ account, tenant }: AccountEntry): Promise<void> {
    return this.run(idOf(account), () => commands.switchAccount(account, tenant));
  }

  /** The account that the window is on its way to. */
  get opening(): AccountEntry | undefined {
    return this.accounts.find((entry) => idOf(entry.account) === this.busy);
  }

  /** Opens another window: on that account and tenant, else as this one. */
  newWindow(account: AccountKey | null = null, tenant: TenantId | null = null): Promise<void> {
    return this.run("window", () => commands.newWindow(account, tenant));
  }

  /** Opens the browser for the tenant that waits for the person. Only ever called by an act of theirs. */
  continueInBrowser(): Promise<void> {
    return this.run("browser", commands.continueInBrowser);
  }

  addConnection(): Promise<void> {
    return this.run("add-connection", commands.beginAddingConnection);
  }

  /** Signs in again where the person is, for that tenant. */
  signInAgain(tenant: TenantId): Promise<void> {
    const connection = this.signedIn?.account.connection;
    if (!connection) return Promise.resolve();
    return this.run("sign_in", () => commands.signIn(connection, tenant));
  }

  /**
   * Asks for data of a tenant. Null when the window has left that tenant meanwhile: the answer is
   * dropped, since the screen is somebody else's now.
   */
  async ask<T>(tenant: TenantId, request: () => Promise<T>): Promise<Answer<T> | null> {
    if (this.signedIn?.tenant.id !== tenant) return null;
    const visit = this.visit;
    try {
      const value = await request();
      return this.visit === visit ? { value, error: null } : null;
    } catch (thrown) {
      const error = asError(thrown);
      return this.visit === visit ? { value: null, error } : null;
    }
  }
}

export const session = new Session();

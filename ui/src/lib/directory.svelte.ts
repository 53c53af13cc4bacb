// What the screens of one tenant share: its roles, how many people it has, and the edit under way.
import { getContext, setContext } from "svelte";
import { commands, type KeywardError, type Role, type RoleId, type Tenant } from "./backend";
import type { Draft } from "./plans";
import { session } from "./session.svelte";

/** `billing-admin` as Billing admin. */
function inWords(id: RoleId): string {
  const words = id.replaceAll("-", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export class Directory {
  readonly tenant: Tenant;
  roles = $state.raw<Role[] | null>(null);
  rolesProblem = $state.raw<KeywardError | null>(null);
  total = $state<number | null>(null);
  /** The edit that the drawer shows. */
  draft = $state.raw<Draft | null>(null);
  /** Counts what has changed, so that lists know to read again. */
  revision = $state(0);
  /** The newest entry of the audit that was heard of. */
  private audit: number | null = null;

  constructor(tenant: Tenant) {
    this.tenant = tenant;
  }

  async load(): Promise<void> {
    await Promise.all([this.loadRoles(), this.countPeople()]);
  }

  async loadRoles(): Promise<void> {
    this.rolesProblem = null;
    const answer = await session.ask(this.tenant.id, () => commands.roles(this.tenant.id));
    if (answer?.error) this.rolesProblem = answer.error;
    else if (answer) this.roles = answer.value;
  }

  /** The number beside People. Without it nothing is missing, so a failure says nothing here. */
  async countPeople(): Promise<void> {
    const query = { search: null, role: null, cursor: null, limit: 1 };
    const answer = await session.ask(this.tenant.id, () => commands.people(this.tenant.id, query));
    if (answer && !answer.error) this.total = answer.value.total;
  }

  role(id: RoleId): Role | undefined {
    return this.roles?.find((role) => role.id === id);
  }

  /** A role's name, or its id in words while the names are on their way: a list must not change its look. */
  roleName = (id: RoleId): string => this.role(id)?.name ?? inWords(id);

  isAdmin = (id: RoleId): boolean => this.role(id)?.admin ?? false;

  /** Something happened, by whomever, up to this entry of the audit. */
  heard(audit: number | null): void {
    if (audit === null || audit === this.audit) return;
    this.audit = audit;
    this.applied();
  }

  applied(): void {
    this.revision++;
    void this.countPeople();
  }
}

const key = Symbol("directory");
export const provideDirectory = (directory: Directory): Directory => setContext(key, directory);
export const useDirectory = (): Directory => getContext<Directory>(key);

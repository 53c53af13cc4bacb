// A scripted shell at the invoke boundary, and what it knows: two tenants, six people, three roles.
import { emit } from "@tauri-apps/api/event";
import { mockIPC, mockWindows } from "@tauri-apps/api/mocks";
import { render } from "@testing-library/svelte";
import { tick } from "svelte";
import App from "../src/App.svelte";
import type {
  AccountEntry,
  AppView,
  KeywardError,
  PersonDetail,
  PersonRow,
  Plan,
  PlanRequest,
  RoleId,
  Role,
  Tenant,
  WindowView,
} from "../src/lib/backend";
import { adding } from "../src/lib/adding.svelte";
import { forget } from "../src/lib/forget.svelte";
import { here } from "../src/lib/place.svelte";
import { session } from "../src/lib/session.svelte";

export const now = () => Math.floor(Date.now() / 1000);

export const acme: Tenant = { id: "acme", name: "Acme Manufacturing", hue: 255, class: "production" };
export const globex: Tenant = { id: "globex", name: "Globex", hue: 25, class: "sandbox" };

export const roles: Role[] = [
  {
    id: "owner",
    name: "Owner",
    description: "Everything.",
    permissions: ["audit:read", "people:read", "roles:read", "roles:write"],
    admin: true,
  },
  {
    id: "editor",
    name: "Editor",
    description: "Writes.",
    permissions: ["orders:write", "people:read"],
    admin: false,
  },
  { id: "viewer", name: "Viewer", description: "Looks.", permissions: ["people:read"], admin: false },
];

export const ada = { id: "ada", name: "Ada Lindqvist", email: "ada@acme.example" };

export function row(id: string, name: string, held: string[], version = 1): PersonRow {
  return {
    person: { id, name, email: `${id}@acme.example` },
    roles: held,
    since: now() - 86_400 * 400,
    version,
  };
}

/** What a window shows on one screen. */
export type Screen<S extends WindowView["screen"]> = Extract<WindowView, { screen: S }>;

export function signedIn(tenant: Tenant = acme, mine: Role[] = roles.slice(0, 1)): Screen<"signed_in"> {
  return {
    screen: "signed_in",
    account: {
      connection: "northwind",
      connection_name: "Northwind Cloud",
      issuer: "https://id.example/",
      subject: "ada",
      person: ada,
    },
    tenant,
    tenants: [
      { tenant: acme, roles: ["Owner"], favourite: true, visited_at: now() },
      { tenant: globex, roles: ["Viewer"], favourite: false, visited_at: null },
    ],
    default_tenant: "acme",
    token: {
      issuer: "https://id.example/",
      audience: [`https://api.example/${tenant.id}`],
      authorized_party: "keyward",
      roles: mine.map((role) => role.id),
      permissions: mine.flatMap((role) => role.permissions),
      role_version: 7,
      issued_at: now() - 600,
      expires_at: now() + 3000,
    },
    roles: mine,
    kept: "keychain",
    notice: null,
    parked: null,
    directory: true,
    following: { audit: null, open: true },
  };
}

const northwind = { connection: "northwind", connection_name: "Northwind Cloud" };

/** Two accounts at one connection, the window's own first. */
export const accounts: AccountEntry[] = [
  {
    account: { issuer: "https://id.example/", client: "keyward", subject: "ada" },
    ...northwind,
    name: ada.name,
    email: ada.email,
    at_work: true,
    tenant: "acme",
    tenant_name: "Acme Manufacturing",
  },
  {
    account: { issuer: "https://id.example/", client: "keyward", subject: "ann" },
    ...northwind,
    name: "Ann Lee",
    email: "ann.lee@acme.example",
    at_work: false,
    tenant: "globex",
    tenant_name: "Globex",
  },
];

export function appView(more: Partial<AppView> = {}): AppView {
  return {
    version: "1.2.3",
    connections: [
      { id: "northwind", name: "Northwind Cloud", local: false, last: null },
      { id: "local", name: "Local workspace", local: true, last: null },
    ],
    config_problem: null,
    accounts: [],
    keychain: { store: "Secret Service", state: "working", problem: null },
    ...more,
  };
}

export type Calls = { name: string; args: Record<string, unknown> }[];
export type Answers = Record<string, (args: never) => unknown>;

export function refuse(code: KeywardError["code"], message = "In words."): never {
  throw { code, message } satisfies KeywardError;
}

export const people = () => [
  { ...row("ada", "Ada Lindqvist", ["owner"], 3) },
  { ...row("ann", "Ann Kowalska", ["viewer"], 5) },
  { ...row("ben", "Ben Ortiz", ["editor"]) },
];

export function planOf(request: PlanRequest, more: Partial<Plan> = {}): Plan {
  const effects = request.changes.map((change) => ({
    person: people().find((p) => "person" in change && p.person.id === change.person)?.person ?? ada,
    gains: change.kind === "give" ? [change.role] : [],
    loses: change.kind === "take" ? [change.role] : [],
    gains_permissions: change.kind === "give" ? ["orders:write"] : [],
    loses_permissions: [],
    removed: change.kind === "remove",
  }));
  const sum = (of: (effect: (typeof effects)[number]) => RoleId[]) =>
    effects.reduce((all, effect) => all + of(effect).length, 0);
  return {
    id: "p1",
    tenant: "acme",
    made_at: now(),
    expires_at: now() + 600,
    effects,
    total: {
      people: effects.length,
      gains: sum((effect) => effect.gains),
      losses: sum((effect) => effect.loses),
      warnings: 0,
    },
    warnings: [],
    reason: request.reason,
    ...more,
  };
}

/** Opens the window on a view; commands answer as scripted, else as a calm directory would. */
export async function open(view: WindowView, answers: Answers = {}): Promise<Calls> {
  session.app = null;
  session.view = null;
  session.refused = null;
  session.switching = null;
  session.problem = null;
  session.busy = null;
  here.place = "people";
  here.palette = false;
  here.accounts = false;
  adding.reset();
  forget.close();
  const calls: Calls = [];
  const calm: Answers = {
    app: () => appView(),
    look: () => view,
    people: () => ({ people: people(), total: 3, next: null }),
    roles: () => roles,
    person: ({ person }: { person: string }): PersonDetail => ({
      row: people().find((p) => p.person.id === person) ?? row(person, person, []),
      holdings: [{ role: "viewer", given_by: ada, given_at: now() - 86_400, reason: "quarter close" }],
      permissions: ["people:read"],
      history: [],
    }),
    plan: ({ request }: { request: PlanRequest }) => planOf(request),
    apply: () => ({ plan: "p1", audit: 9, versions: [] }),
    audit: () => ({ entries: [], next: null }),
  };
  mockWindows("main");
  mockIPC(
    (name, args) => {
      calls.push({ name, args: (args ?? {}) as Record<string, unknown> });
      const answer = answers[name] ?? calm[name];
      return answer ? answer(args as never) : null;
    },
    { shouldMockEvents: true },
  );
  render(App);
  await settle();
  return calls;
}

/** The shell shows the window another view. */
export async function show(view: WindowView): Promise<void> {
  await emit("view", view);
  await settle();
}

export async function settle(): Promise<void> {
  for (let i = 0; i < 6; i++) {
    await new Promise((done) => setTimeout(done, 0));
    await tick();
  }
}

export function find<T extends HTMLElement = HTMLElement>(testid: string, more = ""): T {
  const found = document.querySelector<T>(`[data-testid="${testid}"]${more}`);
  if (!found) throw new Error(`nothing has data-testid=${testid}${more}`);
  return found;
}

/** The calls of one name. */
export const named = (calls: Calls, name: string): Calls => calls.filter((call) => call.name === name);

export const gone = (testid: string): boolean => !document.querySelector(`[data-testid="${testid}"]`);

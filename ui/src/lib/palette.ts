// What the palette offers for what was typed.
import AppWindow from "@lucide/svelte/icons/app-window";
import CircleUserRound from "@lucide/svelte/icons/circle-user-round";
import DoorOpen from "@lucide/svelte/icons/door-open";
import Globe from "@lucide/svelte/icons/globe";
import LogOut from "@lucide/svelte/icons/log-out";
import Monitor from "@lucide/svelte/icons/monitor";
import Moon from "@lucide/svelte/icons/moon";
import Plug from "@lucide/svelte/icons/plug";
import Star from "@lucide/svelte/icons/star";
import Sun from "@lucide/svelte/icons/sun";
import UserPlus from "@lucide/svelte/icons/user-plus";
import type { Component } from "svelte";
import { accountLabel, idOf, isHere } from "./accounts";
import { commands, type AccountEntry, type SignedIn, type Tenant, type TenantEntry } from "./backend";
import { rank } from "./fuzzy";
import { mod } from "./keys";
import { isTenantId, list, recentFirst } from "./names";
import { here, placesAt } from "./place.svelte";
import { session } from "./session.svelte";
import { theme, themes } from "./theme.svelte";
import { parkedWords } from "./words";

export type Entry = {
  key: string;
  section: "Tenants" | "Go to" | "Accounts" | "Actions" | "Try";
  label: string;
  /** Where the label matches. */
  at: number[];
  note?: string;
  tenant?: Tenant;
  /** A tenant's short name that was typed and is not in the list. */
  typed?: string;
  action?: string;
  account?: AccountEntry;
  icon?: Component<{ size?: number }>;
  keys?: string[];
  run: () => void;
  /** Opens it in a window of its own. */
  apart?: () => void;
};

/** Tenants shown at most; a longer list is not read but typed down. */
export const SHOWN = 60;

export function entries(typed: string, at: SignedIn): { items: Entry[]; hidden: number } {
  const query = typed.trim();
  if (query === "")
    return { items: [...unasked(at), ...goTo(at), ...accounts(at), ...actions(at)], hidden: 0 };

  const tenants = rank(query, recentFirst(at.tenants), ({ tenant }) => [tenant.name, tenant.id]);
  const sections = [
    {
      score: tenants[0]?.score ?? -Infinity,
      items: tenants.slice(0, SHOWN).map((hit) => tenantEntry(hit.item, hit.at, at)),
    },
    ranked(query, goTo(at)),
    ranked(query, accounts(at)),
    ranked(query, actions(at)),
  ];
  // The section with the best answer stands first; sorting is stable, so tenants win a draw.
  const best = Math.max(...sections.map(({ score }) => score));
  const good = best > 0 ? sections.filter(({ score }) => score > 0) : sections;
  const items = good.sort((a, b) => b.score - a.score).flatMap((section) => section.items);
  if (isTenantId(query.toLowerCase()) && !isCalled(query, at)) items.push(enter(query.toLowerCase()));
  return { items, hidden: Math.max(0, tenants.length - SHOWN) };
}

/** Whether a tenant has the text in its name or short name as it stands. */
function isCalled(query: string, at: SignedIn): boolean {
  const wanted = query.toLowerCase();
  return at.tenants.some(
    ({ tenant }) => tenant.id.includes(wanted) || tenant.name.toLowerCase().includes(wanted),
  );
}

/** Before anything is typed: favourite and recent tenants; the one you are in is the least likely wish. */
function unasked(at: SignedIn): Entry[] {
  const ordered = recentFirst(at.tenants);
  const away = ordered.filter((t) => t.tenant.id !== at.tenant.id);
  const home = ordered.filter((t) => t.tenant.id === at.tenant.id);
  return [...away, ...home].slice(0, SHOWN).map((t) => tenantEntry(t, [], at));
}

function tenantEntry({ tenant, roles, favourite }: TenantEntry, marks: number[], at: SignedIn): Entry {
  const notes = [
    tenant.id === at.tenant.id ? "you are here" : null,
    tenant.id === at.parked?.tenant ? "waits for you in the browser" : null,
    tenant.class,
    roles.length ? list(roles) : at.directory ? "no role" : null,
    favourite ? "favourite" : null,
  ];
  return {
    key: `tenant ${tenant.id}`,
    section: "Tenants",
    label: tenant.name,
    at: marks,
    note: notes.filter(Boolean).join(" · "),
    tenant,
    run: () => void session.switchTo(tenant.id),
    apart: () => void session.newWindow(null, tenant.id),
  };
}

function enter(id: string): Entry {
  return {
    key: `enter ${id}`,
    section: "Try",
    label: `Enter “${id}”…`,
    at: [],
    note: "not among your tenants",
    typed: id,
    icon: DoorOpen,
    run: () => void session.switchTo(id),
  };
}

function ranked(query: string, all: Entry[]): { score: number; items: Entry[] } {
  const hits = rank(query, all, (entry) => [entry.label]);
  return { score: hits[0]?.score ?? -Infinity, items: hits.map(({ item, at }) => ({ ...item, at })) };
}

function goTo(at: SignedIn): Entry[] {
  return placesAt(at).map((place) => ({
    key: `go ${place.id}`,
    section: "Go to",
    label: place.id === "secrets" ? "Where my secrets lie" : place.name,
    at: [],
    action: `go-${place.id}`,
    icon: place.icon,
    keys: ["G", place.key],
    run: () => (here.place = place.id),
  }));
}

/** The other accounts of this computer. */
function accounts(at: SignedIn): Entry[] {
  return session.accounts
    .filter((entry) => !isHere(entry, at))
    .map((account) => ({
      key: `account ${idOf(account.account)}`,
      section: "Accounts",
      label: accountLabel(account),
      at: [],
      note: account.email,
      account,
      icon: CircleUserRound,
      run: () => void session.switchAccount(account),
      apart: () => void session.newWindow(account.account, account.tenant),
    }));
}

function actions(at: SignedIn): Entry[] {
  const favourite = at.tenants.find((t) => t.tenant.id === at.tenant.id)?.favourite ?? false;
  const action = (id: string, label: string, icon: Entry["icon"], run: () => void): Entry => ({
    key: `do ${id}`,
    section: "Actions",
    label,
    at: [],
    action: id,
    icon,
    run,
  });
  const looks = { system: Monitor, light: Sun, dark: Moon };
  const { parked } = at;
  return [
    ...(parked
      ? [
          {
            ...action("browser", `${parkedWords(parked).button}: ${parked.tenant_name}`, Globe, () => {
              void session.continueInBrowser();
            }),
            keys: ["G", "B"],
          },
        ]
      : []),
    {
      ...action("new-window", "New window", AppWindow, () => void session.newWindow()),
      keys: [mod, "Shift", "N"],
    },
    action(
      "favourite",
      favourite ? `Remove ${at.tenant.name} from favourites` : `Make ${at.tenant.name} a favourite`,
      Star,
      () => void session.run("favourite", () => commands.setFavourite(at.tenant.id, !favourite)),
    ),
    ...themes
      .filter((look) => look !== theme.chosen)
      .map((look) => action(`theme-${look}`, `Theme: ${look}`, looks[look], () => theme.choose(look))),
    ...(session.app?.connections ?? []).map(({ id, name }) =>
      action(`add-account-${id}`, `Add an account at ${name}`, UserPlus, () => {
        void session.run("add-account", () => commands.addAccount(id));
      }),
    ),
    action("add-connection", "Add a connection", Plug, () => void session.addConnection()),
    action("sign-out", "Sign out", LogOut, () => void session.run("sign-out", commands.signOut)),
  ];
}

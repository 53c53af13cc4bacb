// What the palette offers for what was typed.
import DoorOpen from "@lucide/svelte/icons/door-open";
import LogOut from "@lucide/svelte/icons/log-out";
import Monitor from "@lucide/svelte/icons/monitor";
import Moon from "@lucide/svelte/icons/moon";
import Star from "@lucide/svelte/icons/star";
import Sun from "@lucide/svelte/icons/sun";
import type { Component } from "svelte";
import { commands, type SignedIn, type Tenant, type TenantEntry } from "./backend";
import { rank } from "./fuzzy";
import { isTenantId, list, recentFirst } from "./names";
import { here, places } from "./place.svelte";
import { session } from "./session.svelte";
import { theme, themes } from "./theme.svelte";

export type Entry = {
  key: string;
  section: "Tenants" | "Go to" | "Actions" | "Try";
  label: string;
  /** Where the label matches. */
  at: number[];
  note?: string;
  tenant?: Tenant;
  /** A tenant's short name that was typed and is not in the list. */
  typed?: string;
  action?: string;
  icon?: Component<{ size?: number }>;
  keys?: string[];
  run: () => void;
};

/** Tenants shown at most; a longer list is not read but typed down. */
export const SHOWN = 60;

export function entries(typed: string, at: SignedIn): { items: Entry[]; hidden: number } {
  const query = typed.trim();
  if (query === "") return { items: [...unasked(at), ...goTo(), ...actions(at)], hidden: 0 };

  const tenants = rank(query, recentFirst(at.tenants), ({ tenant }) => [tenant.name, tenant.id]);
  const sections = [
    {
      score: tenants[0]?.score ?? -Infinity,
      items: tenants.slice(0, SHOWN).map((hit) => tenantEntry(hit.item, hit.at, at)),
    },
    ranked(query, goTo()),
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
    tenant.class,
    roles.length ? list(roles) : "no role",
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

function goTo(): Entry[] {
  return places.map((place) => ({
    key: `go ${place.id}`,
    section: "Go to",
    label: place.name,
    at: [],
    action: `go-${place.id}`,
    icon: place.icon,
    keys: ["G", place.key],
    run: () => (here.place = place.id),
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
  return [
    action(
      "favourite",
      favourite ? `Remove ${at.tenant.name} from favourites` : `Make ${at.tenant.name} a favourite`,
      Star,
      () => void session.run("favourite", () => commands.setFavourite(at.tenant.id, !favourite)),
    ),
    ...themes
      .filter((look) => look !== theme.chosen)
      .map((look) => action(`theme-${look}`, `Theme: ${look}`, looks[look], () => theme.choose(look))),
    action("sign-out", "Sign out", LogOut, () => void session.run("sign-out", commands.signOut)),
  ];
}

// How names are shortened, listed and ordered.
import type { Permission, TenantEntry, TenantId } from "./backend";

const words = (name: string) => name.split(/[\s\-–—.&/]+/u).filter((word) => /[\p{L}\p{N}]/u.test(word));

/** AK for Ann Kowalska. */
export function initials(name: string): string {
  const all = words(name);
  const first = all[0] ?? "?";
  const last = all.length > 1 ? all.at(-1) : undefined;
  return [first, last]
    .map((word) => [...(word ?? "")][0] ?? "")
    .join("")
    .toUpperCase();
}

/** AM for Acme Manufacturing, Gl for Globex. */
export function tileLetters(name: string): string {
  const [first = "?", second] = words(name);
  if (second) return ([...first][0] ?? "").toUpperCase() + ([...second][0] ?? "").toUpperCase();
  const letters = [...first];
  return (letters[0] ?? "").toUpperCase() + (letters[1] ?? "").toLowerCase();
}

/** A; A and B; A, B and C. */
export function list(names: string[], last = "and"): string {
  if (names.length < 2) return names[0] ?? "";
  return `${names.slice(0, -1).join(", ")} ${last} ${names.at(-1)}`;
}

/** 1 person, 2 people. */
export function count(n: number, one: string, many: string): string {
  return `${n.toLocaleString("en-GB")} ${n === 1 ? one : many}`;
}

/** Whether a text could be a tenant's short name. */
export function isTenantId(text: string): boolean {
  return /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(text);
}

/** `thing:verb` permissions, thing by thing. */
export function byThing(permissions: Permission[]): { thing: string; verbs: string[] }[] {
  const things = new Map<string, string[]>();
  for (const permission of permissions) {
    const [thing = permission, verb = ""] = permission.split(":");
    things.set(thing, [...(things.get(thing) ?? []), verb]);
  }
  return [...things].map(([thing, verbs]) => ({ thing, verbs }));
}

const byName = (a: TenantEntry, b: TenantEntry) => a.tenant.name.localeCompare(b.tenant.name);
const lately = (a: TenantEntry, b: TenantEntry) => (b.visited_at ?? 0) - (a.visited_at ?? 0) || byName(a, b);

/** Favourites by name, then the others, latest visit first. */
export function recentFirst(tenants: TenantEntry[]): TenantEntry[] {
  return [
    ...tenants.filter((t) => t.favourite).sort(byName),
    ...tenants.filter((t) => !t.favourite).sort(lately),
  ];
}

export const RAIL = 9;

/**
 * The rail: favourites, then those visited last, nine in all, and always those that must be seen: the present
 * one, and one that waits for the person. Within each part they stand by name, so that a visit does not move them under the fingers on Ctrl+1…9.
 */
export function rail(
  tenants: TenantEntry[],
  ...seen: (TenantId | undefined)[]
): { favourites: TenantEntry[]; others: TenantEntry[] } {
  const favourites = tenants
    .filter((t) => t.favourite)
    .sort(byName)
    .slice(0, RAIL);
  const room = RAIL - favourites.length;
  const rest = tenants.filter((t) => !favourites.includes(t)).sort(lately);
  const others = rest.slice(0, room);
  others.push(...rest.slice(room).filter((t) => seen.includes(t.tenant.id)));
  return { favourites, others: others.sort(byName) };
}

// Says in words what is wished, what a plan would do, and what was done.
import type {
  Change,
  Effect,
  Person,
  Plan,
  PlanRequest,
  RoleId,
  Seen,
  Timestamp,
  Timing,
  Warning,
} from "./backend";
import { count, list } from "./names";
import { spanIn } from "./spans";
import { clock, fullTime, span } from "./time.svelte";

/** What somebody saw of a person when they made a wish. */
export type Sight = { person: Person; version: number; roles: RoleId[] };

/** A wish as it was made, with what was seen when it was made. */
export type Draft = { changes: Change[]; people: Sight[] };

export type RoleName = (role: RoleId) => string;

export function seenOf(draft: Draft): Seen[] {
  return draft.people.map(({ person, version }) => ({ person: person.id, version }));
}

export function requestOf(draft: Draft, reason: string): PlanRequest {
  return { changes: draft.changes, seen: seenOf(draft), reason: reason.trim() || null };
}

function whom(draft: Draft): string {
  return some(draft.people.map(({ person }) => person.name));
}

function some(names: string[]): string {
  return names.length <= 2 ? list(names) : count(names.length, "person", "people");
}

/** Give Editor to Ann Kowalska. */
export function wish(draft: Draft, role: RoleName): string {
  return sentence(draft, role, {
    give: "Give",
    take: "Take",
    remove: "Remove",
    add: "Add",
    restore: "Bring back",
    define_role: "Define",
    drop_role: "Drop",
  });
}

/** Gave Editor to Ann Kowalska. */
export function done(draft: Draft, role: RoleName): string {
  return sentence(draft, role, {
    give: "Gave",
    take: "Took",
    remove: "Removed",
    add: "Added",
    restore: "Brought back",
    define_role: "Defined",
    drop_role: "Dropped",
  });
}

/** The kinds of change that this window wishes for. */
type Wished = "give" | "take" | "remove" | "add" | "restore" | "define_role" | "drop_role";

function sentence(draft: Draft, role: RoleName, verb: Record<Wished, string>): string {
  const [first] = draft.changes;
  if (!first) return "";
  const same = draft.changes.every(
    (change) => change.kind === first.kind && roleOf(change) === roleOf(first),
  );
  if (!same) return `Change roles of ${whom(draft)}`;
  switch (first.kind) {
    case "give":
      return `${verb.give} ${role(first.role)} to ${whom(draft)}${time(draft)}`;
    case "take":
      return `${verb.take} ${role(first.role)} from ${whom(draft)}`;
    case "remove":
    case "restore":
      return `${verb[first.kind]} ${whom(draft)}`;
    case "define_role":
      return `${verb.define_role} ${first.name}`;
    case "drop_role":
      return `${verb.drop_role} ${role(first.role)}`;
    case "add":
      return `${verb.add} ${some(draft.changes.flatMap((change) => (change.kind === "add" ? [change.name] : [])))}`;
    default:
      // The other kinds are not wished for in this window.
      return `Change roles of ${whom(draft)}`;
  }
}

/** For how long, where that is not for good. */
function time({ changes }: Draft): string {
  const given = spanIn(changes);
  return given && (given.starts_at ?? given.ends_at) !== undefined ? ` ${span(given, clock.now)}` : "";
}

/** The one role that a change is about, if it is. */
function roleOf(change: Change): RoleId | null {
  return "role" in change ? change.role : null;
}

export type WarningWords = { title: string; body: string; stops: boolean };

export function warningWords(warning: Warning, tenant: string, role: RoleName): WarningWords {
  switch (warning.kind) {
    case "last_admin":
      return {
        title: `${warning.person.name} is the last who can change roles in ${tenant}`,
        body: `${left(warning.at)} Give such a role to somebody else first; then this can be applied.`,
        stops: true,
      };
    case "self_lockout":
      return {
        title: "You are about to lose your own right to change roles",
        body: `Once applied, somebody else in ${tenant} has to give it back to you.`,
        stops: false,
      };
    case "window_past":
      return {
        title: `The time for ${role(warning.role)} is over already`,
        body: `${warning.person.name} will not hold it.`,
        stops: false,
      };
    case "no_role_left":
      return {
        title: `${warning.person.name} would have no role left`,
        body: `They stay a person of ${tenant}, and can do nothing there.`,
        stops: false,
      };
    case "above_own":
      return {
        title: `${role(warning.role)} allows more than you may do yourself`,
        body: `You do not have ${list(warning.permissions)}.`,
        stops: false,
      };
    case "token_size":
      return {
        title: `${warning.person.name} would hold more than a token says`,
        body: `It takes ${warning.bytes} bytes, and ${warning.budget} fit. Their token will say what it leaves out.`,
        stops: false,
      };
    case "no_change":
      return { title: "It is so already", body: "Applying this would change nothing.", stops: true };
  }
}

/** That nobody is left, at once or from some day on. */
function left(at: Timestamp | undefined): string {
  const when = at === undefined ? "" : `, once a role ends on ${fullTime(at)}`;
  return `Nobody would be left to let anybody in${when}.`;
}

/** Until 18:00, not for good any more. */
export function timingWords({ before, after }: Timing, now: Timestamp): string {
  if (!after) return before ? `not ${span(before, now)} any more` : "";
  const [was, is] = [before && span(before, now), span(after, now)];
  return was === null ? is : was === is ? `${is}, as before` : `${is}, not ${was}`;
}

/** Whether a plan may be applied as far as the window can tell; the directory decides. */
export function isStopped(plan: Plan): boolean {
  return (
    (plan.effects.length === 0 && !plan.role_effects?.length) ||
    plan.warnings.some((w) => w.kind === "last_admin" || w.kind === "no_change")
  );
}

function outcome(plan: Plan) {
  return [plan.effects, plan.role_effects, plan.warnings];
}

/** Whether two plans would do the same, in spite of other ids, times and reasons. */
export function sameOutcome(a: Plan, b: Plan): boolean {
  return JSON.stringify(outcome(a)) === JSON.stringify(outcome(b));
}

/** What is different about people since they were seen, one sentence each. */
export function sinceThen(before: Sight[], now: (Sight | null)[], tenant: string, role: RoleName): string[] {
  return before.flatMap(({ person, version, roles }, i) => {
    const seen = now[i];
    if (!seen) return [`${person.name} is not in ${tenant} any more.`];
    if (seen.version === version) return [];
    const holds = seen.roles.length ? list(seen.roles.map(role)) : "no role";
    const held = roles.length ? list(roles.map(role)) : "no role";
    return [
      holds === held
        ? `${person.name} still holds ${holds}.`
        : `${person.name} holds ${holds} now, not ${held}.`,
    ];
  });
}

/** +3 permissions, −1 permission. */
export function permissionDelta(effect: Effect): string {
  const gains = effect.gains_permissions.length;
  const loses = effect.loses_permissions.length;
  const parts = [];
  if (gains) parts.push(`gains ${count(gains, "permission", "permissions")}`);
  if (loses) parts.push(`loses ${count(loses, "permission", "permissions")}`);
  return parts.join(", ") || "permissions stay the same";
}

/** Why a person cannot change roles here; null where they can. */
export function readOnlyReason(
  mine: string[],
  permissions: string[],
  roles: { name: string; permissions: string[] }[],
): string | null {
  if (permissions.includes("roles:write")) return null;
  const able = roles.filter((role) => role.permissions.includes("roles:write")).map((role) => role.name);
  const who = mine.length ? `${list(mine)} can see people here.` : "Without a role you can only look.";
  return able.length ? `${who} ${list(able, "or")} can change roles.` : `${who} Others can change roles.`;
}

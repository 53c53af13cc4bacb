import { describe, expect, test } from "vitest";
import {
  done,
  isStopped,
  readOnlyReason,
  sameOutcome,
  sinceThen,
  warningWords,
  wish,
  type Draft,
} from "../src/lib/plans";
import { ada, planOf, roles, row } from "./world";

const name = (id: string) => roles.find((role) => role.id === id)?.name ?? id;
const sight = (id: string, who: string, held: string[] = [], version = 1) => ({
  person: row(id, who, held).person,
  version,
  roles: held,
});
const give = (...who: [string, string][]): Draft => ({
  changes: who.map(([person]) => ({ kind: "give", person, role: "editor" })),
  people: who.map(([id, called]) => sight(id, called)),
});

describe("the words of a plan", () => {
  test("a wish names one or two people, and counts more", () => {
    expect(wish(give(["ann", "Ann Kowalska"]), name)).toBe("Give Editor to Ann Kowalska");
    expect(wish(give(["ann", "Ann"], ["ben", "Ben"]), name)).toBe("Give Editor to Ann and Ben");
    expect(wish(give(["a", "A"], ["b", "B"], ["c", "C"]), name)).toBe("Give Editor to 3 people");
  });

  test("what was done is told in the past", () => {
    expect(done(give(["ann", "Ann"]), name)).toBe("Gave Editor to Ann");
    const take: Draft = {
      changes: [{ kind: "take", person: "ann", role: "viewer" }],
      people: [sight("ann", "Ann")],
    };
    expect(done(take, name)).toBe("Took Viewer from Ann");
    const remove: Draft = { changes: [{ kind: "remove", person: "ann" }], people: [sight("ann", "Ann")] };
    expect(done(remove, name)).toBe("Removed Ann");
    const added = { kind: "add", email: "cleo@acme.example", name: "Cleo", roles: ["viewer"] } as const;
    expect(done({ changes: [{ ...added, roles: [...added.roles] }], people: [] }, name)).toBe("Added Cleo");
  });

  test("a mixed wish does not claim one role for all", () => {
    const mixed = give(["ann", "Ann"]);
    mixed.changes.push({ kind: "take", person: "ann", role: "viewer" });
    expect(wish(mixed, name)).toBe("Change roles of Ann");
  });

  test("the last admin and an empty plan stop; other warnings only warn", () => {
    const request = { changes: give(["ann", "Ann"]).changes, seen: [], reason: null };
    expect(isStopped(planOf(request))).toBe(false);
    expect(isStopped(planOf(request, { warnings: [{ kind: "self_lockout" }] }))).toBe(false);
    expect(isStopped(planOf(request, { warnings: [{ kind: "last_admin", person: ada }] }))).toBe(true);
    expect(isStopped(planOf(request, { effects: [], warnings: [{ kind: "no_change" }] }))).toBe(true);
  });

  test("each warning names whom or what it is about", () => {
    expect(warningWords({ kind: "last_admin", person: ada }, "Acme", name)).toMatchObject({ stops: true });
    expect(warningWords({ kind: "last_admin", person: ada }, "Acme", name).title).toContain("Ada Lindqvist");
    const ends = warningWords({ kind: "last_admin", person: ada, at: 1_795_335_000 }, "Acme", name);
    expect(ends.body).toMatch(/Nobody would be left .* ends on .*22/);
    const past = warningWords({ kind: "window_past", person: ada, role: "editor" }, "Acme", name);
    expect([past.title, past.body].join(" ")).toMatch(/Editor.*Ada Lindqvist/);
    expect(warningWords({ kind: "no_role_left", person: ada }, "Acme", name).title).toContain(
      "Ada Lindqvist",
    );
    const above = warningWords(
      { kind: "above_own", role: "owner", permissions: ["tenant:write"] },
      "Acme",
      name,
    );
    expect(above.title + above.body).toMatch(/Owner.*tenant:write/);
  });

  test("a plan made anew with another reason counts as the same, with another effect it does not", () => {
    const request = { changes: give(["ann", "Ann"]).changes, seen: [], reason: null };
    const plan = planOf(request);
    expect(sameOutcome(plan, planOf({ ...request, reason: "quarter close" }, { id: "p2" }))).toBe(true);
    expect(sameOutcome(plan, planOf(request, { warnings: [{ kind: "self_lockout" }] }))).toBe(false);
  });

  test("a second look says what is different, and who has left", () => {
    const before = [sight("ann", "Ann", ["viewer"]), sight("ben", "Ben", ["editor"]), sight("eve", "Eve")];
    const after = [sight("ann", "Ann", ["editor"], 2), before[1] ?? null, null];
    expect(sinceThen(before, after, "Acme", name)).toEqual([
      "Ann holds Editor now, not Viewer.",
      "Eve is not in Acme any more.",
    ]);
  });

  test("read-only is explained with my roles and the ones that may", () => {
    expect(readOnlyReason(["Viewer"], ["people:read"], roles)).toBe(
      "Viewer can see people here. Owner can change roles.",
    );
    expect(readOnlyReason(["Owner"], ["roles:write"], roles)).toBeNull();
  });
});

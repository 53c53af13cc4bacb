import userEvent from "@testing-library/user-event";
import { describe, expect, test } from "vitest";
import type { PlanRequest } from "../src/lib/backend";
import {
  acme,
  ada,
  find,
  gone,
  named,
  now,
  open,
  people,
  planOf,
  refuse,
  roles,
  row,
  settle,
  signedIn,
} from "./world";

async function giveEditorToAnn(): Promise<void> {
  await userEvent.click(find("person-row", "[data-person=ann]"));
  await settle();
  await userEvent.click(find("give-role"));
  await userEvent.click(find("role-item", "[data-role=editor]"));
  await settle();
}

describe("people", () => {
  test("search goes to the server, and only the last answer counts", async () => {
    const waiting = new Map<string, (value: unknown) => void>();
    await open(signedIn(), {
      people: ({ query }: { query: { search: string | null } }) =>
        query.search
          ? new Promise((done) => waiting.set(query.search ?? "", done))
          : { people: people(), total: 3, next: null },
    });
    await userEvent.type(find("people-search"), "a");
    await new Promise((done) => setTimeout(done, 180));
    await userEvent.type(find("people-search"), "n");
    await new Promise((done) => setTimeout(done, 180));
    waiting.get("an")?.({ people: [row("ann", "Ann Kowalska", [])], total: 1, next: null });
    await settle();
    waiting.get("a")?.({ people: people(), total: 3, next: null });
    await settle();
    expect(document.querySelectorAll("[data-testid=person-row]")).toHaveLength(1);
  });

  test("the next page is appended", async () => {
    const calls = await open(signedIn(), {
      people: ({ query }: { query: { cursor: string | null } }) =>
        query.cursor
          ? { people: [row("zoe", "Zoë Smit", [])], total: 4, next: null }
          : { people: people(), total: 4, next: "after-ben" },
    });
    await userEvent.click(find("load-more"));
    await settle();
    expect(find("person-row", "[data-person=zoe]")).toBeTruthy();
    expect(named(calls, "people").at(-1)?.args).toMatchObject({
      tenant: "acme",
      query: { cursor: "after-ben" },
    });
  });

  test("J, X, Enter and Escape move, select, open and close", async () => {
    await open(signedIn());
    await userEvent.keyboard("jx");
    expect(find("selected-count").textContent).toContain("1 selected");
    await userEvent.keyboard("{Enter}");
    expect(find("panel-name").textContent).toBe("Ann Kowalska");
    await settle();
    expect(find("holding", "[data-role=viewer]").textContent).toMatch(
      /Given by Ada Lindqvist on .*“quarter close”/,
    );
    await userEvent.keyboard("{Escape}");
    expect(gone("person-panel")).toBe(true);
  });

  test("without the permission everything is there, disabled, and the reason is named", async () => {
    const calls = await open(signedIn(acme, roles.slice(2)));
    expect(find("read-only-reason").textContent).toBe("Viewer can see people here. Owner can change roles.");
    await userEvent.click(find("person-row", "[data-person=ann]"));
    expect(find("give-role").getAttribute("aria-disabled")).toBe("true");
    await userEvent.click(find("take-role", "[data-role=viewer]"));
    await userEvent.click(find("remove-person"));
    expect(named(calls, "plan")).toHaveLength(0);
  });

  test("giving a role plans with the version that was seen, then applies with Ctrl+Enter and says so", async () => {
    const calls = await open(signedIn());
    await giveEditorToAnn();
    expect(named(calls, "plan")[0]?.args).toEqual({
      tenant: "acme",
      request: {
        changes: [{ kind: "give", person: "ann", role: "editor" }],
        seen: [{ person: "ann", version: 5 }],
        reason: null,
      },
    });
    expect(find("apply-plan").textContent).toContain("Apply to Acme Manufacturing");
    const read = named(calls, "people").length;
    await userEvent.keyboard("{Control>}{Enter}{/Control}");
    await settle();
    expect(named(calls, "apply")).toMatchObject([{ args: { tenant: "acme", plan: "p1" } }]);
    expect(find("toast").textContent).toContain("Gave Editor to Ann Kowalska in Acme Manufacturing");
    expect(gone("plan-drawer")).toBe(true);
    expect(named(calls, "people").length).toBeGreaterThan(read);
  });

  test("a reason typed after planning is planned again before it is applied", async () => {
    const calls = await open(signedIn());
    await giveEditorToAnn();
    await userEvent.type(find("plan-reason"), "quarter close");
    await userEvent.click(find("apply-plan"));
    await settle();
    expect(named(calls, "plan").map((call) => (call.args.request as PlanRequest).reason)).toEqual([
      null,
      "quarter close",
    ]);
    expect(named(calls, "apply")).toHaveLength(1);
  });

  test("a plan that does something else than the one read is not applied unread", async () => {
    let made = 0;
    const calls = await open(signedIn(), {
      plan: ({ request }: { request: PlanRequest }) =>
        planOf(request, made++ ? { warnings: [{ kind: "no_role_left", person: ada }] } : {}),
    });
    await giveEditorToAnn();
    await userEvent.type(find("plan-reason"), "x");
    await userEvent.click(find("apply-plan"));
    await settle();
    expect(named(calls, "apply")).toHaveLength(0);
    expect(find("plan-warning").dataset.code).toBe("no_role_left");
  });

  test("the last admin stops the plan with words", async () => {
    await open(signedIn(), {
      plan: ({ request }: { request: PlanRequest }) =>
        planOf(request, { warnings: [{ kind: "last_admin", person: ada }] }),
    });
    await giveEditorToAnn();
    expect(find("plan-warning").textContent).toContain("Ada Lindqvist is the last who can change roles");
    expect(find<HTMLButtonElement>("apply-plan").disabled).toBe(true);
  });

  test.each(["plan_stale", "plan_expired"] as const)(
    "%s shows the conflict; looking again keeps the wish and its reason, and plans on the new version",
    async (code) => {
      let stale = true;
      const calls = await open(signedIn(), {
        apply: () => (stale ? refuse(code, "Dana was quicker.") : { plan: "p1", audit: 1, versions: [] }),
        person: () => ({
          row: row("ann", "Ann Kowalska", ["owner"], 6),
          holdings: [],
          permissions: [],
          history: [],
        }),
      });
      await giveEditorToAnn();
      await userEvent.type(find("plan-reason"), "handover");
      await userEvent.click(find("apply-plan"));
      await settle();
      expect(find("conflict").dataset.code).toBe(code);
      expect(find("conflict-message").textContent).toBe("Dana was quicker.");
      expect(find("conflict").textContent).toMatch(/Give Editor to Ann Kowalska.*handover/s);
      stale = false;
      await userEvent.click(find("look-again"));
      await settle();
      expect(find("found").textContent).toContain("Ann Kowalska holds Owner now, not Viewer.");
      expect(named(calls, "plan").at(-1)?.args.request).toEqual({
        changes: [{ kind: "give", person: "ann", role: "editor" }],
        seen: [{ person: "ann", version: 6 }],
        reason: "handover",
      });
      await userEvent.click(find("apply-plan"));
      await settle();
      expect(find("toast").textContent).toContain("Gave Editor");
    },
  );

  test("an answer of the directory that fails says what to do, and tries again", async () => {
    let down = true;
    await open(signedIn(), {
      people: () =>
        down
          ? refuse("directory_unreachable", "dir.example is silent.")
          : { people: people(), total: 3, next: null },
    });
    expect(find("problem").textContent).toContain("dir.example is silent.");
    down = false;
    await userEvent.click(find("retry"));
    await settle();
    expect(find("person-row", "[data-person=ann]")).toBeTruthy();
  });

  test("the audit says who did what to whom and why, under the day", async () => {
    const entry = {
      number: 4,
      at: now(),
      actor: ada,
      plan: "p",
      changes: [
        {
          person: row("ann", "Ann Kowalska", []).person,
          gained: ["editor"],
          lost: ["viewer"],
          removed: false,
        },
      ],
      reason: "quarter close",
    };
    await open(signedIn(), { audit: () => ({ entries: [entry], next: null }) });
    await userEvent.keyboard("ga");
    await settle();
    expect(find("view-audit").textContent).toMatch(
      /Today.*Ada Lindqvist.*Ann Kowalska.*\+ Editor.*− Viewer.*“quarter close”.*#4/s,
    );
  });
});

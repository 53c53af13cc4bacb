import userEvent from "@testing-library/user-event";
import { describe, expect, test } from "vitest";
import type { PersonDetail, PlanRequest } from "../src/lib/backend";
import { momentIn } from "../src/lib/spans";
import {
  ada,
  find,
  gone,
  named,
  now,
  open,
  people,
  planOf,
  roles,
  row,
  settle,
  show,
  signedIn,
  type Calls,
} from "./world";

const changes = (calls: Calls) => (named(calls, "plan").at(-1)?.args.request as PlanRequest).changes;

async function openAnn(): Promise<void> {
  await userEvent.click(find("person-row", "[data-person=ann]"));
  await settle();
}

describe("a role for a time", () => {
  test("is chosen with the role, said in the plan, and can be another there", async () => {
    const calls = await open(signedIn(), {
      plan: ({ request }: { request: PlanRequest }) => {
        const [change] = request.changes;
        const after = change?.kind === "give" && change.ends_at ? { ends_at: change.ends_at } : {};
        const plan = planOf(request);
        const effects = plan.effects.map((effect) => ({
          ...effect,
          timings: [{ role: "editor", before: null, after }],
        }));
        return { ...plan, effects };
      },
    });
    await openAnn();
    await userEvent.click(find("give-role"));
    await userEvent.click(find("menu-span", "[data-choice=hour]"));
    await userEvent.click(find("role-item", "[data-role=editor]"));
    await settle();
    const [first] = changes(calls);
    const ends = first?.kind === "give" ? (first.ends_at ?? 0) : 0;
    expect(Math.abs(ends - now() - 3600)).toBeLessThan(5);
    expect(find("plan-title").textContent).toMatch(/Give Editor to Ann Kowalska until .*\d\d:\d\d/);
    expect(find("timing").textContent).toMatch(/Editor\s+until/);

    await userEvent.click(find("span-choice", "[data-choice=own]"));
    await userEvent.clear(find("span-until"));
    await userEvent.type(find("span-until"), "soon{Enter}");
    expect(find("span").textContent).toContain("Write 18:00");
    expect(find<HTMLButtonElement>("apply-plan").disabled).toBe(true);
    await userEvent.type(find("span-until"), "{Control>}{Enter}{/Control}");
    await userEvent.type(find("plan-reason"), "{Control>}{Enter}{/Control}");
    await settle();
    expect(named(calls, "apply")).toHaveLength(0);
    await userEvent.clear(find("span-until"));
    await userEvent.type(find("span-until"), "2099-01-02 09:00{Enter}");
    await settle();
    expect(changes(calls)).toEqual([
      { kind: "give", person: "ann", role: "editor", ends_at: momentIn("2099-01-02 09:00", now()) },
    ]);
    expect(named(calls, "apply")).toHaveLength(0);
    await userEvent.click(find("span-choice", "[data-choice=good]"));
    await settle();
    expect(changes(calls)).toEqual([{ kind: "give", person: "ann", role: "editor" }]);
    expect(find("plan-title").textContent.trim()).toBe("Give Editor to Ann Kowalska");
  });

  test("is on its chip in the person’s panel, and one to come stands there too", async () => {
    const given = { given_by: ada, given_at: now() - 86_400, reason: "audit" };
    await open(signedIn(), {
      person: (): PersonDetail => ({
        row: row("ann", "Ann Kowalska", ["viewer"], 5),
        holdings: [{ role: "viewer", ...given, ends_at: now() + 60 }],
        upcoming: [{ role: "editor", ...given, starts_at: now() + 864_000 }],
        permissions: [],
        history: [],
      }),
    });
    await openAnn();
    expect(find("holding", "[data-role=viewer]").textContent).toMatch(/until .*\d\d:\d\d/);
    expect(find("upcoming", "[data-role=editor]").textContent).toMatch(/from .*\d\d:\d\d.*Given by Ada/s);
  });
});

describe("somebody new", () => {
  test("is added by e-mail, name and roles, through a plan", async () => {
    const calls = await open(signedIn());
    await userEvent.click(find("add-person"));
    await userEvent.click(find("add-next"));
    expect(find("add-email-problem").textContent).toContain("address");
    await userEvent.type(find("add-email"), "zoe@acme.example");
    await userEvent.type(find("add-name"), "Zoë Smit");
    await userEvent.click(find("add-role", "[data-role=viewer]"));
    await userEvent.click(find("add-role", "[data-role=editor]"));
    await userEvent.click(find("add-next"));
    await settle();
    expect(changes(calls)).toEqual([
      { kind: "add", email: "zoe@acme.example", name: "Zoë Smit", roles: ["editor", "viewer"] },
    ]);
    expect(find("plan-title").textContent).toContain("Add Zoë Smit");
    await userEvent.click(find("apply-plan"));
    await settle();
    expect(find("toast").textContent).toContain("Added Zoë Smit");
  });

  test("who has not signed in yet is marked, and nobody without the right adds anybody", async () => {
    const invited = { ...row("zoe", "Zoë Smit", []), invited: true };
    await open(signedIn(undefined, roles.slice(2)), {
      people: () => ({ people: [...people(), invited], total: 4, next: null }),
    });
    expect(find("person-row", "[data-person=zoe]").textContent).toContain("has not signed in yet");
    expect(document.querySelectorAll("[data-testid=invited]")).toHaveLength(1);
    await userEvent.click(find("add-person"));
    expect(gone("add-dialog")).toBe(true);
    await userEvent.click(find("person-row", "[data-person=zoe]"));
    await settle();
    expect(find("panel-since").textContent).toContain("has not signed in yet");
  });
});

describe("news of the tenant", () => {
  test("has the list read again, and leaves an edit under way alone", async () => {
    let held = ["viewer"];
    const calls = await open(signedIn(), {
      people: () => ({
        people: [row("ada", "Ada Lindqvist", ["owner"], 3), row("ann", "Ann Kowalska", held, 5)],
        total: 2,
        next: null,
      }),
    });
    await openAnn();
    await userEvent.click(find("give-role"));
    await userEvent.click(find("role-item", "[data-role=editor]"));
    await settle();
    await userEvent.type(find("plan-reason"), "quarter close");
    const planned = named(calls, "plan").length;
    held = ["viewer", "owner"];
    await show({ ...signedIn(), following: { audit: 8, open: true } });
    await settle();
    expect(find("person-row", "[data-person=ann]").textContent).toContain("Owner");
    expect(find<HTMLTextAreaElement>("plan-reason").value).toBe("quarter close");
    expect(named(calls, "plan")).toHaveLength(planned);
    const read = named(calls, "people").length;
    await show({ ...signedIn(), following: { audit: 8, open: false } });
    expect(named(calls, "people")).toHaveLength(read);
    expect(find("not-live").textContent).toBe("Not live just now");
    expect(gone("notice")).toBe(true);
  });

  test("that comes quicker than answers does not keep them away", async () => {
    const waiting: (() => void)[] = [];
    let version = 0;
    const answer = () => ({ people: [row("ann", `Ann ${++version}`, [])], total: 1, next: null });
    await open(signedIn(), {
      people: ({ query }: { query: { limit: number } }) =>
        query.limit === 1 || version === 0
          ? answer()
          : new Promise((done) => waiting.push(() => done(answer()))),
    });
    for (let audit = 8; audit < 20; audit++) await show({ ...signedIn(), following: { audit, open: true } });
    expect(waiting).toHaveLength(1);
    waiting[0]?.();
    await settle();
    const name = find("person-row", "[data-person=ann]").textContent;
    expect(name).toContain(`Ann ${version}`);
    expect(waiting).toHaveLength(2);
  });
});

import userEvent from "@testing-library/user-event";
import { describe, expect, test } from "vitest";
import { find, gone, named, open, refuse, settle, show, signedIn } from "./world";

const parked = {
  tenant: "globex",
  tenant_name: "Globex",
  problem: { code: "interaction_required", message: "Globex asks for a second factor." },
} as const;

const globexTile = "[data-tenant=globex]";

describe("a tenant that waits for the person", () => {
  test("is one banner and one dot, and nothing opens by itself", async () => {
    const calls = await open({ ...signedIn(), parked });
    expect(find("parked").textContent).toContain("Globex wants you in the browser");
    expect(find("parked").textContent).toContain("Globex asks for a second factor.");
    expect(find("tenant-tile", globexTile).querySelector("[data-testid=parked-dot]")).not.toBeNull();
    expect(document.querySelectorAll("[data-testid=parked-dot]")).toHaveLength(1);
    expect(named(calls, "continue_in_browser")).toHaveLength(0);
    await userEvent.click(find("continue-in-browser"));
    expect(named(calls, "continue_in_browser")).toHaveLength(1);
  });

  test("G then B goes to the browser; where nothing waits it does nothing", async () => {
    const calls = await open({ ...signedIn(), parked });
    await userEvent.keyboard("gb");
    expect(named(calls, "continue_in_browser")).toHaveLength(1);
    await show(signedIn());
    expect(gone("parked")).toBe(true);
    await userEvent.keyboard("gb");
    expect(named(calls, "continue_in_browser")).toHaveLength(1);
  });

  test("with a session that ended it looks the same, and says to sign in again", async () => {
    const problem = { code: "session_ended", message: "It ended." } as const;
    await open({ ...signedIn(), parked: { ...parked, problem }, notice: problem });
    expect(find("continue-in-browser").textContent).toContain("Sign in again");
    expect(gone("notice")).toBe(true);
  });

  test("where the provider refuses again and again, it says so and offers to sign in again", async () => {
    const problem = { code: "provider_refused", message: "Northwind refused 3 times." } as const;
    const calls = await open({ ...signedIn(), parked: { ...parked, problem } });
    expect(find("parked").textContent).toContain("The provider refuses Globex");
    expect(find("continue-in-browser").textContent).toContain("Sign in again");
    await userEvent.click(find("continue-in-browser"));
    expect(named(calls, "continue_in_browser")).toHaveLength(1);
  });

  test("a switch refused for that reason is said once, by the banner, whichever comes first", async () => {
    const answers = { switch_tenant: () => refuse("interaction_required") };
    await open({ ...signedIn(), parked }, answers);
    await userEvent.click(find("tenant-tile", globexTile));
    await settle();
    expect(gone("error-dialog")).toBe(true);

    const calls = await open(signedIn(), answers);
    await userEvent.click(find("tenant-tile", globexTile));
    await settle();
    expect(find("error-dialog").textContent).toContain("Globex wants you in the browser");
    expect(named(calls, "continue_in_browser")).toHaveLength(0);
    await show({ ...signedIn(), parked });
    expect(gone("error-dialog")).toBe(true);
    expect(gone("parked")).toBe(false);
  });

  test("it is on the rail even where the rail is full", async () => {
    const at = signedIn();
    const many = Array.from({ length: 14 }, (_, i) => ({
      tenant: { id: `t${i}`, name: `Tenant ${i}`, hue: 1, class: "production" as const },
      roles: [],
      favourite: i < 9,
      visited_at: 100 - i,
    }));
    await open({ ...at, tenants: [...at.tenants, ...many], parked });
    expect(gone("parked-dot")).toBe(false);
  });
});

test("a keychain that locks itself at work can be unlocked from where one is", async () => {
  const notice = { code: "keychain_locked", message: "It locked itself." } as const;
  const calls = await open({ ...signedIn(), notice });
  await userEvent.click(find("unlock-keychain"));
  expect(named(calls, "unlock_keychain")).toHaveLength(1);
  expect(gone("screen-keychain-blocked")).toBe(true);
});

describe("a connection without a role directory", () => {
  test("has Me and nothing that would ask the directory", async () => {
    const calls = await open({ ...signedIn(), directory: false, roles: [] });
    expect(find("title").textContent.trim()).toBe("Me");
    for (const view of ["people", "roles", "audit"]) expect(gone(`nav-${view}`), view).toBe(true);
    await userEvent.keyboard("gp");
    expect(gone("view-me")).toBe(false);
    await userEvent.keyboard("{Control>}k{/Control}");
    await userEvent.type(find("palette-input"), "people");
    expect(document.querySelector("[data-action=go-people]")).toBeNull();
    expect(calls.filter(({ name }) => ["people", "roles", "audit"].includes(name))).toEqual([]);
  });

  test("the view chosen elsewhere comes back with the directory", async () => {
    await open({ ...signedIn(), directory: false });
    await show(signedIn());
    expect(find("title").textContent.trim()).toBe("People");
  });
});

import userEvent from "@testing-library/user-event";
import { describe, expect, test } from "vitest";
import type { WindowView } from "../src/lib/backend";
import { session } from "../src/lib/session.svelte";
import { acme, find, globex, gone, named, now, open, refuse, roles, settle, show, signedIn } from "./world";

function deferred() {
  let resolve: (value: string) => void = () => undefined;
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<string>((good, bad) => {
    resolve = good;
    reject = bad;
  });
  return { promise, resolve, reject };
}

const signingIn: WindowView = {
  screen: "signing_in",
  connection: "Northwind Cloud",
  tenant: "acme",
  url: "https://id.example/authorize?code_challenge=x",
  ends_at: now() + 300,
  browser_problem: null,
};

describe("before and after a session", () => {
  test("Enter signs in to the first connection", async () => {
    const calls = await open({ screen: "signed_out", notice: null });
    await userEvent.keyboard("{Enter}");
    expect(named(calls, "sign_in")).toMatchObject([{ args: { connection: "northwind", tenant: null } }]);
  });

  test("a tenant can be named before signing in, and only a possible one", async () => {
    const calls = await open({ screen: "signed_out", notice: null });
    await userEvent.click(find("sign-in-to-tenant"));
    await userEvent.keyboard("a b{Enter}");
    expect(named(calls, "sign_in")).toHaveLength(0);
    await userEvent.clear(find("tenant-input"));
    await userEvent.type(find("tenant-input"), "Globex{Enter}");
    expect(named(calls, "sign_in")).toMatchObject([{ args: { tenant: "globex" } }]);
  });

  test("a taken port offers another one", async () => {
    const calls = await open({
      screen: "signed_out",
      notice: { code: "port_in_use", message: "Port 1 is taken." },
    });
    expect(find("notice").textContent).toContain("Port 1 is taken.");
    await userEvent.click(find("move-port"));
    expect(named(calls, "move_local_port")).toHaveLength(1);
  });

  test("a wait for the browser shows the whole link, counts down, and ends with Escape", async () => {
    const calls = await open(signingIn);
    expect(find("sign-in-url").textContent.trim()).toBe(signingIn.url);
    expect(find("sign-in-countdown").textContent).toMatch(/^(5:00|4:5\d)$/);
    await userEvent.keyboard("{Escape}");
    expect(named(calls, "cancel_sign_in")).toHaveLength(1);
  });

  test("a sign-in that is still pending does not keep Cancel from working", async () => {
    const calls = await open(
      { screen: "signed_out", notice: null },
      { sign_in: () => new Promise(() => undefined) },
    );
    await userEvent.click(find("connection", "[data-connection=northwind]"));
    await show(signingIn);
    await userEvent.click(find("cancel"));
    expect(named(calls, "cancel_sign_in")).toHaveLength(1);
  });

  test("a locked keychain is never the signed-out screen, and can be unlocked", async () => {
    const problem = { code: "keychain_locked", message: "Login is locked." } as const;
    const calls = await open({ screen: "keychain_blocked", problem, person: "Ada", after_sign_in: false });
    expect(gone("screen-signed-out")).toBe(true);
    expect(find("screen-keychain-blocked").textContent).toContain("You are not signed out.");
    await userEvent.click(find("unlock-keychain"));
    expect(named(calls, "unlock_keychain")).toHaveLength(1);
  });

  test("an absent keychain offers this session only, and nothing to unlock", async () => {
    const problem = { code: "keychain_unavailable", message: "None." } as const;
    const calls = await open({ screen: "keychain_blocked", problem, person: "Ada", after_sign_in: true });
    expect(gone("unlock-keychain")).toBe(true);
    await userEvent.click(find("session-only"));
    expect(named(calls, "continue_without_keychain")).toHaveLength(1);
  });

  test("offline says what does not answer, and tries again", async () => {
    const problem = { code: "provider_unreachable", message: "id.example does not answer." } as const;
    const calls = await open({ screen: "offline", problem, person: "Ada", connection: "Northwind" });
    expect(find("offline-message").textContent).toContain("id.example does not answer.");
    expect(gone("continue-in-browser"), "what does not answer cannot be signed in at").toBe(true);
    await userEvent.click(find("retry"));
    expect(named(calls, "retry")).toHaveLength(1);
  });

  test("a session that the provider refuses is tried again, or signed in again", async () => {
    const problem = { code: "provider_refused", message: "Northwind refused: invalid request." } as const;
    const calls = await open({ screen: "offline", problem, person: "Ada", connection: "Northwind" });
    expect(find("screen-offline").textContent).toContain("The provider refused");
    expect(gone("retry")).toBe(false);
    await userEvent.click(find("continue-in-browser"));
    expect(named(calls, "continue_in_browser")).toHaveLength(1);
  });

  test("forgetting an account says what was found afterwards, over the signed-out screen", async () => {
    await open(signedIn(), {
      forget_account: () => ({ revoked: false, gone: true, entry: "keyward · ada" }),
    });
    await userEvent.click(find("account-menu"));
    await userEvent.click(find("forget-account"));
    await userEvent.click(find("forget-confirm"));
    await show({ screen: "signed_out", notice: null });
    expect(find("forget-gone").dataset.value).toBe("true");
    expect(find("forget-revoked").dataset.value).toBe("false");
    expect(find("forget-entry").textContent).toBe("keyward · ada");
  });
});

describe("switching", () => {
  test("the title, the colour and the edge are the tenant's", async () => {
    await open(signedIn(globex, roles.slice(2)));
    expect(document.title).toBe("Globex · Ada Lindqvist · Northwind Cloud — Keyward");
    expect(document.documentElement.style.getPropertyValue("--hue")).toBe("25");
    expect(document.querySelector(".frame-edge")?.getAttribute("data-class")).toBe("sandbox");
  });

  test("the palette finds a tenant by a few letters and goes there", async () => {
    const calls = await open(signedIn());
    await userEvent.keyboard("{Control>}k{/Control}");
    await userEvent.type(find("palette-input"), "glo{Enter}");
    expect(named(calls, "switch_tenant")).toMatchObject([{ args: { tenant: "globex" } }]);
  });

  test("Ctrl and a number go to that tile", async () => {
    const calls = await open(signedIn());
    await userEvent.keyboard("{Control>}2{/Control}");
    expect(named(calls, "switch_tenant")).toMatchObject([{ args: { tenant: "globex" } }]);
  });

  test("until the shell shows the other tenant, everything stays labelled as the old one's", async () => {
    await open(signedIn(), { switch_tenant: () => new Promise(() => undefined) });
    await userEvent.click(find("tenant-tile", "[data-tenant=globex]"));
    expect(find("tenant-tile", "[data-tenant=globex]").getAttribute("aria-busy")).toBe("true");
    expect(find("tenant-name").textContent).toBe("Acme Manufacturing");
    await show(signedIn(globex));
    expect(find("tenant-name").textContent).toBe("Globex");
    expect(find("tenant-tile", "[data-tenant=globex]").getAttribute("aria-busy")).toBe("false");
  });

  test("an answer for a tenant that was left is none, and neither is its error", async () => {
    await open(signedIn());
    const good = deferred();
    const bad = deferred();
    const asked = [session.ask("acme", () => good.promise), session.ask("acme", () => bad.promise)];
    await show(signedIn(globex));
    good.resolve("a secret of Acme");
    bad.reject({ code: "forbidden", message: "about Acme" });
    expect(await Promise.all(asked)).toEqual([null, null]);
    expect(await session.ask("acme", () => Promise.resolve("asked too late"))).toBeNull();
    expect(await session.ask("globex", () => Promise.resolve("mine"))).toEqual({
      value: "mine",
      error: null,
    });
  });

  test("people of the tenant that was left are dropped, however late they come", async () => {
    const late: ((value: unknown) => void)[] = [];
    await open(signedIn(), {
      people: ({ tenant }: { tenant: string }) =>
        tenant === "acme" ? new Promise((done) => late.push(done)) : { people: [], total: 0, next: null },
    });
    await show(signedIn(globex));
    const person = { id: "eve", name: "Eve of Acme", email: "eve@acme.example" };
    for (const done of late)
      done({ people: [{ person, roles: [], since: 1, version: 1 }], total: 1, next: null });
    await settle();
    expect(late.length).toBeGreaterThan(0);
    expect(document.body.textContent).not.toContain("Eve of Acme");
  });

  test.each([
    ["tenant_forbidden", "You are not in Globex"],
    ["wrong_tenant_token", "Globex could not be proven"],
    ["provider_unreachable", "The provider does not answer"],
    ["session_ended", "Your session has ended"],
  ] as const)("%s has its own words, and the present tenant stays", async (code, words) => {
    await open(signedIn(), { switch_tenant: () => refuse(code) });
    await userEvent.click(find("tenant-tile", "[data-tenant=globex]"));
    await settle();
    expect(find("error-dialog").dataset.code).toBe(code);
    expect(find("error-dialog").textContent).toContain(words);
    expect(find("tenant-name").textContent).toBe("Acme Manufacturing");
    await userEvent.click(find("error-close"));
    await settle();
    expect(gone("error-dialog")).toBe(true);
  });

  test("a short name that is not in the list can be tried, and is answered in words", async () => {
    const calls = await open(signedIn(), { switch_tenant: () => refuse("tenant_unknown") });
    await userEvent.keyboard("{Control>}k{/Control}");
    await userEvent.type(find("palette-input"), "hooli{Enter}");
    await settle();
    expect(named(calls, "switch_tenant")).toMatchObject([{ args: { tenant: "hooli" } }]);
    expect(find("error-dialog").textContent).toContain("There is no tenant “hooli”");
    await userEvent.click(find("error-way-on"));
    await settle();
    expect(gone("palette")).toBe(false);
  });

  test("Me shows the proven token's facts and a running countdown", async () => {
    await open(signedIn(acme));
    await userEvent.keyboard("gm");
    expect(find("me-audience").textContent).toBe("https://api.example/acme");
    expect(find("me-role-version").textContent).toBe("7");
    expect(find("me-countdown").textContent).toMatch(/^(50:00|49:5\d)$/);
  });
});

import userEvent from "@testing-library/user-event";
import { describe, expect, test } from "vitest";
import type { SecretView, SecretsView } from "../src/lib/backend";
import { find, gone, named, open, refuse, settle, signedIn } from "./world";

const place = (state: SecretView["state"], more: Partial<SecretView> = {}): SecretView => ({
  account: { issuer: "https://id.example/", client: "keyward", subject: state },
  connection_name: "Northwind Cloud",
  name: "Ada Lindqvist",
  email: "ada@acme.example",
  tenant: null,
  service: "Keyward",
  entry: `entry of ${state}`,
  kept: "keychain",
  state,
  parts: 3,
  problem: null,
  ...more,
});

const view: SecretsView = {
  keychain: { store: "GNOME Keyring", state: "working", problem: null },
  secrets: [place("found"), place("no_entry"), place("locked"), place("unavailable")],
};

async function look(secrets: SecretsView = view, more = {}) {
  const calls = await open(signedIn(), { secrets: () => secrets, ...more });
  await userEvent.keyboard("gs");
  await settle();
  return calls;
}

describe("where my secrets lie", () => {
  test("found, no entry, locked and no answer stay four things on the screen", async () => {
    await look();
    const says = [...document.querySelectorAll("[data-testid=secret-state]")].map((at) => at.textContent);
    expect(says).toHaveLength(4);
    expect(new Set(says).size).toBe(4);
    expect(find("secret-entry").textContent).toBe("entry of found");
    expect(find("secret-parts").textContent).toBe("3 parts");
  });

  test("a deletion is asked for first, and proven afterwards", async () => {
    let asked = 0;
    const calls = await look(view, {
      secrets: () => (asked++ ? { ...view, secrets: view.secrets.slice(1) } : view),
      delete_secret: () => ({ revoked: true, gone: true, entry: "entry of found" }),
    });
    await userEvent.click(find("secret", "[data-state=found] [data-testid=delete-secret]"));
    expect(named(calls, "delete_secret")).toHaveLength(0);
    await userEvent.click(find("forget-confirm"));
    await settle();
    expect(named(calls, "delete_secret")).toMatchObject([
      { args: { account: view.secrets[0]?.account, tenant: null } },
    ]);
    expect(find("forget-gone").textContent).toContain("Asked again: no such entry");
    expect(document.querySelector("[data-testid=secret][data-state=found]")).toBeNull();
  });

  test("a deletion that did not take is never called one", async () => {
    await look(view, { delete_secret: () => ({ revoked: false, gone: false, entry: "entry of found" }) });
    await userEvent.click(find("delete-secret"));
    await userEvent.click(find("forget-confirm"));
    await settle();
    expect(find("forget-dialog").textContent).toContain("The secret is still there");
    expect(find("forget-gone").dataset.value).toBe("false");
  });

  test("the keychain is tested when asked, and what it answers is shown", async () => {
    let keychain: SecretsView["keychain"] = { store: "GNOME Keyring", state: "not_asked", problem: null };
    const calls = await look(view, {
      secrets: () => ({ ...view, keychain }),
      examine_keychain: () => (keychain = { ...keychain, state: "locked" }),
    });
    expect(find("keychain").dataset.state).toBe("not_asked");
    expect(gone("unlock-keychain")).toBe(true);
    await userEvent.click(find("examine-keychain"));
    await settle();
    expect(find("keychain").dataset.state).toBe("locked");
    await userEvent.click(find("unlock-keychain"));
    expect(named(calls, "unlock_keychain")).toHaveLength(1);
  });

  test("without a keychain it is this session only, and nothing is said to be on disk", async () => {
    const problem = { code: "keychain_unavailable", message: "Nobody answers." } as const;
    await look({
      keychain: { store: "Secret Service", state: "unavailable", problem },
      secrets: [place("found", { kept: "this_session" })],
    });
    expect(find("keychain").textContent).toContain("this session only");
    expect(find("keychain-problem").textContent).toBe("Nobody answers.");
    expect(find("secret-where").textContent.trim()).toBe("In memory, this session only");
    expect(gone("secret-entry")).toBe(true);
  });

  test("a list that cannot be read says so and can be asked for again", async () => {
    let broken = true;
    await look(view, { secrets: () => (broken ? refuse("internal") : view) });
    expect(find("problem").dataset.code).toBe("internal");
    broken = false;
    await userEvent.click(find("retry"));
    await settle();
    expect(gone("problem")).toBe(true);
    expect(gone("secret")).toBe(false);
  });

  test("it can be looked at before anybody signs in, and left with Escape", async () => {
    await open({ screen: "signed_out", notice: null }, { secrets: () => view });
    await userEvent.click(find("open-secrets"));
    await settle();
    expect(gone("secret")).toBe(false);
    await userEvent.keyboard("{Escape}");
    expect(gone("screen-signed-out")).toBe(false);
  });
});

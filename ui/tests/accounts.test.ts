import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, test, vi } from "vitest";
import { byConnection, idOf, toldApart } from "../src/lib/accounts";
import {
  accounts,
  acme,
  appView,
  find,
  globex,
  gone,
  named,
  open,
  refuse,
  settle,
  show,
  signedIn,
  type Screen,
} from "./world";

const both = { app: () => appView({ accounts }) };
const [ada, ann] = accounts.map((entry) => entry.account);
const ofAnn = "[data-subject=ann]";

const somebodyElse: Screen<"somebody_else"> = {
  screen: "somebody_else",
  connection: "Northwind Cloud",
  expected: { name: "Ada Lindqvist", email: "ada@acme.example" },
  arrived: { name: "Ann Lee", email: "ann.lee@acme.example" },
};

describe("several accounts on one computer", () => {
  test("the account menu lists them, and switches in place to where that account was", async () => {
    const calls = await open(signedIn(), both);
    await userEvent.keyboard("{Control>}{Shift>}a{/Shift}{/Control}");
    expect(find("account-item", "[data-subject=ada]").getAttribute("aria-current")).toBe("true");
    await userEvent.click(find("account-item", ofAnn));
    expect(named(calls, "switch_account")).toMatchObject([{ args: { account: ann, tenant: "globex" } }]);
    expect(named(calls, "sign_out")).toHaveLength(0);
  });

  test("one of them opens in a window of its own, and this window stays", async () => {
    const calls = await open(signedIn(), both);
    await userEvent.click(find("account-menu"));
    await userEvent.click(find("account-new-window", ofAnn));
    expect(named(calls, "new_window")).toMatchObject([{ args: { account: ann, tenant: "globex" } }]);
    expect(named(calls, "switch_account")).toHaveLength(0);
  });

  test("Ctrl+Shift+N opens another window as this one, on any screen", async () => {
    const calls = await open(somebodyElse, both);
    await userEvent.keyboard("{Control>}{Shift>}n{/Shift}{/Control}");
    expect(named(calls, "new_window")).toMatchObject([{ args: { account: null, tenant: null } }]);
  });

  test("a tenant opens in a window of its own from the palette and from its tile", async () => {
    const calls = await open(signedIn(), both);
    const hand = userEvent.setup();
    await hand.keyboard("{Control>}k{/Control}");
    await hand.type(find("palette-input"), "glo");
    await hand.keyboard("{Control>}{Enter}{/Control}");
    await settle();
    await hand.keyboard("{Control>}");
    await hand.click(find("tenant-tile", "[data-tenant=globex]"));
    expect(named(calls, "new_window")).toHaveLength(2);
    expect(named(calls, "new_window")[1]).toMatchObject({ args: { account: null, tenant: "globex" } });
    expect(named(calls, "switch_tenant")).toHaveLength(0);
  });

  test("the palette finds an account by its name, and ways to add one", async () => {
    const calls = await open(signedIn(), both);
    await userEvent.keyboard("{Control>}k{/Control}");
    await userEvent.type(find("palette-input"), "ann lee");
    expect(find("palette-item", ofAnn).textContent).toContain("Ann Lee · Northwind Cloud — Globex");
    await userEvent.keyboard("{Enter}");
    expect(named(calls, "switch_account")).toMatchObject([{ args: { account: ann } }]);
    await userEvent.keyboard("{Control>}k{/Control}");
    await userEvent.type(find("palette-input"), "add an account at northwind{Enter}");
    expect(named(calls, "add_account")).toMatchObject([{ args: { connection: "northwind" } }]);
  });

  test("the window says who it is: in its title always, in its bar where there are two", async () => {
    await open(signedIn());
    expect(document.title).toBe("Acme Manufacturing · Ada Lindqvist · Northwind Cloud — Keyward");
    expect(gone("who")).toBe(true);
    await open(signedIn(globex), both);
    expect(find("who").textContent).toContain("Ada Lindqvist");
  });

  test("two of one name at one connection are told apart by their e-mail", () => {
    const twin = accounts.map((entry) => ({ ...entry, name: "Ada Lindqvist" }));
    expect(toldApart(signedIn(), accounts)).toBe("Northwind Cloud");
    expect(toldApart(signedIn(), twin)).toBe("ada@acme.example");
  });

  test("an account is its issuer, client and subject, however they are cut", () => {
    const of = (issuer: string, client: string, subject: string) => idOf({ issuer, client, subject });
    expect(of("a", "b", "c")).not.toBe(of("a", 'b","c', ""));
    expect(of("a", "b", "c")).not.toBe(of("a", "c", "b"));
  });

  test("every connection is listed, those with accounts first", () => {
    const groups = byConnection(accounts, appView().connections);
    expect(groups.map(({ id, accounts }) => [id, accounts.length])).toEqual([
      ["northwind", 2],
      ["local", 0],
    ]);
  });

  test("a switch that is refused says so, and the present account stays", async () => {
    await open(signedIn(), { ...both, switch_account: () => refuse("provider_unreachable") });
    await userEvent.click(find("account-menu"));
    await userEvent.click(find("account-item", ofAnn));
    await settle();
    expect(find("notice").dataset.code).toBe("provider_unreachable");
    expect(find("account-menu").textContent).toContain("Ada Lindqvist");
  });
});

describe("signed out, with accounts on this computer", () => {
  test("Enter continues as the one used last, where they were", async () => {
    const calls = await open({ screen: "signed_out", notice: null }, both);
    expect(find("kept-account").textContent).toContain("Continue as Ada Lindqvist");
    expect(find("kept-account").textContent).toContain("Northwind Cloud · Acme Manufacturing");
    await userEvent.keyboard("{Enter}");
    expect(named(calls, "switch_account")).toMatchObject([{ args: { account: ada, tenant: "acme" } }]);
  });

  test("a connection whose accounts are listed asks the provider for somebody else", async () => {
    const calls = await open({ screen: "signed_out", notice: null }, both);
    await userEvent.click(find("connection", "[data-connection=northwind]"));
    await userEvent.click(find("connection", "[data-connection=local]"));
    expect(named(calls, "add_account")).toMatchObject([{ args: { connection: "northwind" } }]);
    expect(named(calls, "sign_in")).toMatchObject([{ args: { connection: "local" } }]);
  });

  test("without a keychain it is said what that means, before anybody signs in", async () => {
    const keychain = { store: "Secret Service", state: "unavailable", problem: null } as const;
    await open({ screen: "signed_out", notice: null }, { app: () => appView({ keychain }) });
    expect(find("no-keychain").textContent).toContain("for this session only");
  });
});

describe("somebody else came back", () => {
  test.each([
    ["accept-arrival", "accept_arrival"],
    ["retry-as-expected", "retry_as_expected"],
    ["cancel", "cancel_sign_in"],
  ])("%s is a choice", async (button, command) => {
    const calls = await open(somebodyElse);
    expect(find("expected").textContent).toContain("ada@acme.example");
    expect(find("arrived").textContent).toContain("ann.lee@acme.example");
    expect(calls.filter(({ name }) => /arrival|expected|cancel/.test(name))).toEqual([]);
    await userEvent.click(find(button));
    expect(named(calls, command)).toHaveLength(1);
  });

  test("two of one name are called by their e-mail, and Escape cancels", async () => {
    const calls = await open({
      ...somebodyElse,
      arrived: { name: "Ada Lindqvist", email: "ada@other.example" },
    });
    expect(find("accept-arrival").textContent).toContain("ada@other.example");
    await userEvent.keyboard("{Escape}");
    expect(named(calls, "cancel_sign_in")).toHaveLength(1);
  });
});

describe("a window in use", () => {
  afterEach(() => vi.useRealTimers());

  test("is told once for many acts, and again when half a minute has gone by", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const calls = await open(signedIn());
    for (const key of "jkj") await userEvent.keyboard(key);
    expect(named(calls, "in_use")).toHaveLength(1);
    vi.setSystemTime(Date.now() + 29_000);
    dispatchEvent(new Event("focus"));
    expect(named(calls, "in_use")).toHaveLength(1);
    vi.setSystemTime(Date.now() + 2_000);
    dispatchEvent(new Event("focus"));
    expect(named(calls, "in_use")).toHaveLength(2);
  });

  test("is none while nobody is signed in", async () => {
    const calls = await open({ screen: "signed_out", notice: null });
    await userEvent.keyboard("j");
    expect(named(calls, "in_use")).toHaveLength(0);
    await show(signedIn(acme));
    await userEvent.keyboard("j");
    expect(named(calls, "in_use")).toHaveLength(1);
  });
});

import userEvent from "@testing-library/user-event";
import { describe, expect, test } from "vitest";
import type { AddingConnection, CheckLine, PresetView } from "../src/lib/backend";
import { asIssuer, draftOf, formOf, isAddress, problemsOf } from "../src/lib/draft";
import { find, gone, named, open, refuse, settle, show, signedIn, type Screen } from "./world";

const line = (name: string, outcome: CheckLine["outcome"]): CheckLine => ({ name, outcome, detail: "" });
const preset = (id: string, settings: PresetView["settings"] = []): PresetView => ({
  id,
  name: `Preset ${id}`,
  summary: "What it is for.",
  evidence: id === "api" ? "run" : "read",
  evidence_note: "What was run.",
  settings,
});
const audience = {
  key: "audience",
  label: "Audience",
  hint: "",
  example: "",
  tenant_place: true,
  with_directory: false,
};
const presets = [preset("other"), preset("api", [audience])];
const draft = {
  name: "",
  issuer: "",
  client_id: "",
  preset: "",
  settings: {},
  directory: null,
  tenants: [],
  redirect_ports: [],
};

function adding(more: Partial<AddingConnection> = {}): Screen<"adding_connection"> {
  return {
    screen: "adding_connection",
    issuer: "",
    lines: [],
    checking: false,
    presets: [],
    suggested: null,
    draft,
    trying: null,
    tried: null,
    file: "/home/ada/keyward.toml",
    problem: null,
    ...more,
  };
}

const checked = (more: Partial<AddingConnection> = {}) =>
  adding({
    issuer: "https://id.example",
    lines: [line("Description", "passed"), line("Renewal", "warned")],
    presets,
    suggested: "api",
    draft: { ...draft, name: "id.example" },
    ...more,
  });

const tried = {
  person: { name: "Ada", email: "ada@acme.example" },
  tenants: ["Acme"],
  tenant: "Acme",
  proven_by: "the audience",
  problem: null,
};

const sent = {
  name: "Acme",
  issuer: "https://id.example",
  client_id: "keyward",
  preset: "api",
  settings: { audience: "https://api.example/{tenant}" },
  directory: null,
  tenants: [],
  redirect_ports: [],
};

async function toPresets(answers = {}) {
  const calls = await open(adding(), answers);
  await userEvent.type(find("issuer-input"), "id.example{Enter}");
  await show(checked());
  await userEvent.click(find("adding-next"));
  return calls;
}

async function toTrial(answers = {}) {
  const calls = await toPresets(answers);
  await userEvent.click(find("adding-next"));
  await userEvent.clear(find("draft-name"));
  await userEvent.type(find("draft-name"), "Acme");
  await userEvent.type(find("draft-client-id"), "keyward");
  await userEvent.type(find("setting-audience"), "https://api.example/{{tenant}");
  await userEvent.click(find("adding-next"));
  return calls;
}

describe("adding a connection", () => {
  test("begins from the first screen", async () => {
    const calls = await open({ screen: "signed_out", notice: null });
    await userEvent.click(find("add-connection"));
    expect(named(calls, "begin_adding_connection")).toHaveLength(1);
  });

  test("an issuer is checked line by line; what is no address is not sent", async () => {
    const calls = await open(adding());
    await userEvent.type(find("issuer-input"), "http://id.example{Enter}");
    expect(find("issuer-input-problem").textContent).toContain("https://");
    expect(named(calls, "check_issuer")).toHaveLength(0);
    await userEvent.clear(find("issuer-input"));
    await userEvent.type(find("issuer-input"), "id.example{Enter}");
    expect(named(calls, "check_issuer")).toMatchObject([{ args: { issuer: "https://id.example" } }]);
    await show(checked({ checking: true, lines: [line("Description", "running")] }));
    expect(find("check-line").dataset.outcome).toBe("running");
    expect(gone("adding-next")).toBe(true);
    await show(checked());
    expect(document.querySelectorAll("[data-testid=check-line]")).toHaveLength(2);
    expect(gone("adding-next")).toBe(false);
  });

  test("a failed line, or another issuer typed since, keeps from going on", async () => {
    await open(adding());
    await userEvent.type(find("issuer-input"), "id.example{Enter}");
    await show(checked({ lines: [line("Description", "failed")] }));
    expect(gone("adding-next")).toBe(true);
    await show(checked());
    expect(gone("adding-next")).toBe(false);
    await userEvent.type(find("issuer-input"), "/else");
    expect(gone("adding-next")).toBe(true);
    expect(gone("check-issuer")).toBe(false);
  });

  test("the suggested preset stands first and is chosen; each says what is known of it", async () => {
    await toPresets();
    const shown = [...document.querySelectorAll<HTMLElement>("[data-testid=preset]")];
    expect(shown.map((at) => at.dataset.preset)).toEqual(["api", "other"]);
    expect(shown[0]?.querySelector("input")?.checked).toBe(true);
    expect(shown[0]?.textContent).toContain("run for real");
    expect(shown[1]?.textContent).toContain("only read");
  });

  test("what is missing is named at its field, and the first one gets the keys", async () => {
    await toPresets();
    await userEvent.click(find("adding-next"));
    await userEvent.type(find("setting-audience"), "https://api.example/");
    expect(find("setting-audience-problem").textContent).toContain("{tenant}");
    expect(find("draft-client-id-problem").textContent.trim()).toBe("");
    await userEvent.click(find("adding-next"));
    await settle();
    expect(find("draft-client-id-problem").textContent).toContain("client id");
    expect(document.activeElement).toBe(find("draft-client-id"));
    expect(find("screen-adding-connection").dataset.step).toBe("2");
  });

  test("going back and forth, and another preset meanwhile, loses nothing that was typed", async () => {
    await toTrial();
    await userEvent.keyboard("{Escape}{Escape}");
    await userEvent.click(find("preset", "[data-preset=other]"));
    await userEvent.click(find("adding-next"));
    expect(gone("setting-audience")).toBe(true);
    await userEvent.keyboard("{Escape}");
    await userEvent.click(find("preset", "[data-preset=api]"));
    await userEvent.click(find("adding-next"));
    expect(find<HTMLInputElement>("setting-audience").value).toBe("https://api.example/{tenant}");
    expect(find<HTMLInputElement>("draft-client-id").value).toBe("keyward");
    // Not even by what the check says again, or by leaving and coming back.
    await show(checked({ draft: { ...draft, name: "suggested" } }));
    await show(signedIn());
    await show(checked());
    await userEvent.click(find("adding-step", "[data-to='2']"));
    expect(find<HTMLInputElement>("draft-name").value).toBe("Acme");
  });

  test("a sign-in is tried with the draft, then saved to the file that is named", async () => {
    const calls = await toTrial();
    expect(find("draft-file").textContent).toBe("/home/ada/keyward.toml");
    await userEvent.click(find("try-connection"));
    expect(named(calls, "try_connection")).toMatchObject([{ args: { draft: sent } }]);
    await show(checked({ trying: "https://id.example/authorize" }));
    expect(gone("trying")).toBe(false);
    await show(checked({ tried }));
    expect(find("tried").textContent).toContain("Signed in as Ada");
    expect(find("tried-proof").textContent).toBe("the audience");
    await userEvent.click(find("save-connection"));
    expect(named(calls, "save_connection")).toMatchObject([{ args: { draft: sent } }]);
    await show(signedIn());
    await show(adding());
    expect(find<HTMLInputElement>("issuer-input").value).toBe("");
  });

  test("a trial speaks only for what was tried", async () => {
    await toTrial();
    await userEvent.click(find("try-connection"));
    await show(checked({ tried }));
    await userEvent.keyboard("{Escape}");
    await userEvent.type(find("draft-client-id"), "-2");
    await userEvent.click(find("adding-next"));
    expect(gone("tried")).toBe(true);
    expect(find("tried-before").textContent).toContain("Try it once more");
  });

  test("a trial can be ended from here, and one that failed says why", async () => {
    const calls = await toTrial();
    await userEvent.click(find("try-connection"));
    await show(checked({ trying: "https://id.example/authorize" }));
    await userEvent.keyboard("{Escape}");
    expect(named(calls, "cancel_sign_in")).toHaveLength(1);
    const problem = { code: "wrong_tenant_token", message: "Another audience came." } as const;
    await show(checked({ tried: { ...tried, proven_by: null, problem } }));
    expect(find("tried-problem").textContent).toContain("Another audience came.");
  });

  test("what could not be saved is said, and everything typed stays", async () => {
    await toTrial({ save_connection: () => refuse("storage_full", "The disk is full.") });
    await userEvent.click(find("save-connection"));
    await settle();
    expect(find("notice").textContent).toContain("The disk is full.");
    await show(signedIn());
    await show(checked());
    await userEvent.click(find("adding-step", "[data-to='0']"));
    expect(find<HTMLInputElement>("issuer-input").value).toBe("https://id.example");
  });

  test("Escape on the first step leaves", async () => {
    const calls = await open(adding());
    await userEvent.keyboard("{Escape}");
    expect(named(calls, "leave_adding_connection")).toHaveLength(1);
  });

  test("tenants that are listed by hand are checked row by row", async () => {
    await toPresets();
    await userEvent.click(find("adding-next"));
    await userEvent.click(find("source-list"));
    await userEvent.type(find("draft-tenant-id"), "No Slug");
    await userEvent.click(find("adding-next"));
    expect(find("draft-tenant-problem").textContent).toContain("Small letters");
    expect(find("draft-tenant-problem").textContent).toContain("name");
  });
});

describe("a draft", () => {
  const form = formOf(sent);

  test("comes back as it went in", () => {
    const full = {
      ...sent,
      tenants: [{ id: "acme", name: "Acme", at_provider: "org_1", client_id: null }],
      redirect_ports: [8421, 8422],
    };
    expect(draftOf(formOf(full), presets[1])).toEqual(full);
    const other = { ...sent, directory: "https://directory.example" };
    expect(draftOf(formOf(other), presets[1])).toEqual(other);
  });

  test("holds only what its preset asks for", () => {
    expect(draftOf({ ...form, settings: { audience: "a", stray: "b" } }, presets[1]).settings).toEqual({
      audience: "a",
    });
  });

  test("names the field of each mistake", () => {
    expect(problemsOf(form, presets[1])).toEqual({});
    const row = { id: "acme", name: "Acme", at_provider: "", client_id: "" };
    const wrong = { ...form, name: " ", source: "list" as const, tenants: [row, row], ports: "80, x" };
    expect(Object.keys(problemsOf(wrong, presets[1]))).toEqual(["name", "tenants.1.id", "ports"]);
    expect(problemsOf({ ...form, source: "directory" }, presets[1])).toHaveProperty("directory");
    expect(problemsOf({ ...form, source: "list" }, presets[1])).toHaveProperty(["tenants.0.id"]);
  });

  test("an address is https, or this computer's", () => {
    for (const good of ["https://id.example", "http://127.0.0.1:8080/x", "http://localhost"])
      expect(isAddress(good), good).toBe(true);
    for (const bad of ["", "id", "http://id.example", "http://127.0.0.1.evil.example", "https://", "ftp://x"])
      expect(isAddress(bad), bad).toBe(false);
    expect(asIssuer(" id.example ")).toBe("https://id.example");
  });
});

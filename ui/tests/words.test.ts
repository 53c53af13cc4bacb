import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { codes, switchWords, wordsFor } from "../src/lib/words";
import { acme } from "./world";

describe("words", () => {
  test("every code of the generated union has a title, a way on and a button", () => {
    const generated = readFileSync("src/lib/backend/generated.ts", "utf8");
    const union = /export type ErrorCode =([^;]*);/.exec(generated)?.[1] ?? "";
    const inRust = [...union.matchAll(/"([a-z_]+)"/g)].map(([, code]) => code);
    expect(inRust.length).toBeGreaterThan(25);
    expect([...codes].sort()).toEqual([...inRust].sort());
    for (const code of codes) {
      expect(wordsFor(code).title, code).not.toBe("");
      expect(wordsFor(code).button, code).not.toBe("");
    }
  });

  test("each way a switch fails has its own words", () => {
    const say = (code: (typeof codes)[number]) =>
      switchWords({ code, message: "From below." }, "Globex", acme);
    expect(say("tenant_forbidden").title).toBe("You are not in Globex");
    expect(say("tenant_unknown").title).toContain("no tenant “Globex”");
    expect(say("wrong_tenant_token")).toMatchObject({
      title: "Globex could not be proven",
      body: "From below.",
    });
    expect(
      switchWords({ code: "wrong_tenant_token", message: "For you.\nFor them." }, "Globex", acme),
    ).toMatchObject({ body: "For you.", came: "For them." });
    expect(say("provider_unreachable")).toMatchObject({ way: "retry", body: "From below." });
    expect(say("session_ended").way).toBe("sign_in");
    const titles = codes.map((code) => say(code).title);
    expect(new Set(titles).size).toBeGreaterThanOrEqual(6);
  });

  test("whatever fails, the present tenant is named as the one that stays", () => {
    for (const code of codes) {
      expect(switchWords({ code, message: "" }, "Globex", acme).stays, code).toContain("Acme Manufacturing");
    }
  });
});
